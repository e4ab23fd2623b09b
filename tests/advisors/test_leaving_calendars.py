"""Whoever gives up an assignment gets its appointments taken out of the calendar; all others keep theirs."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
import vobject
from django.core import mail as django_mail
from django.db import transaction
from django.utils import timezone
from icalendar import Calendar

from advisors import appointments, mails, offers, pool
from advisors.models import Appointment, Offer
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import State
from tests.desk.case import press
from tests.factories import AppointmentFactory, CaseFactory, OfferFactory

pytestmark = pytest.mark.django_db
WORDS = "finden ohne Sie statt"


@pytest.fixture
def case(coordinator):
    return CaseFactory(state=State.STAFFED, person=coordinator, organisation=coordinator.organisation)


def of_team(case):
    return OfferFactory(consultation=case, state=Offer.State.ACCEPTED)


def arranged(case, by, days=9):
    starts = timezone.now() + timedelta(days=days)
    return appointments.arrange(
        case, kind="dialogue", starts_at=starts, ends_at=starts + timedelta(hours=2), place="Rathaus", by=by
    )


def farewell():
    return Mail.objects.get(template="advisors/offer_cancelled")


def parts(mail: Mail) -> list[EmailMessage]:
    django_mail.outbox.clear()
    outbox.message(mail).send()
    return [part for part in django_mail.outbox[0].message().walk() if part.get_content_type() == "text/calendar"]


@pytest.mark.parametrize("how", ["link", "desk"])
def test_the_one_who_leaves_gets_a_cancellation_of_what_was_sent(desk, case, coordinator, how):
    leaver, mate = of_team(case), of_team(case)
    appointment = arranged(case, coordinator)
    sent = vobject.readOne(Mail.objects.get(to=leaver.advisor.email).calendar).vevent
    if how == "link":
        offers.cancel(leaver, note="Umzug")
    else:
        address = f"/admin/requests/consultationrequest/{case.pk}/offer/{leaver.pk}/cancel/"
        press(desk, address, {"note": "Umzug"})
    mail = farewell()
    assert mail.to == leaver.advisor.email and WORDS in mail.text
    (event,) = Calendar.from_ical(mail.calendar).events
    other = vobject.readOne(mail.calendar)
    assert Calendar.from_ical(mail.calendar)["method"] == other.method.value == "CANCEL"
    assert str(event["uid"]) == other.vevent.uid.value == sent.uid.value
    assert event["sequence"] == int(other.vevent.sequence.value) > int(sent.sequence.value)
    assert str(event["status"]) == other.vevent.status.value == "CANCELLED"
    assert str(event["attendee"]) == f"mailto:{leaver.advisor.email}"
    assert (event.start, event.end) == (sent.dtstart.value, sent.dtend.value)
    assert mate.advisor.name not in mail.calendar and "http" not in mail.calendar
    appointment.refresh_from_db()
    assert appointment.state == Appointment.State.ARRANGED
    told = Mail.objects.exclude(pk=mail.pk).filter(created_at__gte=mail.created_at)
    assert not told.exclude(calendar="").exists()


def test_what_comes_later_is_newer_than_the_cancellation(case, coordinator):
    leaver, mate = of_team(case), of_team(case)
    appointment = arranged(case, coordinator)
    offers.cancel(leaver, note="Umzug")
    appointment.refresh_from_db()
    back = OfferFactory(consultation=case, advisor=leaver.advisor, state=Offer.State.ACCEPTED)
    with transaction.atomic():
        mails.appointment_reminded(appointment, offers=[mate, back])
    last = vobject.readOne(Mail.objects.filter(to=leaver.advisor.email).order_by("pk").last().calendar)
    taken_out = vobject.readOne(farewell().calendar)
    assert last.method.value == "REQUEST"
    assert int(last.vevent.sequence.value) >= int(taken_out.vevent.sequence.value)
    appointments.cancel(appointment, note="Krank", by=coordinator)
    ended = vobject.readOne(Mail.objects.filter(to=mate.advisor.email).order_by("pk").last().calendar)
    assert int(ended.vevent.sequence.value) > int(taken_out.vevent.sequence.value)


def test_only_what_is_to_come_is_taken_out(case):
    leaver, now = of_team(case), timezone.now()
    AppointmentFactory(consultation=case, state="cancelled")
    AppointmentFactory(consultation=case, starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1))
    AppointmentFactory()
    offers.cancel(leaver, note="Umzug")
    assert farewell().calendar == "" and WORDS not in farewell().text
    assert not Appointment.objects.exclude(sequence=0).exists()


def test_several_go_one_by_one_and_one_alone_keeps_its_name(case, coordinator):
    leaver = of_team(case)
    dates = [arranged(case, coordinator), arranged(case, coordinator, days=30)]
    assert [part.get_filename() for part in parts(Mail.objects.filter(to=leaver.advisor.email)[0])] == ["Termin.ics"]
    offers.cancel(leaver, note="Umzug")
    found = parts(farewell())
    assert [part.get_filename() for part in found] == ["Termin.ics", "Termin-2.ics"]
    assert {part.get_param("method") for part in found} == {"CANCEL"}
    uids = {vobject.readOne(part.get_payload(decode=True).decode()).vevent.uid.value for part in found}
    assert uids == {f"{one.key}@localhost" for one in dates}


def test_giving_up_twice_writes_once(case, coordinator):
    leaver = of_team(case)
    appointment = arranged(case, coordinator)
    for _ in range(2):
        offers.cancel(leaver, note="Umzug")
    appointment.refresh_from_db()
    assert appointment.sequence == 1 and farewell().calendar


def test_leaving_the_pool_keeps_assignments_and_their_dates_until_they_are_handed_back(case, coordinator):
    leaver = of_team(case)
    arranged(case, coordinator)
    pool.leave(leaver.advisor)
    assert not Mail.objects.filter(template="advisors/left").exclude(calendar="").exists()
    offers.cancel(leaver, note="Auf Wiedersehen")
    assert vobject.readOne(farewell().calendar).method.value == "CANCEL"


# --- The case ends -------------------------------------------------------------------------------------------------


def test_a_case_that_is_withdrawn_leaves_no_date_in_the_teams_calendars(case, coordinator):
    team = [of_team(case), of_team(case)]
    appointment = arranged(case, coordinator)
    workflow.withdraw(case)
    offers.close_orphaned()
    for offer in team:
        told = Mail.objects.get(template="advisors/case_ended", to=offer.advisor.email)
        assert "nimmt der Anhang sie dort heraus" in told.text
        calendar = vobject.readOne(told.calendar)
        assert (calendar.method.value, calendar.vevent.status.value) == ("CANCEL", "CANCELLED")
        assert str(appointment.key) in calendar.vevent.uid.value


def test_a_case_is_not_closed_before_its_dates_are_called_off(desk, case, coordinator):
    of_team(case)
    appointment = arranged(case, coordinator)
    close = f"/admin/requests/consultationrequest/{case.pk}/move/close/"
    refused = desk.post(close, {"outcome": "dialogue"})
    assert "Bitte sagen Sie ihn zuerst ab" in refused.content.decode()
    appointments.cancel(appointment, note="Nicht mehr nötig", by=coordinator)
    press(desk, close, {"outcome": "dialogue"})
    case.refresh_from_db()
    assert case.state == State.CLOSED
