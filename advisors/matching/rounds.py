"""All cases that look for their team at once, as a problem for the solver.

What a plan is worth is what `teams` says of its teams: a full team adds exactly its score to the total.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from requests.models import ConsultationRequest
from requests.models import State as CaseState

from ..models import Criterion, Offer
from ..solver import Need, Problem
from .cases import Case, read_cases
from .criteria import NEITHER, SHOULD, Match
from .pool import Bools, Numbers, Pool, counts, read_pool
from .ranking import Ranking, read_weights, shares_of
from .teams import TeamSearch, pairs_among, read_good_teams

type Pair = tuple[int, int]  # keys of a case and an advisor


@dataclass(frozen=True)
class World:
    """What a round is planned with. Who has been asked for a case counts in it as if they had accepted."""

    pool: Pool
    searches: dict[int, TeamSearch]
    """By the key of the case, in the order in which the cases came."""
    free: NDArray[np.int_]
    """By advisor: how many more cases they can be asked for, less what they were asked or noted for already."""

    @cached_property
    def open(self) -> list[int]:
        """Keys of the cases with places for which nobody has been asked."""
        return [key for key, search in self.searches.items() if search.ranking.match.case.places > 0]

    def has_asked(self, case: int, advisor: int) -> bool:
        """Whether the advisor is in this team already: noted, asked or accepted."""
        return advisor in self.searches[case].ranking.match.case.team

    def possible(self, case: int) -> Bools:
        possible: Bools = ~self.searches[case].ranking.barred & (self.free > 0)
        return possible

    def why_not(self, case: int, advisor: int) -> str:
        """Why the advisor can't have the case now, in a sentence; empty when nothing speaks against it."""
        who = self.pool.position.get(advisor)
        if who is None:
            return "nicht mehr im Pool"
        reasons = self.searches[case].ranking.why_not(who)
        if not reasons and self.free[who] < 1:
            reasons = ["schon für so viele Fälle angefragt oder vorgemerkt, wie Einsätze frei sind"]
        return "; ".join(reasons)

    def best(self, case: int, most: int) -> list[int]:
        """Keys of those who could have the case, best first."""
        order, possible = self.searches[case].ranking.order, self.possible(case)
        return [int(self.pool.keys[who]) for who in order[possible[order]][:most]]


def read_world(consultations: QuerySet[ConsultationRequest] | None = None) -> World:
    """All cases that search, or those of them in the queryset. A constant number of queries."""
    if consultations is None:
        consultations = ConsultationRequest.objects.all()
    searching = consultations.filter(state=CaseState.SEARCHING).order_by("submitted_at", "pk")
    pool, weights = read_pool(), read_weights()
    good_teams = read_good_teams(pool)
    return World(
        pool,
        {
            case.key: TeamSearch(Ranking(Match(case, pool, good_teams), weights), good_teams)
            for case in map(_with_asked, read_cases(searching))
        },
        _free(pool),
    )


def _with_asked(case: Case) -> Case:
    """Most of them will accept, and nobody is planned beside somebody with whom they cannot work."""
    asked = [advisor for advisor, state in case.asked.items() if state in Offer.UNANSWERED]
    return replace(case, team=(*case.team, *asked))


def _free(pool: Pool) -> NDArray[np.int_]:
    """Who wants fewer requests gets one at a time."""
    unanswered = Offer.objects.filter(state__in=Offer.UNANSWERED, consultation__state=CaseState.SEARCHING)
    free = np.where(pool.wants_fewer, np.minimum(pool.capacity - pool.load, 1), pool.capacity - pool.load)
    return np.maximum(free - counts(unanswered, pool.index), 0).astype(int)


# --- The problem -------------------------------------------------------------------------------------


def problem_of(
    world: World, *, per_person: int, pinned: Collection[Pair] = (), forbidden: Collection[Pair] = ()
) -> Problem:
    """Of the cases in `world.open`, in their order. `pinned` and `forbidden` name advisors and cases of this world."""
    searches = [world.searches[key] for key in world.open]
    cases, position = {key: number for number, key in enumerate(world.open)}, world.pool.position
    possible = np.array([world.possible(key) for key in world.open], bool).reshape(len(cases), world.pool.size)
    for case, advisor in forbidden:
        possible[cases[case], position[advisor]] = False
    skills: dict[bytes, int] = {}
    needs = tuple(need for number, search in enumerate(searches) for need in _needs(number, search, skills))
    return Problem(
        places=np.array([search.ranking.match.case.places for search in searches], int),
        possible=possible,
        worth=np.array([_own(search) for search in searches]).reshape(possible.shape),
        levels=np.array([np.frombuffer(levels) for levels in skills]).reshape(len(skills), world.pool.size),
        capacity=np.minimum(world.free, per_person),
        experienced=world.pool.experienced,
        led=np.array([_is_led(*each, world.pool) for each in zip(searches, possible, strict=True)], bool),
        needs=needs,
        apart=tuple((one, other) for one, others in world.pool.apart.items() for other in others),
        together=_together(searches),
        pairing=np.array([1 / _pairs(search) for search in searches], float),
        pinned=tuple((cases[case], position[advisor]) for case, advisor in pinned),
    )


def _is_led(search: TeamSearch, possible: Bools, pool: Pool) -> bool:
    """Whether a team of new people would do: somebody leads it already, or nobody could."""
    match = search.ranking.match
    alone = match.case.team_size == 1
    return bool(alone or pool.experienced[match.team].any() or not (possible & pool.experienced).any())


def _needs(number: int, search: TeamSearch, skills: dict[bytes, int]) -> Iterator[Need]:
    """What the team covers together. `skills` gets the levels of everybody, once for all cases that want the same."""
    match, shares = search.ranking.match, shares_of(search.ranking.weights)
    for should in SHOULD:
        if should.shared:
            parts = should.parts(match).astype(float)
            for levels in parts:
                skill = skills.setdefault(levels.tobytes(), len(skills))
                covered = float(levels[match.team].max(initial=0.0))
                yield Need(number, skill, shares[should.criterion] / len(parts), covered)


def _own(search: TeamSearch) -> Numbers:
    """By advisor: what they add by themselves, the mean over the places that are free."""
    ranking, shares = search.ranking, shares_of(search.ranking.weights)
    places = ranking.match.case.places
    own = np.zeros(ranking.match.pool.size)
    for should in SHOULD:
        if not should.shared and should.criterion != Criterion.TOGETHER:
            own += shares[should.criterion] * ranking.scores[should.criterion] / places
    return own + shares[Criterion.TOGETHER] * _with_team(search, places)


def _with_team(search: TeamSearch, places: int) -> Numbers:
    """One half without a past together; the rest is shared by the pairs who worked well, here those with the team."""
    match = search.ranking.match
    each = (1 - NEITHER) / _pairs(search)
    team = set(match.team)
    known = each * sum(pair <= team for pair in search.good_teams)
    with_team = np.full(match.pool.size, (NEITHER + known) / places)
    for pair in search.good_teams:
        if len(pair & team) == 1:
            with_team[list(pair - team)] += each
    return with_team


def _together(searches: list[TeamSearch]) -> tuple[tuple[int, int, float], ...]:
    """Pairs who are both still to be found."""
    if not searches:
        return ()
    bonus = (1 - NEITHER) * shares_of(searches[0].ranking.weights)[Criterion.TOGETHER]
    return tuple((one, other, bonus) for one, other in sorted(map(sorted, searches[0].good_teams)))


def _pairs(search: TeamSearch) -> int:
    match = search.ranking.match
    return pairs_among(len(match.team) + match.case.places)
