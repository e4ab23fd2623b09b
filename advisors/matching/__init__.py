"""Who fits a case, and why.

`criteria` is the table of rules, `pool` and `cases` read what it looks at, `ranking` puts single people in order,
`teams` puts people together. Nothing here writes.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from requests.models import ConsultationRequest, Municipality

from ..models import Advisor
from .cases import Case, asked_elsewhere, read_cases
from .criteria import ASKED_BEFORE, FOR_GOOD, MUST, SHOULD, Match, Must
from .hindsight import Hindsight, look_back
from .pool import Pool, great_circles_km, read_pool
from .ranking import SHIPPED, Ranking, Suggestion, Weights, read_weights, shares_of
from .teams import Covered, Team, TeamSearch, read_good_teams

__all__ = [
    "MUST",
    "SHIPPED",
    "SHOULD",
    "Case",
    "Covered",
    "Hindsight",
    "Pool",
    "Ranking",
    "Suggestion",
    "Team",
    "TeamSearch",
    "Weights",
    "asked_elsewhere",
    "bars",
    "best_teams",
    "distance_km",
    "fitting",
    "look_back",
    "obstacles",
    "rank",
    "read_cases",
    "read_pool",
    "read_weights",
    "shares_of",
    "suggest",
]


def rank(consultation: ConsultationRequest) -> Ranking:
    """All advisors before this case. A constant number of queries."""
    (case,) = read_cases([consultation])
    case = replace(case, asked_elsewhere=asked_elsewhere(consultation))
    pool = read_pool()
    team = [pool.position[key] for key in case.team if key in pool.position]
    good_teams = _with(team, read_good_teams(pool)) if team else frozenset()
    return Ranking(Match(case, pool, good_teams), read_weights())


def _with(team: Collection[int], pairs: Iterable[frozenset[int]]) -> frozenset[frozenset[int]]:
    return frozenset(pair for pair in pairs if not pair.isdisjoint(team))


def suggest(consultation: ConsultationRequest) -> tuple[list[Suggestion], list[Suggestion]]:
    """Everybody who fits, best first, and everybody who can't, with the reason."""
    ranking = rank(consultation)
    return ranking.suggestions(ranking.order), ranking.exclusions(ranking.excluded)


def best_teams(ranking: Ranking, *, most: int = 5) -> list[Team]:
    """For the free places. One query more."""
    everybody = [*ranking.order, *ranking.match.team]
    return TeamSearch(ranking, read_good_teams(ranking.match.pool, everybody)).best(most)


def fitting(consultation: ConsultationRequest, advisors: Iterable[int]) -> list[Suggestion]:
    """Those of these advisors (by key) who fit, best first."""
    wanted = set(advisors)
    ranking = rank(consultation)
    return ranking.suggestions(who for who in ranking.order if int(ranking.match.pool.keys[who]) in wanted)


def obstacles(
    consultation: ConsultationRequest, advisors: Collection[int], *, but: Must | None = ASKED_BEFORE
) -> dict[Advisor, str]:
    """Why some of these advisors (by key) cannot be asked now; as it stands, whether or not they were asked already."""
    ranking = _of(consultation, advisors)
    position = ranking.match.pool.position
    people = ranking.people(position[key] for key in advisors if key in position)
    found = {advisor: "; ".join(ranking.why_not(who, but=but)) for who, advisor in people.items()}
    return {advisor: whys for advisor, whys in found.items() if whys}


def bars(consultation: ConsultationRequest, advisor: Advisor) -> bool:
    """Whether the advisor must not have this case, however much they wish to."""
    match = _of(consultation, [advisor.pk]).match
    return any(must.fails(match)[match.pool.position[advisor.pk]] for must in FOR_GOOD)


def _of(consultation: ConsultationRequest, advisors: Collection[int]) -> Ranking:
    """Only these, and who was asked for it already."""
    (case,) = read_cases([consultation])
    pool = read_pool(Advisor.objects.filter(pk__in=[*advisors, *case.asked]))
    return Ranking(Match(case, pool), SHIPPED)


def distance_km(a: Municipality, b: Municipality) -> float:
    """Between the centres of two municipalities."""
    return float(great_circles_km(np.array(a.latitude), np.array(a.longitude), b.latitude, b.longitude))
