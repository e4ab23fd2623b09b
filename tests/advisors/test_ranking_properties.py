"""What holds for every pool and every case, on ones that nobody thought of. No database."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisors.matching.cases import Case
from advisors.matching.criteria import MUST, Match
from advisors.matching.pool import DISTRICT, Pauses, Pool, Skills
from advisors.matching.ranking import SHIPPED, Ranking
from advisors.matching.teams import TeamSearch
from advisors.models import Criterion
from requests.models import Municipality

TODAY = date(2026, 11, 25)
TOWN = Municipality(ags="05915000", name="Hamm", type="kreisfreie Stadt", latitude=51.68, longitude=7.82)
TERMS = 3


def skills(rng, size, share=0.6, levels=3):
    has = rng.random((TERMS, size)) < share
    return Skills(size, dict(enumerate(np.where(has, rng.integers(1, levels + 1, (TERMS, size)) / levels, 0.0))))


def a_pool(size, seed) -> Pool:
    rng = np.random.default_rng(seed)
    paused = np.flatnonzero(rng.random(size) < 0.1)
    return Pool(
        keys=rng.permutation(size) + 1,
        names=[f"Person {'ABC'[number % 3]}" for number in range(size)],  # some share a name
        active=rng.random(size) < 0.9,
        consenting=rng.random(size) < 0.9,
        online=rng.random(size) < 0.8,
        wants_fewer=rng.random(size) < 0.1,
        capacity=rng.integers(1, 4, size).astype(float),
        load=rng.integers(0, 2, size).astype(float),
        travel_km=rng.integers(20, 200, size).astype(float),
        latitude=50.5 + 2 * rng.random(size),
        longitude=6 + 3 * rng.random(size),
        last_asked=np.full(size, -np.inf),
        taken=rng.integers(0, 3, size).astype(float),
        topics=skills(rng, size),
        only_topics=skills(rng, size, share=0.03, levels=1),
        languages=skills(rng, size, share=0.8),
        regions=skills(rng, size, levels=1),
        formats=skills(rng, size, share=0.8, levels=1),
        biased={TOWN.ags: [0] if size else []},
        apart={1: [2], 2: [1]} if size > 2 else {},
        pauses=Pauses(paused, np.full(len(paused), TODAY.toordinal() - 1), np.full(len(paused), TODAY.toordinal() + 9)),
        done=rng.integers(0, 2, (DISTRICT + 1, size)).astype(float),
    )


def a_case(seed, places=2) -> Case:
    rng = np.random.default_rng(seed)
    wanted = [{term: f"T{term}" for term in range(TERMS) if rng.random() < 0.6} for _ in range(4)]
    return Case(
        key=1,
        reference="MG-2026-00001",
        municipality=TOWN,
        on_site=bool(rng.random() < 0.8),
        online=bool(rng.random() < 0.8),
        topics=wanted[0],
        regions=wanted[1],
        languages=wanted[2],
        formats=wanted[3],
        concerned=frozenset([TOWN.ags]),
        today=TODAY,
        begins_on=TODAY,
        ends_on=TODAY + timedelta(days=30),
        team_size=places,
    )


def shuffled(pool: Pool, order) -> Pool:
    """The same people in another order of rows."""
    place = {int(old): new for new, old in enumerate(order)}

    def turn(skills: Skills) -> Skills:
        return Skills(pool.size, {term: levels[order] for term, levels in skills.levels.items()})

    arrays = {
        name: getattr(pool, name)[..., order]
        for name in (
            *("keys", "active", "consenting", "online", "wants_fewer", "capacity", "load", "travel_km"),
            *("latitude", "longitude", "last_asked", "taken", "done"),
        )
    }
    return replace(
        pool,
        **arrays,
        **{name: turn(getattr(pool, name)) for name in ("topics", "only_topics", "languages", "regions", "formats")},
        names=[pool.names[old] for old in order],
        biased={town: [place[who] for who in people] for town, people in pool.biased.items()},
        apart={place[one]: [place[other] for other in others] for one, others in pool.apart.items()},
        pauses=replace(pool.pauses, who=np.array([place[int(who)] for who in pool.pauses.who], np.intp)),
    )


def ranking_of(pool, case, weights=SHIPPED) -> Ranking:
    return Ranking(Match(case, pool), weights)


SEEDS = st.integers(0, 10_000)
SIZES = st.integers(0, 12)


@given(size=SIZES, seed=SEEDS)
def test_nobody_who_violates_a_rule_is_ranked_and_everybody_else_is(size, seed):
    ranking = ranking_of(a_pool(size, seed), a_case(seed))
    for who in ranking.order:
        assert not any(must.fails(ranking.match)[who] for must in MUST)
        assert ranking.why_not(int(who)) == []
    for who in ranking.excluded:
        assert ranking.why_not(int(who))[0]
    assert sorted([*ranking.order, *ranking.excluded]) == list(range(size))


@given(size=SIZES, seed=SEEDS)
def test_scores_lie_between_0_and_1_and_the_best_come_first(size, seed):
    ranking = ranking_of(a_pool(size, seed), a_case(seed))
    assert all(((score >= 0) & (score <= 1)).all() for score in ranking.scores.values())
    totals = ranking.total[ranking.order]
    assert ((totals >= 0) & (totals <= 1)).all() and (np.diff(totals) <= 0).all()


@given(size=SIZES, seed=SEEDS)
def test_the_order_of_the_rows_changes_no_score_and_no_place_but_among_ties(size, seed):
    pool, case = a_pool(size, seed), a_case(seed)
    turned = shuffled(pool, np.random.default_rng(seed).permutation(size))
    scores = [
        {int(ranking.match.pool.keys[who]): ranking.total[who] for who in ranking.order}
        for ranking in (ranking_of(pool, case), ranking_of(turned, case))
    ]
    assert scores[0] == pytest.approx(scores[1])
    assert ranking_of(pool, case).order.tolist() == ranking_of(pool, case).order.tolist()


@given(size=st.integers(1, 12), seed=SEEDS)
def test_ties_stand_in_the_order_of_the_pool_which_is_that_of_names(size, seed):
    pool = a_pool(size, seed)
    nothing = dict.fromkeys(Criterion, 0.0)
    order = ranking_of(pool, a_case(seed), nothing).order
    assert order.tolist() == sorted(order.tolist())


@given(size=st.integers(1, 12), seed=SEEDS, term=st.integers(0, TERMS - 1))
def test_who_learns_something_never_falls_behind(size, seed, term):
    pool, case = a_pool(size, seed), a_case(seed)
    better = np.where(np.arange(size) == 0, 1.0, pool.topics.of(term))
    learned = replace(pool, topics=Skills(size, {**pool.topics.levels, term: better}))
    before, after = ranking_of(pool, case), ranking_of(learned, case)
    assert after.total[0] >= before.total[0]
    assert (after.total[1:] == before.total[1:]).all()


@settings(max_examples=30)
@given(size=st.integers(0, 9), seed=SEEDS, places=st.integers(1, 3))
def test_the_first_team_is_the_best_of_all_that_may_be(size, seed, places):
    ranking = ranking_of(a_pool(size, seed), a_case(seed, places))
    search = TeamSearch(ranking, frozenset())
    (first, *_) = search.best() or (None,)
    pool = ranking.match.pool
    people = [int(who) for who in ranking.order]
    groups = [
        group
        for group in combinations(people, places)
        if not any(other in pool.apart.get(one, []) for one, other in combinations(group, 2))
    ]
    if places > 1 and (led := [group for group in groups if pool.experienced[list(group)].any()]):
        groups = led
    assert (first is None) == (not groups)
    if first:
        assert first.score == max(search.scores(np.array(groups, np.intp)))
        assert first.people in groups
