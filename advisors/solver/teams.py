"""Every team that a case could have, what it is worth, and which of them are attractive at given prices.

What a team covers together grows ever less with each person (it is submodular), so a team is worth at most the sum of
what its members are worth alone, with half of each bonus. Sorted by that, attractive teams can be listed without
looking at all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .problem import Pair, Problem

type Numbers = NDArray[np.float64]
type Indexes = NDArray[np.intp]
type Mask = NDArray[np.bool_]

LOOKED_AT = 300  # teams per case that a quick look compares
TAKEN = 12  # teams per case that a quick look returns
MOST = 1_000_000  # teams that a list may have


@dataclass(frozen=True)
class Teams:
    """Teams as columns: case, new members (−1 where there are fewer), what they add, whether all places are taken."""

    case: Indexes
    members: Indexes
    worth: Numbers
    full: Mask

    def __len__(self) -> int:
        return len(self.case)

    def __getitem__(self, which: Mask | Indexes) -> "Teams":
        return Teams(self.case[which], self.members[which], self.worth[which], self.full[which])

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return iter((self.case, self.members, self.worth, self.full))

    def value(self) -> tuple[int, float]:
        """Full teams and worth of all of them together."""
        return int(self.full.sum()), float(self.worth.sum())

    @staticmethod
    def of(parts: "list[Teams]") -> "Teams":
        return Teams(*map(np.concatenate, zip(*parts, strict=True)))

    def pairs(self) -> tuple[Pair, ...]:
        return tuple(
            sorted(
                (int(case), int(one))
                for case, team in zip(self.case, self.members, strict=True)
                for one in team[team >= 0]
            )
        )


@dataclass(frozen=True)
class Prices:
    """What a case, an advisor's time and a full team are worth at the margin, up to the solver's noise."""

    case: Numbers
    advisor: Numbers
    full: float
    noise: float

    def reduced(self, teams: Teams) -> Numbers:
        """What each team would add at these prices."""
        paid = np.concatenate([self.advisor, [0.0]])[teams.members].sum(axis=1)
        value: Numbers = teams.worth - paid - self.case[teams.case] + self.full * teams.full
        return value


class Market:
    """All teams of a problem without pins."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.size = int(problem.places.max(initial=0))
        self.skill, self.weight, self.covered = self._slots()
        self.alone = self._alone()
        self.pull = self._pull()

    def _slots(self) -> tuple[Indexes, Numbers, Numbers]:
        """Cases × slots: the needs of each case side by side; empty ones weigh nothing."""
        slots = max((len(needs) for needs in self.problem.needs_of.values()), default=0)
        shape = len(self.problem.places), slots
        skill, weight, covered = np.zeros(shape, dtype=np.intp), np.zeros(shape), np.zeros(shape)
        for case, needs in self.problem.needs_of.items():
            for slot, need in enumerate(needs):
                skill[case, slot], weight[case, slot], covered[case, slot] = need.skill, need.weight, need.covered
        return skill, weight, covered

    def _alone(self) -> Numbers:
        """Cases × advisors: what a person adds by themselves; −∞ where they cannot join."""
        value = self.problem.worth.astype(float)
        for slot in range(self.skill.shape[1]):
            gain = self.problem.levels[self.skill[:, slot]] - self.covered[:, slot, None]
            value += self.weight[:, slot, None] * np.maximum(gain, 0)
        value[~self.problem.open] = -np.inf
        return value

    def _pull(self) -> Numbers:
        """Cases × advisors: half of the bonuses that a person could find there."""
        found = np.zeros(self.alone.shape)
        for one, other, bonus in self.problem.together:
            both = self.problem.open[:, one] & self.problem.open[:, other] & (self.problem.places > 1)
            found[both, one] += bonus / 2 * self.problem.bonus_part[both]
            found[both, other] += bonus / 2 * self.problem.bonus_part[both]
        return found

    # --- One team

    def teams(self, case: Indexes, members: Indexes) -> Teams:
        """Those of these teams that keep the rules, with their worth. All have as many members."""
        keeps = self._keeps(case, members)
        case, members = case[keeps], members[keeps]
        missing = np.full((len(case), self.size - members.shape[1]), -1, dtype=np.intp)
        full = self.problem.places[case] == members.shape[1]
        return Teams(case, np.hstack([members, missing]), self.worth(case, members), full)

    def worth(self, case: Indexes, members: Indexes) -> Numbers:
        """What the members add to those who accepted."""
        value: Numbers = self.problem.worth[case[:, None], members].sum(axis=1)
        for slot in range(self.skill.shape[1]):
            level = self.problem.levels[self.skill[case, slot][:, None], members].max(axis=1)
            value += self.weight[case, slot] * np.maximum(level - self.covered[case, slot], 0)
        return value + self.problem.bonus_part[case] * self._bonus(members)

    def _keeps(self, case: Indexes, members: Indexes) -> Mask:
        keeps: Mask = self.problem.led[case] | self.problem.experienced[members].any(axis=1)
        for one, other in combinations(range(members.shape[1]), 2):
            keeps &= ~np.isin(self._key(members[:, one], members[:, other]), self._apart)
        return keeps

    def _bonus(self, members: Indexes) -> Numbers:
        value = np.zeros(len(members))
        keys, bonuses = self._together
        if len(keys):
            for one, other in combinations(range(members.shape[1]), 2):
                key = self._key(members[:, one], members[:, other])
                at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
                value += np.where(keys[at] == key, bonuses[at], 0.0)
        return value

    def _key(self, one: Indexes, other: Indexes) -> Indexes:
        """One number for two advisors in either order."""
        key: Indexes = np.minimum(one, other) * len(self.problem.capacity) + np.maximum(one, other)
        return key

    @cached_property
    def _apart(self) -> Indexes:
        pairs = np.array(self.problem.apart, dtype=np.intp).reshape(-1, 2)
        return self._key(pairs[:, 0], pairs[:, 1])

    @cached_property
    def _together(self) -> tuple[Indexes, Numbers]:
        pairs = np.array([pair[:2] for pair in self.problem.together], dtype=np.intp).reshape(-1, 2)
        keys, place = np.unique(self._key(pairs[:, 0], pairs[:, 1]), return_inverse=True)
        return keys, np.bincount(place, [pair[2] for pair in self.problem.together], minlength=len(keys))

    # --- Many teams

    def attractive(
        self,
        prices: Prices,
        *,
        cases: Indexes | None = None,
        among: Indexes | None = None,
        least: float | None = None,
    ) -> Teams:
        """A quick look: of the teams among the best few people of each case, those that would add most.

        For these cases, among these people, and if it adds that much: by default all, all, and anything.
        """
        cases = np.arange(len(self.problem.places)) if cases is None else cases
        among = np.arange(len(self.problem.capacity)) if among is None else among
        looks = [self.none]
        for size in range(1, self.size + 1):
            wide = cases[self.problem.places[cases] >= size]
            here = np.ix_(wide, among)
            people = among[self._best(self.alone[here] + self.pull[here] - prices.advisor[among], among, size)]
            which = np.array(list(combinations(range(people.shape[1]), size)), dtype=np.intp).reshape(-1, size)
            members = people[:, which].reshape(-1, size)
            case = np.repeat(wide, len(which))
            there = self.problem.open[case[:, None], members].all(axis=1)
            looks.append(self.teams(case[there], members[there]))
        return self.foremost(Teams.of(looks), prices, prices.noise if least is None else least)

    def foremost(self, teams: Teams, prices: Prices, least: float) -> Teams:
        """The few teams of each case that would add most, and more than the least."""
        reduced = prices.reduced(teams)
        wanted = np.flatnonzero(reduced > least)
        wanted = wanted[np.argsort(-reduced[wanted], kind="stable")]
        return teams[wanted[rank_within(teams.case[wanted]) < TAKEN]]

    def _best(self, value: Numbers, people: Indexes, size: int) -> Indexes:
        """Row by row where the best few of these people stand: half of them experienced, because a team needs one."""
        few = max(size, next(few for few in range(64, 0, -1) if comb(few, size) <= LOOKED_AT))
        halves = self.problem.experienced[people], ~self.problem.experienced[people]
        return np.hstack([half[_top(value[:, half], (few + 1) // 2)] for half in map(np.flatnonzero, halves)])

    @cached_property
    def none(self) -> Teams:
        nobody = np.empty(0, dtype=np.intp)
        return Teams(nobody, np.empty((0, self.size), dtype=np.intp), np.empty(0), np.empty(0, dtype=bool))

    def above(self, prices: Prices, floor: float) -> Teams | None:
        """Every team that adds more than `floor` at these prices; None when they are too many to list."""
        appeal = self.alone + self.pull - prices.advisor
        found, count = [self.none], 0
        for size in range(1, self.size + 1):
            least = prices.case - prices.full * (self.problem.places == size) + floor
            for case in map(int, np.flatnonzero(self.problem.places >= size)):
                members = self._listed(case, size, least[case], appeal[case], prices)
                teams = self.teams(np.full(len(members), case), members)
                found.append(teams[prices.reduced(teams) > floor])
                count += len(found[-1])
                if count > MOST:
                    return None
        return Teams.of(found)

    def _listed(self, case: int, size: int, least: float, appeal: Numbers, prices: Prices) -> Indexes:
        """Teams of this size that may reach `least`, grown person by person from the most appealing to the least."""
        near = self._near(case, size, least, appeal, prices)
        levels = self.problem.levels[self.skill[case]][:, near]
        own = self.problem.worth[case, near] + self.pull[case, near] - prices.advisor[near]
        members, value, cover = np.empty((1, 0), dtype=np.intp), np.zeros(1), self.covered[case][None]
        for left in range(size - 1, -1, -1):
            total = value[:, None] + own
            for weight, level, there in zip(self.weight[case], levels, cover.T, strict=True):
                total += weight * np.maximum(level - there[:, None], 0)
            fits = total + left * appeal[near] >= least
            if left < size - 1:
                fits &= np.arange(len(near)) > members[:, -1:]
            row, one = np.nonzero(fits)
            members, value = np.column_stack([members[row], one]), total[row, one]
            cover = np.maximum(cover[row], levels[:, one].T)
        return near[members]

    def _near(self, case: int, size: int, least: float, appeal: Numbers, prices: Prices) -> Indexes:
        """Who could be in such a team at all, most appealing first.

        Nobody adds more than their appeal, and all together cover no need better than the best of all.
        """
        near = np.flatnonzero(appeal + _others(size, appeal) >= least)
        own = self.problem.worth[case, near] + self.pull[case, near] - prices.advisor[near]
        best = self.problem.levels[self.skill[case]][:, near].max(axis=1, initial=0.0)
        coverage = float(self.weight[case] @ np.maximum(best - self.covered[case], 0))
        near = near[own + _others(size, own) + coverage >= least]
        ranked: Indexes = near[np.argsort(-appeal[near], kind="stable")]
        return ranked

    def left_over(self, prices: Prices, teams: Teams) -> float:
        """What all cases together could still add if these are all attractive teams."""
        best = np.full(len(self.problem.places), prices.noise)
        np.maximum.at(best, teams.case, prices.reduced(teams))
        return float(best.sum())

    def ceiling(self, prices: Prices) -> Numbers:
        """By case: what no team can exceed at these prices; 0 where none adds anything."""
        ranked = -np.sort(-(self.alone + self.pull - prices.advisor), axis=1)[:, : self.size]
        best = np.zeros(len(ranked))
        for size, value in enumerate(np.cumsum(ranked, axis=1).T, start=1):
            there = (self.problem.places >= size) & np.isfinite(value)
            added = value - prices.case + prices.full * (self.problem.places == size)
            best = np.where(there, np.maximum(best, added), best)
        return best


def rank_within(groups: Indexes) -> Indexes:
    """Which of its group each is, counted from zero in the order given."""
    order = np.argsort(groups, kind="stable")
    ranks = np.empty_like(groups)
    ranks[order] = np.arange(len(groups)) - np.searchsorted(groups[order], groups[order])
    return ranks


def _others(size: int, value: Numbers) -> float:
    """What all others in a team of this size add at most."""
    return (size - 1) * max(float(value.max(initial=-np.inf)), 0.0)


def _top(value: Numbers, few: int) -> Indexes:
    """Row by row where the greatest few stand, greatest first."""
    few = min(few, value.shape[1])
    if few == 0:
        return np.empty((len(value), 0), dtype=np.intp)
    top = np.argpartition(-value, few - 1, axis=1)[:, :few]
    order = np.argsort(-np.take_along_axis(value, top, axis=1), axis=1, kind="stable")
    return np.take_along_axis(top, order, axis=1)
