"""Whole teams for a case: judged by what their people cover together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from math import comb

import numpy as np
from django.utils import timezone

from ..models import Criterion, Feedback, Offer
from .criteria import NEITHER, SHOULD, Should
from .pool import Bools, Numbers, Pool
from .ranking import ROUNDED, Ranking, shares_of

type Groups = np.ndarray[tuple[int, int], np.dtype[np.intp]]
"""Teams × places: positions in the pool."""

CANDIDATES = {1: 10_000, 2: 400, 3: 60}
"""For so many free places, so many people are put together in every way; with fewer in the pool the best is exact."""
REMEMBERED = timedelta(days=3 * 365)


def read_good_teams(pool: Pool, positions: Iterable[int] | None = None) -> frozenset[frozenset[int]]:
    """Pairs (of these positions) who had a case together with which the municipality was content. One query."""
    offers = Offer.objects.accepted().filter(
        consultation__feedback__satisfaction__gte=Feedback.Satisfaction.RATHER,
        answered_at__gte=timezone.now() - REMEMBERED,
    )
    if positions is not None:
        offers = offers.filter(advisor__in=[int(pool.keys[who]) for who in positions])
    teams: dict[int, list[int]] = defaultdict(list)
    for case, advisor in offers.order_by().values_list("consultation", "advisor"):
        if advisor in pool.position:
            teams[case].append(pool.position[advisor])
    return frozenset(frozenset(pair) for team in teams.values() for pair in combinations(team, 2))


def pairs_among(people: int) -> int:
    """At least one, so that whoever works alone is not divided by none."""
    return max(comb(people, 2), 1)


@dataclass(frozen=True)
class Covered:
    """One thing that is wanted, and who of the team has it."""

    name: str
    by: tuple[str, ...]  # names, who has it best first


@dataclass(frozen=True)
class Team:
    """People for the free places, together with those who have accepted."""

    people: tuple[int, ...]  # positions of those who would be asked
    score: float  # of the whole team, in [0, 1]
    covered: list[Covered]
    experienced: bool  # somebody in it has ended a case before

    @property
    def missing(self) -> list[Covered]:
        return [part for part in self.covered if not part.by]


@dataclass(frozen=True)
class TeamSearch:
    ranking: Ranking
    good_teams: frozenset[frozenset[int]]

    def best(self, most: int = 5) -> list[Team]:
        """The best teams for the free places, best first. Teams of new people alone only where nobody else is left."""
        groups = self._allowed(self._groups())
        scores = self.scores(groups)
        first = np.argsort(-scores, kind="stable")[:most]
        return [self._team(tuple(map(int, groups[one])), float(scores[one])) for one in first]

    def _groups(self) -> Groups:
        """Every way to fill the places from the candidates, in the order of the ranking so that ties are stable."""
        places = min(self.ranking.match.case.places, max(CANDIDATES))
        people = self._candidates(CANDIDATES.get(places, 0))
        if places < 1 or len(people) < places:
            return np.empty((0, max(places, 1)), np.intp)
        return np.array(list(combinations(people, places)), np.intp)

    def _candidates(self, most: int) -> list[int]:
        """The best by themselves; where that leaves somebody out, half of the room is for who covers a part best."""
        order = self.ranking.order
        if len(order) <= most:
            return [int(who) for who in order]
        chosen = set(order[: most // 2].tolist())
        parts = [part for should in SHOULD if should.shared for part in should.parts(self.ranking.match)]
        for part in parts:
            best = order[np.argsort(-part[order], kind="stable")]
            chosen.update(best[: most // 2 // len(parts)].tolist())
        return [int(who) for who in order if who in chosen]

    def _allowed(self, groups: Groups) -> Groups:
        groups = groups[~self._meet_apart(groups)]
        led = self._led(groups)
        return groups[led] if led.any() else groups

    def _meet_apart(self, groups: Groups) -> Bools:
        apart = np.zeros(len(groups), bool)
        for one, others in self.ranking.match.pool.apart.items():
            apart |= (groups == one).any(axis=1) & np.isin(groups, others).any(axis=1)
        return apart

    def _led(self, groups: Groups) -> Bools:
        """Whether somebody with experience is in it. Who works alone needs nobody."""
        experienced = self.ranking.match.pool.experienced
        if self.ranking.match.case.team_size == 1 or experienced[self.ranking.match.team].any():
            return np.ones(len(groups), bool)
        led: Bools = experienced[groups].any(axis=1)
        return led

    def scores(self, groups: Groups) -> Numbers:
        """Of whole teams, those who have accepted included."""
        shares = shares_of(self.ranking.weights)
        total = np.zeros(len(groups))
        for should in SHOULD:
            score = self._together(groups) if should.criterion == Criterion.TOGETHER else self._score(should, groups)
            total += shares[should.criterion] * score
        return np.round(total, ROUNDED)

    def _score(self, should: Should, groups: Groups) -> Numbers:
        """What is shared counts as the best of the team has it, the rest on average of who is new in it."""
        parts = should.parts(self.ranking.match)
        chosen = parts[:, groups]  # parts × teams × places
        if not should.shared:
            score: Numbers = chosen.mean(axis=(0, 2))
            return score
        already = parts[:, self.ranking.match.team].max(axis=1, initial=0.0)
        covered: Numbers = np.maximum(chosen.max(axis=2, initial=0.0), already[:, np.newaxis]).mean(axis=0)
        return covered

    def _together(self, groups: Groups) -> Numbers:
        """One half without a past together, 1 where everybody has worked well with everybody."""
        team = self.ranking.match.team
        number = pairs_among(len(team) + groups.shape[1])
        good = np.zeros(len(groups))
        for one, other in map(sorted, self.good_teams):
            has_one = (groups == one).any(axis=1) | (one in team)
            has_other = (groups == other).any(axis=1) | (other in team)
            good += has_one & has_other
        return NEITHER + (1 - NEITHER) * good / number

    def _team(self, people: Sequence[int], score: float) -> Team:
        match = self.ranking.match
        everybody = [*people, *match.team]
        return Team(
            tuple(people), score, self.coverage(everybody), experienced=bool(match.pool.experienced[everybody].any())
        )

    def coverage(self, everybody: Sequence[int]) -> list[Covered]:
        case, pool = self.ranking.match.case, self.ranking.match.pool
        wanted = (
            (case.topics, pool.topics),
            (case.regions, pool.regions),
            (case.languages, pool.languages),
            (case.formats, pool.formats),
        )
        return [
            Covered(name, tuple(pool.names[who] for who in _best_first(skills.of(term), everybody)))
            for terms, skills in wanted
            for term, name in terms.items()
        ]


def _best_first(levels: Numbers, people: Sequence[int]) -> list[int]:
    return sorted((who for who in people if levels[who]), key=lambda who: -levels[who])
