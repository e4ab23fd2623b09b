"""What goes into calendars: written with one library, read with it and with another."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from django.core import mail as django_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from advisors import appointments, calendars, links, mails
from advisors.models import Appointment, Offer
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import links as request_links
from requests.models import State
from tests.factories import AppointmentFactory, CaseFactory, MunicipalityFactory, OfferFactory

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
AWKWARD = 'Rathaus „Größe“; Straße 1, Raum \\2\\, "oben"'
CONTACT = {"name": "Müller, Eva; SKEW", "email": "eva@skew.example", "phone": ""}
TO = {"to": "petra@unna.example", "language": "de", "contact": CONTACT}


def both(text):
    """The one event as each of the two libraries reads it."""
    (event,) = Calendar.from_ical(text).events
    return event, vobject.readOne(text).vevent


def staffed(coordinator, **fields):
    case = CaseFactory(state=State.STAFFED, person=coordinator, organisation=coordinator.organisation, **fields)
    return case, OfferFactory(consultation=case, state=Offer.State.ACCEPTED)


def entries(event, **filters):
    return [mail.calendar for mail in Mail.objects.filter(template__startswith=f"advisors/{event}", **filters)]


def test_everything_that_matters_is_read_by_both_libraries():
    place = MunicipalityFactory(name="Unna", type="Stadt", district_name="Kreis Unna")
    begins = datetime(2030, 5, 2, 10, tzinfo=BERLIN)
    appointment = AppointmentFactory(
        consultation__municipality=place,
        starts_at=begins,
        ends_at=begins + timedelta(hours=2),
        place=AWKWARD,
        sequence=3,
    )
    text = calendars.entry(appointment, **TO)
    one, other = both(text)
    assert (one.start, one.end) == (other.dtstart.value, other.dtend.value) == (begins, begins + timedelta(hours=2))
    assert str(one["location"]) == other.location.value == AWKWARD
    assert str(one["summary"]) == other.summary.value == "MiGlobe: Dialogforum, Unna (Stadt, Kreis Unna)"
    assert one["sequence"] == int(other.sequence.value) == 3
    assert str(one["uid"]) == other.uid.value == f"{appointment.key}@localhost"
    assert str(one["organizer"]) == other.organizer.value == "mailto:eva@skew.example"
    assert one["organizer"].params["CN"] == other.organizer.params["CN"][0] == CONTACT["name"]
    assert (str(one["attendee"]), one["attendee"].params["RSVP"]) == ("mailto:petra@unna.example", "FALSE")
    assert [attendee.value for attendee in other.contents["attendee"]] == ["mailto:petra@unna.example"]
    assert other.status.value == "CONFIRMED"
    assert one["summary"].params["LANGUAGE"] == "de"
    assert one["last-modified"].dt == appointment.changed_at.replace(microsecond=0)
    assert one["dtstamp"].dt.tzinfo is not None
    assert appointment.consultation.reference in other.description.value


def test_lines_are_folded_and_end_as_the_standard_says():
    text = calendars.entry(AppointmentFactory(place="Grüße aus dem Süden " * 12), **TO)
    assert text.endswith("END:VCALENDAR\r\n")
    assert re.search(r"(?<!\r)\n", text) is None
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75


def test_a_line_break_cannot_smuggle_in_a_property():
    text = calendars.entry(AppointmentFactory(place="Rathaus\r\nATTENDEE:mailto:x@evil.example"), **TO)
    one, other = both(text)
    assert "x@evil.example" not in str(one["attendee"])
    assert len(other.contents["attendee"]) == 1
    assert "ATTENDEE" in other.location.value


@pytest.mark.parametrize("year", [2027, 2031, 2047])
@pytest.mark.parametrize(
    ("month", "day", "hours"),
    [(3, 20, 1), (4, 2, 2), (10, 20, 2), (11, 2, 1)],
)
def test_the_hour_stays_over_the_change_of_summer_time(year, month, day, hours):
    begins = datetime(year, month, day, 10, tzinfo=BERLIN)
    appointment = AppointmentFactory(starts_at=begins, ends_at=begins + timedelta(hours=1))
    appointment.refresh_from_db()  # in UTC
    text = calendars.entry(appointment, **TO)
    assert f"DTSTART;TZID=Europe/Berlin:{begins:%Y%m%dT%H%M%S}" in text
    calendar = Calendar.from_ical(text)
    by_rules = calendar.timezones[0].to_tz(lookup_tzid=False)  # from the rules that are in the file alone
    for value in (
        both(text)[1].dtstart.value,
        begins.replace(tzinfo=None, fold=0).replace(tzinfo=by_rules),
    ):
        assert (value.hour, value.utcoffset()) == (10, timedelta(hours=hours))
        assert value.astimezone(UTC) == begins.astimezone(UTC)


def test_both_rules_of_the_zone_are_read_without_knowing_it():
    """A program that has never heard of Berlin gets it right by what the file says."""
    text = calendars.entry(AppointmentFactory(), **TO).replace("Europe/Berlin", "Anywhere/Else")
    zone = vobject.readOne(text).vevent.dtstart.value.tzinfo
    offsets = {month: zone.utcoffset(datetime(2039, month, 15, 12)) for month in (1, 7)}
    assert offsets == {1: timedelta(hours=1), 7: timedelta(hours=2)}


def test_a_move_and_the_end_of_it_keep_the_uid_and_raise_the_sequence(coordinator):
    case, _ = staffed(coordinator)
    begins = timezone.now() + timedelta(days=20)
    appointment = appointments.arrange(
        case, kind="dialogue", starts_at=begins, ends_at=begins + timedelta(hours=1), place="Rathaus", by=coordinator
    )
    later = begins + timedelta(days=1)
    appointments.move(appointment, starts_at=later, ends_at=later + timedelta(hours=1), place="Rathaus", by=coordinator)
    appointments.cancel(appointment, note="Krank", by=coordinator)
    found = []
    for event, method in (("arranged", "REQUEST"), ("moved", "REQUEST"), ("cancelled", "CANCEL")):
        texts = entries(f"appointment_{event}")
        assert len(texts) == 2
        for text in texts:
            assert Calendar.from_ical(text)["method"] == vobject.readOne(text).method.value == method
            one, other = both(text)
            assert str(one["uid"]) == other.uid.value
        found.append((other.uid.value, int(other.sequence.value), other.status.value))
    assert {uid for uid, _, _ in found} == {f"{appointment.key}@localhost"}
    assert [rest for _, *rest in found] == [[0, "CONFIRMED"], [1, "CONFIRMED"], [2, "CANCELLED"]]


def test_everybody_gets_an_own_entry_that_names_nobody_else_and_no_link(coordinator):
    case, offer = staffed(coordinator, language="en")
    with transaction.atomic():
        appointments.arrange(
            case,
            kind="workshop",
            starts_at=timezone.now() + timedelta(days=9),
            ends_at=timezone.now() + timedelta(days=9, hours=1),
            place="Rathaus",
            by=coordinator,
        )
    (theirs,) = entries("appointment_arranged", to=case.contact_email)
    (ours,) = entries("appointment_arranged", to=offer.advisor.email)
    assert case.contact_email in theirs and "LANGUAGE=en" in theirs
    assert offer.advisor.email in ours and "LANGUAGE=de" in ours
    unfolded = (theirs + ours).replace("\r\n ", "")
    assert offer.advisor.name not in unfolded and case.contact_name not in unfolded
    assert "http" not in unfolded
    assert offer.advisor.email not in theirs and case.contact_email not in ours


def test_it_goes_out_as_an_attachment_that_says_its_method(coordinator):
    appointment = AppointmentFactory(place="Straße, Größe")
    with transaction.atomic():
        mails.appointment_cancelled(appointment, note="Krank", offers=[])
    mail = Mail.objects.get()
    outbox.message(mail).send()
    parts = [part for part in django_mail.outbox[0].message().walk() if part.get_content_type() == "text/calendar"]
    assert len(parts) == 1
    assert parts[0].get_param("method") == "REQUEST" and parts[0].get_filename() == "Termin.ics"
    text = parts[0].get_payload(decode=True).decode()
    assert vobject.readOne(text).vevent.location.value == "Straße, Größe"


def test_a_page_offers_it_as_a_file(client, coordinator):
    case, offer = staffed(coordinator)
    appointment = AppointmentFactory(consultation=case)
    status = {"token": request_links.token(request_links.STATUS, case)}
    for page, view, token in (
        ("requests:status", "advisors:calendar_file", status),
        ("advisors:offer", "advisors:team_calendar_file", {"token": links.token(offer)}),
    ):
        address = reverse(view, kwargs=token | {"appointment": appointment.key})
        assert f"/{appointment.key}.ics" in client.get(reverse(page, kwargs=token)).content.decode()
        response = client.get(address)
        assert response["Content-Type"] == "text/calendar; charset=utf-8"
        assert response["Cache-Control"] == "no-store, private"
        text = response.content.decode()
        assert Calendar.from_ical(text)["method"] == "PUBLISH"
        assert "ATTENDEE" not in text
        assert both(text)[1].uid.value.startswith(str(appointment.key))
        assert client.post(address).status_code == 405
    elsewhere = AppointmentFactory()
    assert client.get(address.replace(str(appointment.key), str(elsewhere.key))).status_code == 404
    assert Appointment.objects.get(pk=appointment.pk).sequence == 0
