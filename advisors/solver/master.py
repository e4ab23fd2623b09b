"""At most one team for each case, within everybody's capacity: set packing over some teams, solved by HiGHS."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from .problem import Problem
from .teams import Indexes, Mask, Numbers, Prices, Teams

TIMED_OUT, INFEASIBLE = 1, 2  # what SciPy calls these ends
NOISE = 1e-6  # the solver's prices are exact to a tenth of that


class Goal(NamedTuple):
    """What a full team counts besides its worth, and how many must be full."""

    one: float
    full: int


class Relaxed(NamedTuple):
    """The best that shares of teams could do."""

    value: float
    prices: Prices
    shares: Numbers  # by team


class Chosen(NamedTuple):
    taken: Indexes | None  # the best found
    bound: float  # what no choice among them exceeds
    timed_out: bool


class Master:
    """The rows: cases, advisors, those cases that are owed a team, and the number of full teams."""

    def __init__(self, problem: Problem, owed: Mask) -> None:
        self.problem = problem
        self.owed = np.flatnonzero(owed)

    def relaxed(self, teams: Teams, goal: Goal, seconds: float) -> Relaxed | None:
        """The linear relaxation; None when time ran out."""
        cases, advisors = self.problem.possible.shape
        if not len(teams):
            return Relaxed(0.0, Prices(np.zeros(cases), np.zeros(advisors), goal.one, NOISE), np.empty(0))
        value, scale = self._value(teams, goal)
        found = linprog(  # type: ignore[call-overload]  # takes sparse matrices too
            -value / scale,
            A_ub=self._matrix(teams),
            b_ub=self._limits(goal),
            method="highs-ipm",
            options={"time_limit": max(seconds, 0.1)},
        )
        if found.status != 0:
            return None
        prices = np.maximum(-found.ineqlin.marginals, 0) * scale
        case, advisor, owed, (full,) = np.split(prices, np.cumsum([cases, advisors, len(self.owed)]))
        case[self.owed] -= owed
        return Relaxed(-found.fun * scale, Prices(case, advisor, goal.one + full, NOISE * scale), found.x)

    def best(self, teams: Teams, goal: Goal, seconds: float) -> Chosen:
        """The best choice among these teams."""
        return self._best(teams, goal, seconds, self._limits(goal))

    def best_beside(self, others: NDArray[np.int_], teams: Teams, goal: Goal, seconds: float) -> Chosen:
        """The best choice for the cases of these teams, while others take so much of everybody's capacity."""
        owed = np.isin(self.owed, teams.case)
        return self._best(teams, goal, seconds, self._limits(goal, self.problem.capacity - others, owed))

    def _best(self, teams: Teams, goal: Goal, seconds: float, limits: Numbers) -> Chosen:
        if not len(teams):
            return Chosen(None, 0.0, False)
        value, scale = self._value(teams, goal)
        found = milp(
            -value / scale,
            constraints=LinearConstraint(self._matrix(teams), ub=limits),
            bounds=Bounds(0, 1),
            integrality=np.ones(len(teams), dtype=int),
            options={"time_limit": max(seconds, 0.1), "mip_rel_gap": 0.0},
        )
        if found.status == INFEASIBLE:
            return Chosen(None, -np.inf, False)
        bound = np.inf if found.mip_dual_bound is None else -found.mip_dual_bound * scale
        chosen = None if found.x is None else np.flatnonzero(found.x > 0.5)
        return Chosen(chosen, bound, found.status == TIMED_OUT)

    def _value(self, teams: Teams, goal: Goal) -> tuple[Numbers, float]:
        """And its greatest: the solver's tolerances are absolute, so that values are best near one."""
        value = teams.worth + goal.one * teams.full
        return value, float(value.max(initial=0.0)) or 1.0

    def _matrix(self, teams: Teams) -> sparse.csc_array:
        (cases, advisors), columns = self.problem.possible.shape, np.arange(len(teams))
        seat, where = np.nonzero(teams.members.T >= 0)
        is_owed = np.flatnonzero(np.isin(teams.case, self.owed))
        full = np.flatnonzero(teams.full)
        blocks = [
            (teams.case, columns, 1.0),
            (cases + teams.members[where, seat], where, 1.0),
            (cases + advisors + np.searchsorted(self.owed, teams.case[is_owed]), is_owed, -1.0),
            (np.full(len(full), cases + advisors + len(self.owed)), full, -1.0),
        ]
        row, column = (np.concatenate([block[part] for block in blocks]) for part in (0, 1))
        value = np.concatenate([np.full(len(block[0]), block[2]) for block in blocks])
        shape = cases + advisors + len(self.owed) + 1, len(teams)
        return sparse.csc_array((value, (row, column)), shape=shape)

    def _limits(
        self, goal: Goal, capacity: NDArray[np.int_] | None = None, owed: NDArray[np.bool_] | None = None
    ) -> Numbers:
        one_each = np.ones(len(self.problem.places))
        capacity = self.problem.capacity if capacity is None else capacity
        owed = np.ones(len(self.owed), dtype=bool) if owed is None else owed
        return np.concatenate([one_each, capacity, -owed.astype(float), [-goal.full]])
