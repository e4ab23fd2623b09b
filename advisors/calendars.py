"""Appointments as iCalendar texts (RFC 5545): one that goes with a mail, and the feed of a person.

No secret link stands in them: calendars are shared and shown to others.
"""

from collections.abc import Iterable
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext
from icalendar import Calendar, Event, Timezone, vCalAddress

from .models import Appointment

# The rules of the European Union since 1996, without an end: a list of dates would run out.
BERLIN = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""
REFRESHED = timedelta(hours=12)  # how often a calendar may look for news


def entry(appointment: Appointment, *, to: str, language: str, contact: dict[str, str]) -> str:
    """What goes with a mail to `to`; `contact`: whom to ask at the desk.

    REQUEST and CANCEL, not PUBLISH: only these make mail programs change, or take out, what an earlier mail has put
    into the calendar. They demand an organizer and those who are invited; nobody learns from it who else was. What
    was agreed needs no answer.
    """
    cancelled = appointment.state == Appointment.State.CANCELLED
    with translation.override(language):
        event = _event(appointment)
    return _to_one(event, to, contact, method="CANCEL" if cancelled else "REQUEST")


def taken_out(appointment: Appointment, *, to: str, contact: dict[str, str]) -> str:
    """Takes an appointment that stands out of the calendar of one who no longer takes part.

    Whoever has left must be told by a version that nobody has had: the caller has raised the sequence.
    """
    event = _event(appointment)
    event["status"] = "CANCELLED"
    return _to_one(event, to, contact, method="CANCEL")


def _to_one(event: Event, to: str, contact: dict[str, str], *, method: str) -> str:
    event.add("organizer", _mailbox(contact["email"] or parseaddr(settings.MAIL_FROM)[1], CN=contact["name"]))
    event.add("attendee", _mailbox(to, RSVP="FALSE"))
    return _text([event], method=method)


def download(appointment: Appointment) -> str:
    """The same appointment for whoever fetches it from a page: nobody is invited."""
    return _text([_event(appointment)], method="PUBLISH")


def feed(appointments: Iterable[Appointment]) -> str:
    """A calendar to subscribe to. Without news it stays the same, letter by letter."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", gettext("MiGlobe-Termine"))
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESHED)
    for appointment in appointments:
        event = _event(appointment)
        event["dtstamp"] = event["last-modified"]
        calendar.add_component(event)
    return _written(calendar)


def _event(appointment: Appointment) -> Event:
    """In the active language. Whom it concerns is the municipality; of persons nothing is said."""
    consultation = appointment.consultation
    place = consultation.municipality
    assert place  # no case without
    language = {"LANGUAGE": translation.get_language() or settings.LANGUAGE_CODE}
    now = timezone.now()
    event = Event()
    event.add("uid", f"{appointment.key}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", now)
    event.add("last-modified", appointment.changed_at or now)
    event.add("dtstart", timezone.localtime(appointment.starts_at))
    event.add("dtend", timezone.localtime(appointment.ends_at))
    title = f"MiGlobe: {appointment.get_kind_display()}, {place.label}"
    event.add("summary", title, parameters=language)
    event.add("location", appointment.place, parameters=language)
    event.add("description", f"{gettext('Aktenzeichen')} {consultation.reference}", parameters=language)
    event.add("status", "CANCELLED" if appointment.state == Appointment.State.CANCELLED else "CONFIRMED")
    return event


def _mailbox(address: str, **parameters: str) -> vCalAddress:
    mailbox = vCalAddress(f"mailto:{address}")
    for name, value in parameters.items():
        if value:
            mailbox.params[name] = value
    return mailbox


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//MiGlobe//Portal//DE")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(Timezone.from_ical(BERLIN))
    return calendar


def _text(events: Iterable[Event], *, method: str) -> str:
    calendar = _calendar(method)
    for event in events:
        calendar.add_component(event)
    return _written(calendar)


def _written(calendar: Calendar) -> str:
    return str(calendar.to_ical().decode())
