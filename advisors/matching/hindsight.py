"""How the last cases would have been ranked with other weights.

Everybody who has consented is put in order by score alone. Who is away, taken or was asked already does not matter
here, or those who had the case could never be found; and nobody is in the team yet, as it was at that time. What
people know, have done and have to do is read as it is today.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from statistics import mean

import numpy as np
from django.utils import timezone

from requests.models import ConsultationRequest, Transition

from ..models import Offer
from .cases import Case, read_cases
from .criteria import Match
from .pool import Numbers, Pool, read_pool
from .ranking import Ranking, Weights, read_weights, weighed

CASES = 50
FIRST = 5
"""So many people fit on a screen: who is further down is hardly looked at."""


@dataclass(frozen=True)
class Person:
    """Somebody who accepted, and their place with today's weights and with others."""

    name: str
    today: int
    then: int


@dataclass(frozen=True)
class PastCase:
    case: Case
    reference: str
    staffed_on: date
    people: tuple[Person, ...]


@dataclass(frozen=True)
class Hindsight:
    cases: tuple[PastCase, ...]
    compared: int  # people who were put in order

    @property
    def people(self) -> list[Person]:
        return [person for case in self.cases for person in case.people]

    @property
    def mean_today(self) -> float:
        return mean(person.today for person in self.people)

    @property
    def mean_then(self) -> float:
        return mean(person.then for person in self.people)

    @property
    def first_today(self) -> int:
        return sum(person.today <= FIRST for person in self.people)

    @property
    def first_then(self) -> int:
        return sum(person.then <= FIRST for person in self.people)


def look_back(weights: Weights) -> Hindsight:
    """The last cases that found a team, the newest first. A constant number of queries."""
    staffed = _last_staffed()
    found = ConsultationRequest.objects.filter(pk__in=staffed)
    references = dict(found.values_list("pk", "reference"))
    pool, today = read_pool(), read_weights()
    cases = sorted(read_cases(found), key=lambda case: staffed[case.key], reverse=True)
    looked_at = (
        PastCase(case, references[case.key] or "", staffed[case.key], tuple(_people(case, pool, today, weights)))
        for case in cases
    )
    return Hindsight(tuple(one for one in looked_at if one.people), int(pool.consenting.sum()))


def _last_staffed() -> dict[int, date]:
    """By case, when its team was complete last."""
    working = Offer.objects.accepted().values("consultation")
    moves = Transition.objects.filter(move="staff", consultation__in=working).order_by("-at", "-pk")
    latest: dict[int, date] = {}
    for case, at in moves.values_list("consultation", "at")[: 4 * CASES]:  # some have looked for a team again
        latest.setdefault(case, timezone.localdate(at))
    return dict(list(latest.items())[:CASES])


def _people(case: Case, pool: Pool, today: Weights, then: Weights) -> Iterator[Person]:
    """Of the team, who is still to be found in the pool."""
    scores = Ranking(Match(replace(case, team=()), pool), today).scores
    before, after = (
        np.where(pool.consenting, weighed(scores.items(), weights, size=pool.size), -1.0) for weights in (today, then)
    )
    team = [pool.position[key] for key in case.team if key in pool.position]
    for who in team:
        if pool.consenting[who]:
            yield Person(pool.names[who], _place(before, who), _place(after, who))


def _place(total: Numbers, who: int) -> int:
    """1 for the best; ties by name, as everywhere."""
    return 1 + int((total > total[who]).sum() + (total[:who] == total[who]).sum())
