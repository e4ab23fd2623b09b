"""What waits at the desk because of the team: see requests.waiting."""

from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from requests.models import State as CaseState
from requests.waiting import WAITING as OF_REQUESTS
from requests.waiting import Waiting

from .models import VOID, Appointment, Offer

State = Offer.State
MET = (CaseState.SEARCHING, CaseState.STAFFED, CaseState.RUNNING, CaseState.CLOSED)
"""States in which a result is asked for; whoever was rejected or withdrew owes none."""


def _unanswered(now: datetime) -> Q:
    """Somebody was reminded and says nothing; or let the time pass, and nobody else is asked."""
    offers = Offer.objects.filter(consultation=OuterRef("pk")).exclude(VOID)
    ignored = offers.filter(Q(reminded_at__isnull=False) | Q(due_at__lte=now), state=State.SENT)
    expired = offers.filter(state=State.EXPIRED)
    asked = offers.filter(state__in=(State.PROPOSED, State.SENT))
    return Q(state=CaseState.SEARCHING) & (Q(Exists(ignored)) | Q(Exists(expired)) & ~Q(Exists(asked)))


def _short_of_people(now: datetime) -> Q:
    """Were everybody to accept who is asked, a place would still be free."""
    asked = Offer.objects.filter(consultation=OuterRef("pk"), state__in=(State.SENT, State.ACCEPTED)).exclude(VOID)
    number = asked.order_by().values("consultation").annotate(number=Count("pk")).values("number")
    return Q(state=CaseState.SEARCHING) & Q(GreaterThan(F("team_size"), Coalesce(Subquery(number), 0)))


def _without_appointment(now: datetime) -> Q:
    appointments = Appointment.objects.filter(consultation=OuterRef("pk"))
    return Q(state=CaseState.STAFFED) & ~Q(Exists(appointments.standing()))


def _unrecorded(now: datetime) -> Q:
    appointments = Appointment.objects.filter(consultation=OuterRef("pk"))
    return Q(Exists(appointments.unrecorded(now)), state__in=MET)


WAITING = OF_REQUESTS | {
    "appointment": Waiting("Teams ohne ersten Termin", _without_appointment),
    "unrecorded": Waiting("Termine vorbei, Ergebnis fehlt", _unrecorded),
    "offers": Waiting("Angebote ohne Antwort oder abgelaufen", _unanswered),
    "team": Waiting("Teams unvollständig", _short_of_people, hint="weniger Personen angefragt als Plätze"),
}
