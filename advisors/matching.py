"""Who fits a case, and why. One table of criteria; each gives a verdict that can be said to anybody.

What a person can't do (MUST) excludes with its reason; what speaks for a person (SHOULD) earns a score in
[0, 1] and a sentence. Origin plays no part: advisors have no such field.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt

from django.db.models import Max, QuerySet
from django.utils import timezone

from requests.models import ConsultationRequest, Municipality, Region

from .models import Advisor, Offer, Purpose

EARTH_RADIUS_KM = 6371.0
FEWER = timedelta(days=90)  # who wants fewer requests gets one in this time


@dataclass(frozen=True)
class Case:
    """What matching needs to know of a request, read once."""

    municipality: Municipality
    on_site: bool
    online: bool
    topics: dict[int, str]
    regions: dict[int, str]
    languages: dict[int, str]
    formats: dict[int, str]
    concerned: frozenset[str]  # keys of all municipalities that ask together
    asked: dict[int, str]  # advisor → state of the last offer for this case
    today: date
    begins_on: date  # of the wished period, today at the earliest
    ends_on: date
    asked_elsewhere: dict[int, str]  # advisor → what became of earlier offers for the municipality


@dataclass(frozen=True)
class Candidate:
    """An advisor with everything the criteria look at."""

    advisor: Advisor
    topics: frozenset[int]
    regions: frozenset[int]  # countries count for their world region too
    languages: frozenset[int]
    formats: frozenset[int]
    biased_for: frozenset[str]
    load: int
    km: float
    last_asked: datetime | None  # for any case


@dataclass(frozen=True)
class Verdict:
    score: float
    sentence: str


@dataclass
class Suggestion:
    advisor: Advisor
    score: float = 0.0
    reasons: list[str] = field(default_factory=list)
    excluded: str = ""


# --- MUST: a sentence means "not possible, because" -----------------------------------------------


def _inactive(case: Case, person: Candidate) -> str:
    return "" if person.advisor.active else "zurzeit nicht aktiv"


def _no_consent(case: Case, person: Candidate) -> str:
    return "" if person.advisor.consents_to(Purpose.MATCHING) else "ohne Einwilligung in die Vermittlung"


def _asked_before(case: Case, person: Candidate) -> str:
    state = case.asked.get(person.advisor.pk)
    if state in (*Offer.LIVE, Offer.State.DECLINED, Offer.State.CANCELLED):
        word = "als Ersatz vorgemerkt" if state == Offer.State.RESERVE else Offer.State(state).label
        return f"für diesen Fall schon {word}"
    return ""


def _paused(case: Case, person: Candidate) -> str:
    """Today, or all of the time in which the municipality would like to be advised."""
    for pause in person.advisor.pauses.all():
        until = pause.ends_on or date.max
        if pause.starts_on <= case.today <= until or pause.starts_on <= case.begins_on <= case.ends_on <= until:
            begin = "" if pause.starts_on <= case.today else f"ab {pause.starts_on:%d.%m.%Y} "
            return f"macht {begin}" + (f"bis {until:%d.%m.%Y} Pause" if pause.ends_on else "bis auf Weiteres Pause")
    return ""


def _asked_lately(case: Case, person: Candidate) -> str:
    if not person.advisor.wants_fewer or person.last_asked is None or timezone.now() - person.last_asked > FEWER:
        return ""
    day = timezone.localtime(person.last_asked)
    return f"möchte höchstens alle drei Monate gefragt werden, zuletzt am {day:%d.%m.%Y}"


def _other_topics(case: Case, person: Candidate) -> str:
    """A case that names no topic may be about any."""
    wanted = {topic.pk: str(topic) for topic in person.advisor.only_topics.all()}
    if not wanted or not case.topics or wanted.keys() & case.topics.keys():
        return ""
    return f"möchte nur zu anderen Themen gefragt werden ({_and(wanted.values())})"


def _biased(case: Case, person: Candidate) -> str:
    return "befangen" if person.biased_for & case.concerned else ""


def _busy(case: Case, person: Candidate) -> str:
    free = person.advisor.capacity - person.load
    return "" if free > 0 else f"ausgelastet ({person.load} von {person.advisor.capacity} Einsätzen)"


def _out_of_reach(case: Case, person: Candidate) -> str:
    if case.on_site and person.km <= person.advisor.travel_km:
        return ""
    if case.online and person.advisor.online:
        return ""
    if not case.on_site:
        return "berät nicht online"
    return f"{person.km:.0f} km entfernt, reist bis {person.advisor.travel_km} km"


def _no_common_language(case: Case, person: Candidate) -> str:
    if not case.languages or person.languages & case.languages.keys():
        return ""
    return f"keine der Arbeitssprachen ({_and(case.languages.values())})"


def _no_wished_format(case: Case, person: Candidate) -> str:
    if not case.formats or person.formats & case.formats.keys():
        return ""
    return f"bietet keines der Formate an ({_and(case.formats.values())})"


MUST: tuple[Callable[[Case, Candidate], str], ...] = (
    _inactive,
    _no_consent,
    _paused,
    _asked_lately,
    _other_topics,
    _biased,
    _asked_before,
    _busy,
    _out_of_reach,
    _no_common_language,
    _no_wished_format,
)


# --- SHOULD: how much speaks for the person ---------------------------------------------------------


def _topics(case: Case, person: Candidate) -> Verdict:
    return _coverage(case.topics, person.topics, "Themen")


def _regions(case: Case, person: Candidate) -> Verdict:
    return _coverage(case.regions, person.regions, "Regionen")


def _languages(case: Case, person: Candidate) -> Verdict:
    return _coverage(case.languages, person.languages, "Sprachen")


def _formats(case: Case, person: Candidate) -> Verdict:
    return _coverage(case.formats, person.formats, "Formaten")


def _distance(case: Case, person: Candidate) -> Verdict:
    if not case.on_site or person.km > person.advisor.travel_km:
        return Verdict(0.5, "online")
    return Verdict(1 - 0.5 * person.km / max(person.advisor.travel_km, 1), f"{person.km:.0f} km entfernt")


def _free_capacity(case: Case, person: Candidate) -> Verdict:
    free = person.advisor.capacity - person.load
    return Verdict(free / person.advisor.capacity, f"{free} von {person.advisor.capacity} Einsätzen frei")


SHOULD: tuple[tuple[float, Callable[[Case, Candidate], Verdict]], ...] = (
    (4.0, _topics),
    (2.0, _regions),
    (1.0, _languages),
    (1.0, _formats),
    (1.0, _distance),
    (2.0, _free_capacity),
)
"""Weight and criterion. A suggestion's score is the weighted mean, in [0, 1]."""


def _coverage(wanted: dict[int, str], offered: Collection[int], word: str) -> Verdict:
    """The share of what is wanted that the person offers; 1 when nothing special is wanted."""
    if not wanted:
        return Verdict(1.0, "")
    found = [name for key, name in wanted.items() if key in offered]
    names = f" ({_and(found)})" if found and len(found) < len(wanted) else ""
    return Verdict(len(found) / len(wanted), f"{len(found)} von {len(wanted)} {word}{names}")


def _and(names: Iterable[str]) -> str:
    return ", ".join(names)


# --- Ranking ------------------------------------------------------------------------------------------


def judge(case: Case, person: Candidate) -> Suggestion:
    for must in MUST:
        if why := must(case, person):
            return Suggestion(person.advisor, excluded=why)
    verdicts = [(weight, should(case, person)) for weight, should in SHOULD]
    total = sum(weight for weight, _ in verdicts)
    return Suggestion(
        person.advisor,
        score=sum(weight * verdict.score for weight, verdict in verdicts) / total,
        reasons=[verdict.sentence for _, verdict in verdicts if verdict.sentence] + _history(case, person),
    )


def _history(case: Case, person: Candidate) -> list[str]:
    """That the person was asked before, for this case or this municipality, which neither excludes nor counts."""
    state = case.asked.get(person.advisor.pk)
    here = f"früheres Angebot für diesen Fall: {Offer.State(state).label}" if state else ""
    return [*filter(None, (here, case.asked_elsewhere.get(person.advisor.pk)))]


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
    return {advisor: f"für {place} schon gefragt: {_and(answers)}" for advisor, answers in told.items()}


def obstacles(consultation: ConsultationRequest, advisors: Collection[int]) -> dict[Advisor, str]:
    """Why some of these advisors (by key) cannot be asked now, whether or not they were proposed already."""
    case = _read_case(consultation)
    people = _read_candidates(case.municipality, Advisor.objects.filter(pk__in=advisors))
    found = {person.advisor: [must(case, person) for must in MUST if must is not _asked_before] for person in people}
    return {advisor: "; ".join(filter(None, whys)) for advisor, whys in found.items() if any(whys)}


def fitting(consultation: ConsultationRequest, advisors: Iterable[int]) -> list[Advisor]:
    """Those of these advisors (by key) who fit, best first."""
    wanted = set(advisors)
    found, _ = suggest(consultation)
    return [suggestion.advisor for suggestion in found if suggestion.advisor.pk in wanted]


def bars(consultation: ConsultationRequest, advisor: Advisor) -> bool:
    """Whether the advisor must not have this case, however much they wish to."""
    case = _read_case(consultation)
    (person,) = _read_candidates(case.municipality, Advisor.objects.filter(pk=advisor.pk))
    return any(must(case, person) for must in (_inactive, _no_consent, _biased))


def suggest(consultation: ConsultationRequest) -> tuple[list[Suggestion], list[Suggestion]]:
    """Advisors that fit, best first, and those who can't, with the reason. A constant number of queries."""
    case = _read_case(consultation)
    judged = [judge(case, person) for person in _read_candidates(case.municipality, Advisor.objects.all())]
    fitting = sorted((s for s in judged if not s.excluded), key=lambda s: (-s.score, s.advisor.name, s.advisor.pk))
    return fitting, [s for s in judged if s.excluded]


def _read_case(consultation: ConsultationRequest) -> Case:
    assert consultation.municipality is not None  # a constraint of every filed request
    place = consultation.Place
    asked = Offer.objects.filter(consultation=consultation).order_by("created_at", "pk")
    partners = [place.pk for place in consultation.co_municipalities.all()]
    today = timezone.localdate()
    begins_on = max(consultation.wished_from or today, today)
    return Case(
        municipality=consultation.municipality,
        on_site=consultation.place != place.ONLINE,
        online=consultation.place != place.ON_SITE,
        topics=_terms(consultation.topics.all()),
        regions=_terms(consultation.regions.all()),
        languages=_terms(consultation.languages.all()),
        formats=_terms(consultation.formats.all()),
        concerned=frozenset([consultation.municipality.pk, *partners]),
        asked=dict(asked.values_list("advisor_id", "state")),
        today=today,
        begins_on=begins_on,
        ends_on=max(consultation.wished_until or begins_on, begins_on),
        asked_elsewhere=asked_elsewhere(consultation),
    )


def _terms(terms: Iterable[object]) -> dict[int, str]:
    return {term.pk: str(term) for term in terms}  # type: ignore[attr-defined]


def _read_candidates(municipality: Municipality, pool: QuerySet[Advisor]) -> Sequence[Candidate]:
    world_region = dict(Region.objects.exclude(part_of=None).values_list("pk", "part_of_id"))
    advisors = (
        Advisor.objects.with_load()
        .annotate(last_asked=Max("offers__sent_at"))
        .filter(pk__in=pool)
        .select_related("home")
        .prefetch_related("topics", "regions", "languages", "formats", "biased_for", "consents")
        .prefetch_related("pauses", "only_topics")
    )
    return [_candidate(advisor, municipality, world_region) for advisor in advisors]


def _candidate(advisor: Advisor, municipality: Municipality, world_region: Mapping[int, int | None]) -> Candidate:
    regions = {region.pk for region in advisor.regions.all()}
    regions |= {parent for region in regions if (parent := world_region.get(region)) is not None}
    return Candidate(
        advisor=advisor,
        topics=frozenset(topic.pk for topic in advisor.topics.all()),
        regions=frozenset(regions),
        languages=frozenset(language.pk for language in advisor.languages.all()),
        formats=frozenset(format_.pk for format_ in advisor.formats.all()),
        biased_for=frozenset(place.pk for place in advisor.biased_for.all()),
        load=advisor.load,  # type: ignore[attr-defined]
        km=distance_km(advisor.home, municipality),
        last_asked=advisor.last_asked,  # type: ignore[attr-defined]
    )


def distance_km(a: Municipality, b: Municipality) -> float:
    """Great-circle distance between the centres of two municipalities (haversine formula), in kilometres."""
    φ1, φ2 = radians(a.latitude), radians(b.latitude)
    half = sin((φ2 - φ1) / 2) ** 2 + cos(φ1) * cos(φ2) * sin(radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half))
