"""What a round decides, what a plan is worth, and which pins contradict one another."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

type Pair = tuple[int, int]  # a case and an advisor


class Need(NamedTuple):
    """What a team is to cover together: worth weight × the best level in the team."""

    case: int
    skill: int
    weight: float
    covered: float = 0.0  # level of those who accepted already


@dataclass(frozen=True, eq=False)
class Problem:
    """Cases with free places and advisors with free capacity; each rule is the caller's, in arrays.

    Raises ValueError on negative or undefined numbers and on arrays that do not fit together.
    """

    places: NDArray[np.int_]  # by case: team size less those who accepted
    possible: NDArray[np.bool_]  # cases × advisors: no must is violated
    worth: NDArray[np.float64]  # cases × advisors: what the person brings by themselves
    levels: NDArray[np.float64]  # skills × advisors, in [0, 1]
    capacity: NDArray[np.int_]  # by advisor: how many new cases
    experienced: NDArray[np.bool_]  # by advisor
    led: NDArray[np.bool_]  # by case: somebody experienced accepted already
    needs: tuple[Need, ...] = ()
    apart: tuple[tuple[int, int], ...] = ()  # advisors who must not meet
    together: tuple[tuple[int, int, float], ...] = ()  # advisors who worked well together, and the bonus
    pairing: NDArray[np.float64] | None = None  # by case: what part of a bonus counts there, all of it where not said
    pinned: tuple[Pair, ...] = ()  # must be in the plan

    def __post_init__(self) -> None:
        cases, advisors = self.possible.shape
        shapes = (self.places.shape, self.led.shape, self.worth.shape, self.capacity.shape, self.experienced.shape)
        if shapes != ((cases,), (cases,), (cases, advisors), (advisors,), (advisors,)):
            raise ValueError("The arrays speak of different numbers of cases or advisors.")
        if self.levels.ndim != 2 or self.levels.shape[1] != advisors:
            raise ValueError("Levels are skills × advisors.")
        if self.bonus_part.shape != (cases,):
            raise ValueError("What part of a bonus counts is said by case.")
        needs = np.array([(need.weight, need.covered) for need in self.needs]).reshape(-1, 2)
        bonuses = np.array([bonus for *_, bonus in self.together])
        for name, numbers in {
            "places": self.places,
            "capacity": self.capacity,
            "worth": self.worth,
            "levels": self.levels,
            "needs": needs,
            "bonuses": bonuses,
            "parts of bonuses": self.bonus_part,
        }.items():
            if not (np.isfinite(numbers).all() and (numbers >= 0).all()):
                raise ValueError(f"Not every number among the {name} is finite and at least zero.")
        if (self.levels > 1).any() or (needs[:, 1] > 1).any():
            raise ValueError("A level is at most one.")

    @cached_property
    def open(self) -> NDArray[np.bool_]:
        """Cases × advisors: who may join at all, by musts, places and capacity."""
        free: NDArray[np.bool_] = self.possible & (self.places > 0)[:, None] & (self.capacity > 0)
        alone = ~self.led & (self.places <= 1)
        return free & (self.experienced | ~alone[:, None])

    @cached_property
    def bonus_part(self) -> NDArray[np.float64]:
        return np.ones(len(self.places)) if self.pairing is None else self.pairing

    @cached_property
    def avoids(self) -> Mapping[int, frozenset[int]]:
        """By advisor: whom they must not meet."""
        found = defaultdict(set)
        for one, other in self.apart:
            if one != other:
                found[one].add(other)
                found[other].add(one)
        return {advisor: frozenset(others) for advisor, others in found.items()}

    @cached_property
    def needs_of(self) -> Mapping[int, list[Need]]:
        found = defaultdict(list)
        for need in self.needs:
            found[need.case].append(need)
        return found

    def meets(self, advisor: int, team: Collection[int]) -> bool:
        """Whether the advisor may sit with everybody of the team."""
        return self.avoids.get(advisor, frozenset()).isdisjoint(team)


@dataclass(frozen=True)
class Plan:
    """Who joins which case, and what is proven about it.

    No plan has more than `full_bound` full teams, and none with as many as this one is worth more than `worth_bound`.
    """

    chosen: tuple[Pair, ...]
    full: int  # teams whose places are all taken
    worth: float
    full_bound: int
    worth_bound: float
    timed_out: bool = False
    seconds: float = 0.0

    @property
    def gap(self) -> float:
        """Share of the bound that might still be won; 0 is proven to be the best."""
        return max(0.0, self.worth_bound - self.worth) / self.worth_bound if self.worth_bound else 0.0

    @property
    def value(self) -> tuple[int, float]:
        """What plans are compared by: first the full teams, then the worth."""
        return self.full, self.worth

    @property
    def teams(self) -> dict[int, list[int]]:
        return teams_of(self.chosen)


class Kind(StrEnum):
    """Why pins contradict the rules or one another."""

    IMPOSSIBLE = "impossible"  # a pinned person must not have the case
    APART = "apart"  # two pinned people must not meet
    PLACES = "places"  # more people pinned than places free
    CAPACITY = "capacity"  # a person pinned to more cases than they can take
    NEWCOMERS = "newcomers"  # pinned newcomers take every place of a team
    NO_LEADER = "no_leader"  # nobody experienced is free for pinned newcomers


class Contradiction(ValueError):
    """Pins that no plan can honour."""

    def __init__(self, kind: Kind, cases: Iterable[int], advisors: Iterable[int]) -> None:
        self.kind = kind
        self.cases = tuple(cases)
        self.advisors = tuple(advisors)
        super().__init__(f"{kind}: cases {self.cases}, advisors {self.advisors}")


def teams_of(chosen: Iterable[Pair]) -> dict[int, list[int]]:
    teams = defaultdict(list)
    for case, advisor in sorted(set(chosen)):
        teams[case].append(advisor)
    return dict(teams)


def worth_by_case(problem: Problem, chosen: Iterable[Pair]) -> NDArray[np.float64]:
    """Own worth, what the team covers together, and the bonus of those who worked well together before."""
    teams = teams_of(chosen)
    worth = np.zeros(len(problem.places))
    for case, team in teams.items():
        worth[case] = problem.worth[case, team].sum()
    for need in problem.needs:
        level = problem.levels[need.skill, teams.get(need.case, [])].max(initial=need.covered)
        worth[need.case] += need.weight * level
    members = {case: set(team) for case, team in teams.items()} if problem.together else {}
    for one, other, bonus in problem.together:
        for case, there in members.items():
            if {one, other} <= there:
                worth[case] += bonus * problem.bonus_part[case]
    return worth


def worth_of(problem: Problem, chosen: Iterable[Pair]) -> float:
    return float(worth_by_case(problem, chosen).sum())


def full_teams(problem: Problem, chosen: Iterable[Pair]) -> int:
    return sum(len(team) == problem.places[case] for case, team in teams_of(chosen).items())


def violations(problem: Problem, chosen: Iterable[Pair]) -> list[str]:
    """Every rule that the plan breaks, for tests and as a guard; empty when it may be shown to anybody."""
    chosen = list(chosen)
    taken = Counter(advisor for _, advisor in chosen)
    found = [f"{pair} is not possible" for pair in chosen if not problem.possible[pair]]
    found += [f"{pair} is pinned" for pair in problem.pinned if pair not in set(chosen)]
    found += [f"{advisor} has too many cases" for advisor, cases in taken.items() if cases > problem.capacity[advisor]]
    found += ["a pair stands twice"] * (len(set(chosen)) < len(chosen))
    for case, team in teams_of(chosen).items():
        if len(team) > problem.places[case]:
            found.append(f"{case} has too many people")
        if not all(problem.meets(advisor, team) for advisor in team):
            found.append(f"{case} brings people together who must not meet")
        if not (problem.led[case] or problem.experienced[team].any()):
            found.append(f"{case} has newcomers only")
    return found


def fixed(problem: Problem) -> tuple[Pair, ...]:
    """The pins, and somebody experienced for each team of pinned newcomers.

    One such person per team suffices and no other rule binds them to one another, so finding them is an assignment of
    cases to free capacity: it succeeds whenever any plan honours the pins. Raises Contradiction otherwise.
    """
    pins = sorted(set(problem.pinned))
    teams = teams_of(pins)
    _check_pairs(problem, pins)
    _check_teams(problem, teams)
    return tuple(pins) + _leaders(problem, teams, Counter(advisor for _, advisor in pins))


def _check_pairs(problem: Problem, pins: Collection[Pair]) -> None:
    for case, advisor in pins:
        if not problem.possible[case, advisor]:
            raise Contradiction(Kind.IMPOSSIBLE, [case], [advisor])
    cases = defaultdict(list)
    for case, advisor in pins:
        cases[advisor].append(case)
    for advisor, wanted in cases.items():
        if len(wanted) > problem.capacity[advisor]:
            raise Contradiction(Kind.CAPACITY, wanted, [advisor])


def _check_teams(problem: Problem, teams: Mapping[int, list[int]]) -> None:
    for case, team in teams.items():
        if len(team) > problem.places[case]:
            raise Contradiction(Kind.PLACES, [case], team)
        if strangers := [advisor for advisor in team if not problem.meets(advisor, team)]:
            raise Contradiction(Kind.APART, [case], strangers)
        if _unled(problem, case, team) and len(team) == problem.places[case]:
            raise Contradiction(Kind.NEWCOMERS, [case], team)


def _unled(problem: Problem, case: int, team: list[int]) -> bool:
    return not (problem.led[case] or problem.experienced[team].any())


def _leaders(problem: Problem, teams: Mapping[int, list[int]], taken: Mapping[int, int]) -> tuple[Pair, ...]:
    unled = [case for case, team in teams.items() if _unled(problem, case, team)]
    free = problem.capacity - np.array([taken.get(advisor, 0) for advisor in range(len(problem.capacity))], dtype=int)
    free = np.where(problem.experienced, np.minimum(free, len(unled)), 0)
    seats = np.repeat(np.arange(len(free)), free)  # an advisor once for each case they could take
    suits = np.array([[problem.meets(int(seat), teams[case]) for seat in seats] for case in unled], dtype=bool)
    suits = problem.possible[np.ix_(unled, seats)] & suits.reshape(len(unled), len(seats))
    one_more = (1 + problem.worth.max(initial=0.0)) * len(unled)  # a team that is led outweighs any worth
    value = np.where(suits, one_more + problem.worth[np.ix_(unled, seats)], 0.0)
    rows, columns = linear_sum_assignment(value, maximize=True)
    found = {unled[row]: int(seats[column]) for row, column in zip(rows, columns, strict=True) if suits[row, column]}
    if left := [case for case in unled if case not in found]:
        raise Contradiction(Kind.NO_LEADER, left, [advisor for case in left for advisor in teams[case]])
    return tuple(sorted(found.items()))


def without_pins(problem: Problem) -> tuple[Problem, NDArray[np.bool_]]:
    """The same problem after those pinned have joined, and which cases are owed somebody experienced."""
    places, capacity, possible = problem.places.copy(), problem.capacity.copy(), problem.possible.copy()
    worth, led = problem.worth.astype(float), problem.led.copy()
    teams = teams_of(problem.pinned)
    for case, team in teams.items():
        places[case] -= len(team)
        capacity[team] -= 1
        possible[case, team] = False
        possible[case, [stranger for member in team for stranger in problem.avoids.get(member, ())]] = False
        led[case] |= problem.experienced[team].any()
    for one, other, bonus in problem.together:
        for case, team in teams.items():
            if (one in team) != (other in team):
                worth[case, other if one in team else one] += bonus * problem.bonus_part[case]
    needs = tuple(
        need._replace(covered=max(need.covered, problem.levels[need.skill, teams.get(need.case, [])].max(initial=0.0)))
        for need in problem.needs
    )
    rest = replace(
        problem, places=places, capacity=capacity, possible=possible, worth=worth, led=led, needs=needs, pinned=()
    )
    return rest, ~led & np.isin(np.arange(len(places)), list(teams))
