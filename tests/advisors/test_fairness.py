"""How evenly work is shared: the measure, the numbers, the page."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from advisors import fairness
from advisors.fairness import drift_in_words, gini, misplaced
from advisors.models import AdvisorAccess
from tests.factories import AdvisorFactory, OfferFactory, ReportFactory, WorkFactory

PAGE = "/admin/verteilung/"
FILE = "/admin/verteilung/datei/"


# --- The measure -------------------------------------------------------------------------------------


def test_gini_by_hand():
    """Loads 0, 1, 3 on one unit each: the Lorenz curve goes through 0, 1/4 and 1, so twice the area below is
    (0 + 0 + 1/4 + 1/4 + 1) / 3 = 1/2. With two units for the busiest, half as much falls to each of theirs:
    0, 1/4, 5/8, 1 on four units, and twice the area is (0 + 1/4 + 7/8 + 13/8) / 4 = 11/16."""
    assert gini([0, 1, 3], [1, 1, 1]) == pytest.approx(1 / 2)
    assert gini([3, 0, 1], [2, 1, 1]) == pytest.approx(5 / 16)
    assert gini([0, 0, 0, 8], [1, 1, 1, 1]) == pytest.approx(3 / 4)
    assert gini([2, 4, 6], [1, 2, 3]) == 0
    assert gini([], []) == gini([0, 0], [1, 2]) == gini([1], [0]) == 0
    assert misplaced([0, 1, 3], [1, 1, 1]) == pytest.approx(5 / 12)


people = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 10)), min_size=1, max_size=30)


def measured(pairs, load=1.0, capacity=1.0):
    return gini([load * a for a, _ in pairs], [capacity * b for _, b in pairs])


@given(people)
def test_gini_is_at_least_zero_and_below_one(pairs):
    assert 0 <= measured(pairs) < 1
    assert 0 <= misplaced([a for a, _ in pairs], [b for _, b in pairs]) <= measured(pairs) + 1e-9


@given(people, st.randoms())
def test_gini_does_not_care_for_order(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    assert measured(shuffled) == pytest.approx(measured(pairs), abs=1e-9)


@given(people, st.floats(0.01, 1000), st.floats(0.01, 1000))
def test_gini_does_not_care_for_scale(pairs, load, capacity):
    assert measured(pairs, load, capacity) == pytest.approx(measured(pairs), abs=1e-9)


@given(st.lists(st.integers(1, 10), min_size=1, max_size=30), st.floats(0.01, 100))
def test_gini_is_zero_where_all_work_as_much_as_they_can(capacities, each):
    assert gini([each * capacity for capacity in capacities], capacities) == pytest.approx(0, abs=1e-9)


@given(people)
def test_whoever_is_split_into_units_changes_nothing(pairs):
    units = [(load / capacity, 1) for load, capacity in pairs for _ in range(capacity)]
    assert measured(units) == pytest.approx(measured(pairs), abs=1e-9)


@pytest.mark.parametrize(
    ("drift", "words"),
    [
        (1.4, "hat 1,4 Einsätze mehr als nach Kapazität"),
        (-1.0, "hat 1 Einsatz weniger als nach Kapazität"),
        (0.04, "genau nach Kapazität"),
        (-0.04, "genau nach Kapazität"),
        (-10.0, "hat 10 Einsätze weniger als nach Kapazität"),
    ],
)
def test_drift_in_words(drift, words):
    assert drift_in_words(drift) == words


# --- The numbers -------------------------------------------------------------------------------------


def worked(advisor, *, days=2.5, state="accepted", report="signed", at=None):
    at = at or timezone.now()
    offer = OfferFactory(advisor=advisor, state=state, sent_at=at, answered_at=at)
    if days:
        made = ReportFactory(consultation=offer.consultation, state=report, sent_at=at)
        WorkFactory(report=made, offer=offer, days=days)
    return offer


@pytest.mark.django_db
def test_shares_are_measured_against_capacity():
    busy, idle = AdvisorFactory(name="Ada", capacity=1), AdvisorFactory(name="Bea", capacity=3)
    worked(busy)
    worked(busy, days=5)
    worked(idle)
    OfferFactory(advisor=idle, state="declined")
    worked(idle, state="cancelled", report="draft", days=4)
    first, second = fairness.read().parts
    assert (first.name, first.capacity_share, first.asked, first.accepted, first.days) == ("Ada", 0.25, 2, 2, 7.5)
    assert (first.asked_share, first.accepted_share, first.days_share) == (0.4, pytest.approx(2 / 3), 0.75)
    assert (first.drift, second.drift) == (pytest.approx(1.25), pytest.approx(-1.25))
    assert (second.name, second.asked, second.accepted, second.days) == ("Bea", 3, 1, 2.5)


@pytest.mark.django_db
def test_only_last_year_and_who_can_be_asked_count():
    advisor = AdvisorFactory()
    worked(advisor, at=timezone.now() - timedelta(days=366))
    worked(AdvisorFactory(active=False))
    worked(AdvisorFactory(consents=[]))
    (part,) = fairness.read().parts
    assert (part.name, part.asked, part.accepted, part.days, part.drift) == (advisor.name, 0, 0, 0, 0)
    assert fairness.read().gini_of_days == 0


@pytest.mark.django_db
def test_most_beyond_capacity_comes_first_and_ties_go_by_name():
    for name, cases in (("Cem", 1), ("Bea", 0), ("Ada", 1), ("Dia", 2)):
        advisor = AdvisorFactory(name=name)
        for _ in range(cases):
            worked(advisor, days=None)
    assert [part.name for part in fairness.read().parts] == ["Dia", "Ada", "Cem", "Bea"]


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_the_numbers_come_from_four_queries(number, django_assert_num_queries):
    for _ in range(number):
        worked(AdvisorFactory())
    with django_assert_num_queries(4):
        fairness.read()


# --- The page ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_page_says_who_has_how_much_and_the_look_is_noted(desk, coordinator):
    worked(AdvisorFactory(name="Ada Muster"))
    AdvisorFactory(name="Bea Muster")
    shown = desk.get(PAGE).content.decode()
    assert "hat 0,5 Einsätze mehr als nach Kapazität" in shown
    assert "0,5 von 1 Einsätzen hätten bei anderen liegen müssen" in shown
    assert "1,2 von 2,5 Tagen hätten bei anderen liegen müssen" in shown
    noted = AdvisorAccess.objects.get()
    assert (noted.by, noted.page, noted.count) == (coordinator, "list", 2)


@pytest.mark.django_db
def test_without_anybody_the_page_says_so(desk):
    assert "niemand im Pool" in desk.get(PAGE).content.decode()
    assert not AdvisorAccess.objects.exists()


@pytest.mark.django_db
def test_a_long_row_is_cut_into_pages_and_the_chart_shows_its_ends(desk, monkeypatch):
    monkeypatch.setattr("miglobe.desk.fairness_page.SHOWN", 2)
    monkeypatch.setattr("miglobe.desk.fairness_page.DRAWN", 2)
    for name in ("Ada", "Bea", "Cem", "Dia", "Eva"):
        AdvisorFactory(name=name)
    response = desk.get(PAGE, {"seite": "2"})
    assert [row.part.name for row in response.context["rows"]] == ["Cem", "Dia"]
    assert [row.part.name for row in response.context["drawn"]] == ["Ada", "Eva"]
    assert "Seite 2 von 3, 5 Personen" in response.content.decode()
    assert AdvisorAccess.objects.get().count == 4
    assert desk.get(PAGE, {"seite": "viele"}).status_code == desk.get(PAGE, {"seite": "99"}).status_code == 200


@pytest.mark.django_db
def test_the_file_has_everybody_and_is_noted(desk):
    worked(AdvisorFactory(name="=Ada"))
    AdvisorFactory(name="Bea", capacity=1)
    response = desk.post(FILE, {"kind": "csv"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    head, first, second = csv.reader(io.StringIO(text), delimiter=";")
    assert head[0] == "Berater*in"
    assert first == ["'=Ada", "2", "66,7", "1", "100,0", "1", "100,0", "2,5", "100,0", "0,3"]
    assert second == ["Bea", "1", "33,3", "0", "0,0", "0", "0,0", "0,0", "0,0", "-0,3"]
    assert AdvisorAccess.objects.get().page == "export"
    assert b"".join(desk.post(FILE, {"kind": "xlsx"}).streaming_content)
    assert desk.post(FILE, {"kind": "exe"}).status_code == 422
    assert desk.get(FILE).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_as_often_for_one_as_for_three(desk, number, django_assert_max_num_queries):
    for _ in range(number):
        worked(AdvisorFactory())
    desk.get(PAGE)
    with django_assert_max_num_queries(16):
        desk.get(PAGE)
