"""The team's own report: written together, signed by all, accepted or asked back at the desk.

    DRAFT → SENT (somebody has signed) → SIGNED (all have) → ACCEPTED, or RETURNED to the team with a question

The text is the team's, the days and journeys are each one's own. Nobody's words are overwritten unseen: whoever
saves tells what the text was when they opened it (`seen`), and where both have changed the same field the later is
refused. Every command locks the request's row first; `offer` is who acts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone
from django.utils.text import normalize_newlines
from django.utils.translation import gettext

from miglobe import workdays
from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from miglobe.periodic import safely
from requests import workflow
from requests.models import ConsultationRequest
from requests.models import State as CaseState

from . import mails, results
from .models import Offer, Report, WorkRecord

State = Report.State
TEXTS = ("agreed", "options", "recommendations")
WORK = ("days", "travel_km", "travel_cost", "receipts")


class Locked(Refused):
    """The report can't be changed now."""


@dataclass(frozen=True)
class Saved:
    report: Report
    conflicts: dict[str, str] = field(default_factory=dict)
    """By field what somebody else has written there meanwhile; those fields are as they were, all others are saved."""


def fingerprint(text: str) -> str:
    """Tells two versions of a text apart without holding it."""
    return sha256(_tidy(text).encode()).hexdigest()[:16]


def _tidy(text: str) -> str:
    return normalize_newlines(text).strip()


def of(consultation: ConsultationRequest) -> Report | None:
    return Report.objects.filter(consultation=consultation).first()


def record_of(report: Report | None, offer: Offer) -> WorkRecord | None:
    return WorkRecord.objects.filter(report=report, offer=offer).first() if report else None


def may_write(offer: Offer) -> bool:
    """Whether the person belongs to a team that has something to report."""
    consultation = offer.consultation
    return consultation.state in results.RECORDABLE and results.team_of(consultation).filter(pk=offer.pk).exists()


def missing(consultation: ConsultationRequest) -> bool:
    """Whether the team still has to hand one in, or to answer a question about it."""
    report = of(consultation)
    return report is None or report.state in Report.EDITABLE


# --- What the team does ----------------------------------------------------------------------------


@transaction.atomic
def save(offer: Offer, *, texts: Mapping[str, str], seen: Mapping[str, str], work: Mapping[str, Any]) -> Saved:
    """Keeps what has been typed so far, whole or not. Raises Locked when it was signed or handed in meanwhile.

    `seen`: by field the fingerprint of what stood there when the page was opened.
    """
    report = _begin(offer)
    conflicts: dict[str, str] = {}
    if report.state in Report.EDITABLE:
        conflicts = _write_texts(report, texts, seen)
    elif any(fingerprint(text) != fingerprint(getattr(report, name)) for name, text in texts.items()):
        raise Locked(gettext("Der Bericht wird gerade gezeichnet. Der Text lässt sich so nicht mehr ändern."))
    _write_work(report, offer, work)
    return Saved(report, conflicts)


@transaction.atomic
def send(offer: Offer, *, seen: Mapping[str, str]) -> Report:
    """Hands the report to the mates to sign, signed by whoever sends. Sending again changes nothing. Raises Refused.

    `seen`: by field the fingerprint of what the person has read. Nobody signs what they have not read.
    """
    report = _begin(offer)
    own = _own(report, offer)
    if report.state == State.SENT and own.signed_at:
        return report
    if report.state not in Report.EDITABLE:
        raise Locked(gettext("Der Bericht ist schon abgeschickt."))
    if not report.agreed:
        raise Refused(gettext("Bitte schreiben Sie, was verabredet wurde."))
    _require_read(report, seen)
    if not report.days:
        raise Refused(gettext("Bitte tragen Sie mindestens einen halben Tag ein."))
    report.work.exclude(pk=own.pk).update(signed_at=None)
    report.sent_at = report.recorded_at = timezone.now()
    _go(report, State.SENT)
    _sign(report, own)
    for mate in _unsigned(report):
        mails.report_to_sign(mate, sent_by=offer)
    return report


@transaction.atomic
def sign(offer: Offer, *, seen: Mapping[str, str]) -> Report:
    """A mate agrees to the report as it was read. Signing again changes nothing. Raises Refused."""
    report = _begin(offer)
    own = _own(report, offer)
    if own.signed_at and report.state in (State.SENT, State.SIGNED):
        return report
    if report.state != State.SENT:
        raise Locked(gettext("Der Bericht ist nicht zur Mitzeichnung abgeschickt."))
    _require_read(report, seen)
    _sign(report, own)
    return report


@transaction.atomic
def change(offer: Offer) -> Report:
    """Takes a report back that waits for signatures: it is written again, and signed anew by all. Raises Locked."""
    report = _begin(offer)
    if report.state in Report.EDITABLE:
        return report
    if report.state != State.SENT:
        raise Locked(gettext("Der Bericht liegt der Koordination vor und lässt sich nicht mehr ändern."))
    report.work.update(signed_at=None)
    _go(report, State.DRAFT)
    return report


# --- What the desk does ------------------------------------------------------------------------------


@transaction.atomic
def accept(consultation: ConsultationRequest, *, by: User) -> Report:
    """The report is in order. What a day is paid is kept with it as it is today. Raises Refused."""
    report = _handed_in(consultation)
    for record in report.work.all():
        record.rate = settings.FEE_PER_DAY
        record.save(update_fields=["rate"])
    _go(report, State.ACCEPTED, question="", by=by)
    for offer in results.team_of(consultation):
        mails.report_accepted(offer)
    return report


@transaction.atomic
def give_back(consultation: ConsultationRequest, *, question: str, by: User) -> Report:
    """Asks the team to complete or explain something; it signs anew afterwards. Raises Refused."""
    report = _handed_in(consultation)
    report.work.update(signed_at=None)
    _go(report, State.RETURNED, question=question, by=by)
    for offer in results.team_of(consultation):
        mails.report_returned(offer, question=question)
    return report


def _handed_in(consultation: ConsultationRequest) -> Report:
    consultation = workflow.lock(consultation)
    report = of(consultation)
    if report is None or report.state != State.SIGNED:
        raise Refused("Dazu muss der Bericht vom ganzen Team gezeichnet vorliegen.")
    report.consultation = consultation
    return report


# --- What time brings ----------------------------------------------------------------------------------


def hand_in_signed() -> int:
    """Gives the desk what lacks nobody's signature any more: who was to sign has left or was forgotten.

    Returns how many.
    """
    waiting = Report.objects.filter(state=State.SENT).select_related("consultation")
    return sum(safely(partial(_hand_in, report.consultation), f"Bericht {report.pk}") for report in waiting)


def _hand_in(consultation: ConsultationRequest) -> bool:
    consultation = workflow.lock(consultation)
    report = of(consultation)
    if report is None or report.state != State.SENT:
        return False
    report.consultation = consultation
    return _go_on_if_signed(report)


def remind_missing(now: datetime) -> int:
    """Reminds the team once of a report that is due after the end of the case. Returns how many cases."""
    written = Report.objects.filter(consultation=OuterRef("pk")).exclude(state__in=Report.EDITABLE)
    asked = Mail.objects.filter(reference=OuterRef("reference"), template="advisors/report_missing")
    late = ConsultationRequest.objects.filter(
        ~Exists(written),
        ~Exists(asked.filter(created_at__gte=OuterRef("state_since"))),
        state=CaseState.CLOSED,
        outcome__in=mails.MET,
        state_since__lt=workdays.before(now, settings.REPORT_WORKDAYS + 1),
        state_since__gte=workdays.before(now, 3 * settings.REPORT_WORKDAYS),  # older ones the desk speaks of
    )
    return sum(safely(partial(_remind, case), f"Bericht zu {case.pk}") for case in late)


def _remind(consultation: ConsultationRequest) -> bool:
    consultation = workflow.lock(consultation)
    if consultation.state != CaseState.CLOSED or not missing(consultation):
        return False
    team = list(results.team_of(consultation))
    for offer in team:
        mails.report_missing(offer)
    return bool(team)


# --- Small print ------------------------------------------------------------------------------------------


def _begin(offer: Offer) -> Report:
    """The report of the locked case, begun if nobody has. Raises Locked for whoever has nothing to report."""
    offer.consultation = consultation = workflow.lock(offer.consultation)
    if not may_write(offer):
        raise Locked(gettext("Zu diesem Einsatz lässt sich zurzeit kein Bericht schreiben."))
    report, _ = Report.objects.get_or_create(consultation=consultation, defaults={"state": State.DRAFT})
    report.consultation = consultation
    return report


def _write_texts(report: Report, texts: Mapping[str, str], seen: Mapping[str, str]) -> dict[str, str]:
    """Field by field: what only one has changed is taken, what both have changed differently is a conflict."""
    conflicts = {}
    for name, typed in texts.items():
        stored = getattr(report, name)
        mine, theirs, before = fingerprint(typed), fingerprint(stored), seen.get(name, fingerprint(""))
        if mine in (theirs, before):  # the same, or not touched here: what stands there stays
            continue
        if theirs == before:
            setattr(report, name, _tidy(typed))
        else:
            conflicts[name] = stored
    report.save()
    return conflicts


def _write_work(report: Report, offer: Offer, work: Mapping[str, Any]) -> None:
    own = _own(report, offer)
    if all(getattr(own, name) == value for name, value in work.items()):
        return
    if own.signed_at or report.state not in (*Report.EDITABLE, State.SENT):
        raise Locked(gettext("Sie haben den Bericht schon gezeichnet. Ihre Angaben lassen sich so nicht mehr ändern."))
    for name, value in work.items():
        setattr(own, name, value)
    own.save()
    _add_up(report)


def _require_read(report: Report, seen: Mapping[str, str]) -> None:
    if any(seen.get(name, fingerprint("")) != fingerprint(getattr(report, name)) for name in TEXTS):
        raise Refused(
            gettext("Jemand aus Ihrem Team hat den Text inzwischen geändert. Bitte lesen Sie ihn noch einmal.")
        )


def _own(report: Report, offer: Offer) -> WorkRecord:
    own, _ = WorkRecord.objects.get_or_create(report=report, offer=offer)
    return own


def _add_up(report: Report) -> None:
    total: Decimal | None = report.work.aggregate(total=Sum("days"))["total"]
    if not total and report.state not in Report.EDITABLE:
        raise Refused(gettext("Bitte tragen Sie mindestens einen halben Tag ein."))
    report.days = total or None
    report.save()


def _sign(report: Report, own: WorkRecord) -> None:
    if own.days is None:
        raise Refused(gettext("Bitte tragen Sie ein, wie viele Tage Sie gearbeitet haben. Auch 0 ist möglich."))
    own.signed_at = timezone.now()
    own.save()
    _go_on_if_signed(report)


def _go_on_if_signed(report: Report) -> bool:
    if _unsigned(report):
        return False
    _go(report, State.SIGNED)
    mails.report_signed_desk(report)
    return True


def _unsigned(report: Report) -> QuerySet[Offer]:
    signed = report.work.exclude(signed_at=None).values("offer")
    return results.team_of(report.consultation).exclude(pk__in=signed)


def _go(report: Report, state: State, **changes: Any) -> None:
    report.state = state
    for name, value in changes.items():
        setattr(report, name, value)
    report.save()
