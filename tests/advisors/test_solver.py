"""A round decided by arrays: small worlds against all possible plans, and rules that hold in every world."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from advisors.solver import Contradiction, Kind, Need, Problem, exact, greedy, nearby, solve, violations, worth_of

worlds_of = settings(max_examples=40, suppress_health_check=list(HealthCheck))
NUMBERS = st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0])
LEVELS = st.sampled_from([0.0, 0.0, 0.5, 1.0])


def some(numbers, *shape):
    return st.lists(numbers, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))).map(
        lambda found: np.array(found).reshape(shape)
    )


@st.composite
def problems(draw, most_cases=3, most_advisors=5, pins=True):
    cases, advisors, skills = draw(st.integers(0, most_cases)), draw(st.integers(0, most_advisors)), 3
    anybody = st.integers(0, max(advisors - 1, 0))
    two = st.tuples(anybody, anybody).filter(lambda pair: pair[0] != pair[1]) if advisors > 1 else st.nothing()
    some_case = st.integers(0, max(cases - 1, 0))
    filled = cases > 0
    return Problem(
        places=draw(some(st.integers(0, 3), cases)).astype(int),
        possible=draw(some(st.sampled_from([True, True, True, False]), cases, advisors)).astype(bool),
        worth=draw(some(NUMBERS, cases, advisors)).astype(float),
        levels=draw(some(LEVELS, skills, advisors)).astype(float),
        capacity=draw(some(st.integers(0, 2), advisors)).astype(int),
        experienced=draw(some(st.booleans(), advisors)).astype(bool),
        led=draw(some(st.sampled_from([False, False, True]), cases)).astype(bool),
        needs=tuple(
            draw(st.lists(st.builds(Need, some_case, st.integers(0, skills - 1), NUMBERS, LEVELS), max_size=6))
            if filled
            else ()
        ),
        apart=tuple(draw(st.lists(two, max_size=2))) if advisors > 1 else (),
        together=tuple(draw(st.lists(two.flatmap(lambda pair: NUMBERS.map(lambda bonus: (*pair, bonus))), max_size=3)))
        if advisors > 1
        else (),
        pairing=draw(st.one_of(st.none(), some(NUMBERS, cases).map(lambda parts: parts.astype(float)))),
        pinned=tuple(draw(st.lists(st.tuples(some_case, anybody), max_size=2))) if pins and filled and advisors else (),
    )


def every_plan(problem):
    """All plans that keep the rules."""
    cases, advisors = problem.possible.shape
    teams = [
        [team for size in range(problem.places[case] + 1) for team in combinations(range(advisors), size)]
        for case in range(cases)
    ]
    for plan in product(*teams):
        chosen = [(case, advisor) for case, team in enumerate(plan) for advisor in team]
        if not violations(problem, chosen):
            yield chosen


def value(problem, chosen):
    full = sum(
        places > 0 and sum(case == each for each, _ in chosen) == places for case, places in enumerate(problem.places)
    )
    return full, worth_of(problem, chosen)


@worlds_of
@given(problems())
def test_no_plan_is_better_than_the_one_found(problem):
    best = max((value(problem, chosen) for chosen in every_plan(problem)), default=None)
    if best is None:
        with pytest.raises(Contradiction):
            solve(problem)
        return
    plan = solve(problem)
    assert plan.value == (best[0], pytest.approx(best[1], abs=1e-4))
    assert plan.full_bound == best[0] and plan.worth_bound == pytest.approx(best[1], abs=1e-3)
    assert not plan.timed_out


@worlds_of
@given(problems(most_cases=6, most_advisors=8))
def test_no_plan_breaks_a_rule_and_none_is_worse_than_one_by_one(problem):
    try:
        by_hand = greedy(problem)
    except Contradiction:
        assume(False)
    plan = solve(problem)
    for each in (by_hand, plan):
        assert violations(problem, each.chosen) == []
        assert each.value == value(problem, each.chosen)
        assert each.full_bound >= each.full and each.worth_bound >= each.worth
    assert plan.value >= by_hand.value


@worlds_of
@given(problems(most_cases=6, most_advisors=8))
def test_solving_piece_by_piece_as_in_large_rounds_breaks_no_rule_either(monkeypatch, problem):
    monkeypatch.setattr(exact, "TOGETHER", 1)
    monkeypatch.setattr(nearby, "TOGETHER", 2)
    monkeypatch.setattr(exact._Search, "_exhaust", lambda search, goal, better, bound, prices: bound)
    try:
        by_hand = greedy(problem)
    except Contradiction:
        assume(False)
    plan = solve(problem)
    assert violations(problem, plan.chosen) == []
    assert by_hand.value <= plan.value <= (plan.full_bound, np.inf)
    assert plan.worth <= plan.worth_bound


@worlds_of
@given(problems(most_cases=5, most_advisors=7), st.randoms(use_true_random=False))
def test_the_order_of_cases_and_advisors_does_not_matter(problem, random):
    try:
        plan = solve(problem)
    except Contradiction:
        assume(False)
    cases, advisors = (random.sample(range(size), size) for size in problem.possible.shape)
    again = solve(shuffled(problem, cases, advisors))
    assert again.full == plan.full and again.worth == pytest.approx(plan.worth, abs=1e-4)


def shuffled(problem, cases, advisors):
    case, advisor = list(np.argsort(cases)), list(np.argsort(advisors))  # old number → new number
    return Problem(
        places=problem.places[cases],
        possible=problem.possible[np.ix_(cases, advisors)],
        worth=problem.worth[np.ix_(cases, advisors)],
        levels=problem.levels[:, advisors],
        capacity=problem.capacity[advisors],
        experienced=problem.experienced[advisors],
        led=problem.led[cases],
        needs=tuple(need._replace(case=int(case[need.case])) for need in reversed(problem.needs)),
        apart=tuple((advisor[other], advisor[one]) for one, other in problem.apart),
        together=tuple((advisor[other], advisor[one], bonus) for one, other, bonus in problem.together),
        pairing=None if problem.pairing is None else problem.pairing[cases],
        pinned=tuple((case[pair[0]], advisor[pair[1]]) for pair in problem.pinned),
    )


@worlds_of
@given(problems(pins=False), st.integers(0, 2), st.integers(0, 4))
def test_who_covers_more_never_makes_a_round_worth_less(problem, skill, advisor):
    assume(advisor < len(problem.capacity))
    levels = problem.levels.copy()
    levels[skill, advisor] = 1.0
    assert solve(replace(problem, levels=levels)).value >= less(solve(problem).value)


@worlds_of
@given(problems(pins=False), st.integers(0, 4))
def test_more_capacity_never_makes_a_round_worse(problem, advisor):
    assume(advisor < len(problem.capacity))
    capacity = problem.capacity.copy()
    capacity[advisor] += 1
    before, after = solve(problem), solve(replace(problem, capacity=capacity))
    assert after.full > before.full or after.value >= less(before.value)


def less(value):
    return value[0], value[1] - 1e-4


# --- Worlds that can be counted by hand


def world(cases=1, advisors=2, places=2, **given_):
    """Nobody covers anything and everybody is worth one, is experienced and has time for one case."""
    return Problem(
        **{
            "places": np.full(cases, places),
            "possible": np.ones((cases, advisors), dtype=bool),
            "worth": np.ones((cases, advisors)),
            "levels": np.zeros((2, advisors)),
            "capacity": np.ones(advisors, dtype=int),
            "experienced": np.ones(advisors, dtype=bool),
            "led": np.zeros(cases, dtype=bool),
            **given_,
        }
    )


def test_a_team_covers_each_topic_once():
    """Two who know the same are worth less than two who know different things, though the first earns more alone."""
    levels = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 0.5]])
    needs = (Need(0, 0, 4.0), Need(0, 1, 4.0))
    plan = solve(world(advisors=3, levels=levels, needs=needs, worth=np.array([[1.0, 0.5, 0.0]])))
    assert plan.chosen == ((0, 0), (0, 2))
    assert plan.worth == pytest.approx(1 + 4 + 2)


def test_what_those_who_accepted_cover_counts_only_beyond_that():
    levels = np.array([[1.0, 0.0], [0.0, 1.0]])
    problem = world(places=1, levels=levels, needs=(Need(0, 0, 4.0, covered=1.0), Need(0, 1, 1.0)))
    plan = solve(problem)
    assert plan.chosen == ((0, 1),)
    assert plan.worth == pytest.approx(1 + 4 + 1)


def test_full_teams_come_before_worth():
    """Picking by hand sends the first case the person whom only the second one can have."""
    possible = np.array([[True, True], [True, False]])
    problem = world(cases=2, places=1, possible=possible, worth=np.array([[9.0, 1.0], [1.0, 0.0]]))
    assert greedy(problem).value == (1, 9.0)
    plan = solve(problem)
    assert plan.value == (2, 2.0) and plan.chosen == ((0, 1), (1, 0))
    assert plan.full_bound == 2 and plan.gap == 0


def test_a_team_that_cannot_be_full_gets_whom_it_can():
    plan = solve(world(places=3))
    assert plan.value == (0, 2.0) and plan.full_bound == 0


def test_newcomers_are_never_among_themselves():
    newcomers = world(experienced=np.zeros(2, dtype=bool))
    assert solve(newcomers).chosen == greedy(newcomers).chosen == ()
    led = replace(newcomers, led=np.array([True]))
    assert solve(led).full == greedy(led).full == 1


def test_by_hand_a_place_is_kept_for_somebody_experienced():
    problem = world(advisors=3, worth=np.array([[3.0, 2.0, 1.0]]), experienced=np.array([False, False, True]))
    assert greedy(problem).chosen == solve(problem).chosen == ((0, 0), (0, 2))


def test_those_who_must_not_meet_do_not():
    problem = world(advisors=3, worth=np.array([[3.0, 2.0, 1.0]]), apart=((1, 0),))
    assert greedy(problem).chosen == solve(problem).chosen == ((0, 0), (0, 2))


def test_those_who_worked_well_together_are_preferred():
    problem = world(advisors=3, worth=np.array([[1.0, 0.5, 0.25]]), together=((2, 1, 2.0),))
    assert solve(problem).chosen == ((0, 1), (0, 2))
    assert solve(problem).worth == pytest.approx(2.75)


def test_a_pin_is_kept_though_it_costs():
    problem = world(advisors=3, worth=np.array([[3.0, 2.0, 1.0]]), pinned=((0, 2),))
    assert greedy(problem).chosen == solve(problem).chosen == ((0, 0), (0, 2))


def test_pinned_newcomers_get_somebody_experienced_even_by_hand():
    """Only one can lead the second team, and the first would take them."""
    problem = world(
        cases=2,
        advisors=4,
        experienced=np.array([False, False, True, True]),
        possible=np.array([[True, False, True, True], [False, True, True, False]]),
        pinned=((0, 0), (1, 1)),
    )
    for plan in (greedy(problem), solve(problem)):
        assert plan.chosen == ((0, 0), (0, 3), (1, 1), (1, 2))


@pytest.mark.parametrize(
    ("kind", "cases", "advisors", "problem"),
    [
        (Kind.IMPOSSIBLE, (0,), (1,), world(possible=np.array([[True, False]]), pinned=((0, 1),))),
        (Kind.APART, (0,), (0, 1), world(apart=((0, 1),), pinned=((0, 0), (0, 1)))),
        (Kind.PLACES, (0,), (0, 1), world(places=1, pinned=((0, 0), (0, 1)))),
        (Kind.CAPACITY, (0, 1), (0,), world(cases=2, pinned=((0, 0), (1, 0)))),
        (Kind.NEWCOMERS, (0,), (0,), world(places=1, experienced=np.zeros(2, dtype=bool), pinned=((0, 0),))),
        (Kind.NO_LEADER, (0,), (0,), world(experienced=np.zeros(2, dtype=bool), pinned=((0, 0),))),
        (
            Kind.NO_LEADER,
            (1,),
            (1,),
            world(cases=2, advisors=3, experienced=np.array([False, False, True]), pinned=((0, 0), (1, 1))),
        ),
    ],
)
def test_pins_that_contradict_are_named(kind, cases, advisors, problem):
    for way in (greedy, solve):
        with pytest.raises(Contradiction) as found:
            way(problem)
        assert (found.value.kind, found.value.cases, found.value.advisors) == (kind, cases, advisors)


@pytest.mark.parametrize(
    "problem",
    [
        world(cases=0, advisors=0),
        world(cases=0),
        world(advisors=0),
        world(possible=np.zeros((1, 2), dtype=bool)),
        world(places=0),
        world(capacity=np.zeros(2, dtype=int)),
    ],
)
def test_where_nobody_can_be_sent_the_plan_is_empty(problem):
    for plan in (greedy(problem), solve(problem)):
        assert (plan.chosen, plan.value, plan.full_bound, plan.gap) == ((), (0, 0.0), 0, 0.0)


def test_what_counts_nothing_does_no_harm():
    problem = world(worth=np.zeros((1, 2)), needs=(Need(0, 0, 0.0),), together=((0, 1, 0.0),))
    assert solve(problem).value == (1, 0.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"worth": np.array([[1.0, -1.0]])},
        {"worth": np.array([[1.0, np.nan]])},
        {"needs": (Need(0, 0, -1.0),)},
        {"needs": (Need(0, 0, np.inf),)},
        {"together": ((0, 1, -1.0),)},
        {"levels": np.full((2, 2), 1.5)},
        {"capacity": np.array([1, -1])},
        {"capacity": np.array([1, 1, 1])},
        {"levels": np.zeros((2, 3))},
    ],
)
def test_numbers_without_sense_are_refused(wrong):
    with pytest.raises(ValueError):  # noqa: PT011 – the kind is the message
        world(**wrong)


def test_without_time_the_plan_is_the_one_by_hand_and_says_so():
    problem = world(cases=2, places=1, worth=np.array([[9.0, 8.0], [8.0, 1.0]]))
    plan = solve(problem, seconds=0)
    assert plan.timed_out and plan.chosen == greedy(problem).chosen
    assert plan.worth_bound >= solve(problem).worth == pytest.approx(16)
