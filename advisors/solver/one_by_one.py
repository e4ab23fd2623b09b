"""What a coordinator does by hand: case after case, always the best next person."""

from collections import defaultdict
from collections.abc import Iterable
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from .problem import Pair, Plan, Problem, fixed, full_teams, teams_of, worth_of


def greedy(problem: Problem) -> Plan:
    """Fill the cases in their order, each place by the greatest worth that is added; every must holds.

    Its bounds are plain ceilings: what each case could reach if it were alone. Raises Contradiction.
    """
    began = monotonic()
    chosen = _Picking(problem, fixed(problem)).fill()
    return Plan(
        chosen=chosen,
        full=full_teams(problem, chosen),
        worth=worth_of(problem, chosen),
        full_bound=_fillable(problem),
        worth_bound=_ceiling(problem),
        seconds=monotonic() - began,
    )


class _Picking:
    """Teams that grow person by person. A newcomer joins only while somebody experienced is, or still can be, there."""

    def __init__(self, problem: Problem, begun: Iterable[Pair]) -> None:
        self.problem = problem
        self.teams = defaultdict(list, teams_of(begun))
        self.left = problem.capacity.copy()
        for team in self.teams.values():
            self.left[team] -= 1
        self.bonus: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for one, other, bonus in problem.together:
            self.bonus[one].append((other, bonus))
            self.bonus[other].append((one, bonus))

    def fill(self) -> tuple[Pair, ...]:
        for case, places in enumerate(self.problem.places):
            while len(self.teams[case]) < places and (found := self._next(case)) is not None:
                self.teams[case].append(found)
                self.left[found] -= 1
        return tuple((case, advisor) for case, team in sorted(self.teams.items()) for advisor in sorted(team))

    def _next(self, case: int) -> int | None:
        """The best who may join; of equals the first."""
        free = self._free(case)
        gain = self._gain(case)[free]
        return next(
            (int(one) for one in free[np.argsort(-gain, kind="stable")] if self._leads_on(case, one, free)), None
        )

    def _free(self, case: int) -> NDArray[np.intp]:
        team = self.teams[case]
        free = self.problem.possible[case] & (self.left > 0)
        free[team] = False
        free[[stranger for member in team for stranger in self.problem.avoids.get(member, ())]] = False
        return np.flatnonzero(free)

    def _gain(self, case: int) -> NDArray[np.float64]:
        """By advisor: what they would add to the team as it is."""
        team = self.teams[case]
        gain: NDArray[np.float64] = self.problem.worth[case].astype(float)
        for need in self.problem.needs_of.get(case, ()):
            levels = self.problem.levels[need.skill]
            gain += need.weight * np.maximum(levels - max(need.covered, levels[team].max(initial=0.0)), 0)
        for member in team:
            for other, bonus in self.bonus.get(member, ()):
                gain[other] += bonus * self.problem.bonus_part[case]
        return gain

    def _leads_on(self, case: int, advisor: int, free: NDArray[np.intp]) -> bool:
        """Whether the team has somebody experienced with this person, or a place and somebody for it."""
        experienced = self.problem.experienced
        if self.problem.led[case] or experienced[advisor] or experienced[self.teams[case]].any():
            return True
        if len(self.teams[case]) + 2 > self.problem.places[case]:
            return False
        return any(self.problem.meets(int(one), (advisor,)) for one in free[experienced[free]])


def _fillable(problem: Problem) -> int:
    """How many cases have enough people, and somebody experienced, each for itself."""
    enough = problem.open.sum(axis=1) >= problem.places
    led = problem.led | (problem.open & problem.experienced).any(axis=1)
    return int((enough & led & (problem.places > 0)).sum())


def _ceiling(problem: Problem) -> float:
    """What all cases together would be worth if capacity and the rules within a team did not count."""
    most = int(problem.places.max(initial=0))
    ranked = -np.sort(-np.where(problem.open, problem.worth, 0.0), axis=1)[:, :most]
    own = ranked[np.arange(ranked.shape[1]) < problem.places[:, None]].sum()
    covered = sum(
        need.weight * problem.levels[need.skill, problem.open[need.case]].max(initial=need.covered)
        for need in problem.needs
    )
    bonus = sum(
        bonus * problem.bonus_part[problem.open[:, one] & problem.open[:, other]].sum()
        for one, other, bonus in problem.together
    )
    return float(own + covered + bonus)
