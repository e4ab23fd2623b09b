"""What the programme reports: requests of a period by everything that funders ask for.

A request belongs to the period in which it arrived, also when it has been deleted since. Nobody is named, and a group
of fewer than `SMALLEST` persons is not counted out. The number of queries is the same however many requests there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Min
from django.utils import timezone

from advisors import counts
from advisors.counts import Counts
from advisors.models import FollowUp
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
    days = [day for day in (oldest and timezone.localdate(oldest), counts.first_day()) if day]
    return min(days, default=timezone.localdate()).year


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
    moves = Transition.objects.filter(at__gte=period.start, at__lt=period.end)
    found = counts.add(counts.of(cases), counts.of_moves(moves), counts.kept(period.first, period.last))
    number = found["case"].total()
    return Figures(period, number, tuple(_facts(found)), tuple(_tables(found, number)))


def rows(figures: Figures) -> Iterator[list[str | int | None]]:
    """The same as a table for other programs."""
    yield ["Abschnitt", "Angabe", "Wert", "Hinweis"]
    yield ["Zeitraum", "Eingang der Anfragen", str(figures.period), ""]
    for fact in figures.facts:
        yield ["Überblick", fact.label, fact.words, fact.hint]
    for table in figures.tables:
        for line in table.lines:
            yield [table.title, line.label, line.number, table.hint]


# --- In words ----------------------------------------------------------------------------------------------------


def _tables(found: Counts, number: int) -> Iterator[Table]:
    def table(title: str, head: str, counted: Mapping[str, int], order: Iterable[str] = (), hint: str = "") -> Table:
        """In the given order, else the largest first."""
        ordered = [label for label in order if label in counted] or sorted(counted, key=lambda x: (-counted[x], x))
        lines = (Line(label, counted[label], round(100 * counted[label] / number)) for label in ordered)
        return Table(title, head, tuple(lines), hint)

    states = _named(found["state"], State)
    yield table("Stand", "Stand heute", states, order=[str(state.label) for state in State])
    outcomes = _named(found["outcome"], ConsultationRequest.Outcome)
    yield table("Ergebnis", "Ergebnis der abgeschlossenen Anfragen", outcomes)
    yield table("Ablehnung und Verweis", "Grund", found["reason"])
    yield table("Weg der Anfrage", "Weg", _named(found["channel"], ConsultationRequest.Channel))
    organisations = {name or "noch niemand": count for name, count in found["organisation"].items()}
    yield table("Organisation", "Zuständig", organisations)
    yield table("Regierungsbezirk", "Regierungsbezirk", found["region"])
    yield table("Kreis", "Kreis oder kreisfreie Stadt", found["district"])
    kinds: Counter[str] = Counter()
    for name, count in found["type"].items():
        kinds[name.partition(" (")[0]] += count  # Aachen's has a remark of its own in brackets
    yield table("Art der Kommune", "Art", kinds)
    several = "Eine Anfrage kann mehrere nennen."
    topics = {name: count for name, count in found["topics"].items() if name}
    yield table("Themen", "Thema", topics, hint=several)
    formats = {name or "keine Angabe": count for name, count in found["formats"].items()}
    yield table("Formate", "Gewünschtes Format", formats, hint=several)
    extents = found["extent"]
    if extents and min(extents.values()) >= SMALLEST:
        order = [str(extent.label) for extent in FollowUp.Extent]
        hint = "Einige Monate nach dem Ende erfragt."
        yield table("Umsetzung", "Umgesetzt nach der Beratung", _named(extents, FollowUp.Extent), order, hint=hint)


def _named(counted: Mapping[str, int], choices: Any) -> dict[str, int]:
    """By the labels of the values."""
    labels = {str(choice.value): str(choice.label) for choice in choices}
    return {labels.get(value, value): number for value, number in counted.items()}


def _facts(found: Counts) -> Iterator[Fact]:
    yield Fact("Anfragen", str(found["case"].total()))
    alone = len(found["joined"].keys() - found["municipality"].keys())
    hint = f"{alone} davon nur als weitere Kommune" if alone else ""
    yield Fact("Erreichte Kommunen", str(len(found["municipality"].keys() | found["joined"].keys())), hint)
    whenever = "im Zeitraum, auch zu früheren Anfragen"
    yield Fact("Beratungen begonnen", str(found["start"].total()), whenever)
    yield Fact("Abgeschlossen", str(found["close"].total()), whenever)
    yield Fact("Eingesetzte Berater*innen", persons(len(found["advisor"])), "mit einer Zusage zu diesen Anfragen")
    yield _days_worked(found)
    yield _satisfaction(found["satisfaction"])
    yield _wait(CONTACT, found["contact"])
    yield _wait(TEAM, found["team"])
    yield _put_into_practice(found["extent"])


def persons(number: int) -> str:
    """The number of persons, unless they are so few that they might be guessed."""
    return str(number) if number == 0 or number >= SMALLEST else f"weniger als {SMALLEST}"


def _days_worked(found: Counts) -> Fact:
    reports = found["report"].total()
    if not reports:
        return Fact("Geleistete Tage", "–")
    reported = "aus einem Bericht" if reports == 1 else f"aus {reports} Berichten"
    days = found["half days"].total() * counts.HALF
    return Fact("Geleistete Tage", f"{days:.1f}".replace(".", ",").removesuffix(",0"), reported)


def _satisfaction(given: Counter[str]) -> Fact:
    """The mean, unless it is of so few that one might be guessed."""
    label, scale, number = "Zufriedenheit der Kommunen", "1 gar nicht, 5 sehr zufrieden", given.total()
    if number < SMALLEST:
        return Fact(label, f"weniger als {SMALLEST} Rückmeldungen" if number else "–")
    mean = sum(int(value) * count for value, count in given.items()) / number
    return Fact(label, f"{mean:.1f}".replace(".", ","), f"Mittel von {number} Rückmeldungen; {scale}")


def _put_into_practice(extents: Counter[str]) -> Fact:
    """The share, unless it is of so few that one might be guessed."""
    label, number = "Umgesetzt nach der Beratung", extents.total()
    if number < SMALLEST:
        return Fact(label, f"weniger als {SMALLEST} Antworten" if number else "–")
    much = extents[str(FollowUp.Extent.ALL.value)] + extents[str(FollowUp.Extent.MUCH.value)]
    return Fact(label, f"{round(100 * much / number)} %", f"alles oder das meiste; aus {number} Antworten")


def _wait(label: str, distances: Counter[str]) -> Fact:
    middle = counts.median(distances)
    if middle is None:
        return Fact(label, "–")
    words, number = f"{middle:n}".replace(".", ","), distances.total()
    among = "eine Anfrage" if number == 1 else f"Median von {number} Anfragen"
    return Fact(label, f"{words} {'Arbeitstag' if middle == 1 else 'Arbeitstagen'}", among)
