"""Better plans by solving again, exactly, what lies together: large neighbourhood search (Shaw 1998).

For hundreds of cases a program over all of them takes long to find any plan. The relaxation settles most of them; the
others are solved first (Berthold 2014). Then cases that compete for the same people are freed together, everything
else stays, and the best teams for these are chosen anew.
"""

from time import monotonic

import numpy as np
from scipy import sparse

from .master import Goal, Master, Relaxed
from .teams import Indexes, Numbers, Teams

TOGETHER = 80  # cases that are solved again at once, to begin with
PATIENCE, WIDER = 5, 2  # after so many that were not improved, so many times as large
SECONDS = 4.0  # for them
SURE = 0.99  # share of a team in the relaxation that settles its case
TOLERANCE = 1e-6  # of worth, below which nothing is better


class _Board:
    """Which of the teams each case has (−1 for none), and how many cases everybody has."""

    def __init__(self, master: Master, teams: Teams) -> None:
        self.master, self.teams = master, teams
        self.has = np.full(len(master.problem.places), -1)
        self.busy = np.zeros_like(master.problem.capacity)

    def possible(self, teams: Indexes) -> Indexes:
        """Those of these teams whose members all have time."""
        there = np.concatenate(
            [self.busy < self.master.problem.capacity, [True]]
        )  # the last stands for a place that is not taken
        found: Indexes = teams[there[self.teams.members[teams]].all(axis=1)]
        return found

    def give(self, teams: Indexes) -> None:
        self.has[self.teams.case[teams]] = teams
        self._spend(teams, 1)

    def free(self, cases: Indexes) -> Indexes:
        """Take away the teams that these cases have."""
        teams: Indexes = self.has[cases][self.has[cases] >= 0]
        self.has[cases] = -1
        self._spend(teams, -1)
        return teams

    def _spend(self, teams: Indexes, times: int) -> None:
        members = self.teams.members[teams]
        np.add.at(self.busy, members[members >= 0], times)

    def value(self, teams: Indexes | None = None) -> tuple[int, float]:
        """Full teams and worth, of these teams or of all that cases have."""
        teams = self.has[self.has >= 0] if teams is None else teams
        return int(self.teams.full[teams].sum()), float(self.teams.worth[teams].sum())


def polished(
    master: Master, teams: Teams, relaxed: Relaxed, begun: Teams, *, until: float, enough: float = np.inf
) -> Teams:
    """A plan at least as good as the one begun: one of these teams that no neighbourhood improves any more.

    Or one with enough full teams, or the best when time is up.
    """
    shares = np.pad(relaxed.shares, (0, len(teams) + len(begun) - len(relaxed.shares)))  # some have come since
    teams = Teams.of([teams, begun])
    reduced = relaxed.prices.reduced(teams)
    board, other = _Board(master, teams), _rounded(master, teams, shares, reduced)
    board.give(np.arange(len(teams) - len(begun), len(teams)))
    if other.value() > board.value():
        board = other
    unsure = np.setdiff1d(np.arange(len(board.has)), teams.case[shares > SURE])
    _improved(board, unsure, until, (until - monotonic()) / 2)
    near = _competition(teams, *master.problem.possible.shape)
    without = np.bincount(teams.case, minlength=len(board.has)) == 0
    done, size, failed = without.copy(), TOGETHER, 0
    while monotonic() < until and size < len(board.has) and board.value()[0] < enough:
        loss = -np.append(reduced, -np.inf)[board.has]  # boundless without a team
        seed = int(np.argmax(np.where(done, -np.inf, loss)))
        cases = np.argsort(-near[[seed]].dot(near.T).toarray().ravel(), kind="stable")[:size]
        better = _improved(board, cases, until, SECONDS)
        done[cases] &= without[cases] | (not better)
        done[seed], failed = True, 0 if better else failed + 1
        if failed == PATIENCE or done.all():
            done, size, failed = without.copy(), int(size * WIDER), 0
    return teams[board.has[board.has >= 0]]


def _rounded(master: Master, teams: Teams, shares: Numbers, reduced: Numbers) -> _Board:
    """Team by team: those owed, then by share in the relaxation, then at prices that know what others would give."""
    board = _Board(master, teams)
    for team in np.lexsort((-reduced, -shares, ~np.isin(teams.case, master.owed)))[:, None]:
        if board.has[teams.case[team]] < 0 and len(board.possible(team)):
            board.give(team)
    return board


def _competition(teams: Teams, cases: int, advisors: int) -> sparse.csr_array:
    """Cases × advisors: in how many of the case's teams they are, as a share."""
    team, seat = np.nonzero(teams.members >= 0)
    case = teams.case[team]
    share = 1 / np.bincount(case, minlength=cases)[case]
    return sparse.csr_array((share, (case, teams.members[team, seat])), shape=(cases, advisors))


def _improved(board: _Board, cases: Indexes, until: float, seconds: float) -> bool:
    """Give these cases the best teams that the others leave; whether that was better than what they had."""
    had = board.free(cases)
    there = board.possible(np.flatnonzero(np.isin(board.teams.case, cases)))
    goal = Goal(one=2 * float(board.teams.worth.max(initial=1.0)), full=0)
    seconds = min(seconds, until - monotonic())
    taken = board.master.best_beside(board.busy, board.teams[there], goal, seconds).taken
    better = taken is not None and board.value(there[taken]) > tuple(np.add(board.value(had), (0, TOLERANCE)))
    board.give(there[taken] if better and taken is not None else had)
    return better
