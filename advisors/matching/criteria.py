"""The table of criteria: who can't have a case (MUST), and what speaks for a person (SHOULD).

Every criterion looks at all advisors at once and can say its verdict on one of them in a sentence that a
coordinator may repeat to anybody. Origin plays no part: advisors have no such field.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
from django.utils import timezone

from ..models import Criterion, LanguageSkill, Offer, TopicSkill
from .cases import Case
from .pool import DISTRICT, SIZES, Bools, Numbers, Pool, Skills, great_circles_km, size_of

FEWER = timedelta(days=90)  # who wants fewer requests gets one in this time
NEITHER = 0.5  # where nothing speaks for a person nor against


@dataclass(frozen=True)
class Match:
    """A case before the whole pool, and with whom its people have worked well."""

    case: Case
    pool: Pool
    good_teams: frozenset[frozenset[int]] = frozenset()  # pairs of positions

    @cached_property
    def km(self) -> Numbers:
        """From everybody's home to the centre of the municipality."""
        place = self.case.municipality
        return great_circles_km(self.pool.latitude, self.pool.longitude, place.latitude, place.longitude)

    @cached_property
    def on_site(self) -> Bools:
        """Who would travel there."""
        return (self.km <= self.pool.travel_km) & self.case.on_site

    @cached_property
    def team(self) -> list[int]:
        """Positions of those who have accepted."""
        return [self.pool.position[key] for key in self.case.team if key in self.pool.position]

    @cached_property
    def beside(self) -> list[int]:
        """Positions of whom somebody new may meet in the team: while two places are free, whoever is asked too."""
        if self.case.places < 2:
            return self.team
        asked = [key for key, state in self.case.asked.items() if state in Offer.UNANSWERED]
        return [*self.team, *(self.pool.position[key] for key in asked if key in self.pool.position)]

    def good_with(self, position: int) -> list[int]:
        """With whom of the team the person has worked well before."""
        return [mate for mate in self.team if frozenset((mate, position)) in self.good_teams]


# --- MUST ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Must:
    """`fails` marks those who can't; `why` says it of one of them."""

    label: str
    fails: Callable[[Match], Bools]
    why: Callable[[Match, int], str]


def _paused(match: Match) -> Bools:
    """Today, or all of the time in which the municipality would like to be advised."""
    fails = np.zeros(match.pool.size, bool)
    fails[match.pool.pauses.who[_pauses_that_matter(match)]] = True
    return fails


def _pauses_that_matter(match: Match) -> Bools:
    pauses, case = match.pool.pauses, match.case
    now = (pauses.starts <= case.today.toordinal()) & (pauses.ends >= case.today.toordinal())
    throughout = (pauses.starts <= case.begins_on.toordinal()) & (pauses.ends >= case.ends_on.toordinal())
    return now | throughout


def _why_paused(match: Match, who: int) -> str:
    pauses = match.pool.pauses
    first = int(np.flatnonzero(_pauses_that_matter(match) & (pauses.who == who))[0])
    starts, ends = date.fromordinal(int(pauses.starts[first])), date.fromordinal(int(pauses.ends[first]))
    begin = "" if starts <= match.case.today else f"ab {starts:%d.%m.%Y} "
    return f"macht {begin}" + ("bis auf Weiteres Pause" if ends == date.max else f"bis {ends:%d.%m.%Y} Pause")


def _asked_lately(match: Match) -> Bools:
    return match.pool.wants_fewer & (match.pool.last_asked >= (timezone.now() - FEWER).timestamp())


def _why_asked_lately(match: Match, who: int) -> str:
    day = datetime.fromtimestamp(match.pool.last_asked[who], timezone.get_current_timezone())
    return f"möchte höchstens alle drei Monate gefragt werden, zuletzt am {day:%d.%m.%Y}"


def _other_topics(match: Match) -> Bools:
    """A case that names no topic may be about any."""
    wishes = match.pool.only_topics
    if not match.case.topics:
        return np.zeros(match.pool.size, bool)
    return wishes.anybody & ~np.any([wishes.of(topic) for topic in match.case.topics], axis=0)


def _biased(match: Match) -> Bools:
    fails = np.zeros(match.pool.size, bool)
    for place in match.case.concerned:
        fails[match.pool.biased.get(place, [])] = True
    return fails


def _asked_before(match: Match) -> Bools:
    fails = np.zeros(match.pool.size, bool)
    said_no = (*Offer.LIVE, Offer.State.DECLINED, Offer.State.CANCELLED)
    asked = [key for key, state in match.case.asked.items() if state in said_no]
    fails[[match.pool.position[key] for key in asked if key in match.pool.position]] = True
    return fails


def _why_asked_before(match: Match, who: int) -> str:
    state = match.case.asked[int(match.pool.keys[who])]
    return (
        f"für diesen Fall schon {'als Ersatz vorgemerkt' if state == Offer.State.RESERVE else Offer.State(state).label}"
    )


def _apart(match: Match) -> Bools:
    fails = np.zeros(match.pool.size, bool)
    for mate in match.beside:
        fails[match.pool.apart.get(mate, [])] = True
    return fails


def _why_apart(match: Match, who: int) -> str:
    mates = [match.pool.names[mate] for mate in match.beside if mate in match.pool.apart.get(who, [])]
    return f"nicht gemeinsam mit {_and(mates)}"


def _out_of_reach(match: Match) -> Bools:
    return ~match.on_site & ~(match.pool.online & match.case.online)


def _why_out_of_reach(match: Match, who: int) -> str:
    if not match.case.on_site:
        return "berät nicht online"
    return f"{match.km[who]:.0f} km entfernt, reist bis {match.pool.travel_km[who]:.0f} km"


def _has_none(wanted: Iterable[int], skills: Skills) -> Bools:
    levels = [skills.of(term) for term in wanted]
    return ~np.any(levels, axis=0) if levels else np.zeros(skills.size, bool)


MUST: tuple[Must, ...] = (
    Must("ist aktiv", lambda match: ~match.pool.active, lambda match, who: "zurzeit nicht aktiv"),
    Must(
        "hat in die Vermittlung eingewilligt",
        lambda match: ~match.pool.consenting,
        lambda match, who: "ohne Einwilligung in die Vermittlung",
    ),
    Must("macht keine Pause, weder jetzt noch in der gewünschten Zeit", _paused, _why_paused),
    Must("möchte nicht seltener gefragt werden, oder ist es länger nicht", _asked_lately, _why_asked_lately),
    Must(
        "möchte zu diesen Themen gefragt werden",
        _other_topics,
        lambda match, who: "möchte nur zu anderen Themen gefragt werden",
    ),
    Must("ist bei keiner der Kommunen befangen", _biased, lambda match, who: "befangen"),
    Must("ist für diesen Fall nicht schon gefragt", _asked_before, _why_asked_before),
    Must("arbeitet mit allen aus dem Team", _apart, _why_apart),
    Must(
        "hat noch Einsätze frei",
        lambda match: match.pool.load >= match.pool.capacity,
        lambda match, who: f"ausgelastet ({match.pool.load[who]:.0f} von {match.pool.capacity[who]:.0f} Einsätzen)",
    ),
    Must("kommt hin oder berät online", _out_of_reach, _why_out_of_reach),
    Must(
        "spricht eine der gewünschten Sprachen",
        lambda match: _has_none(match.case.languages, match.pool.languages),
        lambda match, who: f"keine der Arbeitssprachen ({_and(match.case.languages.values())})",
    ),
    Must(
        "bietet eines der gewünschten Formate an",
        lambda match: _has_none(match.case.formats, match.pool.formats),
        lambda match, who: f"bietet keines der Formate an ({_and(match.case.formats.values())})",
    ),
)
ASKED_BEFORE = next(must for must in MUST if must.fails is _asked_before)
FOR_GOOD = tuple(must for must in MUST if must.fails is _biased or must is MUST[0] or must is MUST[1])
"""What no wish of the person's own can change."""


# --- SHOULD ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Should:
    """`parts` holds scores in [0, 1], a row for every part of what is wanted; a person's score is their mean.

    What is `shared` a team covers by its best in every part; for the rest a team scores as its people do on average.
    """

    criterion: Criterion
    weight: float  # as shipped; the desk may set another
    means: str  # how the score comes about, in a sentence for the desk
    parts: Callable[[Match], Numbers]
    says: Callable[[Match, int], str]
    shared: bool = False

    def score(self, match: Match) -> Numbers:
        scores: Numbers = self.parts(match).mean(axis=0)
        return scores


def _levels(wanted: Iterable[int], skills: Skills) -> Numbers:
    """One row for every term; where nothing special is wanted everybody has it."""
    return np.array([skills.of(term) for term in wanted] or [np.ones(skills.size)])


TOPIC_LEVELS = {level / TopicSkill.Level.FOCUS: str(level.label) for level in TopicSkill.Level}
NO_WORDS: Mapping[float, str] = {}
LANGUAGE_LEVELS = {level / LanguageSkill.Level.EXCELLENT: str(level.label) for level in LanguageSkill.Level}


def _says(
    verbs: tuple[str, str], wanted: dict[int, str], skills: Skills, who: int, words: Mapping[float, str] = NO_WORDS
) -> str:
    """What the person has of it, with the level in words, and what not. Names stand as they are, in no other case."""
    verb, denial = verbs
    levels = {name: float(skills.of(term)[who]) for term, name in wanted.items()}
    has = [f"{name} ({words[level]})" if level in words else name for name, level in levels.items() if level]
    lacks = [name for name, level in levels.items() if not level]
    return "; ".join([f"{verb} {_and(has)}"] * bool(has) + [f"{denial} {_and(lacks)}"] * bool(lacks))


def _says_topics(match: Match, who: int) -> str:
    return _says(("Themen:", "nicht dabei:"), match.case.topics, match.pool.topics, who, TOPIC_LEVELS)


def _says_regions(match: Match, who: int) -> str:
    return _says(("kennt", "kennt nicht"), match.case.regions, match.pool.regions, who)


def _says_languages(match: Match, who: int) -> str:
    return _says(("spricht", "spricht nicht"), match.case.languages, match.pool.languages, who, LANGUAGE_LEVELS)


def _says_formats(match: Match, who: int) -> str:
    return _says(("bietet", "bietet nicht"), match.case.formats, match.pool.formats, who)


def _distance(match: Match) -> Numbers:
    """1 next door, one half where a journey may end and for everybody who would advise online."""
    far = match.km / np.maximum(match.pool.travel_km, 1)
    return np.where(match.on_site, 1 - far / 2, NEITHER)[np.newaxis]


def _says_distance(match: Match, who: int) -> str:
    return f"{match.km[who]:.0f} km entfernt" if match.on_site[who] else "online"


def _size(match: Match) -> int:
    place = match.case.municipality
    return size_of(type=place.type, is_district=place.is_district)


def _experience(match: Match) -> Numbers:
    """1 for ended cases of a municipality of this kind, one half for one that is a size larger or smaller."""
    done, size = match.pool.done > 0, _size(match)
    alike = [other for other in (size - 1, size + 1) if 0 <= other < DISTRICT and size != DISTRICT]
    near = done[alike].any(axis=0)
    return np.where(done[size], 1.0, np.where(near, NEITHER, 0.0))[np.newaxis]


def _says_experience(match: Match, who: int) -> str:
    size = _size(match)
    kind = "einem Kreis" if size == DISTRICT else f"der Größe „{SIZES[size]}“"
    if same := int(match.pool.done[size, who]):
        cases = "einen Fall" if same == 1 else f"{same} Fälle"
        return f"hat {cases} aus {kind} begleitet" if size == DISTRICT else f"hat {cases} {kind} begleitet"
    number = int(match.pool.done[:, who].sum())
    cases = "einen anderen Fall" if number == 1 else f"{number} andere Fälle"
    return f"hat {cases} begleitet" if number else "noch ohne abgeschlossenen Fall"


def _share(match: Match) -> Numbers:
    """1 without a case in the last twelve months, one half with just the fair share, less with more."""
    fair = match.pool.fair
    part = np.divide(match.pool.taken, fair, out=np.zeros_like(fair), where=fair > 0)
    return (1 / (1 + part))[np.newaxis]


def _says_share(match: Match, who: int) -> str:
    taken, fair = int(match.pool.taken[who]), f"{match.pool.fair[who]:.1f}".replace(".", ",")
    cases = "ein Einsatz" if taken == 1 else f"{taken or 'keine'} Einsätze"
    return f"{cases} in zwölf Monaten (nach Kapazität wären es {fair})"


def _capacity(match: Match) -> Numbers:
    capacity = np.maximum(match.pool.capacity, 1)
    return np.clip((capacity - match.pool.load) / capacity, 0, 1)[np.newaxis]


def _says_capacity(match: Match, who: int) -> str:
    free = match.pool.capacity[who] - match.pool.load[who]
    return f"{free:.0f} von {match.pool.capacity[who]:.0f} Einsätzen frei"


def _together(match: Match) -> Numbers:
    """Of those who are in the team already; pairs who are still to be found are looked at in `teams`."""
    scores = np.full((1, match.pool.size), NEITHER)
    for mate in match.team:
        scores[0, [other for pair in match.good_teams if mate in pair for other in pair - {mate}]] = 1.0
    return scores


def _says_together(match: Match, who: int) -> str:
    mates = [match.pool.names[mate] for mate in match.good_with(who)]
    return f"hat gut zusammengearbeitet mit {_and(mates)}" if mates else ""


SHOULD: tuple[Should, ...] = (
    Should(
        Criterion.TOPICS,
        4.0,
        "Wie gut jemand die Themen der Anfrage kennt, von Grundkenntnissen bis zum Schwerpunkt der Arbeit.",
        lambda match: _levels(match.case.topics, match.pool.topics),
        _says_topics,
        shared=True,
    ),
    Should(
        Criterion.REGIONS,
        2.0,
        "Wie viele der genannten Weltregionen und Länder jemand kennt; die Herkunft spielt keine Rolle.",
        lambda match: _levels(match.case.regions, match.pool.regions),
        _says_regions,
        shared=True,
    ),
    Should(
        Criterion.LANGUAGES,
        1.0,
        "Wie gut jemand die gewünschten Arbeitssprachen spricht.",
        lambda match: _levels(match.case.languages, match.pool.languages),
        _says_languages,
        shared=True,
    ),
    Should(
        Criterion.FORMATS,
        1.0,
        "Wie viele der gewünschten Formate jemand anbietet.",
        lambda match: _levels(match.case.formats, match.pool.formats),
        _says_formats,
        shared=True,
    ),
    Should(
        Criterion.DISTANCE,
        1.0,
        "Wie nah jemand wohnt, gemessen an der eigenen Reisegrenze; online zählt die Hälfte.",
        _distance,
        _says_distance,
    ),
    Should(
        Criterion.EXPERIENCE,
        1.0,
        "Ob jemand schon Kommunen dieser Art und Größe begleitet hat; die nächste Größe zählt die Hälfte.",
        _experience,
        _says_experience,
    ),
    Should(
        Criterion.SHARE,
        2.0,
        "Ob jemand in zwölf Monaten weniger Einsätze hatte, als der eigenen Kapazität entspricht.",
        _share,
        _says_share,
    ),
    Should(
        Criterion.CAPACITY,
        1.0,
        "Welcher Teil der Einsätze, die jemand zugleich übernimmt, noch frei ist.",
        _capacity,
        _says_capacity,
    ),
    Should(
        Criterion.TOGETHER,
        1.0,
        "Ob jemand mit den anderen im Team schon einen Fall hatte, mit dem die Kommune zufrieden war.",
        _together,
        _says_together,
    ),
)


def _and(names: Iterable[str]) -> str:
    return ", ".join(names)
