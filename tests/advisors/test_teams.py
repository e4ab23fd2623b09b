"""Teams by what their people cover together."""

from itertools import combinations

import pytest

from advisors import matching
from requests.models import State
from tests.advisors.test_matching import ended, worked_together
from tests.factories import AdvisorFactory, CaseFactory, OfferFactory, TopicFactory

pytestmark = pytest.mark.django_db


def a_case(size=2, **changes):
    return CaseFactory(state=State.SEARCHING, team_size=size, **changes)


def expert(name, *topics, level=3, **changes):
    advisor = AdvisorFactory(name=name, **changes)
    advisor.topics.set(topics, through_defaults={"level": level})
    return advisor


def best(case, most=5):
    ranking = matching.rank(case)
    return [
        ("+".join(ranking.match.pool.names[who] for who in team.people), team)
        for team in matching.best_teams(ranking, most=most)
    ]


def test_two_who_complete_each_other_are_better_than_the_two_best():
    trade, agenda, schools = TopicFactory(), TopicFactory(), TopicFactory(name="Bildung")
    case = a_case(topics=[trade, agenda, schools])
    expert("A", trade, agenda)
    expert("B", trade, agenda)
    expert("C", schools)
    assert [suggestion.advisor.name for suggestion in matching.suggest(case)[0]] == ["A", "B", "C"]
    (names, team), *others = best(case)
    assert names == "A+C"
    assert [(part.name, part.by) for part in team.covered if part.name == "Bildung"] == [("Bildung", ("C",))]
    assert not team.missing
    assert [name for name, _ in others] == ["B+C", "A+B"]
    assert [part.name for part in others[1][1].missing] == ["Bildung"]


def test_the_score_of_a_team_is_the_one_computed_by_hand():
    """Of weight 14: topics 4 · (1 + ⅔)/2, no regions, languages, formats wanted (4), next door (1), no experience,
    no work yet (2), all free (1), no past together (½)."""
    first, second = TopicFactory(), TopicFactory()
    case = a_case(topics=[first, second], place="on_site")
    expert("A", first, level=3, home=case.municipality)
    expert("B", second, level=2, home=case.municipality)
    ((_, team),) = best(case)
    assert team.score == pytest.approx((4 * (1 + 2 / 3) / 2 + 4 + 1 + 0 + 2 + 1 + 0.5) / 14)


def test_who_has_accepted_is_part_of_the_team():
    first, second = TopicFactory(), TopicFactory()
    case = a_case(size=3, topics=[first, second])
    OfferFactory(consultation=case, advisor=expert("Z", first), state="accepted")
    expert("A", first)
    expert("B", first)
    expert("C", second)
    assert best(case)[0][0] == "A+C"
    assert best(case)[0][1].covered[0].by == ("A", "Z")


def test_a_new_person_works_with_an_experienced_one_where_there_is_one():
    case = a_case()
    for name in "AB":
        expert(name)
    (_, team), *_ = best(case)
    assert not team.experienced  # nobody is: better a team than none
    ended(expert("C"))
    assert [name for name, _ in best(case)] == ["C+A", "C+B"]


def test_people_who_are_kept_apart_form_no_team():
    case = a_case()
    a, b, _ = expert("A"), expert("B"), expert("C")
    a.apart.add(b)
    assert [name for name, _ in best(case)] == ["A+C", "B+C"]


def test_a_good_past_together_breaks_the_tie():
    case = a_case()
    people = [expert(name, capacity=9) for name in "ABC"]
    for pair in combinations(people, 2):
        worked_together(*pair, satisfaction=5 if people[0] not in pair else 3)
    assert best(case)[0][0] == "B+C"


@pytest.mark.parametrize(("people", "size"), [(0, 2), (1, 2), (3, 2), (4, 3), (2, 1)])
def test_few_people_and_large_teams_give_a_list_and_no_fault(people, size):
    case = a_case(size=size)
    for _ in range(people):
        AdvisorFactory()
    teams = best(case)
    assert all(len(team.people) == min(size, 3) for _, team in teams)
    assert bool(teams) == (people >= size)


def test_the_number_of_queries_does_not_grow_with_the_people(django_assert_num_queries):
    case = a_case()
    for _ in range(2):
        expert("A", TopicFactory())
        expert("B", TopicFactory())
        ranking = matching.rank(case)
        with django_assert_num_queries(1):
            assert matching.best_teams(ranking)
