"""The advisors as arrays: what all cases are matched against, read by a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from requests.models import Region
from requests.models import State as CaseState

from ..models import Advisor, Consent, LanguageSkill, Offer, Pause, Purpose, TopicSkill

type Bools = NDArray[np.bool_]
type Numbers = NDArray[np.float64]
type Positions = NDArray[np.intp]

YEAR = timedelta(days=365)
EARTH_RADIUS_KM = 6371.0
COLUMNS = (
    "pk",
    "name",
    "active",
    "online",
    "wants_fewer",
    "capacity",
    "travel_km",
    "home__latitude",
    "home__longitude",
)
SIZES = (  # in NRW the law names a town by its size, so that neighbours here are alike
    "Gemeinde",
    "Stadt",
    "Große kreisangehörige Stadt",
    "kreisfreie Stadt",
)
ALIKE = {"regionsangehörige Stadt": "kreisfreie Stadt"}
DISTRICT = len(SIZES)
"""A Kreis is a kind of its own, whatever its size."""


def size_of(*, type: str, is_district: bool) -> int:
    """Of a municipality, as a position in SIZES; DISTRICT for all that are made of municipalities."""
    if is_district:
        return DISTRICT
    name = type.partition(" (")[0]  # some have a remark in brackets
    name = ALIKE.get(name, name)
    return SIZES.index(name) if name in SIZES else SIZES.index("Stadt")


@dataclass(frozen=True)
class Pauses:
    who: Positions
    starts: NDArray[np.int64]  # days as in date.toordinal()
    ends: NDArray[np.int64]  # the last day


@dataclass(frozen=True)
class Skills:
    """How well each advisor has a topic, language, region or format: {its key: level in [0, 1] by advisor}."""

    size: int
    levels: dict[int, Numbers] = field(default_factory=dict)

    def of(self, term: int) -> Numbers:
        return self.levels.get(term, np.zeros(self.size))

    @cached_property
    def anybody(self) -> Bools:
        """Who has any of them."""
        return np.any([*self.levels.values()], axis=0) if self.levels else np.zeros(self.size, bool)


class Index:
    """Where in the arrays the advisors of a pool stand, many keys at a time."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        self.size = len(keys)
        self._order = np.argsort(keys)
        self._sorted = keys[self._order]

    def of(self, keys: Iterable[int]) -> tuple[Positions, Bools]:
        """Positions of those who are in the pool, and which of the keys they are: somebody may have joined since."""
        wanted = np.fromiter(keys, np.int64)
        near = np.searchsorted(self._sorted, wanted).clip(max=max(self.size - 1, 0))
        known = self._sorted[near] == wanted if self.size else np.zeros(len(wanted), bool)
        return self._order[near[known]], known

    def marked(self, keys: Iterable[int]) -> Bools:
        marks = np.zeros(self.size, bool)
        marks[self.of(keys)[0]] = True
        return marks

    def spread(self, rows: Iterable[tuple[int, float]], *, empty: float = 0.0) -> Numbers:
        """(advisor, value) as an array over all of them."""
        keys, values = zip(*rows, strict=True) if (rows := list(rows)) else ((), ())
        spread = np.full(self.size, empty)
        positions, known = self.of(keys)
        spread[positions] = np.array(values, float)[known]
        return spread


@dataclass(frozen=True)
class Pool:
    """Position i is the same person in every array; people are in the order of their names."""

    keys: NDArray[np.int64]
    names: list[str]
    active: Bools
    consenting: Bools
    online: Bools
    wants_fewer: Bools
    capacity: Numbers
    load: Numbers
    travel_km: Numbers
    latitude: Numbers  # of the home, in degrees
    longitude: Numbers
    last_asked: Numbers  # seconds since the epoch, -inf for never
    taken: Numbers  # cases accepted in the last twelve months
    topics: Skills
    only_topics: Skills
    languages: Skills
    regions: Skills
    formats: Skills
    biased: dict[str, list[int]]  # municipality → positions
    apart: dict[int, list[int]]  # position → positions
    pauses: Pauses
    done: Numbers  # sizes × advisors: ended cases of such municipalities

    @property
    def size(self) -> int:
        return len(self.names)

    @cached_property
    def position(self) -> dict[int, int]:
        return {int(key): position for position, key in enumerate(self.keys)}

    @cached_property
    def index(self) -> Index:
        return Index(self.keys)

    @cached_property
    def experienced(self) -> Bools:
        return self.done.any(axis=0)

    @cached_property
    def fair(self) -> Numbers:
        """How many of last year's cases each would have had, had those who can be asked shared theirs by capacity."""
        shares = np.where(self.active & self.consenting, self.capacity, 0)
        fair: Numbers = self.taken[shares > 0].sum() * shares / max(shares.sum(), 1)
        return fair


def read_pool(advisors: QuerySet[Advisor] | None = None) -> Pool:
    """All advisors, those who cannot be asked too: a page says why. A fixed number of queries."""
    chosen = Advisor.objects.all() if advisors is None else Advisor.objects.filter(pk__in=advisors)
    within = {"advisor__in": chosen.values("pk")} if advisors is not None else {}
    columns = dict(zip(COLUMNS, zip(*chosen.order_by("name", "pk").values_list(*COLUMNS), strict=True), strict=False))
    keys = np.array(columns.get("pk", ()), np.int64)
    index = Index(keys)
    consents = Consent.objects.standing().filter(purpose=Purpose.MATCHING, **within)
    offers = Offer.objects.filter(**within).order_by()
    last_year = timezone.now() - YEAR

    def numbers(name: str, kind: Any = float) -> NDArray[Any]:
        return np.array(columns.get(name, ()), kind)

    return Pool(
        keys=keys,
        names=list(columns.get("name", ())),
        active=numbers("active", bool),
        consenting=index.marked(consents.values_list("advisor", flat=True)),
        online=numbers("online", bool),
        wants_fewer=numbers("wants_fewer", bool),
        capacity=numbers("capacity"),
        travel_km=numbers("travel_km"),
        latitude=numbers("home__latitude"),
        longitude=numbers("home__longitude"),
        load=counts(offers.at_work(), index),
        taken=counts(offers.accepted().filter(answered_at__gte=last_year), index),
        last_asked=_last_asked(offers.filter(sent_at__gte=last_year), index),
        topics=_skills(TopicSkill.objects.filter(**within), "topic", index, most=TopicSkill.Level.FOCUS),
        languages=_skills(
            LanguageSkill.objects.filter(**within), "language", index, most=LanguageSkill.Level.EXCELLENT
        ),
        only_topics=_links("only_topics", "topic", within, index),
        regions=_with_world_regions(_links("regions", "region", within, index)),
        formats=_links("formats", "format", within, index),
        biased={place: [*map(int, index.of(who)[0])] for place, who in _grouped("biased_for", "municipality", within)},
        apart=_apart(index),
        pauses=_pauses(within, index),
        done=_done(offers.accepted().filter(consultation__state=CaseState.CLOSED), index),
    )


def counts(offers: QuerySet[Offer], index: Index) -> Numbers:
    return index.spread(offers.order_by().values_list("advisor").annotate(Count("pk")))


def _last_asked(sent: QuerySet[Offer], index: Index) -> Numbers:
    asked = sent.values_list("advisor").annotate(Max("sent_at"))
    return index.spread(((who, when.timestamp()) for who, when in asked), empty=-np.inf)


def _skills(rows: QuerySet[Any], term: str, index: Index, *, most: int) -> Skills:
    """One row for each term, with everybody who has it: a hundred thousand rows would take seconds to read."""
    found = (
        rows.order_by()
        .values_list(term)
        .annotate(who=ArrayAgg("advisor", order_by="pk"), how_well=ArrayAgg("level", order_by="pk"))
    )
    levels = {key: index.spread(zip(who, level, strict=True)) / most for key, who, level in found}
    return Skills(index.size, levels)


def _grouped(name: str, term: str, within: dict[str, Any]) -> Iterable[tuple[Any, list[int]]]:
    through = getattr(Advisor, name).through.objects.filter(**within).order_by()
    grouped: QuerySet[Any, tuple[Any, list[int]]] = through.values_list(term).annotate(who=ArrayAgg("advisor"))
    return grouped


def _links(name: str, term: str, within: dict[str, Any], index: Index) -> Skills:
    grouped = _grouped(name, term, within)
    return Skills(index.size, {key: index.marked(who).astype(float) for key, who in grouped})


def _with_world_regions(countries: Skills) -> Skills:
    """Who knows a country counts for its world region too."""
    for country, world_region in Region.objects.exclude(part_of=None).order_by().values_list("pk", "part_of"):
        if country in countries.levels and world_region is not None:
            known = countries.levels.setdefault(world_region, np.zeros(countries.size))
            np.maximum(known, countries.levels[country], out=known)
    return countries


def _apart(index: Index) -> dict[int, list[int]]:
    pairs = Advisor.apart.through.objects.order_by().values_list("from_advisor").annotate(others=ArrayAgg("to_advisor"))
    found: dict[int, list[int]] = {}
    for one, others in pairs:
        for position in index.of([one])[0]:
            found[int(position)] = [*map(int, index.of(others)[0])]
    return found


def _pauses(within: dict[str, Any], index: Index) -> Pauses:
    coming = Pause.objects.filter(Q(ends_on=None) | Q(ends_on__gte=timezone.localdate()), **within)
    rows = list(coming.values_list("advisor", "starts_on", "ends_on"))
    who, known = index.of(advisor for advisor, _, _ in rows)
    days = np.array([(start.toordinal(), (end or date.max).toordinal()) for _, start, end in rows], np.int64)
    days = days.reshape(-1, 2)[known]
    return Pauses(who, starts=days[:, 0], ends=days[:, 1])


def _done(ended: QuerySet[Offer], index: Index) -> Numbers:
    place = "consultation__municipality__"
    done = np.zeros((DISTRICT + 1, index.size))
    found = ended.values_list(f"{place}type", f"{place}is_district", "advisor").annotate(Count("pk"))
    for kind, is_district, advisor, count in found:
        done[size_of(type=kind, is_district=is_district), index.of([advisor])[0]] += count
    return done


def great_circles_km(latitude: Numbers, longitude: Numbers, to_latitude: float, to_longitude: float) -> Numbers:
    """From many points to one, all in degrees (haversine formula)."""
    φ1, φ2 = np.radians(latitude), np.radians(to_latitude)
    half = np.sin((φ2 - φ1) / 2) ** 2 + np.cos(φ1) * np.cos(φ2) * np.sin(np.radians(to_longitude - longitude) / 2) ** 2
    km: Numbers = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))
    return km
