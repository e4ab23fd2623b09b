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

from .master import Goal, Master, Relaxed
from .nearby import TOGETHER, polished
from .one_by_one import greedy
from .problem import Plan, Problem, full_teams, teams_of, violations, without_pins, worth_of
from .teams import Market, Prices, Teams, rank_within

TOLERANCE = 1e-6  # of worth, below which a plan is not called better
FIRST_SLACK = 2e-3  # of what a case is worth: how much the teams looked at first may miss
COUNTING = 0.4  # share of the time in which the most full teams are looked for
GENERATING, GLANCING, POLISHING = 0.6, 0.2, 0.7  # shares of the time that is left
CLOSE = 1e-6  # of the bound: with less to win, prices are good enough
KEPT = 8  # teams of each case and each person, once there are more than twice as many by case
MANAGEABLE = 50_000  # teams between which the solver can decide
FEW = 1.0  # teams per case: with fewer that a quick look finds, it is time for a full one


def solve(problem: Problem, *, seconds: float = 20.0) -> Plan:
    """First as many full teams as possible, then the greatest worth; never worse than one by one.

    Time is spent until both are proven or the limit is reached; the plan then tells what is proven. Raises
    Contradiction where pins cannot be honoured.
    """
    began = monotonic()
    search = _Search(problem, began, seconds)
    if search.plan.full < search.plan.full_bound:
        search.most_teams()
    search.most_worth()
    return replace(search.plan, timed_out=search.timed_out, seconds=monotonic() - began)


class _Search:
    """The best plan so far, what is proven of it, and the teams looked at."""

    def __init__(self, problem: Problem, began: float, seconds: float) -> None:
        self.problem = problem
        self.ends = began + seconds
        self.until = began + seconds * COUNTING
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

        def better() -> float:
            return one * (self.plan.full + 1 - self.complete) if self.plan.full < self.plan.full_bound else inf

        bound = self._search(Goal(one, 0), better, enough=self.plan.full_bound - self.complete)
        most = self.complete + int(min(bound / one + TOLERANCE, len(self.problem.places)))
        self.plan = replace(self.plan, full_bound=max(self.plan.full, min(self.plan.full_bound, most)))
        self.teams = Teams.of([self.teams, self._columns(self.plan)])

    def most_worth(self) -> None:
        """Among plans with as many full teams as the one at hand."""
        self.until = self.ends
        goal = Goal(0.0, self.plan.full - self.complete)
        bound = self._search(goal, lambda: self.plan.worth - self.already + TOLERANCE)
        proven = min(self.plan.worth_bound, bound + self.already)
        self.plan = replace(self.plan, worth_bound=max(self.plan.worth, proven))

    def _search(self, goal: Goal, better: Callable[[], float], *, enough: float = inf) -> float:
        """Look for plans that reach what would be better than the one at hand. Returns what none can exceed."""
        bound, relaxed, proven = self._generate(goal, better, self._soon(GENERATING if enough == inf else GLANCING))
        if relaxed is not None and bound > better():
            if len(self.problem.places) > TOGETHER:
                until = self._soon(POLISHING)
                begun = self._columns(self.plan)
                self._consider(
                    polished(self.market, self.master, self.teams, relaxed, begun, until=until, enough=enough)
                )
            if not proven:
                further, relaxed, proven = self._generate(goal, better, self.until)
                bound = min(bound, further)
            if proven and relaxed is not None:
                bound = self._exhaust(goal, better, bound, relaxed.prices)
        self.timed_out |= bound > better() and self._left() <= 0
        return bound

    def _generate(self, goal: Goal, better: Callable[[], float], until: float) -> tuple[float, Relaxed | None, bool]:
        """Add teams until none would add anything to the relaxation, or nothing better is possible any more.

        Returns what no plan exceeds, the last relaxation, and whether its prices prove that.
        """
        bound, relaxed = inf, None
        while monotonic() < until and (found := self.master.relaxed(self.teams, goal, self._left())):
            relaxed = self._without_the_worst(found)
            bound = min(bound, relaxed.value + self.market.ceiling(relaxed.prices).sum())
            new = self.market.attractive(relaxed.prices)
            if len(new) < FEW * len(self.problem.places) or monotonic() > until:
                every = self.market.above(relaxed.prices, relaxed.prices.noise)
                if every is not None:
                    reached = relaxed.value + self.market.left_over(relaxed.prices, every)
                    noise = len(self.problem.places) * relaxed.prices.noise
                    if reached - relaxed.value <= CLOSE * abs(relaxed.value) + noise:
                        return reached, relaxed, True
                    bound = min(bound, reached)
                    new = self.market.foremost(every, relaxed.prices, relaxed.prices.noise)
            if bound < better() or not len(new):
                break
            self.teams = Teams.of([self.teams, new])
        return bound, relaxed, False

    def _without_the_worst(self, relaxed: Relaxed) -> Relaxed:
        """Forget the teams that are least likely to come back, so that the next relaxation is quick."""
        if len(self.teams) <= 2 * KEPT * len(self.problem.places):
            return relaxed
        order = np.argsort(-relaxed.prices.reduced(self.teams), kind="stable")
        members = self.teams.members[order]
        kept = rank_within(self.teams.case[order]) < KEPT
        for seat in members.T:  # whoever loses all their teams would seem to be worth nothing
            kept |= (seat >= 0) & (rank_within(seat) < KEPT)
        kept = np.sort(order[kept])
        self.teams = self.teams[kept]
        return relaxed._replace(shares=relaxed.shares[kept])

    def _exhaust(self, goal: Goal, better: Callable[[], float], bound: float, prices: Prices) -> float:
        """Solve over ever more of the teams that could still matter; a plan with any other misses by the slack."""
        slack = FIRST_SLACK * bound / max(1, len(self.problem.places))
        while bound > better() and self._left() > 0:
            slack = min(slack, bound - better()) + prices.noise
            teams = self.market.above(prices, -slack)
            if teams is None or len(teams) > MANAGEABLE:
                break
            others = bound - slack
            bound = min(bound, max(self._choose(teams, goal), others))
            if others < better():
                break
            slack *= 4
        return bound

    def _choose(self, teams: Teams, goal: Goal) -> float:
        """Look for the best plan of these teams. Returns what none of them exceeds."""
        found = self.master.best(teams, goal, self._left())
        if found.taken is not None:
            self._consider(teams[found.taken])
        return found.bound

    def _consider(self, teams: Teams) -> None:
        """These teams become the plan at hand if they are better and every rule holds."""
        chosen = tuple(sorted({*self.problem.pinned, *teams.pairs()}))
        value = full_teams(self.problem, chosen), worth_of(self.problem, chosen)
        if value > self.plan.value and not violations(self.problem, chosen):
            self.plan = replace(self.plan, chosen=chosen, full=value[0], worth=value[1])

    def _columns(self, plan: Plan) -> Teams:
        """The teams of a plan without those pinned."""
        rest = teams_of(set(plan.chosen) - set(self.problem.pinned))
        return Teams.of(
            [self.market.none, *(self.market.teams(np.array([case]), np.array([team])) for case, team in rest.items())]
        )

    def _soon(self, share: float) -> float:
        return monotonic() + self._left() * share

    def _left(self) -> float:
        return self.until - monotonic()
