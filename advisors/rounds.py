"""A round: all cases that look for a team, planned at once. The only writer of `Round`.

Nobody is asked by a plan. A person at the desk notes its teams case by case, and sends the offers as always.
"""

from collections.abc import Collection, Iterable

from django.db import transaction

from miglobe.accounts.models import User
from miglobe.errors import Refused
from requests.models import ConsultationRequest

from . import offers, solver
from .matching.rounds import Pair, World, problem_of, read_world
from .models import Round, RoundPlace

SECONDS = 10  # a person waits for the page
KEPT_PER_PERSON = 5
DECIMALS = 4
Wish = RoundPlace.Wish


def plan(*, by: User, per_person: int, pinned: Collection[Pair] = (), forbidden: Collection[Pair] = ()) -> Round:
    """The best plan that `SECONDS` allow, with what is proven of it. Pairs are keys of a case and an advisor.

    What has been settled since is no wish any more. Raises Refused where nothing can be planned, or wishes contradict
    the rules or one another.
    """
    world = read_world()
    _require_something(world)
    pinned, forbidden = _still_open(world, pinned), _still_open(world, forbidden)
    _require_possible(world, pinned, forbidden)
    problem = problem_of(world, per_person=per_person, pinned=pinned, forbidden=forbidden)
    if not problem.open.any():
        raise Refused(
            f"{'Mit diesen Vorgaben' if forbidden else 'Zurzeit'} kommt für keinen dieser Fälle jemand infrage. "
            "Woran es liegt, steht auf der Seite jedes Falls unter „Nicht vorgeschlagen“."
        )
    try:
        found, by_hand = solver.solve(problem, seconds=SECONDS), solver.greedy(problem)
    except solver.Contradiction as contradiction:
        raise Refused(_sentence(contradiction, world, per_person)) from None
    return _write(world, problem, found, by_hand, by=by, per_person=per_person, pinned=pinned, forbidden=forbidden)


@transaction.atomic
def note(a_round: Round, consultation: ConsultationRequest, *, by: User) -> int:
    """Notes the planned people of one case and returns how many. Nobody is written to.

    Raises Refused, with names and reasons, when the plan no longer holds for this case; then nobody is noted.
    """
    consultation = offers.searching(consultation)
    world = read_world(ConsultationRequest.objects.filter(pk=consultation.pk))
    planned = a_round.places.planned().filter(consultation=consultation).order_by("advisor__name")
    missing = [key for key in planned.values_list("advisor", flat=True) if not world.has_asked(consultation.pk, key)]
    if not missing:
        raise Refused("Aus diesem Plan ist für den Fall niemand mehr vorzumerken.")
    if changed := changes(world, consultation.pk, missing):
        raise Refused(f"Der Plan passt nicht mehr: {changed}. Vorgemerkt ist niemand. Bitte rechnen Sie neu.")
    return offers.propose(consultation, advisors=missing, by=by)


def changes(world: World, case: int, advisors: Collection[int]) -> str:
    """What speaks now against planning these people together for the case; empty when nothing does."""
    reasons = [f"{_name(world, key)} ({why})" for key in advisors if (why := world.why_not(case, key))]
    places = world.searches[case].ranking.match.case.places
    if places < len(advisors):
        reasons.append("es ist kein Platz mehr frei" if places < 1 else "es ist nur noch ein Platz frei")
    if not reasons and (strangers := _apart(world, advisors)):
        reasons.append(f"{strangers} arbeiten nicht gemeinsam")
    return "; ".join(reasons)


# --- What can be planned -----------------------------------------------------------------------------


def _require_something(world: World) -> None:
    if not world.searches:
        raise Refused("Zurzeit sucht kein Fall ein Team. Es gibt nichts zu planen.")
    if not world.open:
        raise Refused("Für alle Plätze der Fälle, die ein Team suchen, ist schon jemand vorgemerkt oder angefragt.")
    if not world.pool.size:
        raise Refused("Im Pool ist noch niemand. Laden Sie zuerst Berater*innen ein.")


def _still_open(world: World, pairs: Iterable[Pair]) -> list[Pair]:
    """Without cases that have their team and people who have been asked for the case, or are gone."""
    return sorted(
        (case, advisor)
        for case, advisor in set(pairs)
        if case in world.open and advisor in world.pool.position and not world.has_asked(case, advisor)
    )


def _require_possible(world: World, pinned: Iterable[Pair], forbidden: Collection[Pair]) -> None:
    reasons = []
    for case, advisor in pinned:
        why = "zugleich ausgeschlossen" if (case, advisor) in forbidden else world.why_not(case, advisor)
        if why:
            reasons.append(f"{_name(world, advisor)} für {_case(world, case)}: {why}")
    if reasons:
        raise Refused(f"Diese Festlegung ist nicht möglich: {'. '.join(reasons)}.")


def _sentence(contradiction: solver.Contradiction, world: World, per_person: int) -> str:
    """What is wrong with the pins, in words."""
    who = _and(world.pool.names[number] for number in contradiction.advisors)
    where = _and(_case(world, world.open[number]) for number in contradiction.cases)
    most = min(per_person, int(world.free[contradiction.advisors[0]]))
    room = "ist nur ein neuer Einsatz" if most == 1 else f"sind nur {most} neue Einsätze"
    return {
        solver.Kind.IMPOSSIBLE: f"{who} kommt für {where} nicht infrage.",
        solver.Kind.APART: f"{who} arbeiten nicht gemeinsam und können nicht beide für {where} festgelegt sein.",
        solver.Kind.PLACES: f"Für {where} sind mehr Personen festgelegt, als Plätze frei sind: {who}.",
        solver.Kind.CAPACITY: f"{who} ist für {where} festgelegt. Möglich {room}.",
        solver.Kind.NEWCOMERS: f"Für {where} wären alle im Team noch ohne abgeschlossenen Fall: {who}.",
        solver.Kind.NO_LEADER: f"Zu {who} fehlt für {where} eine erfahrene Person, die noch frei ist.",
    }[contradiction.kind] + " Bitte ändern Sie die Vorgaben."


def _apart(world: World, advisors: Collection[int]) -> str:
    people = [world.pool.position[key] for key in advisors]
    strangers = [who for who in people if any(other in people for other in world.pool.apart.get(who, ()))]
    return _and(world.pool.names[who] for who in strangers)


def _name(world: World, advisor: int) -> str:
    return world.pool.names[world.pool.position[advisor]] if advisor in world.pool.position else "Jemand"


def _case(world: World, case: int) -> str:
    found = world.searches[case].ranking.match.case
    return f"{found.reference} ({found.municipality.name})"


def _and(names: Iterable[str]) -> str:
    *rest, last = [*names] or [""]
    return f"{', '.join(rest)} und {last}" if rest else last


# --- What is kept ------------------------------------------------------------------------------------


@transaction.atomic
def _write(
    world: World,
    problem: solver.Problem,
    found: solver.Plan,
    by_hand: solver.Plan,
    *,
    by: User,
    per_person: int,
    pinned: Collection[Pair],
    forbidden: Collection[Pair],
) -> Round:
    figures = _figures(world, problem, found, by_hand)
    made = Round.objects.create(by=by, per_person=per_person, figures=figures)
    planned, picked = _pairs(world, found), _pairs(world, by_hand)
    wishes = dict.fromkeys(pinned, Wish.PINNED) | dict.fromkeys(forbidden, Wish.FORBIDDEN)
    RoundPlace.objects.bulk_create(
        RoundPlace(
            round=made,
            consultation_id=case,
            advisor_id=advisor,
            planned=(case, advisor) in planned,
            one_by_one=(case, advisor) in picked,
            wish=wishes.get((case, advisor), ""),
        )
        for case, advisor in sorted(planned | picked | set(wishes))
    )
    old = Round.objects.filter(by=by).values_list("pk", flat=True)[KEPT_PER_PERSON:]  # newest first
    Round.objects.filter(pk__in=list(old)).delete()
    return made


def _figures(world: World, problem: solver.Problem, found: solver.Plan, by_hand: solver.Plan) -> dict[str, object]:
    """Of cases by their keys; nothing of it names a person."""
    scores = solver.worth_by_case(problem, found.chosen)
    by_hand_scores = solver.worth_by_case(problem, by_hand.chosen)
    return {
        "full": int(found.full),
        "full_bound": int(found.full_bound),
        "worth": round(found.worth, DECIMALS),
        "worth_bound": round(found.worth_bound, DECIMALS),
        "gap": round(found.gap, DECIMALS),
        "seconds": round(found.seconds, 1),
        "timed_out": bool(found.timed_out),
        "one_by_one": {"full": int(by_hand.full), "worth": round(by_hand.worth, DECIMALS)},
        "cases": [
            {
                "case": key,
                "places": int(places),
                "score": round(float(score), DECIMALS),
                "one_by_one": round(float(picked), DECIMALS),
            }
            for key, places, score, picked in zip(world.open, problem.places, scores, by_hand_scores, strict=True)
        ],
    }


def _pairs(world: World, plan: solver.Plan) -> set[Pair]:
    return {(world.open[case], int(world.pool.keys[who])) for case, who in plan.chosen}
