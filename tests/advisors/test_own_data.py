"""What somebody reads of what we hold of them."""

import io
import json
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone, translation

from advisors import consents, own_data, pool_mails, reading, reports
from advisors.models import LanguageSkill, Pause, Purpose, TopicSkill, WorkRecord
from requests.models import State
from tests.advisors.test_own_page import url
from tests.factories import (
    AdvisorFactory,
    AppointmentFactory,
    CandidacyFactory,
    CaseFactory,
    CoordinatorFactory,
    LanguageFactory,
    MunicipalityFactory,
    OfferFactory,
    RegionFactory,
    ReportFactory,
    RoundFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db


def fill(advisor):
    """One row of everything, and the words that must be found again."""
    number = f"{advisor.pk}-{advisor.pauses.count()}"
    TopicSkill.objects.create(advisor=advisor, topic=TopicFactory(name=f"Thema {number}"), level=3)
    LanguageSkill.objects.create(advisor=advisor, language=LanguageFactory(name=f"Sprache {number}"))
    advisor.regions.add(RegionFactory(name=f"Region {number}"))
    advisor.biased_for.add(MunicipalityFactory(name=f"Befangen {number}"))
    Pause.objects.create(advisor=advisor, starts_on=date(2031, 2, 3))
    case = CaseFactory(state=State.CLOSED)
    accepted = OfferFactory(advisor=advisor, state="accepted", consultation=case, note="Ein Wort dazu")
    AppointmentFactory(consultation=case, place=f"Saal {number}")
    report = ReportFactory(consultation=case, options=f"Fonds {number}")
    WorkRecord.objects.create(report=report, offer=accepted, days=Decimal("1.5"), receipts="Beleg vom 3. Mai")
    RoundFactory().places.create(consultation=case, advisor=advisor, planned=True, wish="pinned")
    with transaction.atomic():
        pool_mails.own_page_again(advisor)
    reader = CoordinatorFactory(first_name="Geheimer", last_name="Name")
    reading.opened(advisor, by=reader)
    return {
        f"Thema {number}",
        f"Sprache {number}",
        f"Region {number}",
        f"Befangen {number}",
        case.reference,
        "Ein Wort dazu",
        f"Saal {number}",
        f"Fonds {number}",
        "Beleg vom 3. Mai",
        "für diese Anfrage festgelegt",
        "Ihre persönliche Seite bei MiGlobe",
        f"Koordination ({reader.organisation.short_name})",
        "Ich willige ein.",
    }


@pytest.fixture
def advisor():
    return AdvisorFactory(name="Amara Muster")


def file_of(client, advisor):
    archive = zipfile.ZipFile(io.BytesIO(b"".join(client.post(url(advisor, "daten/datei/")))))
    return archive.read("daten.json").decode()


def test_the_page_and_the_file_hold_everything_of_the_person(client, advisor):
    words = fill(advisor)
    page, file = client.get(url(advisor, "daten/")).content.decode(), file_of(client, advisor)
    for text in words | {advisor.email, advisor.phone, advisor.home.name}:
        assert text in page, text
        assert text in file, text
    assert "3. Februar 2031" in page and "2031-02-03" in file
    assert "Geheimer" not in page + file  # role and organisation, nobody's name


def test_the_file_names_nobody_and_holds_the_same_parts(client, advisor):
    fill(advisor)
    response = client.post(url(advisor, "daten/datei/"))
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == 'attachment; filename="MiGlobe-Daten.zip"'
    parts = json.loads(file_of(client, advisor))["Beratung"]
    assert parts["Leistungsnachweise"][0]["Geleistete Tage"] == "1.5"
    assert set(parts) == {part.title for part in own_data.everything(advisor) if part.entries}


def test_nothing_of_anybody_else_is_in_it(client, advisor):
    words = fill(AdvisorFactory(name="Bo Fremd", email="bo@example.com"))
    fill(advisor)
    file = file_of(client, advisor)
    shared = {
        "für diese Anfrage festgelegt",
        "Ein Wort dazu",
        "Beleg vom 3. Mai",
        "Ihre persönliche Seite bei MiGlobe",
        "Ich willige ein.",
    }
    for text in (words - shared) | {"Bo Fremd", "bo@example.com"}:
        assert text not in file, text


def test_with_whom_somebody_is_kept_apart_is_counted_and_not_named(client, advisor):
    advisor.apart.add(AdvisorFactory(name="Bo Fremd"))
    file = file_of(client, advisor)
    (profile,) = json.loads(file)["Beratung"]["Profil und Wünsche"]
    assert profile["Personen, mit denen Sie nicht in einem Team sind"] == 1
    assert "Bo Fremd" not in file


def test_what_is_withdrawn_and_noted_stands_there_with_its_time(advisor):
    consents.withdraw(advisor, Purpose.SHOWN)
    (gone,) = [entry for entry in own_data.consents(advisor).entries if entry["Widerrufen"]]
    assert gone["Wortlaut"] == "Ich willige ein." and abs(gone["Widerrufen"] - timezone.now()) < timedelta(minutes=1)


def test_reports_stand_there_with_the_steps_they_went_and_not_those_of_others(advisor):
    offer = OfferFactory(advisor=advisor, state="accepted", consultation__state=State.RUNNING)
    reports.save(offer, texts={"agreed": "Ein Runder Tisch"}, seen={}, work={"days": Decimal(1)})
    ReportFactory(consultation=OfferFactory(advisor=advisor, state="accepted").consultation)  # by the mates alone
    seen = {"agreed": reports.fingerprint("Ein Runder Tisch")}
    reports.send(offer, seen=seen)
    (entry,) = own_data.reports(advisor).entries
    assert (entry["Was verabredet wurde"], entry["Stand"]) == ("Ein Runder Tisch", "liegt der Koordination vor")
    assert [step.partition(":")[0] for step in entry["Verlauf"]] == [
        "in Arbeit",
        "wartet auf Mitzeichnung",
        "liegt der Koordination vor",
    ]


def test_an_application_stands_there_before_and_after_joining(advisor):
    CandidacyFactory(email=advisor.email.upper(), about="Ich bringe viel mit", note="Gutes Gespräch")
    (entry,) = own_data.candidacy(advisor).entries
    assert entry["Was bringen Sie mit?"] == "Ich bringe viel mit"
    assert entry["Notiz der Koordination"] == "Gutes Gespräch"


@pytest.mark.parametrize("number", [1, 3])
def test_it_costs_the_same_for_one_and_three(advisor, number, django_assert_num_queries):
    for _ in range(number):
        fill(advisor)
    advisor.refresh_from_db()
    with django_assert_num_queries(45):
        own_data.everything(advisor)


def test_values_read_well_in_both_languages():
    assert [own_data.readable(value) for value in (True, False, None, "", [], ["a", "b"])] == [
        "ja",
        "nein",
        "–",
        "–",
        "–",
        "a, b",
    ]
    assert own_data.readable(date(2031, 2, 3)) == "3. Februar 2031"
    with translation.override("en"):
        assert own_data.readable(date(2031, 2, 3)) == "3 February 2031"
        assert own_data.readable(True) == "yes"
