"""The advisors as arrays: what all cases are matched against, read by a fixed number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from requests.models import Municipality, Region
from requests.models import State as CaseState

from ..models import Advisor, Consent, LanguageSkill, Offer, Pause, Purpose, TopicSkill

type Bools = NDArray[np.bool_]
type Numbers = NDArray[np.float64]
type Positions = NDArray[np.intp]

YEAR = timedelta(days=365)
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

    def add(self, term: int, position: int, level: float) -> None:
        levels = self.levels.setdefault(term, np.zeros(self.size))
        levels[position] = max(levels[position], level)

    @cached_property
    def anybody(self) -> Bools:
        """Who has any of them."""
        return np.any([*self.levels.values()], axis=0) if self.levels else np.zeros(self.size, bool)


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
    def experienced(self) -> Bools:
        return self.done.any(axis=0)

    @cached_property
    def fair(self) -> Numbers:
        """How many of last year's cases each would have had, had those who can be asked shared theirs by capacity."""
        shares = np.where(self.active & self.consenting, self.capacity, 0)
        fair: Numbers = self.taken[shares > 0].sum() * shares / max(shares.sum(), 1)
        return fair


def read_pool(advisors: QuerySet[Advisor] | None = None) -> Pool:
    """All advisors, those who cannot be asked too: a page says why. 12 queries."""
    chosen = Advisor.objects.all() if advisors is None else Advisor.objects.filter(pk__in=advisors)
    rows = list(chosen.order_by("name", "pk").values(*COLUMNS))
    position = {row["pk"]: index for index, row in enumerate(rows)}
    consents = Consent.objects.standing().filter(purpose=Purpose.MATCHING)
    consenting = np.zeros(len(rows), bool)
    consenting[_positions(consents.values_list("advisor", flat=True), position)] = True
    within = {"advisor__in": chosen.values("pk")} if advisors is not None else {}
    return Pool(
        keys=_numbers(rows, "pk", np.int64),
        names=[row["name"] for row in rows],
        active=_numbers(rows, "active", bool),
        consenting=consenting,
        online=_numbers(rows, "online", bool),
        wants_fewer=_numbers(rows, "wants_fewer", bool),
        capacity=_numbers(rows, "capacity", float),
        travel_km=_numbers(rows, "travel_km", float),
        latitude=_numbers(rows, "home__latitude", float),
        longitude=_numbers(rows, "home__longitude", float),
        load=counts(Offer.objects.at_work().filter(**within), position),
        taken=counts(Offer.objects.accepted().filter(answered_at__gte=timezone.now() - YEAR, **within), position),
        last_asked=_last_asked(within, position),
        topics=_skills(TopicSkill.objects.filter(**within), "topic", position, most=TopicSkill.Level.FOCUS),
        languages=_skills(
            LanguageSkill.objects.filter(**within), "language", position, most=LanguageSkill.Level.EXCELLENT
        ),
        only_topics=_links("only_topics", "topic", within, position),
        regions=_with_world_regions(_links("regions", "region", within, position)),
        formats=_links("formats", "format", within, position),
        biased=_biased(within, position),
        apart=_apart(position),
        pauses=_pauses(within, position),
        done=_done(within, position),
    )


def _numbers(rows: list[dict[str, Any]], name: str, kind: Any) -> NDArray[Any]:
    return np.fromiter((row[name] for row in rows), kind, count=len(rows))


def _positions(keys: Iterable[int], position: Mapping[int, int]) -> Positions:
    return np.array([position[key] for key in keys if key in position], np.intp)


def counts(offers: QuerySet[Offer], position: Mapping[int, int]) -> Numbers:
    counts = np.zeros(len(position))
    for key, count in offers.order_by().values_list("advisor").annotate(Count("pk")):
        if key in position:
            counts[position[key]] = count
    return counts


def _last_asked(within: dict[str, Any], position: Mapping[int, int]) -> Numbers:
    found = np.full(len(position), -np.inf)
    sent = Offer.objects.filter(sent_at__gte=timezone.now() - YEAR, **within).order_by()
    for key, sent_at in sent.values_list("advisor").annotate(Max("sent_at")):
        found[position[key]] = sent_at.timestamp()
    return found


def _skills(rows: QuerySet[Any], term: str, position: Mapping[int, int], *, most: int) -> Skills:
    skills = Skills(len(position))
    for advisor, key, level in rows.order_by().values_list("advisor", term, "level"):
        skills.add(key, position[advisor], level / most)
    return skills


def _links(name: str, term: str, within: dict[str, Any], position: Mapping[int, int]) -> Skills:
    skills = Skills(len(position))
    through = getattr(Advisor, name).through.objects.filter(**within)
    for advisor, key in through.values_list("advisor", term):
        skills.add(key, position[advisor], 1.0)
    return skills


def _with_world_regions(countries: Skills) -> Skills:
    """Who knows a country counts for its world region too."""
    for country, world_region in Region.objects.exclude(part_of=None).order_by().values_list("pk", "part_of"):
        if country in countries.levels and world_region is not None:
            known = countries.levels.setdefault(world_region, np.zeros(countries.size))
            np.maximum(known, countries.levels[country], out=known)
    return countries


def _biased(within: dict[str, Any], position: Mapping[int, int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for advisor, place in Advisor.biased_for.through.objects.filter(**within).values_list("advisor", "municipality"):
        found.setdefault(place, []).append(position[advisor])
    return found


def _apart(position: Mapping[int, int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for one, other in Advisor.apart.through.objects.values_list("from_advisor", "to_advisor"):
        if one in position and other in position:
            found.setdefault(position[one], []).append(position[other])
    return found


def _pauses(within: dict[str, Any], position: Mapping[int, int]) -> Pauses:
    today = timezone.localdate()
    coming = Pause.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), **within)
    rows = list(coming.values_list("advisor", "starts_on", "ends_on"))
    return Pauses(
        who=np.array([position[advisor] for advisor, _, _ in rows], np.intp),
        starts=np.array([start.toordinal() for _, start, _ in rows], np.int64),
        ends=np.array([(end or date.max).toordinal() for _, _, end in rows], np.int64),
    )


def _done(within: dict[str, Any], position: Mapping[int, int]) -> Numbers:
    done = np.zeros((DISTRICT + 1, len(position)))
    ended = Offer.objects.accepted().filter(consultation__state=CaseState.CLOSED, **within).order_by()
    place = "consultation__municipality__"
    for advisor, kind, is_district, count in ended.values_list(
        "advisor", f"{place}type", f"{place}is_district"
    ).annotate(Count("pk")):
        done[size_of(type=kind, is_district=is_district), position[advisor]] += count
    return done


def distances_km(pool: Pool, place: Municipality) -> Numbers:
    """Great circles between the homes and the centre of the municipality (haversine formula)."""
    return great_circles_km(pool.latitude, pool.longitude, place.latitude, place.longitude)


EARTH_RADIUS_KM = 6371.0


def great_circles_km(latitude: Numbers, longitude: Numbers, to_latitude: float, to_longitude: float) -> Numbers:
    φ1, φ2 = np.radians(latitude), np.radians(to_latitude)
    half = np.sin((φ2 - φ1) / 2) ** 2 + np.cos(φ1) * np.cos(φ2) * np.sin(np.radians(to_longitude - longitude) / 2) ** 2
    km: Numbers = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))
    return km
