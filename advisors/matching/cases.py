"""What matching needs to know of cases that look for their team."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from requests.models import ConsultationRequest, Municipality

from ..models import VOID, Offer


@dataclass(frozen=True)
class Case:
    """Read once. Terms are {key: name}."""

    key: int
    reference: str
    municipality: Municipality
    on_site: bool
    online: bool
    topics: dict[int, str]
    regions: dict[int, str]
    languages: dict[int, str]
    formats: dict[int, str]
    concerned: frozenset[str]  # keys of all municipalities that ask together
    today: date
    begins_on: date  # of the wished period, today at the earliest
    ends_on: date
    team_size: int
    asked: dict[int, str] = field(default_factory=dict)  # advisor → state of the last offer for this case
    team: tuple[int, ...] = ()  # advisors who have accepted
    asked_elsewhere: dict[int, str] = field(default_factory=dict)  # see `asked_elsewhere`

    @property
    def places(self) -> int:
        return self.team_size - len(self.team)


def read_cases(consultations: Iterable[ConsultationRequest] | QuerySet[ConsultationRequest]) -> list[Case]:
    """In the given order. 8 queries for a queryset, however many."""
    if isinstance(consultations, QuerySet):
        consultations = consultations.select_related("municipality").prefetch_related(
            "topics", "regions", "languages", "formats", "co_municipalities"
        )
    found = list(consultations)
    asked: dict[int, dict[int, str]] = defaultdict(dict)
    team: dict[int, list[int]] = defaultdict(list)
    offers = Offer.objects.filter(consultation__in=found).order_by("created_at", "pk").annotate(is_void=VOID)
    for case, advisor, state, is_void in offers.values_list("consultation", "advisor", "state", "is_void"):
        asked[case][advisor] = state
        if state == Offer.State.ACCEPTED and not is_void:
            team[case].append(advisor)
    return [_case(one, asked[one.pk], team[one.pk]) for one in found]


def _case(consultation: ConsultationRequest, asked: dict[int, str], team: list[int]) -> Case:
    assert consultation.municipality is not None  # a constraint of every filed request
    place = consultation.Place
    partners = [partner.pk for partner in consultation.co_municipalities.all()]
    today = timezone.localdate()
    begins_on = max(consultation.wished_from or today, today)
    return Case(
        key=consultation.pk,
        reference=consultation.reference or "",
        municipality=consultation.municipality,
        on_site=consultation.place != place.ONLINE,
        online=consultation.place != place.ON_SITE,
        topics=_terms(consultation.topics.all()),
        regions=_terms(consultation.regions.all()),
        languages=_terms(consultation.languages.all()),
        formats=_terms(consultation.formats.all()),
        concerned=frozenset([consultation.municipality.pk, *partners]),
        today=today,
        begins_on=begins_on,
        ends_on=max(consultation.wished_until or begins_on, begins_on),
        team_size=consultation.team_size,
        asked=asked,
        team=tuple(team),
    )


def _terms(terms: Iterable[object]) -> dict[int, str]:
    return {term.pk: str(term) for term in terms}  # type: ignore[attr-defined]


def asked_elsewhere(consultation: ConsultationRequest) -> dict[int, str]:
    """By advisor: whether other cases of the municipality were offered to them, and what became of that. One query."""
    assert consultation.municipality is not None
    sent = Offer.objects.filter(consultation__municipality=consultation.municipality_id).exclude(sent_at=None)
    past = sent.exclude(consultation=consultation).order_by("sent_at", "pk")
    told = defaultdict(list)
    for advisor, state, sent_at, answered_at in past.values_list("advisor", "state", "sent_at", "answered_at"):
        year = timezone.localtime(answered_at or sent_at).year
        told[advisor].append(f"{year} {Offer.State(state).label}")
    place = consultation.municipality.accusative
    return {advisor: f"für {place} schon gefragt: {', '.join(answers)}" for advisor, answers in told.items()}
