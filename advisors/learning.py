"""What the answers to offers teach about the criteria of matching. Numbers only; nothing changes by itself.

An offer keeps its scores from the day on which the person was noted. Each criterion splits the offers of the last two
years in those that scored high and the rest. Fewer than `SMALLEST` are not counted out.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean, median
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from requests.models import State, Transition

from .models import Criterion, DeclineReason, Offer

REMEMBERED = timedelta(days=2 * 365)
HIGH = 0.5
SMALLEST = 5

YES = (Offer.State.ACCEPTED, Offer.State.CANCELLED)
NO = (Offer.State.DECLINED, Offer.State.EXPIRED)


@dataclass(frozen=True)
class Rate:
    """How many of the offers were accepted."""

    number: int
    accepted: int

    @property
    def percent(self) -> int | None:
        return None if self.number < SMALLEST else round(100 * self.accepted / self.number)

    def __str__(self) -> str:
        if self.number < SMALLEST:
            return _few(self.number, "Antworten")
        return f"{self.percent} % von {self.number} sagten zu"


@dataclass(frozen=True)
class Wait:
    """How long it took until a team was full."""

    days: tuple[int, ...]

    @property
    def median(self) -> float | None:
        return None if len(self.days) < SMALLEST else median(self.days)

    def __str__(self) -> str:
        if self.median is None:
            return _few(len(self.days), "Teams")
        days = f"{self.median:n}".replace(".", ",")
        return f"{days} {'Tag' if days == '1' else 'Tage'} bei {len(self.days)} Teams"


def _few(number: int, things: str) -> str:
    return f"weniger als {SMALLEST} {things}" if number else "–"


@dataclass(frozen=True)
class Lesson:
    criterion: Criterion
    high: Rate
    low: Rate
    high_wait: Wait
    low_wait: Wait

    @property
    def is_told(self) -> bool:
        """Whether there is something to compare."""
        rates = self.high.percent is not None and self.low.percent is not None
        return rates or (self.high_wait.median is not None and self.low_wait.median is not None)


def lessons(now: datetime | None = None) -> dict[Criterion, Lesson]:
    """3 queries, however many offers."""
    since = (now or timezone.now()) - REMEMBERED
    counts = _answers(since)
    waits = _waits(since)
    return {
        each: Lesson(
            each,
            Rate(counts[f"{each.value}_high"], counts[f"{each.value}_high_yes"]),
            Rate(counts[f"{each.value}_low"], counts[f"{each.value}_low_yes"]),
            Wait(tuple(waits[each, True])),
            Wait(tuple(waits[each, False])),
        )
        for each in Criterion
    }


def _answers(since: datetime) -> dict[str, int]:
    """The database counts: there may be many offers. Those that were taken back say nothing."""
    offers = Offer.objects.filter(sent_at__gte=since, state__in=(*YES, *NO)).filter(scores__isnull=False)
    accepted = Q(state__in=YES)
    counts: dict[str, Any] = {}
    for each in Criterion:
        for name, half in (
            ("high", Q(**{f"scores__{each.value}__gte": HIGH})),
            ("low", Q(**{f"scores__{each.value}__lt": HIGH})),
        ):
            counts[f"{each.value}_{name}"] = Count("pk", filter=half)
            counts[f"{each.value}_{name}_yes"] = Count("pk", filter=half & accepted)
    return offers.aggregate(**counts)


def _waits(since: datetime) -> dict[tuple[Criterion, bool], list[int]]:
    """Days from the beginning of the search to the first full team, by criterion and whether the team scored high."""
    scores: dict[int, list[dict[str, float]]] = defaultdict(list)
    accepted = Offer.objects.accepted().filter(sent_at__gte=since).filter(scores__isnull=False)
    for case, of_offer in accepted.order_by().values_list("consultation", "scores"):
        scores[case].append(of_offer or {})
    moves = Transition.objects.filter(consultation__in=accepted.order_by().values("consultation")).order_by()
    spans = moves.values_list("consultation").annotate(
        begin=Min("at", filter=Q(target=State.SEARCHING)), full=Min("at", filter=Q(move="staff"))
    )
    found: dict[tuple[Criterion, bool], list[int]] = defaultdict(list)
    for case, begin, full in spans.exclude(begin=None).exclude(full=None):
        days = (timezone.localdate(full) - timezone.localdate(begin)).days
        for each in Criterion:
            values = [of_offer[each.value] for of_offer in scores[case] if each.value in of_offer]
            if values:
                found[each, mean(values) >= HIGH].append(days)
    return found


# --- Refusals -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Refusals:
    """By what their reason concerns, and how many of them have led the person to change the profile there."""

    concerns: str
    number: int
    changed: int


def refusals(now: datetime | None = None) -> list[Refusals]:
    """The most frequent first. One query."""
    since = (now or timezone.now()) - REMEMBERED
    declined = Offer.objects.filter(state=Offer.State.DECLINED, answered_at__gte=since).order_by()
    counted = declined.values_list("reason__concerns").annotate(Count("pk"), Count("profile_changed_at"))
    labels = dict(DeclineReason.Concern.choices)
    found = [Refusals(str(labels.get(value, "Anderes")), number, changed) for value, number, changed in counted]
    return sorted(found, key=lambda one: (-one.number, one.concerns))
