"""How evenly last year's work was shared among those who can be asked, measured by how much each can take on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from requests.exports import Cell, Column

from .models import Advisor, Offer, Purpose, Report, WorkRecord

YEAR = timedelta(days=365)


def gini(loads: Sequence[float], capacities: Sequence[float]) -> float:
    """The Gini coefficient of load among units of capacity, in [0, 1).

    Each unit of capacity counts as one head, and the load of its owner is shared evenly among their units; so 0 means
    that everybody works just as much as their capacity says, and the more it comes to one person of many, the nearer
    it is to 1. It is one minus twice the area under the Lorenz curve: the share of the load that falls to the least
    busy units. Who has no capacity has no unit and is left out. 0 where there is no load.
    """
    people = sorted((load / capacity, load, capacity) for load, capacity in _pairs(loads, capacities) if capacity > 0)
    all_load = sum(load for _, load, _ in people)
    all_capacity = sum(capacity for _, _, capacity in people)
    if not all_load:
        return 0.0
    twice_the_area, reached = 0.0, 0.0
    for _, load, capacity in people:
        part = load / all_load
        twice_the_area += capacity / all_capacity * (2 * reached + part)
        reached += part
    return max(0.0, 1 - twice_the_area)  # what is even may miss by a rounding error


def misplaced(loads: Sequence[float], capacities: Sequence[float]) -> float:
    """What part of the load would have had to be with others to be shared just by capacity; in [0, 1)."""
    all_load, all_capacity = sum(loads), sum(capacities)
    if not all_load or not all_capacity:
        return 0.0
    return sum(abs(a / all_load - b / all_capacity) for a, b in _pairs(loads, capacities)) / 2


def _pairs(loads: Sequence[float], capacities: Sequence[float]) -> Iterable[tuple[float, float]]:
    return zip(loads, capacities, strict=True)


@dataclass(frozen=True)
class Part:
    """One person's part of last year's work."""

    key: int
    name: str
    capacity: int
    capacity_share: float  # in [0, 1], as all shares
    asked: int
    asked_share: float
    accepted: int
    accepted_share: float
    days: float
    days_share: float
    drift: float
    """Assignments more than by capacity; negative for fewer."""


@dataclass(frozen=True)
class Sharing:
    parts: tuple[Part, ...]
    """Who had most beyond their capacity first; ties by name."""

    @property
    def asked(self) -> int:
        return sum(part.asked for part in self.parts)

    @property
    def accepted(self) -> int:
        return sum(part.accepted for part in self.parts)

    @property
    def days(self) -> float:
        return sum(part.days for part in self.parts)

    @cached_property
    def gini_of_accepted(self) -> float:
        return gini([part.accepted for part in self.parts], self._capacities)

    @cached_property
    def gini_of_days(self) -> float:
        return gini([part.days for part in self.parts], self._capacities)

    @property
    def misplaced_accepted(self) -> float:
        """How many assignments would have had to be with others."""
        return self.accepted * misplaced([part.accepted for part in self.parts], self._capacities)

    @property
    def misplaced_days(self) -> float:
        return self.days * misplaced([part.days for part in self.parts], self._capacities)

    @property
    def _capacities(self) -> list[int]:
        return [part.capacity for part in self.parts]


def read(now: datetime | None = None) -> Sharing:
    """Of everybody who is active and has consented to matching, in the last 365 days. 4 queries."""
    since = (now or timezone.now()) - YEAR
    people = Advisor.objects.filter(active=True).consenting(Purpose.MATCHING).order_by("name", "pk")
    rows = list(people.values_list("pk", "name", "capacity"))
    asked = _counts(Offer.objects.filter(sent_at__gte=since))
    accepted = _counts(Offer.objects.accepted().filter(answered_at__gte=since))
    days = _days(since)
    keys = [key for key, _, _ in rows]
    everything = [sum(counts.get(key, 0) for key in keys) for counts in (asked, accepted, days)]
    all_asked, all_accepted, all_days = everything
    all_capacity = sum(capacity for _, _, capacity in rows)

    def part(key: int, name: str, capacity: int) -> Part:
        share = _share(capacity, all_capacity)
        return Part(
            key=key,
            name=name,
            capacity=capacity,
            capacity_share=share,
            asked=int(asked.get(key, 0)),
            asked_share=_share(asked.get(key, 0), all_asked),
            accepted=int(accepted.get(key, 0)),
            accepted_share=_share(accepted.get(key, 0), all_accepted),
            days=days.get(key, 0.0),
            days_share=_share(days.get(key, 0.0), all_days),
            drift=accepted.get(key, 0) - all_accepted * share,
        )

    parts = [part(*row) for row in rows]
    return Sharing(tuple(sorted(parts, key=lambda part: -round(part.drift, 6))))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _counts(offers: QuerySet[Offer]) -> dict[int, float]:
    return dict(offers.order_by().values_list("advisor").annotate(Count("pk")))


def _days(since: datetime) -> dict[int, float]:
    """Of reports that were handed in since then."""
    reports = Report.objects.handed_in().filter(Q(sent_at__gte=since) | Q(sent_at=None, recorded_at__gte=since))
    work = WorkRecord.objects.filter(report__in=reports).exclude(days=None).order_by()
    return {key: float(days) for key, days in work.values_list("offer__advisor").annotate(Sum("days"))}


# --- In words and as a file -----------------------------------------------------------------------------------


def number(value: float, places: int = 1) -> str:
    """As Germans write it, without zeros at the end."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".") if places else f"{value:.0f}"
    return {"-0": "0"}.get(text, text).replace(".", ",")


def drift_in_words(drift: float) -> str:
    amount = number(abs(drift))
    if amount == "0":
        return "genau nach Kapazität"
    cases = "Einsatz" if amount == "1" else "Einsätze"
    return f"hat {amount} {cases} {'mehr' if drift > 0 else 'weniger'} als nach Kapazität"


COLUMNS = tuple(
    Column(title, "", personal=title == "Berater*in", width=width)
    for title, width in (
        ("Berater*in", 28),
        ("Kapazität", 10),
        ("Anteil an der Kapazität (%)", 14),
        ("Angefragt", 10),
        ("Anteil an den Anfragen (%)", 14),
        ("Einsätze", 10),
        ("Anteil an den Einsätzen (%)", 14),
        ("Tage", 10),
        ("Anteil an den Tagen (%)", 14),
        ("Mehr oder weniger als nach Kapazität", 20),
    )
)


def rows(sharing: Sharing) -> Iterator[list[Cell]]:
    """The heads, then one row per person."""
    yield [column.title for column in COLUMNS]
    for part in sharing.parts:
        yield [
            part.name,
            part.capacity,
            _decimal(100 * part.capacity_share),
            part.asked,
            _decimal(100 * part.asked_share),
            part.accepted,
            _decimal(100 * part.accepted_share),
            _decimal(part.days),
            _decimal(100 * part.days_share),
            _decimal(part.drift),
        ]


def _decimal(value: float) -> Decimal:
    return round(Decimal(value), 1) + 0  # no minus before a zero
