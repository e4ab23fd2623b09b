"""What waits at the desk. One condition each, for the number on the start page and for the rows of the list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from miglobe import workdays
from miglobe.outbox.models import Mail

from .models import State


@dataclass(frozen=True)
class Waiting:
    label: str
    condition: Callable[[datetime], Q]
    since: str = ""
    """The field that tells since when a case waits; nothing where the deadline tells more."""
    hint: str = ""


def _unreachable(now: datetime) -> Q:
    return Q(reference__in=Mail.objects.filter(state=Mail.State.FAILED).values("reference"))


def _silent(now: datetime) -> Q:
    """The reminder has gone out and seen as many days again."""
    return Q(state=State.INQUIRY, state_since__lt=workdays.before(now, 2 * settings.INQUIRY_REMINDER_WORKDAYS + 1))


def _quiet(now: datetime) -> Q:
    long_ago = workdays.before(now, settings.QUIET_WORKDAYS)
    return Q(state=State.RUNNING, state_since__lt=long_ago) & (
        Q(last_contact_at=None) | Q(last_contact_at__lt=long_ago)
    )


WAITING = {
    "triage": Waiting("Neu", lambda now: Q(state=State.NEW, answered_at=None), since="state_since"),
    "answered": Waiting(
        "Rückfragen beantwortet",
        lambda now: Q(state=State.NEW, answered_at__isnull=False),
        since="answered_at",
    ),
    "unanswered": Waiting(
        "Nachrichten unbeantwortet", lambda now: Q(unanswered_since__isnull=False), since="unanswered_since"
    ),
    "silent": Waiting("Rückfragen ohne Antwort", _silent, since="state_since", hint="auch nach der Erinnerung"),
    "contact": Waiting("Laufende Beratungen lange ohne Kontakt", _quiet),
    "escalated": Waiting(
        "Länger überfällig",
        lambda now: Q(due_at__lt=workdays.before(now, settings.ESCALATE_WORKDAYS)),
    ),
    "mail": Waiting("Fälle mit nicht zustellbarer E-Mail", _unreachable),
}
