"""What waits at the desk because of the team: see requests.waiting."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from miglobe import workdays
from requests.models import ConsultationRequest
from requests.models import State as CaseState
from requests.waiting import WAITING as OF_REQUESTS
from requests.waiting import Waiting

from .models import Appointment, Feedback, Offer, Report

State = Offer.State
Outcome = ConsultationRequest.Outcome
ASKED_FOR = timedelta(days=365)
MET = (CaseState.SEARCHING, CaseState.STAFFED, CaseState.RUNNING, CaseState.CLOSED)
"""States in which a result is asked for; whoever was rejected or withdrew owes none."""


def _of_case(**conditions: Any) -> QuerySet[Offer]:
    """The offers of the present search, asked for case by case: of the many old ones none is read."""
    begin = Coalesce(OuterRef("reopened_at"), F("created_at"))
    return Offer.objects.filter(consultation=OuterRef("pk"), created_at__gte=begin, **conditions).order_by()


def _unanswered(now: datetime) -> Q:
    """Somebody was reminded and says nothing; or let the time pass, and nobody else is asked."""
    ignored = _of_case(state=State.SENT).filter(Q(reminded_at__isnull=False) | Q(due_at__lte=now))
    expired = _of_case(state=State.EXPIRED)
    asked = _of_case(state__in=(State.PROPOSED, State.SENT))
    return Q(state=CaseState.SEARCHING) & (Q(Exists(ignored)) | Q(Exists(expired)) & ~Q(Exists(asked)))


def _short_of_people(now: datetime) -> Q:
    """Were everybody to accept who is asked, a place would still be free."""
    asked = _of_case(state__in=(State.SENT, State.ACCEPTED))
    number = asked.values("consultation").annotate(number=Count("pk")).values("number")
    return Q(state=CaseState.SEARCHING) & Q(GreaterThan(F("team_size"), Coalesce(Subquery(number), 0)))


def _without_appointment(now: datetime) -> Q:
    appointments = Appointment.objects.filter(consultation=OuterRef("pk"))
    return Q(state=CaseState.STAFFED) & ~Q(Exists(appointments.standing()))


def _unrecorded(now: datetime) -> Q:
    appointments = Appointment.objects.filter(consultation=OuterRef("pk"))
    return Q(Exists(appointments.unrecorded(now)), state__in=MET)


def _ended(now: datetime, days: int) -> Q:
    """Met, and closed so many working days ago; what is older than a year nobody remembers."""
    return Q(
        state=CaseState.CLOSED,
        outcome__in=(Outcome.DIALOGUE, Outcome.CONSULTED),
        state_since__lt=workdays.before(now, days + 1),
        state_since__gte=now - ASKED_FOR,
    )


def _unreported(now: datetime) -> Q:
    """Without a team there is nobody to report."""
    team = Offer.objects.accepted().filter(consultation=OuterRef("pk"))
    reports = Report.objects.filter(consultation=OuterRef("pk")).exclude(state=Report.State.DRAFT)
    return _ended(now, settings.REPORT_WORKDAYS) & Q(Exists(team)) & ~Q(Exists(reports))


def _reports(state: Report.State) -> Callable[[datetime], Q]:
    def waits(now: datetime) -> Q:
        return Q(Exists(Report.objects.filter(consultation=OuterRef("pk"), state=state)), state__in=MET)

    return waits


def _without_feedback(now: datetime) -> Q:
    given = Feedback.objects.filter(consultation=OuterRef("pk"))
    return _ended(now, settings.FEEDBACK_WORKDAYS) & ~Q(Exists(given))


WAITING = OF_REQUESTS | {
    "appointment": Waiting("Teams ohne ersten Termin", _without_appointment),
    "unrecorded": Waiting("Termine vorbei, Ergebnis fehlt", _unrecorded),
    "report": Waiting(
        "Berichte fehlen", _unreported, since="state_since", hint="abgeschlossen in den letzten 12 Monaten"
    ),
    "signed": Waiting("Berichte anzunehmen", _reports(Report.State.SIGNED), hint="vom ganzen Team gezeichnet"),
    "returned": Waiting("Berichte zurückgegeben", _reports(Report.State.RETURNED), hint="Das Team ergänzt sie."),
    "feedback": Waiting(
        "Rückmeldungen fehlen", _without_feedback, since="state_since", hint="abgeschlossen in den letzten 12 Monaten"
    ),
    "offers": Waiting("Angebote ohne Antwort oder abgelaufen", _unanswered),
    "team": Waiting("Teams unvollständig", _short_of_people, hint="weniger Personen angefragt als Plätze"),
}
