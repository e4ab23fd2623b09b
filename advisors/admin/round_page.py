"""What the page of a round says: what the plan brings, whom it sends where, and what has changed since."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from requests.models import ConsultationRequest
from requests.models import State as CaseState

from .. import rounds
from ..matching import Covered
from ..matching.rounds import Pair, World, read_world
from ..models import Advisor, Offer, Round, RoundPlace

OTHERS = 8  # people of each case who can be pinned though the plan leaves them out
TIE = 0.001  # of worth


@dataclass(frozen=True)
class Marks:
    """The coordinator's wishes, as pairs of a case and an advisor by their keys."""

    pinned: frozenset[Pair]
    forbidden: frozenset[Pair]

    @classmethod
    def of(cls, a_round: Round) -> "Marks":
        return cls(
            *(
                frozenset(a_round.places.filter(wish=wish).values_list("consultation", "advisor"))
                for wish in (RoundPlace.Wish.PINNED, RoundPlace.Wish.FORBIDDEN)
            )
        )

    @classmethod
    def sent(cls, data: Any) -> "Marks":
        """What is no pair of numbers is no wish."""
        return cls(_pairs(data.getlist("pin")), _pairs(data.getlist("forbid")))


def _pairs(values: Iterable[str]) -> frozenset[Pair]:
    parts = [value.split("-") for value in values]
    return frozenset((int(pair[0]), int(pair[1])) for pair in parts if len(pair) == 2 and all(map(_is_key, pair)))


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 19


@dataclass(frozen=True)
class Person:
    advisor: Advisor
    planned: bool
    one_by_one: bool
    pinned: bool
    forbidden: bool
    stands: str  # of the offer, once the person has been noted
    why_not: str  # what speaks against it now


@dataclass(frozen=True)
class PlannedCase:
    consultation: ConsultationRequest
    places: int
    score: float
    one_by_one: float
    people: list[Person]  # who is planned comes first
    covered: list[Covered]
    others: list[Person]
    changed: str  # why the plan no longer holds here
    noted: bool  # whoever is planned has been noted or asked

    @property
    def planned(self) -> list[Person]:
        return [person for person in self.people if person.planned]

    @property
    def has_marks(self) -> bool:
        """Among the people whom the plan leaves out."""
        return any(person.pinned or person.forbidden for person in self.others)

    @property
    def missing(self) -> int:
        return self.places - len(self.planned)

    @property
    def instead(self) -> list[Advisor] | None:
        """Whom picking one by one would have chosen, where that is not the same."""
        if all(person.planned == person.one_by_one for person in self.people):
            return None
        return [person.advisor for person in self.people if person.one_by_one]


class RoundPage:
    """A constant number of queries, however many cases."""

    def __init__(self, a_round: Round, marks: Marks) -> None:
        self.figures = a_round.figures
        self.marks = marks
        self.world = read_world()
        self.places: dict[int, list[RoundPlace]] = defaultdict(list)
        for place in a_round.places.select_related("advisor").order_by("advisor__name", "pk"):
            self.places[place.consultation_id].append(place)
        keys = [one["case"] for one in self.figures["cases"]]
        self.consultations = ConsultationRequest.objects.select_related(
            "municipality", "organisation", "person", "merged_into"
        ).in_bulk(keys)
        self.best = {key: self.world.best(key, OTHERS) for key in keys if key in self.world.searches}
        known = {place.advisor_id for places in self.places.values() for place in places}
        marked = {advisor for _, advisor in marks.pinned | marks.forbidden}
        wanted = {key for keys in self.best.values() for key in keys} | marked
        self.advisors = Advisor.objects.in_bulk(wanted | known)

    @property
    def people(self) -> int:
        """Whose records the page shows."""
        return len(self.advisors)

    @property
    def more(self) -> int:
        """Cases that look for somebody now and are not in this round."""
        return len(set(self.world.open) - {one["case"] for one in self.figures["cases"]})

    def cases(self) -> list[PlannedCase]:
        return [self._case(one) for one in self.figures["cases"] if one["case"] in self.consultations]

    def _case(self, figures: dict[str, Any]) -> PlannedCase:
        key = figures["case"]
        consultation = self.consultations[key]
        places = sorted(self.places[key], key=lambda place: not place.planned)
        people = [self._person(key, place.advisor, place) for place in places if place.planned or place.one_by_one]
        shown = {person.advisor.pk for person in people}
        marked = {advisor for case, advisor in self.marks.pinned | self.marks.forbidden if case == key}
        others = sorted(marked - shown) + [one for one in self.best.get(key, ()) if one not in shown | marked]
        planned = [person.advisor.pk for person in people if person.planned]
        missing = [person.advisor.pk for person in people if person.planned and not person.stands]
        return PlannedCase(
            consultation=consultation,
            places=figures["places"],
            score=figures["score"],
            one_by_one=figures["one_by_one"],
            people=people,
            covered=self._covered(key, planned),
            others=[self._person(key, self.advisors[one]) for one in others if one in self.advisors],
            changed=_changed(self.world, consultation, missing),
            noted=bool(planned) and not missing,
        )

    def _person(self, case: int, advisor: Advisor, place: RoundPlace | None = None) -> Person:
        search = self.world.searches.get(case)
        asked = search is not None and self.world.has_asked(case, advisor.pk)
        return Person(
            advisor=advisor,
            planned=bool(place and place.planned),
            one_by_one=bool(place and place.one_by_one),
            pinned=(case, advisor.pk) in self.marks.pinned,
            forbidden=(case, advisor.pk) in self.marks.forbidden,
            stands=str(Offer.State(search.ranking.match.case.asked[advisor.pk]).label) if search and asked else "",
            why_not=self.world.why_not(case, advisor.pk) if search and not asked else "",
        )

    def _covered(self, case: int, planned: Iterable[int]) -> list[Covered]:
        """By the whole team, with those who accepted or were asked."""
        search, position = self.world.searches.get(case), self.world.pool.position
        if search is None:
            return []
        team = {position[key] for key in planned if key in position} | set(search.ranking.match.team)
        return search.coverage(sorted(team))


def _changed(world: World, consultation: ConsultationRequest, missing: list[int]) -> str:
    if consultation.state == CaseState.MERGED:
        return f"Der Fall ist mit {consultation.merged_into} zusammengeführt worden."
    if consultation.pk not in world.searches:
        return f"Der Fall sucht kein Team mehr. Stand: {consultation.get_state_display()}."
    found = rounds.changes(world, consultation.pk, missing) if missing else ""
    return f"Der Plan passt nicht mehr: {found}." if found else ""


# --- In sentences --------------------------------------------------------------------------------------


def summary(figures: dict[str, Any], cases: Iterable[PlannedCase]) -> list[str]:
    """What the plan brings, what is proven of it, and what one by one would have brought."""
    return [*_full_teams(figures), _worth(figures), _one_by_one(figures), *_worst(cases), *_time(figures)]


def _full_teams(figures: dict[str, Any]) -> list[str]:
    full, cases, most = figures["full"], len(figures["cases"]), figures["full_bound"]
    if cases == 1:
        return ["Der Fall bekommt ein volles Team." if full else "Der Fall bekommt kein volles Team."]
    if full == cases:
        return [f"Alle {cases} Fälle bekommen ein volles Team."]
    sentence = f"{full} von {cases} Fällen {'bekommt' if full == 1 else 'bekommen'} ein volles Team."
    if full < most:
        return [sentence, f"Mehr als {most} können es nicht sein."]
    return [sentence, "Bewiesen: Mehr volle Teams sind nach den Regeln und mit den freien Einsätzen nicht möglich."]


def _worth(figures: dict[str, Any]) -> str:
    worth, most = number(figures["worth"]), number(figures["worth_bound"])
    if figures["worth_bound"] - figures["worth"] > TIE:
        return f"Gesamtwert {worth}, mit so vielen vollen Teams höchstens möglich sind {most}."
    return f"Gesamtwert {worth}. Bewiesen: Mehr ist mit so vielen vollen Teams nicht möglich."


def _one_by_one(figures: dict[str, Any]) -> str:
    full, worth = figures["one_by_one"]["full"], figures["one_by_one"]["worth"]
    if full == figures["full"] and abs(worth - figures["worth"]) <= TIE:
        return "Einzeln nacheinander ausgewählt käme dasselbe heraus."
    teams = "1 volles Team" if full == 1 else f"{full} volle Teams"
    return f"Einzeln nacheinander ausgewählt wären es {teams} und ein Gesamtwert von {number(worth)}."


def _worst(cases: Iterable[PlannedCase]) -> list[str]:
    cases = list(cases)
    if len(cases) < 2:
        return []
    worst = min(cases, key=lambda case: case.score)
    where = f"{worst.consultation.reference} ({worst.consultation.municipality.name})"  # type: ignore[union-attr]
    return [f"Am wenigsten bekommt {where}: {round(worst.score * 100)} % Passung."]


def _time(figures: dict[str, Any]) -> list[str]:
    if not figures["timed_out"]:
        return []
    return [f"Nach {rounds.SECONDS} Sekunden wurde nicht weiter gesucht: Vielleicht gibt es einen noch besseren Plan."]


def number(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
