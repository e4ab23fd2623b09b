"""One move with many cases: chosen, shown beforehand, then done by the worker, case by case.

Every case has a transaction of its own: what was done stays done, and what failed says why.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail

from .models import BulkItem, BulkRun, ConsultationRequest

log = logging.getLogger(__name__)

MOST = 300  # cases of one run: so many previews are read and rehearsed in one page

type Act = Callable[[ConsultationRequest], Any]
"""What is done with one case. Raises Refused with a sentence for the person."""


@dataclass(frozen=True)
class Outlook:
    """What would become of one case."""

    consultation: ConsultationRequest
    mails: list[Mail]
    refusal: str = ""


@transaction.atomic
def choose(cases: QuerySet[ConsultationRequest], *, move: str, by: User) -> BulkRun:
    """Notes the cases for a move. Nothing happens to them. Raises Refused when they are too many."""
    chosen = list(cases.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if len(chosen) > MOST:
        raise Refused(f"Es sind mehr als {MOST} Anfragen ausgewählt. Bitte grenzen Sie die Auswahl ein.")
    run = BulkRun.objects.create(move=move, by=by, count=len(chosen))
    BulkItem.objects.bulk_create(BulkItem(run=run, consultation_id=pk) for pk in chosen)
    return run


def cases(run: BulkRun) -> list[ConsultationRequest]:
    """In the order in which they are worked on."""
    rows = run.items.select_related("consultation__municipality", "consultation__organisation", "consultation__person")
    return [item.consultation for item in rows]


def look_ahead(consultations: Iterable[ConsultationRequest], act: Act) -> list[Outlook]:
    """What the move would do to each case. Nothing is kept."""
    return [_outlook(consultation, act) for consultation in consultations]


def _outlook(consultation: ConsultationRequest, act: Act) -> Outlook:
    try:
        return Outlook(consultation, outbox.rehearse(lambda: act(consultation)))
    except Refused as refusal:
        return Outlook(consultation, [], str(refusal))


@transaction.atomic
def begin(run: BulkRun, *, given: dict[str, list[str]]) -> BulkRun:
    """Hands the run to the worker. Beginning twice changes nothing."""
    run = BulkRun.objects.select_for_update().get(pk=run.pk)
    if run.begun_at is None:
        run.given, run.begun_at = given, timezone.now()
        run.save(update_fields=["given", "begun_at"])
        _defer(run)
    return run


@transaction.atomic
def try_again(run: BulkRun) -> BulkRun:
    """Takes up the cases that failed. A run at work stays as it is."""
    run = BulkRun.objects.select_for_update().get(pk=run.pk)
    if run.finished_at and run.items.filter(state=BulkItem.State.FAILED).update(state=BulkItem.State.WAITING):
        run.finished_at = None
        run.save(update_fields=["finished_at"])
        _defer(run)
    return run


def work(run: BulkRun, act: Act) -> None:
    """Does what waits, one case after the other, and notes what failed. Safe to be called again after a crash."""
    waiting = run.items.filter(state=BulkItem.State.WAITING)
    for pk in waiting.values_list("pk", flat=True):
        _work_on(pk, act)
    BulkRun.objects.filter(pk=run.pk, finished_at=None).exclude(items__state=BulkItem.State.WAITING).update(
        finished_at=timezone.now()
    )


def _work_on(pk: int, act: Act) -> None:
    """Case and note are written together, so that a case is never done twice."""
    try:
        with transaction.atomic():
            item = _take(pk)
            if item is None:
                return
            act(item.consultation)
            item.state, item.words = BulkItem.State.DONE, ""
            item.save(update_fields=["state", "words"])
    except Refused as refusal:
        _fail(pk, str(refusal))
    except Exception as error:  # a worker's edge: the other cases go on, and this one says that it did not
        log.error("Bulk item %s: %s", pk, type(error).__name__)
        _fail(pk, "Dabei ist ein Fehler aufgetreten. Bitte versuchen Sie es noch einmal.")


def _take(pk: int) -> BulkItem | None:
    """The item while it waits, locked. The case comes without a join: its own lock is the workflow's."""
    return BulkItem.objects.select_for_update().filter(pk=pk, state=BulkItem.State.WAITING).first()


def _fail(pk: int, words: str) -> None:
    BulkItem.objects.filter(pk=pk, state=BulkItem.State.WAITING).update(state=BulkItem.State.FAILED, words=words)


def _defer(run: BulkRun) -> None:
    app.configure_task("requests.work_in_bulk").defer(run_id=run.pk)
