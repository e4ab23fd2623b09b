"""What the programme reports: requests of a period by everything that funders ask for.

A request belongs to the period in which it arrived. Nobody is named, and a group of fewer than `SMALLEST` persons is
not counted out. The number of queries is the same however many requests there are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any

from django.db.models import Avg, Count, Min, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from advisors.models import Feedback, FollowUp, Offer, Report
from miglobe import workdays
from requests.models import ConsultationRequest, State, Transition

SMALLEST = 5  # persons
CONTACT, TEAM = "Erster Kontakt nach", "Team vollständig nach"


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The moment after it."""
        return _midnight(self.last + timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.first:%d.%m.%Y} bis {self.last:%d.%m.%Y}"


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def year(number: int) -> Period:
    return Period(date(number, 1, 1), date(number, 12, 31))


def quarter(number: int, of_year: int) -> Period:
    after = date(of_year + number // 4, 3 * number % 12 + 1, 1)
    return Period(date(of_year, 3 * number - 2, 1), after - timedelta(days=1))


def first_year() -> int:
    """The year of the oldest request, or this one."""
    oldest = ConsultationRequest.objects.filed().aggregate(moment=Min("confirmed_at"))["moment"]
    return timezone.localdate(oldest).year if oldest else timezone.localdate().year


@dataclass(frozen=True)
class Fact:
    label: str
    words: str
    hint: str = ""


@dataclass(frozen=True)
class Line:
    label: str
    number: int
    percent: int
    """Of all requests of the period; together they may be more than 100 where several answers are possible."""


@dataclass(frozen=True)
class Table:
    title: str
    head: str
    lines: tuple[Line, ...]
    hint: str = ""


@dataclass(frozen=True)
class Figures:
    period: Period
    number: int
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]


def of(period: Period) -> Figures:
    cases = ConsultationRequest.objects.filed().filter(confirmed_at__gte=period.start, confirmed_at__lt=period.end)
    ways = _Tally.of(cases, "state", "outcome", "channel", "organisation__short_name", "reason__name")
    places = _Tally.of(
        cases,
        *(f"municipality__{name}" for name in ("region", "district_name", "type", "ags")),
    )
    number = ways.total
    extents = _extents(cases)
    facts = (*_facts(period, cases, places, number), _put_into_practice(extents))
    return Figures(period, number, facts, tuple(_tables(cases, ways, places, number, extents)))


def rows(figures: Figures) -> Iterator[list[str | int | None]]:
    """The same as a table for other programs."""
    yield ["Abschnitt", "Angabe", "Wert", "Hinweis"]
    yield ["Zeitraum", "Eingang der Anfragen", str(figures.period), ""]
    for fact in figures.facts:
        yield ["Überblick", fact.label, fact.words, fact.hint]
    for table in figures.tables:
        for line in table.lines:
            yield [table.title, line.label, line.number, table.hint]


# --- Counting ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Tally:
    """How many requests have each combination of values; from one query."""

    names: tuple[str, ...]
    counts: Mapping[tuple[Any, ...], int]

    @classmethod
    def of(cls, cases: QuerySet[ConsultationRequest], *names: str) -> _Tally:
        counted = cases.order_by().values_list(*names).annotate(number=Count("pk"))
        return cls(names, {tuple(values): number for *values, number in counted})

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def by(self, name: str, where: Callable[[dict[str, Any]], bool] = lambda values: True) -> Counter[Any]:
        at = self.names.index(name)
        found: Counter[Any] = Counter()
        for values, number in self.counts.items():
            if where(dict(zip(self.names, values, strict=True))):
                found[values[at]] += number
        return found


def _tables(
    cases: QuerySet[ConsultationRequest], ways: _Tally, places: _Tally, number: int, extents: Counter[int]
) -> Iterator[Table]:
    def table(title: str, head: str, counts: Mapping[str, int], order: Iterable[str] = (), hint: str = "") -> Table:
        """In the given order, else the largest first."""
        ordered = [label for label in order if label in counts] or sorted(counts, key=lambda x: (-counts[x], x))
        lines = (Line(label, counts[label], round(100 * counts[label] / number)) for label in ordered)
        return Table(title, head, tuple(lines), hint)

    states = {str(State(value).label): count for value, count in ways.by("state").items()}
    yield table("Stand", "Stand heute", states, order=[str(state.label) for state in State])
    is_closed = ways.by("outcome", lambda values: values["state"] == State.CLOSED)
    outcomes = {str(ConsultationRequest.Outcome(value).label): count for value, count in is_closed.items()}
    yield table("Ergebnis", "Ergebnis der abgeschlossenen Anfragen", outcomes)
    is_refused = ways.by("reason__name", lambda values: values["state"] in (State.REJECTED, State.REFERRED))
    yield table("Ablehnung und Verweis", "Grund", is_refused)
    channels = {str(ConsultationRequest.Channel(value).label): count for value, count in ways.by("channel").items()}
    yield table("Weg der Anfrage", "Weg", channels)
    organisations = {name or "noch niemand": count for name, count in ways.by("organisation__short_name").items()}
    yield table("Organisation", "Zuständig", organisations)
    yield table("Regierungsbezirk", "Regierungsbezirk", places.by("municipality__region"))
    yield table("Kreis", "Kreis oder kreisfreie Stadt", places.by("municipality__district_name"))
    kinds: Counter[str] = Counter()
    for name, count in places.by("municipality__type").items():
        kinds[name.partition(" (")[0]] += count  # Aachen's has a remark of its own in brackets
    yield table("Art der Kommune", "Art", kinds)
    several = "Eine Anfrage kann mehrere nennen."
    topics = _Tally.of(cases, "topics__name").by("topics__name", lambda values: values["topics__name"] is not None)
    yield table("Themen", "Thema", topics, hint=several)
    wished = _Tally.of(cases, "formats__name").by("formats__name")
    formats = {name or "keine Angabe": count for name, count in wished.items()}
    yield table("Formate", "Gewünschtes Format", formats, hint=several)
    if extents and min(extents.values()) >= SMALLEST:
        words = {str(FollowUp.Extent(extent).label): count for extent, count in extents.items()}
        order = [str(extent.label) for extent in FollowUp.Extent]
        yield table(
            "Umsetzung", "Umgesetzt nach der Beratung", words, order, hint="Einige Monate nach dem Ende erfragt."
        )


def _facts(period: Period, cases: QuerySet[ConsultationRequest], places: _Tally, number: int) -> Iterator[Fact]:
    yield Fact("Anfragen", str(number))
    asked = set(places.by("municipality__ags"))
    joined = set(cases.order_by().values_list("co_municipalities", flat=True).distinct()) - {None}
    alone = len(joined - asked)
    hint = f"{alone} davon nur als weitere Kommune" if alone else ""
    yield Fact("Erreichte Kommunen", str(len(asked | joined)), hint)
    moves = Transition.objects.filter(at__gte=period.start, at__lt=period.end, move__in=("start", "close"))
    happened = dict(moves.order_by().values_list("move").annotate(number=Count("consultation", distinct=True)))
    whenever = "im Zeitraum, auch zu früheren Anfragen"
    yield Fact("Beratungen begonnen", str(happened.get("start", 0)), whenever)
    yield Fact("Abgeschlossen", str(happened.get("close", 0)), whenever)
    used = Offer.objects.accepted().filter(consultation__in=cases.order_by()).values("advisor").distinct().count()
    yield Fact("Eingesetzte Berater*innen", persons(used), "mit einer Zusage zu diesen Anfragen")
    yield _days_worked(Report.objects.handed_in().filter(consultation__in=cases.order_by()))
    yield _satisfaction(Feedback.objects.filter(consultation__in=cases.order_by()))
    yield _wait(CONTACT, _days_to_contact(cases))
    yield _wait(TEAM, _days_to_team(cases))


def persons(number: int) -> str:
    """The number of persons, unless they are so few that they might be guessed."""
    return str(number) if number == 0 or number >= SMALLEST else f"weniger als {SMALLEST}"


def _days_worked(reports: QuerySet[Report]) -> Fact:
    found = reports.aggregate(number=Count("pk"), days=Sum("days"))
    if not found["number"]:
        return Fact("Geleistete Tage", "–")
    reported = "aus einem Bericht" if found["number"] == 1 else f"aus {found['number']} Berichten"
    return Fact("Geleistete Tage", f"{found['days']:.1f}".replace(".", ",").removesuffix(",0"), reported)


def _satisfaction(given: QuerySet[Feedback]) -> Fact:
    """The mean, unless it is of so few that one might be guessed."""
    label, scale = "Zufriedenheit der Kommunen", "1 gar nicht, 5 sehr zufrieden"
    found = given.aggregate(number=Count("pk"), mean=Avg("satisfaction"))
    if found["number"] < SMALLEST:
        return Fact(label, f"weniger als {SMALLEST} Rückmeldungen" if found["number"] else "–")
    return Fact(label, f"{found['mean']:.1f}".replace(".", ","), f"Mittel von {found['number']} Rückmeldungen; {scale}")


def _extents(cases: QuerySet[ConsultationRequest]) -> Counter[int]:
    """How many municipalities have put how much into practice."""
    answered = FollowUp.objects.exclude(answered_at=None).filter(consultation__in=cases.order_by()).order_by()
    return Counter(dict(answered.values_list("extent").annotate(number=Count("pk"))))


def _put_into_practice(extents: Counter[int]) -> Fact:
    """The share, unless it is of so few that one might be guessed."""
    label, number = "Umgesetzt nach der Beratung", extents.total()
    if number < SMALLEST:
        return Fact(label, f"weniger als {SMALLEST} Antworten" if number else "–")
    much = extents[FollowUp.Extent.ALL] + extents[FollowUp.Extent.MUCH]
    return Fact(label, f"{round(100 * much / number)} %", f"alles oder das meiste; aus {number} Antworten")


# --- How long it took ------------------------------------------------------------------------------------------------

Days = Counter[tuple[date, date]]
"""How many requests arrived on the one day and came so far on the other."""


def _days_to_contact(cases: QuerySet[ConsultationRequest]) -> Days:
    reached = cases.exclude(contacted_at=None).order_by()
    dated = reached.values_list(TruncDate("confirmed_at"), TruncDate("contacted_at"))
    return Counter({(arrived, then): number for arrived, then, number in dated.annotate(number=Count("pk"))})


def _days_to_team(cases: QuerySet[ConsultationRequest]) -> Days:
    """To the first complete team, also when somebody dropped out later."""
    staffed = Transition.objects.filter(move="staff", consultation__in=cases.order_by()).order_by()
    dated = staffed.values_list("consultation", TruncDate("consultation__confirmed_at"))
    return Counter((arrived, then) for _, arrived, then in dated.annotate(then=TruncDate(Min("at"))))


def _wait(label: str, days: Days) -> Fact:
    middle = _median(_in_workdays(days))
    if middle is None:
        return Fact(label, "–")
    words = f"{middle:n}".replace(".", ",")
    number = days.total()
    among = "eine Anfrage" if number == 1 else f"Median von {number} Anfragen"
    return Fact(label, f"{words} {'Arbeitstag' if middle == 1 else 'Arbeitstagen'}", among)


def _in_workdays(days: Days) -> Counter[int]:
    """The same distances in working days. Every day is looked up once."""
    if not days:
        return Counter()
    first, last = min(min(pair) for pair in days), max(max(pair) for pair in days)
    calendar = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    passed = list(accumulate(map(workdays.is_workday, calendar)))
    distances: Counter[int] = Counter()
    for (arrived, then), number in days.items():
        distances[max(0, passed[(then - first).days] - passed[(arrived - first).days])] += number
    return distances


def _median(distances: Counter[int]) -> float | None:
    if not distances:
        return None
    values = sorted(distances)
    ranks = list(accumulate(distances[value] for value in values))
    lower, upper = (values[bisect_left(ranks, rank)] for rank in ((ranks[-1] + 1) // 2, ranks[-1] // 2 + 1))
    return (lower + upper) / 2
