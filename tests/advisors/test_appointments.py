"""When municipality and team meet: arranged, moved, called off, held."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from advisors import appointments, offers, tasks
from advisors import links as offer_links
from advisors.models import Appointment, Offer
from advisors.waiting import WAITING
from miglobe.demo import clock
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests import links, workflow
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


def test_a_search_that_began_anew_stays_due_whatever_becomes_of_the_appointment(coordinator):
    case = staffed(coordinator, team_size=1)
    appointment = arrange(case, coordinator)
    offers.cancel(Offer.objects.get(consultation=case), note="krank", by=coordinator)
    case.refresh_from_db()
    due_at = case.due_at
    assert (case.state, due_at is None) == (State.SEARCHING, False)
    appointments.cancel(appointment, note="Das Team ist nicht vollständig.", by=coordinator)
    case.refresh_from_db()
    assert case.due_at == due_at


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
        ({"day": "28.03.2027", "begins": "02:00", "ends": "03:00"}, "Das Ende liegt nicht nach dem Beginn."),
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


# --- Reminders ----------------------------------------------------------------------------------------

MONDAY = datetime(2030, 6, 3, 9, tzinfo=timezone.get_current_timezone())  # no holiday in that week before Friday


def remind(on):
    with clock.at(on):
        return appointments.remind_due(on)


def arranged_early(coordinator, starts_at, **fields):
    with clock.at(MONDAY - timedelta(days=60)):
        case = staffed(coordinator)
        appointment = arrange(case, coordinator, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    Mail.objects.all().delete()
    return appointment


def test_everybody_is_reminded_once_two_working_days_before(coordinator):
    appointment = arranged_early(coordinator, MONDAY + timedelta(days=3, hours=5))  # Thursday
    assert [remind(MONDAY + timedelta(days=days)) for days in (0, 1, 1, 2)] == [0, 1, 0, 0]
    mails = {mail.template: mail for mail in Mail.objects.all()}
    assert set(mails) == {"advisors/appointment_reminded", "advisors/appointment_reminded_team"}
    assert all("Rathaus" in mail.text and str(appointment.key) in mail.calendar for mail in mails.values())


def test_weekends_and_holidays_do_not_count(coordinator):
    whit_tuesday = datetime(2030, 6, 11, 10, tzinfo=MONDAY.tzinfo)  # the Monday before is a holiday
    arranged_early(coordinator, whit_tuesday)
    assert [remind(datetime(2030, 6, day, 9, tzinfo=MONDAY.tzinfo)) for day in (5, 6)] == [0, 1]


def test_who_learns_of_it_that_late_needs_no_reminder_but_a_later_date_does(coordinator):
    with clock.at(MONDAY):
        starts_at = MONDAY + timedelta(days=1, hours=5)
        appointment = arrange(
            staffed(coordinator), coordinator, starts_at=starts_at, ends_at=MONDAY + timedelta(days=2)
        )
    assert remind(MONDAY) == 0
    with clock.at(MONDAY):
        later = MONDAY + timedelta(days=9)
        appointments.move(
            appointment, starts_at=later, ends_at=later + timedelta(hours=1), place="online", by=coordinator
        )
    assert [remind(MONDAY + timedelta(days=days)) for days in (1, 8)] == [0, 1]


def test_nobody_is_reminded_of_what_is_off_or_of_a_case_that_has_ended(coordinator):
    starts_at = MONDAY + timedelta(days=2)
    off, ended = arranged_early(coordinator, starts_at), arranged_early(coordinator, starts_at)
    appointments.cancel(off, note="Krank", by=coordinator)
    workflow.withdraw(ended.consultation)
    Mail.objects.all().delete()
    assert remind(MONDAY + timedelta(days=1)) == 0
    assert not Mail.objects.exists()


def test_one_that_fails_does_not_stop_the_others(coordinator, monkeypatch, caplog):
    for hours in (1, 2):
        arranged_early(coordinator, MONDAY + timedelta(days=2, hours=hours))
    tell, told = appointments.mails.appointment_reminded, []

    def fail_first(appointment, **context):
        told.append(appointment)
        if len(told) == 1:
            raise RuntimeError
        tell(appointment, **context)

    monkeypatch.setattr(appointments.mails, "appointment_reminded", fail_first)
    assert remind(MONDAY + timedelta(days=1)) == 1
    assert Appointment.objects.filter(reminded_at=None).count() == 1
    assert "Termin" in caplog.text


def test_the_hourly_round_reminds(coordinator):
    appointment = AppointmentFactory(consultation=staffed(coordinator), starts_at=NOW + timedelta(hours=5))
    tasks.keep_deadlines(timestamp=0)
    appointment.refresh_from_db()
    assert appointment.reminded_at is not None


# --- What the team does -------------------------------------------------------------------------------


def of_team(case):
    return case.offers.get()


def step(appointment, offer, name):
    address = {"token": offer_links.token(offer), "appointment": appointment.key, "step": name}
    return reverse("advisors:team_appointment", kwargs=address)


def test_the_team_moves_and_calls_off_and_the_desk_is_told(client, coordinator):
    case = staffed(coordinator)
    offer, appointment = of_team(case), AppointmentFactory(consultation=case, by=coordinator)
    day = (timezone.localdate() + timedelta(days=12)).isoformat()
    given = {"day": day, "begins": "15:00", "ends": "16:30", "place": "Bücherei"}
    assert 'value="Rathaus, Raum 3"' in client.get(step(appointment, offer, "verlegen")).content.decode()
    assert client.post(step(appointment, offer, "verlegen"), given | {"ends": "14:00"}).status_code == 422
    assert not Mail.objects.exists()
    shown = client.post(step(appointment, offer, "verlegen"), given, follow=True).content.decode()
    assert "Der Termin ist verlegt." in shown and "Bücherei" in shown
    assert client.post(step(appointment, offer, "verlegen"), given).status_code == 409
    client.post(step(appointment, offer, "absagen"), {"note": "Krankheit"})
    appointment.refresh_from_db()
    assert (appointment.state, appointment.sequence, appointment.by) == (Appointment.State.CANCELLED, 2, None)
    told = Mail.objects.filter(to=coordinator.email).order_by("pk").values_list("template", flat=True)
    assert list(told) == ["advisors/appointment_moved_desk", "advisors/appointment_cancelled_desk"]
    notes = list(case.transitions.order_by("pk").values_list("note", flat=True))
    assert all(offer.advisor.name in note for note in notes) and len(notes) == 2
    again = client.post(step(appointment, offer, "absagen"), {"note": "Noch einmal"})
    assert again.status_code == 409 and "Noch einmal" in again.content.decode()


def test_the_team_records_what_the_municipality_does_not_read(client, coordinator):
    case = staffed(coordinator, State.RUNNING)
    offer = of_team(case)
    appointment = AppointmentFactory(consultation=case, starts_at=NOW - timedelta(hours=3))
    given = {"participants": 12, "minutes": "Vertraulich besprochen."}
    client.get(step(appointment, offer, "ergebnis"))
    assert is_waiting(case, "unrecorded")
    client.post(step(appointment, offer, "ergebnis"), given)
    client.post(step(appointment, offer, "ergebnis"), given | {"participants": 13})
    appointment.refresh_from_db()
    assert (appointment.state, appointment.participants) == (Appointment.State.HELD, 13)
    theirs = reverse("requests:status", kwargs={"token": links.token(links.STATUS, case)})
    ours = reverse("advisors:offer", kwargs={"token": offer_links.token(offer)})
    assert "Vertraulich" in client.get(ours).content.decode()
    shown = client.get(theirs).content.decode()
    assert "Dialogforum" in shown and "Vertraulich" not in shown and "ergebnis" not in shown
    assert not Mail.objects.exists()


@pytest.mark.parametrize("name", ["verlegen", "absagen", "ergebnis"])
def test_looking_changes_nothing_and_who_has_left_does_nothing(client, coordinator, name):
    case = staffed(coordinator)
    offer, appointment = of_team(case), AppointmentFactory(consultation=case)
    assert client.get(step(appointment, offer, name)).status_code == 200
    given = {"note": "x", "participants": 3, "minutes": "x"}
    Offer.objects.filter(pk=offer.pk).update(state=Offer.State.CANCELLED)
    for act in (client.get, client.post):
        assert act(step(appointment, offer, name), given).status_code == 302
    before = appointment.changed_at
    appointment.refresh_from_db()
    assert (appointment.state, appointment.changed_at) == (Appointment.State.ARRANGED, before)


def test_the_team_reaches_the_appointments_of_its_own_case_alone(client, coordinator):
    offer = of_team(staffed(coordinator))
    elsewhere = AppointmentFactory()
    assert client.post(step(elsewhere, offer, "absagen"), {"note": "x"}).status_code == 404
    own = AppointmentFactory(consultation=offer.consultation)
    assert client.get(step(own, offer, "unbekannt")).status_code == 404
    dead = step(own, offer, "absagen").replace(offer_links.token(offer), "kein-link")
    assert client.get(dead).status_code == 404


def test_a_change_of_language_keeps_what_the_team_has_typed(client, coordinator):
    case = staffed(coordinator)
    here = step(AppointmentFactory(consultation=case), of_team(case), "absagen")
    response = client.post(f"/en{here}", {"note": "Krank seit gestern", "sprache": "en"})
    assert response.status_code == 200
    assert "Krank seit gestern" in response.content.decode() and "Call off the appointment" in response.content.decode()
    assert not Mail.objects.exists()
