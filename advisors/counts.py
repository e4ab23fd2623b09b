"""What is counted of cases: how often each value of each kind. Figures read nothing else.

A case that is deleted leaves its counts here (`keep`): they name nobody, so the figures of a period stay what they
were. An advisor counts by the key of a row that is empty or gone by then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from miglobe import workdays
from requests.models import ConsultationRequest, State, Transition

from .models import Feedback, FollowUp, KeptCount, Offer, Report

type Counts = Mapping[str, Counter[str]]
"""Kind → value → how many."""

MOVES = ("start", "close")  # counted on their own day, whenever the request arrived
HALF = Decimal("0.5")


def add(*found: Counts) -> Counts:
    total: dict[str, Counter[str]] = defaultdict(Counter)
    for counts in found:
        for kind, counter in counts.items():
            total[kind].update(counter)
    return total


# --- Of cases that are there --------------------------------------------------------------------------


def of(cases: QuerySet[ConsultationRequest]) -> Counts:
    """A constant number of queries."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, value, number in _values(cases):
        found[kind][value] += number
    return found


def of_moves(transitions: QuerySet[Transition]) -> Counts:
    """How many cases have begun and ended among these steps, each once in its life.

    One that goes on with another team has begun before, and one that was resumed has not ended then.
    """
    of_case = Transition.objects.filter(consultation=OuterRef("consultation"))
    before = of_case.filter(move="start", pk__lt=OuterRef("pk"))
    after = of_case.filter(move__in=("close", "resume"), pk__gt=OuterRef("pk"))
    steps = transitions.filter(Q(move="start") & ~Exists(before) | Q(move="close") & ~Exists(after))
    counted = steps.order_by().values_list("move").annotate(number=Count("pk"))
    return {move: Counter({move: number}) for move, number in counted}


def _values(cases: QuerySet[ConsultationRequest]) -> Iterator[tuple[str, str, int]]:
    cases = cases.order_by()
    yield from _ways(cases)
    yield from _places(cases)
    for kind in ("topics", "formats"):
        for name, number in cases.values_list(f"{kind}__name").annotate(number=Count("pk")):
            yield kind, name or "", number
    for ags in cases.values_list("co_municipalities", flat=True).distinct():
        if ags:
            yield "joined", ags, 1
    for advisor in Offer.objects.accepted().filter(consultation__in=cases).order_by().values_list("advisor").distinct():
        yield "advisor", str(advisor[0]), 1
    yield from _results(cases)
    yield from _waits("contact", _days_to_contact(cases))
    yield from _waits("team", _days_to_team(cases))


def _ways(cases: QuerySet[ConsultationRequest]) -> Iterator[tuple[str, str, int]]:
    names = ("state", "outcome", "channel", "organisation__short_name", "reason__name")
    for *values, number in cases.values_list(*names).annotate(number=Count("pk")):
        state, outcome, channel, organisation, reason = (value or "" for value in values)
        yield "case", "", number
        yield "state", state, number
        yield "channel", channel, number
        yield "organisation", organisation, number
        if state == State.CLOSED:
            yield "outcome", outcome, number
        if state in (State.REJECTED, State.REFERRED):
            yield "reason", reason, number


def _places(cases: QuerySet[ConsultationRequest]) -> Iterator[tuple[str, str, int]]:
    names = [f"municipality__{name}" for name in ("region", "district_name", "type", "ags")]
    for region, district, type_, ags, number in cases.values_list(*names).annotate(number=Count("pk")):
        yield "region", region, number
        yield "district", district, number
        yield "type", type_, number
        yield "municipality", ags, number


def _results(cases: QuerySet[ConsultationRequest]) -> Iterator[tuple[str, str, int]]:
    reports = Report.objects.handed_in().filter(consultation__in=cases)
    worked = reports.aggregate(number=Count("pk"), days=Sum("days"))
    if worked["number"]:
        yield "report", "", worked["number"]
        yield "half days", "", int((worked["days"] or 0) / HALF)
    given = Feedback.objects.filter(consultation__in=cases).order_by().values_list("satisfaction")
    for satisfaction, number in given.annotate(number=Count("pk")):
        yield "satisfaction", str(satisfaction), number
    answered = FollowUp.objects.exclude(answered_at=None).filter(consultation__in=cases).order_by()
    for extent, number in answered.values_list("extent").annotate(number=Count("pk")):
        yield "extent", str(extent), number


# --- How long it took -----------------------------------------------------------------------------------

Days = Counter[tuple[date, date]]
"""How many requests arrived on the one day and came so far on the other."""


def _days_to_contact(cases: QuerySet[ConsultationRequest]) -> Days:
    reached = cases.exclude(contacted_at=None)
    dated = reached.values_list(TruncDate("confirmed_at"), TruncDate("contacted_at"))
    return Counter({(arrived, then): number for arrived, then, number in dated.annotate(number=Count("pk"))})


def _days_to_team(cases: QuerySet[ConsultationRequest]) -> Days:
    """To the first complete team, also when somebody dropped out later."""
    staffed = Transition.objects.filter(move="staff", consultation__in=cases).order_by()
    dated = staffed.values_list("consultation", TruncDate("consultation__confirmed_at"))
    return Counter((arrived, then) for _, arrived, then in dated.annotate(then=TruncDate(Min("at"))))


def _waits(kind: str, days: Days) -> Iterator[tuple[str, str, int]]:
    """The distances in working days. Every day is looked up once."""
    if not days:
        return
    first, last = min(min(pair) for pair in days), max(max(pair) for pair in days)
    calendar = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    passed = list(accumulate(map(workdays.is_workday, calendar)))
    for (arrived, then), number in days.items():
        yield kind, str(max(0, passed[(then - first).days] - passed[(arrived - first).days])), number


# --- Of cases that are gone -----------------------------------------------------------------------------


def keep(cases: Sequence[ConsultationRequest]) -> None:
    """Writes down the counts of filed cases that are about to be deleted: by the day on which each arrived."""
    keys = [case.pk for case in cases]
    filed = ConsultationRequest.objects.filed().filter(pk__in=keys)
    rows: list[KeptCount] = []
    by_day: dict[date, list[int]] = defaultdict(list)
    for key, arrived in filed.order_by().values_list("pk", "confirmed_at"):
        by_day[timezone.localdate(arrived)].append(key)
    for day, of_day in by_day.items():
        rows += _rows(day, of(ConsultationRequest.objects.filter(pk__in=of_day)))
    steps = Transition.objects.filter(consultation__in=filed, move__in=MOVES).annotate(day=TruncDate("at"))
    for day in set(steps.order_by().values_list("day", flat=True)):
        rows += _rows(day, of_moves(steps.filter(day=day)))
    KeptCount.objects.bulk_create(rows)


def _rows(day: date, counts: Counts) -> list[KeptCount]:
    return [
        KeptCount(day=day, kind=kind, value=value, number=number)
        for kind, counter in counts.items()
        for value, number in counter.items()
    ]


def kept(first: date, last: date) -> Counts:
    """What deleted cases have left in a period, both days included. One query."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = KeptCount.objects.filter(day__range=(first, last)).order_by().values_list("kind", "value")
    for kind, value, number in rows.annotate(total=Sum("number")):
        found[kind][value] += number
    return found


def first_day() -> date | None:
    """The day of the oldest count that was kept."""
    found: date | None = KeptCount.objects.aggregate(day=Min("day"))["day"]
    return found


# --- Medians ----------------------------------------------------------------------------------------------


def median(counter: Mapping[str, int]) -> float | None:
    """Of values that are whole numbers."""
    if not counter:
        return None
    values = sorted(map(int, counter))
    ranks = list(accumulate(counter[str(value)] for value in values))
    lower, upper = (values[bisect_right(ranks, rank)] for rank in ((ranks[-1] - 1) // 2, ranks[-1] // 2))
    return (lower + upper) / 2
