"""All advisors in the order in which they fit a case, and why some can't have it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..models import Advisor, Criterion, CriterionWeight, Offer
from .criteria import MUST, SHOULD, Match, Must
from .pool import Bools, Numbers, Positions

type Weights = Mapping[Criterion, float]

SHIPPED: Weights = {should.criterion: should.weight for should in SHOULD}
ROUNDED = 9  # decimals: what differs by less is a tie


@dataclass
class Suggestion:
    """One advisor for a case: a score in [0, 1] and what speaks for it, or why they are excluded."""

    advisor: Advisor
    score: float = 0.0
    reasons: list[str] = field(default_factory=list)
    excluded: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    """{criterion: score}"""


def read_weights() -> Weights:
    """As the desk has set them, the shipped ones for the rest. One query."""
    own = dict(CriterionWeight.objects.values_list("criterion", "weight"))
    return {criterion: float(own.get(criterion, weight)) for criterion, weight in SHIPPED.items()}


def shares_of(weights: Weights) -> dict[Criterion, float]:
    """What part of a score each criterion makes, 1 in all; nothing at all while every weight is zero."""
    total = sum(weights.values())
    return {criterion: weight / total if total else 0.0 for criterion, weight in weights.items()}


def weighed(scores: Iterable[tuple[Criterion, Numbers]], weights: Weights, *, size: int) -> Numbers:
    """The weighted mean of all criteria, by advisor. Summed up one by one: to keep them all costs more than to add."""
    shares = shares_of(weights)
    total = np.zeros(size)
    for criterion, score in scores:
        total += shares[criterion] * score
    return np.round(total, ROUNDED, out=total)


@dataclass(frozen=True)
class Ranking:
    """A match with weights. Nothing is worked out before somebody asks."""

    match: Match
    weights: Weights

    @cached_property
    def fails(self) -> list[Bools]:
        """By MUST: who violates it."""
        return [must.fails(self.match) for must in MUST]

    @cached_property
    def barred(self) -> Bools:
        """Who violates any of them."""
        barred = np.zeros(self.match.pool.size, bool)
        for fails in self.fails:
            barred |= fails
        return barred

    @cached_property
    def scores(self) -> dict[Criterion, Numbers]:
        return {should.criterion: should.score(self.match) for should in SHOULD}

    @cached_property
    def total(self) -> Numbers:
        """The weighted mean of all criteria, by advisor, whether or not they can have the case."""
        scores = ((should.criterion, should.score(self.match)) for should in SHOULD)
        return weighed(scores, self.weights, size=self.match.pool.size)

    @cached_property
    def order(self) -> Positions:
        """Who can have the case, best first; ties by name."""
        fitting = np.flatnonzero(~self.barred)
        best_first: Positions = fitting[np.argsort(-self.total[fitting], kind="stable")]
        return best_first

    @cached_property
    def excluded(self) -> Positions:
        return np.flatnonzero(self.barred)

    def why_not(self, who: int, *, but: Must | None = None) -> list[str]:
        """Every reason, in the order of the table."""
        return [
            must.why(self.match, who)
            for must, fails in zip(MUST, self.fails, strict=True)
            if fails[who] and must is not but
        ]

    def reasons(self, who: int) -> list[str]:
        return [sentence for should in SHOULD if (sentence := should.says(self.match, who))] + self._before(who)

    def _before(self, who: int) -> list[str]:
        """That the person was asked before, for this case or this municipality, which neither excludes nor counts."""
        key, case = int(self.match.pool.keys[who]), self.match.case
        state = case.asked.get(key)
        here = f"früheres Angebot für diesen Fall: {Offer.State(state).label}" if state else ""
        return [*filter(None, (here, case.asked_elsewhere.get(key)))]

    def scores_of(self, who: int) -> dict[str, float]:
        return {criterion.value: round(float(scores[who]), 3) for criterion, scores in self.scores.items()}

    def suggestions(self, positions: Iterable[int]) -> list[Suggestion]:
        people = self.people(positions)
        return [
            Suggestion(advisor, float(self.total[who]), self.reasons(who), scores=self.scores_of(who))
            for who, advisor in people.items()
        ]

    def exclusions(self, positions: Iterable[int]) -> list[Suggestion]:
        return [Suggestion(advisor, excluded=self.why_not(who)[0]) for who, advisor in self.people(positions).items()]

    def people(self, positions: Iterable[int]) -> dict[int, Advisor]:
        keys = {int(who): int(self.match.pool.keys[who]) for who in positions}
        found = Advisor.objects.in_bulk(keys.values())
        return {who: found[key] for who, key in keys.items() if key in found}
