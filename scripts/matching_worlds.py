"""Invented worlds to measure matching in: municipalities of NRW, what they ask for, and who offers it.

They come from a fixed seed and are weighed as shipped.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisors.matching import SHIPPED
from advisors.models import Criterion
from advisors.solver import Need, Problem

ROOT = Path(__file__).resolve().parent.parent
MUNICIPALITIES = ROOT / "requests" / "data" / "nrw_municipalities.csv"
SEED = 2026
LEVELS = (1 / 3, 2 / 3, 1.0)
TEAM = 2


class Kind(NamedTuple):
    """Skills of one kind: where they begin among all, how many there are, and how many a case wishes."""

    criterion: Criterion
    first: int
    number: int
    least: int
    most: int


KINDS = (
    Kind(Criterion.TOPICS, 0, 10, 1, 3),
    Kind(Criterion.REGIONS, 10, 8, 0, 2),
    Kind(Criterion.LANGUAGES, 18, 12, 1, 2),
    Kind(Criterion.FORMATS, 30, 6, 0, 2),
)
GERMAN, FORMATS_AT = KINDS[2].first, KINDS[3].first


class Size(NamedTuple):
    """A world to measure, and how long its round may be solved."""

    cases: int
    advisors: int
    scarce: bool  # just as many free cases as places, and 5 %
    seconds: float

    def __str__(self) -> str:
        numbers = f"{self.cases:,} × {self.advisors:,}".replace(",", ".")
        return f"{numbers}, {'knapp' if self.scarce else 'reichlich'}"


@dataclass(frozen=True)
class World:
    problem: Problem
    total: NDArray[np.int_]  # by advisor: cases they take at most, those they have included


def invented(size: Size) -> World:
    """Who asks for what, and who offers it; weighed as shipped."""
    random = np.random.default_rng([SEED, *size[:3]])
    kilometres = distances(random, size.cases, size.advisors)
    travel = random.choice([40, 80, 120, 250], size.advisors, p=[0.2, 0.4, 0.3, 0.1])
    online = (random.random(size.cases) < 0.3)[:, None] & (random.random(size.advisors) < 0.6)
    levels = skills(random, size.advisors)
    free, total = capacity(random, size)
    biased = random.random((size.cases, size.advisors)) < 0.01
    needs = wishes(random, size.cases)
    bonus = weight(Criterion.TOGETHER) / 2  # from one half without a past together to the whole
    problem = Problem(
        places=np.full(size.cases, TEAM),
        possible=((kilometres <= travel) | online) & ~biased & common_language(needs, levels, size.cases),
        worth=own_worth(random, kilometres, travel, free / total),
        levels=levels,
        capacity=free,
        experienced=random.random(size.advisors) < 0.7,
        led=np.zeros(size.cases, dtype=bool),
        needs=needs,
        apart=tuple(pairs(random, size.advisors, size.advisors // 20)),
        together=tuple((*pair, bonus) for pair in pairs(random, size.advisors, size.advisors // 4)),
    )
    return World(problem, total)


def weight(criterion: Criterion) -> float:
    """Its part of a score, as shipped."""
    return SHIPPED[criterion] / sum(SHIPPED.values())


def distances(random: np.random.Generator, cases: int, advisors: int) -> NDArray[np.float64]:
    """Great circles between municipalities of NRW, in kilometres."""
    with MUNICIPALITIES.open(encoding="utf-8") as file:
        places = np.radians([(float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)])
    here, there = (places[random.integers(len(places), size=number)] for number in (cases, advisors))
    north, east = here[:, None, 0] - there[:, 0], here[:, None, 1] - there[:, 1]
    half = np.sin(north / 2) ** 2 + np.cos(here[:, None, 0]) * np.cos(there[:, 0]) * np.sin(east / 2) ** 2
    kilometres: NDArray[np.float64] = 2 * 6371.0 * np.arcsin(np.sqrt(half))
    return kilometres


def skills(random: np.random.Generator, advisors: int) -> NDArray[np.float64]:
    """Of every skill, who has it and how well."""
    spread = np.repeat([0.3, 0.25, 0.15, 0.5], [kind.number for kind in KINDS])
    has = random.random((len(spread), advisors)) < spread[:, None]
    levels = np.where(has, random.choice(LEVELS, has.shape), 0.0)
    levels[GERMAN] = np.where(random.random(advisors) < 0.9, 1.0, 0.0)  # nearly everybody speaks German
    levels[FORMATS_AT:] = levels[FORMATS_AT:] > 0
    return levels


def wishes(random: np.random.Generator, cases: int) -> tuple[Need, ...]:
    """One to three topics, up to two regions, German or a language besides, and up to two formats."""
    needs = []
    for case in range(cases):
        for criterion, first, number, least, most in KINDS:
            wanted = random.choice(number, random.integers(least, most + 1), replace=False)
            if criterion == Criterion.LANGUAGES:
                wanted[0] = 0
            wanted = np.unique(wanted)
            needs += [Need(case, int(first + one), weight(criterion) / len(wanted)) for one in wanted]
    return tuple(needs)


def common_language(needs: Iterable[Need], levels: NDArray[np.float64], cases: int) -> NDArray[np.bool_]:
    speaks = np.zeros((cases, levels.shape[1]), dtype=bool)
    for need in needs:
        if GERMAN <= need.skill < FORMATS_AT:
            speaks[need.case] |= levels[need.skill] > 0
    return speaks


def capacity(random: np.random.Generator, size: Size) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """How many cases everybody still takes, and how many at most."""
    total = random.integers(2, 5, size.advisors)
    free = np.minimum(total, random.integers(1, 5, size.advisors))
    if size.scarce:
        wanted = int(1.05 * TEAM * size.cases)
        while (spare := int(free.sum()) - wanted) > 0:
            free[random.choice(np.flatnonzero(free), min(spare, int((free > 0).sum())), replace=False)] -= 1
    return free, total


def own_worth(
    random: np.random.Generator,
    kilometres: NDArray[np.float64],
    travel: NDArray[np.int_],
    free: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What does not depend on the team: distance, experience, a fair share, free capacity."""
    near = np.where(kilometres <= travel, 1 - kilometres / travel / 2, 0.5)
    experience = random.choice([0, 0.5, 1.0], kilometres.shape)
    share = 1 / (1 + random.exponential(size=len(travel)))
    score = weight(Criterion.DISTANCE) * near + weight(Criterion.EXPERIENCE) * experience
    score += weight(Criterion.SHARE) * share + weight(Criterion.CAPACITY) * free
    worth: NDArray[np.float64] = score / TEAM
    return worth


def pairs(random: np.random.Generator, advisors: int, number: int) -> Iterable[tuple[int, int]]:
    return [(int(one), int(other)) for one, other in random.integers(advisors, size=(number, 2)) if one != other]
