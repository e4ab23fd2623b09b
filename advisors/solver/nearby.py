"""Better plans by solving again, exactly, what lies together: large neighbourhood search (Shaw 1998).

For hundreds of cases a program over all of them takes long to find any plan. The relaxation settles many of them; the
others are solved first (Berthold 2014). Then cases that compete for the same people are freed together, everything
else stays, and the best teams for these are chosen anew.
"""

from time import monotonic

import numpy as np
from scipy import sparse

from .master import Goal, Master, Relaxed
from .teams import Indexes, Market, Numbers, Teams

TOGETHER = 80  # cases that are solved again at once, to begin with
MOST = 400  # cases that are still solved in a moment
PATIENCE, WIDER = 5, 2  # after so many that were not improved, so many times as large
SECONDS = 4.0  # for them
SURE = 0.99  # share of a team in the relaxation that settles its case
TOLERANCE = 1e-6  # of worth, below which nothing is better


class Board:
    """The team that each case has, and how many cases everybody has."""

    def __init__(self, market: Market) -> None:
        cases, advisors = market.problem.possible.shape
        self.capacity = market.problem.capacity
        self.teams = Teams(
            np.full(cases, -1), np.full((cases, market.size), -1), np.zeros(cases), np.zeros(cases, dtype=bool)
        )
        self.busy = np.zeros(advisors, dtype=int)

    @property
    def has(self) -> Indexes:
        """The cases that have a team."""
        return np.flatnonzero(self.teams.case >= 0)

    @property
    def free(self) -> Indexes:
        """Advisors who could take one more case."""
        return np.flatnonzero(self.busy < self.capacity)

    def fits(self, teams: Teams) -> Teams:
        """Those of these teams whose members all have time."""
        there = np.append(self.busy < self.capacity, True)  # the last is a place that is not taken
        return teams[there[teams.members].all(axis=1)]

    def give(self, teams: Teams) -> None:
        for own, new in zip(self.teams, teams, strict=True):
            own[teams.case] = new
        np.add.at(self.busy, teams.members[teams.members >= 0], 1)

    def take(self, cases: Indexes) -> Teams:
        """Free these cases; the teams that they had."""
        had = self.teams[cases[self.teams.case[cases] >= 0]]
        np.add.at(self.busy, had.members[had.members >= 0], -1)
        self.teams.case[had.case] = -1
        return had

    def value(self) -> tuple[int, float]:
        return self.teams[self.has].value()


def polished(
    market: Market,
    master: Master,
    teams: Teams,
    relaxed: Relaxed,
    begun: Teams,
    *,
    until: float,
    enough: float = np.inf,
) -> Teams:
    """A plan at least as good as the one begun: one that no neighbourhood improves any more.

    Or one with enough full teams, or the best when time is up.
    """
    polish = _Polish(market, master, teams, relaxed, begun)
    polish.settle(until)
    polish.widen((monotonic() + until) / 2, min(enough, begun.value()[0]))
    polish.at_least(begun)
    polish.widen(until, enough)
    return polish.board.teams[polish.board.has]


class _Polish:
    def __init__(self, market: Market, master: Master, teams: Teams, relaxed: Relaxed, begun: Teams) -> None:
        self.market, self.master, self.teams, self.prices = market, master, teams, relaxed.prices
        self.shares = np.pad(relaxed.shares, (0, len(teams) - len(relaxed.shares)))  # some teams have come since
        self.one = 2 * float(max(teams.worth.max(initial=0.0), begun.worth.max(initial=0.0), 1.0))
        self.near = _competition(teams, *market.problem.possible.shape)
        self.board = self._rounded()

    def _rounded(self) -> Board:
        """Team by team: those owed, then by share in the relaxation, then at prices that know what others give."""
        board, reduced = Board(self.market), self.prices.reduced(self.teams)
        order = np.lexsort((-reduced, -self.shares, ~np.isin(self.teams.case, self.master.owed)))
        for at in order[:, None]:
            team = self.teams[at]
            if board.teams.case[team.case] < 0 and len(board.fits(team)):
                board.give(team)
        return board

    def at_least(self, begun: Teams) -> None:
        if self.board.value() < begun.value():
            self.board = Board(self.market)
            self.board.give(begun)

    def settle(self, until: float) -> None:
        """Solve for those cases that the relaxation leaves open, if they are not too many."""
        unsure = np.setdiff1d(np.arange(len(self.board.teams)), self.teams.case[self.shares > SURE])
        if len(unsure) <= MOST:
            self._improve(unsure, (until - monotonic()) / 2)

    def widen(self, until: float, enough: float) -> None:
        """Neighbourhoods around those cases that lose most against the prices, ever larger ones."""
        cases = len(self.board.teams)
        done, size, failed = np.zeros(cases, dtype=bool), TOGETHER, 0
        while monotonic() < until and size < min(2 * MOST, cases) and self.board.value()[0] < enough:
            seed = int(np.argmax(np.where(done, -np.inf, self._loss())))
            around = np.argsort(-self.near[[seed]].dot(self.near.T).toarray().ravel(), kind="stable")[:size]
            better = self._improve(np.union1d(around, [seed]), min(SECONDS, until - monotonic()))
            done[around] &= not better
            done[seed], failed = True, 0 if better else failed + 1
            if failed == PATIENCE or done.all():
                done, size, failed = np.zeros(cases, dtype=bool), size * WIDER, 0

    def _loss(self) -> Numbers:
        """By case: what its team falls short of at the prices; boundless without one."""
        loss = np.full(len(self.board.teams), np.inf)
        loss[self.board.has] = -self.prices.reduced(self.board.teams[self.board.has])
        loss[self.market.problem.places == 0] = -np.inf
        return loss

    def _improve(self, cases: Indexes, seconds: float) -> bool:
        """Give these cases the best teams that the others leave; whether that was better than what they had."""
        had = self.board.take(cases)
        known = self.board.fits(self.teams[np.isin(self.teams.case, cases)])
        others = self.market.attractive(self.prices, cases=cases, among=self.board.free, least=-np.inf)
        choice = Teams.of([had, known, others])
        taken = self.master.best_beside(self.board.busy, choice, Goal(self.one, 0), seconds).taken
        found = choice[taken] if taken is not None else had
        better = found.value() > tuple(np.add(had.value(), (0, TOLERANCE)))
        self.board.give(found if better else had)
        return better


def _competition(teams: Teams, cases: int, advisors: int) -> sparse.csr_array:
    """Cases × advisors: in how many of the case's teams they are, as a share."""
    team, seat = np.nonzero(teams.members >= 0)
    case = teams.case[team]
    share = 1 / np.bincount(case, minlength=cases)[case]
    return sparse.csr_array((share, (case, teams.members[team, seat])), shape=(cases, advisors))
