"""A round: worth as teams are scored, commands, wishes, and what changes while it stands."""

from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest
from django.utils import timezone

from advisors import rounds, solver
from advisors.matching.rounds import problem_of, read_world
from advisors.models import Advisor, Criterion, CriterionWeight, Offer, Round
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests.models import ConsultationRequest, State
from tests.factories import (
    AdvisorFactory,
    CaseFactory,
    FeedbackFactory,
    LanguageFactory,
    MunicipalityFactory,
    OfferFactory,
    RegionFactory,
    TopicFactory,
    UserFactory,
)
from tests.periods import follow

pytestmark = pytest.mark.django_db


def a_case(**changes):
    return CaseFactory(state=State.SEARCHING, **changes)


def veteran(**changes):
    """Somebody who has ended a case."""
    advisor = AdvisorFactory(**changes)
    OfferFactory(advisor=advisor, state="accepted", consultation=CaseFactory(state=State.CLOSED))
    return advisor


def worked_well(*advisors):
    case = CaseFactory(state=State.CLOSED)
    for advisor in advisors:
        OfferFactory(advisor=advisor, state="accepted", consultation=case)
    FeedbackFactory(consultation=case, satisfaction=4)


def plan(**options):
    return rounds.plan(by=options.pop("by", None) or UserFactory(), **{"per_person": 2} | options)


def planned(made, case=None):
    places = made.places.planned()
    return {place.advisor for place in (places.filter(consultation=case) if case else places)}


@pytest.fixture
def world():
    """Three cases of different sizes, one with somebody in it, one with somebody asked, and a pool of all kinds."""
    topics = [TopicFactory() for _ in range(3)]
    french, west = LanguageFactory(), RegionFactory()
    people = [
        veteran(home=MunicipalityFactory(latitude=51.5 + number / 20), travel_km=90, capacity=3) for number in range(4)
    ]
    people += [AdvisorFactory(capacity=2, travel_km=200) for _ in range(3)]
    for number, advisor in enumerate(people):
        advisor.topics.set(topics[number % 3 :])
        advisor.languages.set([french])
        if number % 2:
            advisor.regions.set([west])
    worked_well(people[0], people[4])
    worked_well(people[1], people[2], people[5])
    small, mixed, large = (
        a_case(team_size=1),
        a_case(team_size=2, topics=topics),
        a_case(team_size=3, topics=topics[:2]),
    )
    mixed.languages.set([french])
    large.regions.set([west])
    OfferFactory(consultation=large, advisor=people[2], state="accepted")
    another = a_case(team_size=3, topics=topics[1:])
    OfferFactory(consultation=another, advisor=people[5], state="sent")
    return [small, mixed, large, another]


def test_a_full_team_adds_exactly_its_score(world):
    CriterionWeight.objects.create(criterion=Criterion.TOGETHER, weight=5)
    found = read_world()
    problem = problem_of(found, per_person=2)
    assert [len(world), 4] == [len(found.open), len(problem.places)]
    compared = 0
    for number, key in enumerate(found.open):
        people = np.flatnonzero(problem.possible[number])
        groups = np.array(list(combinations(people.tolist(), problem.places[number])))
        scores = found.searches[key].scores(groups)
        nobody = solver.worth_by_case(problem, ())
        for group, score in zip(groups, scores, strict=True):
            worth = solver.worth_by_case(problem, [(number, int(who)) for who in group])
            assert worth[number] == pytest.approx(score, abs=1e-9)
            assert np.delete(worth, number) == pytest.approx(np.delete(nobody, number))
            compared += 1
    assert compared > 30


def test_the_total_is_the_sum_of_the_scores(world):
    made = plan()
    assert made.figures["full"] == 4
    by_hand = made.figures["one_by_one"]
    assert (4, made.figures["worth"]) >= (by_hand["full"], by_hand["worth"])
    assert made.figures["worth"] == pytest.approx(sum(case["score"] for case in made.figures["cases"]), abs=1e-3)


@pytest.mark.parametrize("number", [1, 3])
def test_a_round_is_read_by_a_constant_number_of_queries(number, django_assert_num_queries):
    for _ in range(number):
        a_case()
        veteran()
    with django_assert_num_queries(25):
        problem_of(read_world(), per_person=2)


# --- What is planned -----------------------------------------------------------------------------------


def test_a_plan_keeps_the_bound_per_person_and_everybodys_free_capacity():
    for _ in range(3):
        a_case(team_size=1)
    able, busy = AdvisorFactory(capacity=9), AdvisorFactory(capacity=2)
    OfferFactory(advisor=busy, state="proposed")
    made = plan(per_person=1)
    assert sorted(place.advisor.pk for place in made.places.planned()) == sorted([able.pk, busy.pk])
    assert (made.figures["full"], len(made.figures["cases"])) == (2, 4)
    assert plan(per_person=3).figures["full"] == 4


def test_who_wants_fewer_requests_is_planned_once():
    a_case(team_size=1), a_case(team_size=1)
    AdvisorFactory(capacity=9, wants_fewer=True)
    assert plan(per_person=5).figures["full"] == 1


def test_a_place_that_somebody_was_asked_for_is_not_planned_again():
    case, done = a_case(team_size=2), a_case(team_size=1)
    asked, free, stranger = AdvisorFactory(), AdvisorFactory(name="Zoe"), AdvisorFactory(name="Ada")
    stranger.apart.add(asked)
    OfferFactory(consultation=case, advisor=asked)
    OfferFactory(consultation=done, state="proposed")
    made = plan()
    assert planned(made, case) <= {free, *Advisor.objects.filter(offers__consultation=done)}
    assert stranger not in planned(made) and len(planned(made, case)) == 1
    assert [one["case"] for one in made.figures["cases"]] == [case.pk]


def test_the_plan_serves_two_cases_where_one_by_one_serves_one():
    """The first case would take the only person who speaks French."""
    open_to_all, special = a_case(team_size=1), a_case(team_size=1)
    french, topic = LanguageFactory(), open_to_all.topics.get()
    special.languages.set([french])
    both, one = veteran(name="Ada"), veteran(name="Bo")
    for advisor in (both, one):
        advisor.topics.set([topic])
    both.regions.set([RegionFactory()])
    open_to_all.regions.set(both.regions.all())
    both.languages.set([french])
    made = plan(per_person=1)
    assert (planned(made, open_to_all), planned(made, special)) == ({one}, {both})
    assert made.figures["one_by_one"]["full"] == 1
    assert {place.advisor for place in made.places.filter(one_by_one=True)} == {both}


def test_wishes_are_kept_and_stand_in_the_round():
    case = a_case(team_size=1)
    good, other = veteran(name="Ada"), AdvisorFactory(name="Bo")
    good.topics.set(case.topics.all())
    assert planned(plan()) == {good}
    assert planned(plan(pinned=[(case.pk, other.pk)])) == {other}
    made = plan(forbidden=[(case.pk, good.pk)])
    assert planned(made) == {other}
    assert made.places.get(advisor=good).wish == "forbidden"


# --- What cannot be planned ----------------------------------------------------------------------------


def refused(**options):
    with pytest.raises(Refused) as refusal:
        plan(**options)
    assert Round.objects.count() == 0
    return str(refusal.value)


def test_without_cases_advisors_or_anybody_possible_a_sentence_says_so():
    assert "Zurzeit sucht kein Fall ein Team" in refused()
    case = a_case(team_size=1)
    assert "Im Pool ist noch niemand" in refused()
    advisor = AdvisorFactory(active=False)
    assert "kommt für keinen dieser Fälle jemand infrage" in refused()
    OfferFactory(consultation=case, advisor=advisor)
    assert "schon jemand vorgemerkt oder angefragt" in refused()


def test_weights_of_zero_still_fill_teams():
    a_case(team_size=1), AdvisorFactory()
    for criterion in Criterion:
        CriterionWeight.objects.create(criterion=criterion, weight=0)
    figures = plan().figures
    assert (figures["full"], figures["worth"], figures["worth_bound"], figures["gap"]) == (1, 0.0, 0.0, 0.0)


def test_a_pin_that_no_longer_fits_is_named_with_its_reason():
    case = a_case(team_size=1)
    AdvisorFactory()
    away = AdvisorFactory(name="Ada Amsel", active=False)
    said = refused(pinned=[(case.pk, away.pk)])
    assert f"Ada Amsel für {case.reference}" in said and "zurzeit nicht aktiv" in said
    busy = AdvisorFactory(name="Bo", capacity=1)
    OfferFactory(advisor=busy, state="proposed")
    assert "wie Einsätze frei sind" in refused(pinned=[(case.pk, busy.pk)])


def test_pins_that_contradict_one_another_are_told_apart():
    one, other = a_case(team_size=2), a_case(team_size=2)
    ada, bo, cleo = (AdvisorFactory(name=name, capacity=3) for name in ("Ada", "Bo", "Cleo"))
    leader = veteran(name="Dora")
    pins = [(case.pk, advisor.pk) for case in (one, other) for advisor in (ada, bo, cleo)]
    assert "Ada ist für" in refused(pinned=[pins[0], pins[3]], per_person=1)
    assert "mehr Personen festgelegt, als Plätze frei sind" in refused(pinned=pins[:3])
    assert "alle im Team noch ohne abgeschlossenen Fall: Ada und Bo" in refused(pinned=pins[:2])
    assert "fehlt" in refused(pinned=[pins[0], pins[4]], per_person=1)
    assert "zugleich ausgeschlossen" in refused(pinned=pins[:1], forbidden=pins[:1])
    leader.apart.add(ada)
    assert "arbeiten nicht gemeinsam" in refused(pinned=[pins[0], (one.pk, leader.pk)])


def test_wishes_for_what_is_settled_or_gone_are_forgotten():
    case, done = a_case(team_size=1), CaseFactory(state=State.STAFFED)
    advisor = AdvisorFactory()
    gone = advisor.pk + 1000
    made = plan(pinned=[(done.pk, advisor.pk), (case.pk, gone)], forbidden=[(case.pk + 1000, advisor.pk)])
    assert set(made.places.values_list("consultation", "advisor", "wish")) == {(case.pk, advisor.pk, "")}


# --- What becomes of it --------------------------------------------------------------------------------


def test_noting_a_team_writes_to_nobody_and_is_done_once():
    case = a_case(team_size=2)
    veteran(), veteran()
    made, by = plan(), UserFactory()
    assert rounds.note(made, case, by=by) == 2
    assert set(Offer.objects.filter(consultation=case).values_list("state", "by")) == {("proposed", by.pk)}
    assert Mail.objects.count() == 0
    with pytest.raises(Refused, match="niemand mehr vorzumerken"):
        rounds.note(made, case, by=by)


def test_what_has_changed_is_said_and_nobody_is_noted():
    case = a_case(team_size=2)
    ada, bo = veteran(name="Ada", capacity=1), veteran(name="Bo")
    made, by = plan(), UserFactory()
    offer = OfferFactory(advisor=ada, state="proposed")
    with pytest.raises(Refused, match=r"Ada \(schon für so viele Fälle"):
        rounds.note(made, case, by=by)
    offer.delete()
    ada.apart.add(bo)
    with pytest.raises(Refused, match="Ada und Bo arbeiten nicht gemeinsam"):
        rounds.note(made, case, by=by)
    ada.apart.clear()
    OfferFactory(consultation=case)
    with pytest.raises(Refused, match="nur noch ein Platz frei"):
        rounds.note(made, case, by=by)
    assert not Offer.objects.filter(consultation=case, state="proposed").exists()
    ConsultationRequest.objects.filter(pk=case.pk).update(state=State.WITHDRAWN, due_at=None)
    with pytest.raises(Refused, match="solange ein Team gesucht wird"):
        rounds.note(made, case, by=by)


def test_old_rounds_go():
    a_case(team_size=1), AdvisorFactory()
    by, other = UserFactory(), plan()
    kept = [plan(by=by) for _ in range(rounds.KEPT_PER_PERSON + 2)][2:]
    assert set(Round.objects.all()) == {*kept, other}
    Round.objects.filter(pk=kept[0].pk).update(created_at=timezone.now() - timedelta(days=31))
    assert follow("advisors.rounds") == 1
    assert set(Round.objects.all()) == {*kept[1:], other}
