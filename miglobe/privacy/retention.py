"""The run over all periods: deletes and anonymises what is over, and writes down how much, never whom.

What must stay is held (`holds`). A rule that fails stops no other: the run names it and is repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from miglobe.months import months_before

from . import registry
from .models import RetentionRun
from .registry import Rule

BATCH = 100  # rows in one transaction
log = logging.getLogger(__name__)


class NotFollowed(Exception):
    """Names the rules that failed."""


@dataclass(frozen=True)
class Due:
    rule: Rule
    number: int


def preview(now: datetime) -> list[Due]:
    """What a run would do now. Changes nothing."""
    return [Due(rule, rule.count(cutoff(rule, now))) for rule in registry.rules()]


def run(now: datetime) -> RetentionRun:
    """Follows every rule. Raises NotFollowed at the end, when the protocol is written."""
    protocol = RetentionRun.objects.create(started_at=now)
    failed: list[str] = []
    for rule in registry.rules():
        try:
            number = rule.apply(cutoff(rule, now))
        except (DatabaseError, OSError):
            log.exception("A rule of retention failed: %s", rule.name)
            failed.append(rule.name)
            continue
        if number:
            protocol.counts.create(rule=rule.name, how=rule.how.value, period=period(rule), number=number)
    protocol.finished_at, protocol.failed = timezone.now(), "\n".join(failed)
    protocol.save(update_fields=["finished_at", "failed"])
    if failed:
        raise NotFollowed(", ".join(failed))
    return protocol


# --- Periods -------------------------------------------------------------------------------------------

UNITS = {"DAYS": ("Tag", "Tage"), "MONTHS": ("Monat", "Monate"), "YEARS": ("Jahr", "Jahre")}


def cutoff(rule: Rule, now: datetime) -> datetime:
    """Whose period began before this moment, is over."""
    if not rule.setting:
        return now
    length, unit = getattr(settings, rule.setting), rule.setting.rpartition("_")[2]
    if unit == "DAYS":
        return now - timedelta(days=length)
    return months_before(now, length if unit == "MONTHS" else 12 * length)


def period(rule: Rule) -> str:
    """In words."""
    if not rule.setting:
        return "nach Ablauf"
    length = getattr(settings, rule.setting)
    one, more = UNITS[rule.setting.rpartition("_")[2]]
    return f"{length} {one if length == 1 else more}"


# --- How rules are made ----------------------------------------------------------------------------------


def of_rows(
    due: Callable[[datetime], QuerySet[Any]], act: Callable[[Sequence[Any]], object]
) -> dict[str, Callable[[datetime], int]]:
    """`count` and `apply` of a rule for rows of one table.

    `due`: those whose period began before a moment, in no order. `act` gets some of them, locked, and does it.
    """

    def apply(before: datetime) -> int:
        number, last = 0, None
        while batch := _act_on_some(due(before), last, act):
            number, last = number + len(batch), batch[-1].pk
        return number

    return {"count": lambda before: due(before).count(), "apply": apply}


@transaction.atomic
def _act_on_some(due: QuerySet[Any], last: Any, act: Callable[[Sequence[Any]], object]) -> list[Any]:
    """Those after the key `last`. What somebody works on right now waits for the next run."""
    left = due.order_by("pk") if last is None else due.order_by("pk").filter(pk__gt=last)
    batch = list(left.select_for_update(of=("self",), skip_locked=True)[:BATCH])
    if batch:
        act(batch)
    return batch


def delete(rows: Sequence[Model]) -> None:
    """The plainest `act`: rows without a history on which nothing hangs."""
    if rows:
        type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
