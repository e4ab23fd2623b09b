"""What the page of a case suggests: whole teams, single people, and who can't."""

from collections import Counter
from dataclasses import dataclass

from requests.models import ConsultationRequest

from .. import matching
from ..models import Advisor

FIRST = 12
MOST = 500
"""A pool may have thousands; nobody reads on, and who looks for somebody in particular finds them in their list."""


@dataclass(frozen=True)
class SuggestedTeam:
    people: list[Advisor]
    team: matching.Team


@dataclass(frozen=True)
class Suggested:
    teams: list[SuggestedTeam]
    single: list[matching.Suggestion]
    more: int  # who fit and are not shown
    excluded: list[matching.Suggestion]
    number_excluded: int
    reasons: list[tuple[str, int]]
    """What excludes how many, the most frequent first."""

    @property
    def people(self) -> int:
        """Whose records the page shows."""
        in_teams = {advisor for suggestion in self.teams for advisor in suggestion.people}
        single = {suggestion.advisor for suggestion in self.single}
        return len(in_teams | single) + len(self.excluded)


def suggested_for(consultation: ConsultationRequest, *, everybody: bool) -> Suggested:
    """`everybody`: as many as a page can hold, not only the best."""
    ranking = matching.rank(consultation)
    shown = ranking.order[: MOST if everybody else FIRST]
    reasons = Counter({must.label: int(fails.sum()) for must, fails in zip(matching.MUST, ranking.fails, strict=True)})
    return Suggested(
        teams=_teams(ranking),
        single=ranking.suggestions(shown),
        more=len(ranking.order) - len(shown),
        excluded=ranking.exclusions(ranking.excluded[:MOST]),
        number_excluded=len(ranking.excluded),
        reasons=[(label, number) for label, number in reasons.most_common() if number],
    )


def _teams(ranking: matching.Ranking) -> list[SuggestedTeam]:
    """Where one place is free the list of single people says it all."""
    if ranking.match.case.places < 2:
        return []
    teams = matching.best_teams(ranking, most=3)
    people = ranking.people({who for team in teams for who in team.people})
    return [SuggestedTeam([people[who] for who in team.people], team) for team in teams]
