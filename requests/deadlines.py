"""By when a case's next step is due, in working days of the Land. Written with every move by `workflow`.

The receipt is the mail that follows the confirmation at once. Then: a first contact; after it the decision; a team;
its first appointment. While the municipality owes an answer the clock stands still, and nothing is promised for a
consultation that runs.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from miglobe import workdays

from .models import ConsultationRequest, State


@dataclass(frozen=True)
class Before:
    """What a move found."""

    state: str
    was_contacted: bool
    due_at: datetime | None

    @classmethod
    def of(cls, consultation: ConsultationRequest) -> Self:
        return cls(consultation.state, consultation.contacted_at is not None, consultation.due_at)


def set_clock(consultation: ConsultationRequest, before: Before, *, now: datetime) -> None:
    """Writes the deadline into the row that a move has changed and not saved yet.

    Whatever was due stays due while the state stays; only the first contact turns to what comes after it. A new
    deadline will be reminded of anew.
    """
    first_contact = consultation.contacted_at is not None and not before.was_contacted
    if consultation.state != before.state or (first_contact and consultation.state == State.NEW):
        _begin(consultation, before, now)
    if consultation.due_at != before.due_at:
        consultation.due_reminded_at = None


def _begin(consultation: ConsultationRequest, before: Before, now: datetime) -> None:
    left, consultation.workdays_left = consultation.workdays_left, None
    consultation.due_at = None
    if consultation.state == State.INQUIRY:
        consultation.workdays_left = _left(before.due_at if before.was_contacted else None, now)
    elif consultation.state == State.NEW and left is not None:
        consultation.due_at = workdays.due(now, max(left, 1))  # an answer leaves a day to read it
    elif days := workdays_for(consultation):
        consultation.due_at = workdays.due(now, days)


def count_from(consultation: ConsultationRequest, began: datetime) -> None:
    """For what reached us before it was written down: the municipality has waited since then."""
    days = workdays_for(consultation)
    consultation.due_at = workdays.due(began, days) if days else None


def workdays_for(consultation: ConsultationRequest) -> int | None:
    """How many the state gives for its next step; nothing is due in the others."""
    if consultation.state == State.NEW and consultation.contacted_at is None:
        return int(settings.FIRST_CONTACT_WORKDAYS)
    return {
        State.NEW: settings.TRIAGE_WORKDAYS,
        State.SEARCHING: settings.OFFER_WORKDAYS,
        State.STAFFED: settings.APPOINTMENT_WORKDAYS,
    }.get(State(consultation.state))


def step(consultation: ConsultationRequest) -> str:
    """What is due, in a word or two."""
    if consultation.state == State.NEW and consultation.contacted_at is None:
        return "erster Kontakt"
    return {
        State.NEW: "Entscheidung",
        State.SEARCHING: "Team",
        State.STAFFED: "erster Termin",
    }.get(State(consultation.state), "")


def _left(due_at: datetime | None, now: datetime) -> int:
    """Working days of the decision that a question leaves over; all of them when it was the first contact."""
    if due_at is None:
        return int(settings.TRIAGE_WORKDAYS)
    return workdays.between(timezone.localdate(now), timezone.localdate(due_at))


# --- In words ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """A deadline as the desk shows it: never by colour alone."""

    at: datetime
    level: str  # "overdue", "soon" or "later"
    words: str


def of(consultation: ConsultationRequest, now: datetime | None = None) -> Due | None:
    due_at = consultation.due_at
    if due_at is None:
        return None
    now = now or timezone.now()
    day, today = timezone.localdate(due_at), timezone.localdate(now)
    if due_at < now:
        return Due(due_at, "overdue", _overdue(workdays.between(day, today)))
    soon = workdays.between(today, day) <= settings.WARN_WORKDAYS
    return Due(due_at, "soon" if soon else "later", _due(day, today))


def _overdue(days: int) -> str:
    if days == 0:
        return "überfällig"
    return "seit 1 Arbeitstag überfällig" if days == 1 else f"seit {days} Arbeitstagen überfällig"


def _due(day: date, today: date) -> str:
    if day == today:
        return "heute fällig"
    if day == today + timedelta(days=1):
        return "fällig morgen"
    return f"fällig {date_format(day, 'D, j. F' if day.year == today.year else 'D, j. F Y')}"
