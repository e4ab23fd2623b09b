"""The best plan of a round, with a proof: column generation over teams, then the teams that could still matter.

A plan chooses at most one team for each case (set packing). The linear relaxation over some teams prices cases and
advisors; teams that would add something at these prices join until there are none, and its value bounds every plan
(Dantzig and Wolfe 1960). A better plan than the one at hand can only consist of teams whose reduced value does not
miss by more than the gap; where these can be listed, the best plan of them is the best of all (Baldacci,
Christofides and Mingozzi 2008). HiGHS solves both.
"""

from collections.abc import Callable
from dataclasses import replace
from math import inf
from time import monotonic

import numpy as np

from .master import Goal, Master
from .one_by_one import greedy
from .problem import Plan, Problem, full_teams, teams_of, violations, without_pins, worth_of
from .teams import EPSILON, Market, Prices, Teams

TOLERANCE = 1e-6  # of worth, below which a plan is not called better
FIRST_SLACK = 2e-3  # of what a case is worth: how much the teams looked at first may miss
FEW = 0.1  # teams per case: with fewer that a quick look finds, it is time for a full one


def solve(problem: Problem, *, seconds: float = 20.0) -> Plan:
    """First as many full teams as possible, then the greatest worth; never worse than one by one.

    Time is spent until both are proven or the limit is reached; the plan then tells what is proven. Raises
    Contradiction where pins cannot be honoured.
    """
    began = monotonic()
    search = _Search(problem, began + seconds)
    if search.plan.full < search.plan.full_bound:
        search.most_teams()
    search.most_worth()
    return replace(search.plan, timed_out=search.timed_out, seconds=monotonic() - began)


class _Search:
    """The best plan so far, what is proven of it, and the teams looked at."""

    def __init__(self, problem: Problem, until: float) -> None:
        self.problem = problem
        self.until = until
        self.timed_out = False
        self.plan = greedy(problem)
        rest, owed = without_pins(problem)
        self.market = Market(rest)
        self.master = Master(rest, owed)
        self.already = worth_of(problem, problem.pinned)  # with what those who accepted cover
        self.complete = full_teams(problem, problem.pinned)
        self.teams = self._columns(self.plan)

    def most_teams(self) -> None:
        """A full team counts more than all worth together, which only decides between equals."""
        one = 2 * self.plan.worth_bound + 1
        bound = self._search(Goal(one, 0), lambda: one * (self.plan.full + 1 - self.complete))
        most = self.complete + int(min(bound / one + TOLERANCE, len(self.problem.places)))
        self.plan = replace(self.plan, full_bound=max(self.plan.full, min(self.plan.full_bound, most)))
        self.teams = Teams.of([self.teams, self._columns(self.plan)])

    def most_worth(self) -> None:
        """Among plans with as many full teams as the one at hand."""
        goal = Goal(0.0, self.plan.full - self.complete)
        bound = self._search(goal, lambda: self.plan.worth - self.already + TOLERANCE)
        proven = min(self.plan.worth_bound, bound + self.already)
        self.plan = replace(self.plan, worth_bound=max(self.plan.worth, proven))

    def _search(self, goal: Goal, better: Callable[[], float]) -> float:
        """Look for plans that reach what would be better than the one at hand. Returns what none can exceed."""
        bound, prices = self._generate(goal, better)
        if prices is None:
            return bound
        slack = FIRST_SLACK * bound / max(1, len(self.problem.places))
        while bound > better() and self._left() > 0:
            slack = min(slack, bound - better()) + EPSILON
            teams = self.market.above(prices, -slack)
            if teams is None:
                break
            of_these = self._choose(teams, goal, self._left())
            bound = min(bound, max(of_these, bound - slack))  # a plan with any other team misses by more than the slack
            slack *= 4
        self.timed_out |= bound > better() and self._left() <= 0
        return bound

    def _generate(self, goal: Goal, better: Callable[[], float]) -> tuple[float, Prices | None]:
        """Add teams until none would add anything to the relaxation, or nothing better is possible any more."""
        bound = inf
        while self._left() > 0 and (relaxed := self.master.relaxed(self.teams, goal, self._left())):
            prices = relaxed.prices
            bound = min(bound, relaxed.value + self.market.ceiling(prices).sum())
            if bound < better():
                return bound, None
            new = self.market.attractive(prices)
            if len(new) < FEW * len(self.problem.places):
                every = self.market.above(prices, EPSILON)
                if every is None:
                    return bound, prices
                bound = min(bound, relaxed.value + self.market.left_over(prices, every))
                if not len(every):
                    return bound, prices
                new = self.market.foremost(every, prices)
            self.teams = Teams.of([self.teams, new])
        self.timed_out |= self._left() <= 0
        return bound, None

    def _choose(self, teams: Teams, goal: Goal, seconds: float) -> float:
        """The best plan of these teams becomes the one at hand if it is better. Returns what none of them exceeds."""
        found = self.master.best(teams, goal, seconds)
        self.timed_out |= found.timed_out
        if found.teams is not None:
            chosen = tuple(sorted({*self.problem.pinned, *found.teams.pairs()}))
            assert not violations(self.problem, chosen)
            plan = replace(
                self.plan, chosen=chosen, full=full_teams(self.problem, chosen), worth=worth_of(self.problem, chosen)
            )
            self.plan = max(self.plan, plan, key=lambda plan: plan.value)
        return found.bound

    def _columns(self, plan: Plan) -> Teams:
        """The teams of a plan without those pinned."""
        rest = teams_of(set(plan.chosen) - set(self.problem.pinned))
        return Teams.of(
            [self.market.none, *(self.market.teams(np.array([case]), np.array([team])) for case, team in rest.items())]
        )

    def _left(self) -> float:
        return self.until - monotonic()
