"""What is agreed on for a consultation, what it has brought and what became of it. Beside `reports` and `follow_ups`
their only writer; of `WorkRecord`, too.

Every command locks the request's row first. The triggers write down what is recorded and what is corrected. `by` is
the person at the desk, or nobody where team or municipality write themselves. Nobody is written to.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import normalize_newlines
from django.utils.translation import gettext

from miglobe.accounts.models import User
from miglobe.errors import Refused
from requests import workflow
from requests.models import ConsultationRequest, State

from .mails import MET
from .models import Agreement, Feedback, FollowUp, Offer, Report, WorkRecord

RECORDABLE = (State.RUNNING, State.CLOSED)
CORRECTABLE = timedelta(days=30)  # so long the municipality may change what it has said


@transaction.atomic
def begin(
    consultation: ConsultationRequest, *, goals: str, days: Decimal, starts_on: date, ends_on: date, by: User
) -> ConsultationRequest:
    """The Beratung begins, with what municipality and team have agreed on. Raises IllegalMove."""
    consultation = workflow.start(consultation, by=by)
    agree(consultation, goals=goals, days=days, starts_on=starts_on, ends_on=ends_on, by=by)
    return consultation


@transaction.atomic
def agree(
    consultation: ConsultationRequest, *, goals: str, days: Decimal, starts_on: date, ends_on: date, by: User
) -> None:
    """Goals, days and period of a Beratung that has begun. May be corrected. Raises Refused."""
    _write(Agreement, consultation, {"goals": goals, "days": days, "starts_on": starts_on, "ends_on": ends_on}, by)


@transaction.atomic
def report(
    consultation: ConsultationRequest,
    *,
    agreed: str,
    options: str,
    recommendations: str,
    days: Decimal | None = None,
    work: Mapping[int, Mapping[str, Any]] | None = None,
    by: User | None,
) -> None:
    """What the desk writes down of the team's report, on paper or to correct it: accepted by that. Raises Refused.

    `work`: by the key of the offer what each has worked and travelled; the days are their sum then. Without it days
    that were recorded one by one are what they add up to. While the team's own report waits for signatures or for
    the desk's answer it is left alone.
    """
    consultation = workflow.lock(consultation)
    found = Report.objects.filter(consultation=consultation).first()
    if found and found.state in (Report.State.SENT, Report.State.SIGNED):
        raise Refused("Das Team zeichnet den Bericht gerade, oder er wartet auf Ihre Annahme.")
    changed = _changed_work(consultation, found, work) if work else []
    given: dict[str, Any] = {"agreed": agreed, "options": options, "recommendations": recommendations}
    given |= {"days": _sum_of(found, work) if work else _as_recorded(found, days), "state": Report.State.ACCEPTED}
    _write(Report, consultation, given, by, anyway=bool(changed))
    written = Report.objects.get(consultation=consultation)
    for record in changed:
        record.report = written
        record.save()


def _sum_of(found: Report | None, work: Mapping[int, Mapping[str, Any]]) -> Decimal:
    recorded = dict(found.work.values_list("offer", "days")) if found else {}
    days = recorded | {key: one["days"] for key, one in work.items()}
    total = sum((one or Decimal(0) for one in days.values()), Decimal(0))
    if not total:
        raise Refused("Bitte tragen Sie mindestens einen halben Tag ein.")
    return total


def _as_recorded(found: Report | None, days: Decimal | None) -> Decimal | None:
    worked = found and found.work.aggregate(total=models.Sum("days"))["total"]
    if worked and worked != days:
        total = f"{worked:n}".replace(".", ",")
        raise Refused(f"Die Leistungsnachweise des Teams ergeben zusammen {total} Tage: Bitte tragen Sie das ein.")
    return days


def _changed_work(
    consultation: ConsultationRequest, found: Report | None, work: Mapping[int, Mapping[str, Any]]
) -> list[WorkRecord]:
    """What is new or other than it stands: a signature holds only for what was signed.

    A day is paid as it was when the report was accepted.
    """
    people = who_worked(consultation).in_bulk()
    if not work.keys() <= people.keys():
        raise Refused("Das Team ist inzwischen ein anderes. Bitte öffnen Sie die Seite neu.")
    records = {record.offer_id: record for record in found.work.all()} if found else {}
    accepted = found is not None and found.state == Report.State.ACCEPTED
    changed = []
    for key, given in work.items():
        record = records.get(key) or WorkRecord(offer=people[key])
        rate = record.rate if accepted and record.pk else settings.FEE_PER_DAY
        other = {name: value for name, value in given.items() if _tidy(getattr(record, name)) != _tidy(value)}
        if other:
            other["signed_at"] = None
        elif record.pk is None or record.rate == rate:
            continue
        for name, value in {**other, "rate": rate}.items():
            setattr(record, name, value)
        changed.append(record)
    return changed


def _tidy(value: Any) -> Any:
    """Browsers send the end of a line in more than one way."""
    return normalize_newlines(value) if isinstance(value, str) else value


@transaction.atomic
def feedback(
    consultation: ConsultationRequest, *, satisfaction: int, helped: str, missing: str, by: User | None
) -> None:
    """What the municipality says of it. May be corrected, by itself for some days. Raises Refused."""
    given = {"satisfaction": satisfaction, "helped": helped, "missing": missing}
    if by is None:
        found = Feedback.objects.filter(consultation=consultation).first()
        if found and not may_change(found.recorded_at):
            raise Refused(gettext("Ihre Rückmeldung lässt sich hier nicht mehr ändern."))
        if found and all(getattr(found, name) == value for name, value in given.items()):
            return  # a double click
    _write(Feedback, consultation, given, by)


def may_change(said_at: Any) -> bool:
    """Whether the municipality may still change what it said then."""
    return bool(said_at + CORRECTABLE > timezone.now())


def asks_for_feedback(consultation: ConsultationRequest) -> bool:
    """Whether the municipality has something to say of it: it runs, or has ended after they met."""
    if consultation.state == State.RUNNING:
        return True
    return consultation.state == State.CLOSED and consultation.outcome in MET


NAMES = {
    Agreement: "eine Vereinbarung",
    Report: "ein Bericht",
    Feedback: "eine Rückmeldung",
    FollowUp: "eine Nachfrage",
}


def merge(survivor: ConsultationRequest, *, absorbed: ConsultationRequest) -> None:
    """What there is goes on in the case that stays; the caller has locked both. Raises Refused where both have it."""
    for model, what in NAMES.items():
        if model._default_manager.filter(consultation__in=(survivor, absorbed)).count() == 2:
            raise Refused(
                f"Zu beiden Anfragen ist {what} festgehalten; zu einer Beratung gehört nur {what}. "
                "Die Anfragen lassen sich deshalb nicht zusammenführen."
            )
        model._default_manager.filter(consultation=absorbed).update(consultation=survivor)


def team_of(consultation: ConsultationRequest) -> models.QuerySet[Offer]:
    """Those who report and sign: who has accepted in the present search, and was not forgotten since."""
    known = Offer.objects.of(consultation).accepted().filter(advisor__anonymised_at=None)
    return known.select_related("advisor").order_by("answered_at", "pk")


def who_worked(consultation: ConsultationRequest) -> models.QuerySet[Offer]:
    """Who may have something for the record of work: the team, who has left it, and who is on it already."""
    recorded = Q(work__report__consultation=consultation)
    accepted = Q(pk__in=Offer.objects.of(consultation).filter(state__in=(Offer.State.ACCEPTED, Offer.State.CANCELLED)))
    found = Offer.objects.filter(recorded | accepted, consultation=consultation).distinct()
    return found.select_related("advisor").order_by("answered_at", "pk")


def _write(
    model: type[models.Model],
    consultation: ConsultationRequest,
    given: dict[str, Any],
    by: User | None,
    *,
    anyway: bool = False,
) -> None:
    """`anyway`: even where it stands so already, because something that belongs to it has changed."""
    consultation = workflow.lock(consultation)
    if consultation.state not in RECORDABLE:
        raise Refused(gettext("Bericht und Rückmeldung gehören zu einer Beratung, die läuft oder abgeschlossen ist."))
    found = model._default_manager.filter(consultation=consultation)
    if not anyway and found.filter(**given).exists():
        raise Refused("So ist es schon festgehalten.")
    model._default_manager.update_or_create(
        consultation=consultation, defaults=given | {"by": by, "recorded_at": timezone.now()}
    )
