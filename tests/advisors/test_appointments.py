"""When municipality and team meet: arranged, moved, called off, held."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from advisors import appointments
from advisors.models import Appointment, Offer
from advisors.waiting import WAITING
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests import links
from requests.models import ConsultationRequest, State
from tests.desk.case import page, press
from tests.factories import AppointmentFactory, CaseFactory, OfferFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def staffed(coordinator, state=State.STAFFED, **fields):
    case = CaseFactory(state=state, person=coordinator, organisation=coordinator.organisation, **fields)
    OfferFactory(consultation=case, state=Offer.State.ACCEPTED)
    return case


def arrange(case, by, **changes):
    given = {
        "kind": "dialogue",
        "starts_at": NOW + timedelta(days=7),
        "ends_at": NOW + timedelta(days=7, hours=2),
        "place": "Rathaus, Raum 3",
    }
    return appointments.arrange(case, by=by, **given | changes)


def is_waiting(case, name):
    return ConsultationRequest.objects.filter(WAITING[name].condition(timezone.now()), pk=case.pk).exists()


def test_municipality_and_team_are_told_and_the_deadline_is_met(coordinator):
    case = staffed(coordinator, due_at=NOW + timedelta(days=3))
    arrange(case, coordinator)
    case.refresh_from_db()
    assert case.due_at is None
    assert case.transitions.get().note.startswith("Dialogforum am ")
    mails = {mail.template: mail for mail in Mail.objects.all()}
    assert set(mails) == {"advisors/appointment_arranged", "advisors/appointment_arranged_team"}
    assert mails["advisors/appointment_arranged"].to == case.contact_email
    assert all("Rathaus, Raum 3" in mail.text for mail in mails.values())
    assert all("Rathaus" not in mail.subject for mail in mails.values())


@pytest.mark.parametrize("state", [state for state in State.values if state not in ("staffed", "running")])
def test_no_appointment_without_a_team_or_after_the_end(coordinator, state):
    with pytest.raises(Refused, match="sobald das Team vollständig ist"):
        arrange(CaseFactory(state=state), coordinator)
    assert not Appointment.objects.exists()


def test_a_double_click_arranges_one_appointment(coordinator):
    case = staffed(coordinator)
    arrange(case, coordinator)
    owed = Mail.objects.count()
    with pytest.raises(Refused, match="schon vereinbart"):
        arrange(case, coordinator)
    assert (Appointment.objects.count(), Mail.objects.count()) == (1, owed)
    appointments.cancel(Appointment.objects.get(), note="Krank", by=coordinator)
    arrange(case, coordinator)


def test_the_past_cannot_be_arranged(coordinator):
    with pytest.raises(Refused, match="in der Vergangenheit"):
        arrange(staffed(coordinator), coordinator, starts_at=NOW - timedelta(days=2), ends_at=NOW - timedelta(days=1))


def test_a_moved_appointment_names_the_former_time(coordinator):
    appointment = arrange(staffed(coordinator), coordinator)
    former = timezone.localtime(appointment.starts_at)
    moved = appointments.move(
        appointment,
        starts_at=NOW + timedelta(days=9),
        ends_at=NOW + timedelta(days=9, hours=1),
        place="online",
        by=coordinator,
    )
    assert moved.place == "online"
    mail = Mail.objects.get(template="advisors/appointment_moved")
    assert f"{former:%H:%M} Uhr ist verlegt" in mail.text and "online" in mail.text
    with pytest.raises(Refused, match="schon so vereinbart"):
        appointments.move(moved, starts_at=moved.starts_at, ends_at=moved.ends_at, place=moved.place, by=coordinator)


def test_what_is_called_off_is_told_with_the_reason_and_is_due_again(coordinator):
    case = staffed(coordinator)
    appointment = appointments.cancel(arrange(case, coordinator), note="Das Rathaus ist zu.", by=coordinator)
    case.refresh_from_db()
    assert case.due_at > NOW
    assert is_waiting(case, "appointment")
    assert "Das Rathaus ist zu." in Mail.objects.get(template="advisors/appointment_cancelled_team").text
    for act in (
        lambda: appointments.cancel(appointment, note="x", by=coordinator),
        lambda: appointments.record(appointment, participants=3, minutes="", by=coordinator),
    ):
        with pytest.raises(Refused, match="abgesagt"):
            act()


def test_what_is_over_waits_for_its_result(coordinator):
    case = staffed(coordinator, State.RUNNING)
    appointment = AppointmentFactory(consultation=case, by=coordinator, starts_at=NOW - timedelta(hours=3))
    assert is_waiting(case, "unrecorded")
    appointments.record(appointment, participants=12, minutes="Viel besprochen.", by=coordinator)
    assert not is_waiting(case, "unrecorded")
    appointment.refresh_from_db()
    assert (appointment.state, appointment.participants) == (Appointment.State.HELD, 12)
    appointments.record(appointment, participants=13, minutes="Berichtigt.", by=coordinator)
    assert case.transitions.count() == 1
    assert not Mail.objects.exists()


def test_nobody_records_what_has_not_begun(coordinator):
    with pytest.raises(Refused, match="in der Zukunft"):
        appointments.record(arrange(staffed(coordinator), coordinator), participants=1, minutes="", by=coordinator)


def test_a_complete_team_without_appointment_waits(coordinator):
    case = staffed(coordinator)
    assert is_waiting(case, "appointment")
    arrange(case, coordinator)
    assert not is_waiting(case, "appointment")


def test_the_desk_arranges_moves_and_calls_off_with_a_preview(desk, coordinator):
    case = staffed(coordinator)
    day = (timezone.localdate() + timedelta(days=5)).isoformat()
    given = {"kind": "workshop", "day": day, "begins": "10:00", "ends": "12:30", "place": "Bürgersaal"}
    here = f"{page(case).removesuffix('change/')}appointment/"
    assert "Bürgersaal" in press(desk, here, given).content.decode()
    appointment = Appointment.objects.get()
    begins = timezone.localtime(appointment.starts_at)
    assert (begins.date().isoformat(), begins.hour, appointment.kind) == (day, 10, "workshop")
    move = f"{here}{appointment.pk}/move/"
    assert 'value="10:00"' in desk.get(move).content.decode()
    press(desk, move, given | {"begins": "11:00"})
    press(desk, f"{here}{appointment.pk}/cancel/", {"note": "Krankheit"})
    appointment.refresh_from_db()
    assert timezone.localtime(appointment.starts_at).hour == 11
    assert appointment.state == Appointment.State.CANCELLED
    assert desk.get(f"{here}{appointment.pk}/unknown/").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ends": "09:00"}, "Das Ende liegt nicht nach dem Beginn."),
        ({"day": "irgendwann"}, "Datum"),
        ({"place": ""}, ""),
    ],
)
def test_bad_input_is_explained_beside_its_field(desk, coordinator, wrong, sentence):
    case = staffed(coordinator)
    given = {"kind": "dialogue", "day": "2030-01-02", "begins": "10:00", "ends": "12:00", "place": "Rathaus"} | wrong
    response = desk.post(f"{page(case).removesuffix('change/')}appointment/", given)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Appointment.objects.exists()


def test_the_hour_stays_over_the_change_of_summer_time(coordinator):
    berlin = timezone.get_current_timezone()
    case = staffed(coordinator)
    for month in (1, 7):
        starts_at = datetime(2030, month, 2, 10, tzinfo=berlin)
        arrange(case, coordinator, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    texts = Mail.objects.filter(template="advisors/appointment_arranged").values_list("text", flat=True)
    assert len(texts) == 2 and all("10:00 bis 11:00 Uhr" in text for text in texts)


@pytest.mark.parametrize(("path", "words"), [("", "Rathaus, Raum 3"), ("/en", "Appointments")])
def test_the_municipality_sees_its_appointments(client, coordinator, path, words):
    case = staffed(coordinator)
    arrange(case, coordinator)
    shown = client.get(
        f"{path}/anfrage/stand/{links.token(links.STATUS, ConsultationRequest.objects.get(pk=case.pk))}/"
    ).content.decode()
    assert words in shown


def test_the_case_page_asks_as_often_for_three_appointments_as_for_one(desk, coordinator):
    case = staffed(coordinator, State.RUNNING)
    desk.get(page(case))  # the first look at a case is written down
    asked = []
    for more in (1, 2):
        for _ in range(more):
            AppointmentFactory(consultation=case, by=coordinator)
        with CaptureQueriesContext(connection) as queries:
            desk.get(page(case))
        asked.append(len(queries))
    assert asked[0] == asked[1]
