"""The yearly sheet of an advisor, read by a second library."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from pypdf import PdfReader

from advisors import activity, links
from advisors.models import AdvisorAccess, Offer
from requests.models import State
from tests.factories import (
    AdvisorFactory,
    AppointmentFactory,
    CaseFactory,
    MunicipalityFactory,
    OfferFactory,
    ReportFactory,
    WorkFactory,
)

pytestmark = pytest.mark.django_db


def on(day):
    return timezone.make_aware(datetime.combine(day, datetime.min.time())) + timedelta(hours=10)


def assignment(advisor, place="Soest", accepted=date(2025, 3, 2), reported=None, ended=None, **work):
    state = State.CLOSED if ended else State.RUNNING
    case = CaseFactory(
        state=state,
        municipality=MunicipalityFactory(name=place),
        state_since=on(ended or accepted),
        outcome="consulted" if ended else "",
    )
    offer = OfferFactory(advisor=advisor, consultation=case, state="accepted", answered_at=on(accepted))
    if reported:
        report = ReportFactory(consultation=case, state="signed", sent_at=on(reported))
        WorkFactory(report=report, offer=offer, **work)
    return offer


def read(content):
    return PdfReader(BytesIO(content))


def words(advisor, year):
    return "\n".join(page.extract_text() for page in read(activity.of(advisor, year)).pages)


def test_it_says_cases_roles_days_and_travel_of_a_year():
    ana = AdvisorFactory(name="Ana Müller")
    offer = assignment(ana, reported=date(2025, 9, 1), ended=date(2025, 8, 1), days=2.5, travel_km=120)
    AppointmentFactory(consultation=offer.consultation, state="held", starts_at=on(date(2025, 4, 1)))
    text = words(ana, 2025)
    for said in (
        "Tätigkeitsnachweis 2025",
        "Ana Müller",
        "Soest",
        offer.consultation.reference,
        "2,5",
        "120",
        "im Team",
    ):
        assert said in text
    assert "Zusammen" in text


def test_it_is_tagged_titled_and_knows_its_language():
    ana = AdvisorFactory()
    assignment(ana)
    with translation.override("en"):
        document = read(activity.of(ana, 2025))
    catalogue = document.root_object
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "en"
    assert document.metadata.title == "Activity record 2025"
    assert b"pdfuaid:part>1<" in catalogue["/Metadata"].get_data()


def test_every_assignment_stands_in_the_years_it_lasted():
    ana, other = AdvisorFactory(), AdvisorFactory()
    assignment(ana, "Soest", accepted=date(2023, 3, 1), ended=date(2024, 6, 1), reported=date(2025, 1, 10), days=3)
    assignment(ana, "Unna", accepted=date(2025, 2, 1), ended=date(2025, 6, 1))
    assignment(other, "Hagen", accepted=date(2020, 2, 1))
    assert activity.years(ana) == [2025, 2024, 2023]
    assert "Unna" not in words(ana, 2024) and "Soest" in words(ana, 2024)
    assert "Soest" in words(ana, 2025) and "Unna" in words(ana, 2025)  # its report came late
    assert "Hagen" not in words(ana, 2025)


def test_the_days_of_who_has_left_the_team_stand_with_their_assignment():
    ana = AdvisorFactory()
    offer = assignment(ana, reported=date(2025, 9, 1), ended=date(2025, 8, 1), days=2.5, travel_km=120)
    Offer.objects.filter(pk=offer.pk).update(state=Offer.State.CANCELLED)
    assert activity.years(ana) == [2025]
    text = words(ana, 2025)
    assert "Soest" in text and text.count("2,5") == 2  # once of the assignment, once of all


def test_appointments_before_somebody_joined_the_team_are_not_theirs():
    ana = AdvisorFactory()
    offer = assignment(ana, accepted=date(2025, 6, 2))
    for day in (date(2025, 4, 1), date(2025, 7, 1)):
        AppointmentFactory(consultation=offer.consultation, state="held", starts_at=on(day))
    assert "Zusammen 1 " in words(ana, 2025)


def test_what_somebody_has_typed_stays_text():
    ana = AdvisorFactory(name='#let x = 1; $ *fett* "äöü"')
    assignment(ana)
    assert "*fett*" in words(ana, 2025)


def test_the_person_opens_it_on_the_own_page(client):
    ana = AdvisorFactory()
    assignment(ana)
    token = links.token_of(ana)
    assert "/taetigkeit/2025/" in client.get(reverse("advisors:me", kwargs={"token": token})).content.decode()
    response = client.get(reverse("advisors:activity_sheet", kwargs={"token": token, "year": 2025}))
    assert response["Content-Type"] == "application/pdf"
    assert response["Cache-Control"] == "no-store, private"
    for year in (2024, 9999):
        assert client.get(reverse("advisors:activity_sheet", kwargs={"token": token, "year": year})).status_code == 404
    assert client.get("/mein-bereich/kein-link/taetigkeit/2025/").status_code == 404


def test_the_desk_opens_it_and_that_is_noted(desk, coordinator):
    ana = AdvisorFactory()
    assignment(ana)
    address = reverse("admin:advisors_advisor_activity", args=[ana.pk, 2025])
    assert desk.get(address)["Content-Type"] == "application/pdf"
    assert AdvisorAccess.objects.filter(advisor=ana, by=coordinator, page="record").count() == 1
    assert desk.get(reverse("admin:advisors_advisor_activity", args=[ana.pk, 1999])).status_code == 404
