"""How much each criterion counts: set at the desk, tried on past cases, judged by the answers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from advisors import learning, matching, weights
from advisors.models import AdvisorAccess, Criterion, CriterionWeight, DeclineReason, Offer
from miglobe.desk import roles
from miglobe.errors import Refused
from requests.models import State, Transition
from tests.conftest import HouseClient
from tests.factories import (
    AdvisorFactory,
    CaseFactory,
    DeclineReasonFactory,
    MunicipalityFactory,
    OfferFactory,
    TopicFactory,
    UserFactory,
)
from tests.login import signs_in

pytestmark = pytest.mark.django_db

PAGE = "/admin/gewichte/"
SAVE = "/admin/gewichte/speichern/"


def typed(**changes):
    shipped = {each.value: str(weight) for each, weight in matching.SHIPPED.items()}
    return shipped | changes


@pytest.fixture
def lead(db):
    roles.load()
    client = HouseClient()
    client.person = UserFactory()
    client.person.groups.set([roles.Group.objects.get(name=roles.LEAD)])
    signs_in(client, client.person, "password")
    return client


# --- The command -------------------------------------------------------------------------------------


def test_what_is_set_counts_and_the_rest_stays_as_it_was():
    by = UserFactory()
    weights.set_weights({Criterion.TOPICS: "2,5"}, by=by)
    found = weights.set_weights({Criterion.DISTANCE: Decimal(3)}, by=by)
    assert found == matching.read_weights() == matching.SHIPPED | {Criterion.TOPICS: 2.5, Criterion.DISTANCE: 3.0}


def test_what_is_set_as_shipped_is_no_setting_of_ones_own():
    by = UserFactory()
    weights.set_weights({Criterion.TOPICS: 9}, by=by)
    assert CriterionWeight.objects.count() == 1
    weights.set_weights(weights.SHIPPED, by=by)
    assert not CriterionWeight.objects.exists()
    assert matching.read_weights() == matching.SHIPPED


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("-1", "nicht kleiner als 0"),
        ("-0,1", "nicht kleiner als 0"),
        ("10,1", "höchstens 10"),
        ("1e9", "höchstens 10"),
        ("viel", "eine Zahl von 0 bis 10"),
        ("", "eine Zahl von 0 bis 10"),
        (None, "eine Zahl von 0 bis 10"),
        ("NaN", "eine Zahl von 0 bis 10"),
        ("Infinity", "eine Zahl von 0 bis 10"),
        ("1,55", "eine Stelle nach dem Komma"),
        ("0," + "1" * 60, "eine Stelle nach dem Komma"),
    ],
)
def test_what_is_no_weight_is_refused_and_nothing_changes(value, why):
    with pytest.raises(Refused, match=why):
        weights.set_weights({Criterion.TOPICS: value}, by=UserFactory())
    assert not CriterionWeight.objects.exists()


def test_something_must_count():
    with pytest.raises(Refused, match="Mindestens ein Kriterium"):
        weights.set_weights(dict.fromkeys(Criterion, "0"), by=UserFactory())
    weights.set_weights(dict.fromkeys(Criterion, "0") | {Criterion.SHARE: "0,1"}, by=UserFactory())
    assert sum(matching.shares_of(matching.read_weights()).values()) == 1


def test_who_has_set_what_is_known():
    by = UserFactory(first_name="Lea", last_name="Leitung")
    weights.set_weights({Criterion.TOPICS: 9}, by=by)
    weights.set_weights(weights.SHIPPED, by=by)
    told = [(change.who, change.criterion, change.weight) for change in weights.last_changes()]
    assert told == [("Lea Leitung", "Themen", Decimal(4)), ("Lea Leitung", "Themen", Decimal(9))]


# --- The page ----------------------------------------------------------------------------------------


def test_the_page_says_every_rule_and_what_each_criterion_counts(desk):
    shown = desk.get(PAGE).content.decode()
    for must in matching.MUST:
        assert must.label in shown
    for should in matching.SHOULD:
        assert should.means in shown
    assert "29 %" in shown  # four of fourteen
    assert "Zurzeit gelten die mitgelieferten Gewichte." in shown


def test_coordination_tries_and_only_the_lead_keeps(desk, lead):
    assert "Speichern kann sie die Leitung" in desk.get(PAGE).content.decode()
    assert desk.post(PAGE, typed(topics="7,5")).status_code == 200
    assert desk.post(SAVE, typed(topics="7,5")).status_code == 403
    assert not CriterionWeight.objects.exists()
    assert lead.post(SAVE, typed(topics="7,5")).status_code == 302
    assert CriterionWeight.objects.get().weight == Decimal("7.5")
    shown = lead.get(PAGE).content.decode()
    assert 'value="7,5"' in shown
    assert f"{lead.person}: Themen zählt 7,5" in shown


@pytest.mark.parametrize("address", [PAGE, SAVE])
def test_what_is_wrong_is_said_beside_its_field_and_stays_to_be_read(lead, address):
    response = lead.post(address, typed(topics="viel", regions="3"))
    shown = response.content.decode()
    assert response.status_code == 422
    assert "Bitte geben Sie eine Zahl von 0 bis 10 an" in shown
    assert 'value="viel"' in shown and 'value="3"' in shown
    assert not CriterionWeight.objects.exists()


@pytest.mark.parametrize("address", [PAGE, SAVE])
def test_nothing_at_all_is_said_once(lead, address):
    response = lead.post(address, dict.fromkeys(Criterion.values, "0"))
    assert response.status_code == 422
    assert response.content.decode().count("Mindestens ein Kriterium muss mehr als 0 zählen") == 1


def test_the_shipped_ones_come_back_by_a_button(lead):
    weights.set_weights({Criterion.TOPICS: 9}, by=lead.person)
    shown = lead.post(PAGE, {"mitgeliefert": "1"})
    assert shown.context["form"].weights == weights.SHIPPED
    assert CriterionWeight.objects.exists()  # until they are saved


# --- The look back -----------------------------------------------------------------------------------


def staffed(*advisors, at=None, **changes):
    case = CaseFactory(state=State.STAFFED, **changes)
    for advisor in advisors:
        OfferFactory(consultation=case, advisor=advisor, state="accepted")
    Transition.objects.create(
        consultation=case, move="staff", source=State.SEARCHING, target=State.STAFFED, at=at or timezone.now()
    )
    return case


def only(criterion):
    return dict.fromkeys(Criterion, 0.0) | {criterion: 1.0}


def skilled(topic, **changes):
    advisor = AdvisorFactory(**changes)
    advisor.topic_skills.create(topic=topic, level=3)
    return advisor


def test_past_cases_are_ranked_with_todays_weights_and_with_others():
    topic = TopicFactory()
    far = MunicipalityFactory(latitude=50.5, longitude=6.2)
    chosen = skilled(topic, name="Zoe", home=far)
    for number in range(6):
        AdvisorFactory(name=f"Ada {number}")  # next door, and knows nothing of it
    weights.set_weights(dict.fromkeys(Criterion, "0") | {Criterion.TOPICS: 1}, by=UserFactory())
    case = staffed(chosen, topics=[topic])
    found = matching.look_back(only(Criterion.DISTANCE))
    (past,) = found.cases
    assert (past.reference, past.case.key) == (case.reference, case.pk)
    assert [(person.name, person.today, person.then) for person in past.people] == [("Zoe", 1, 7)]
    assert (found.mean_today, found.mean_then, found.first_today, found.first_then) == (1, 7, 1, 0)
    assert found.compared == 7


def test_neither_capacity_nor_pauses_nor_their_own_offer_hide_who_had_the_case():
    topic = TopicFactory()
    one = skilled(topic, capacity=1, name="Ada")
    other = skilled(topic, name="Bea", active=False)
    AdvisorFactory(name="Aaron")
    staffed(one, other, topics=[topic])
    (past,) = matching.look_back(only(Criterion.TOPICS)).cases
    assert [(person.name, person.then) for person in past.people] == [("Ada", 1), ("Bea", 2)]


def test_who_has_withdrawn_is_neither_shown_nor_counted():
    gone = AdvisorFactory(consents=[])
    staffed(gone)
    found = matching.look_back(matching.SHIPPED)
    assert (found.cases, found.compared) == ((), 0)


def test_the_last_fifty_count_the_newest_first_and_each_case_once(monkeypatch):
    monkeypatch.setattr("advisors.matching.hindsight.CASES", 2)
    advisor = AdvisorFactory()
    now = timezone.now()
    _old, middle, new = (staffed(advisor, at=now - timedelta(days=days)) for days in (30, 20, 10))
    Transition.objects.create(consultation=middle, move="staff", source="searching", target="staffed", at=now)
    found = matching.look_back(matching.SHIPPED)
    assert [past.reference for past in found.cases] == [middle.reference, new.reference]


def test_the_preview_shows_places_and_is_noted(desk, coordinator):
    advisor = AdvisorFactory(name="Ana Muster")
    case = staffed(advisor)
    shown = desk.post(PAGE, typed(topics="0")).content.decode()
    assert case.reference in shown and "Ana Muster: Platz 1, unverändert" in shown
    assert "von 1 Zusagen in 1 Fall" in shown
    noted = AdvisorAccess.objects.get()
    assert (noted.by, noted.page, noted.count) == (coordinator, "suggestions", 1)


@pytest.mark.parametrize("number", [1, 3])
def test_the_preview_asks_as_often_for_one_case_as_for_three(
    desk, number, django_assert_num_queries, django_assert_max_num_queries
):
    for _ in range(number):
        staffed(AdvisorFactory(), AdvisorFactory())
    with django_assert_num_queries(25):
        matching.look_back(matching.SHIPPED)
    desk.get(PAGE)
    with django_assert_max_num_queries(50):
        desk.post(PAGE, typed(topics="1"))


# --- What answers teach -----------------------------------------------------------------------------


def answered(state, *, score, case=None, **changes):
    scores = {each.value: score for each in Criterion}
    return OfferFactory(state=state, scores=scores, **changes, **({"consultation": case} if case else {}))


def test_the_share_of_acceptances_is_told_for_high_and_low_scores():
    for state in ("accepted", "accepted", "cancelled", "declined", "expired"):
        answered(state, score=0.5)
    for state in ("accepted", "declined", "declined", "declined", "expired"):
        answered(state, score=0.499)
    lesson = learning.lessons()[Criterion.TOPICS]
    assert (lesson.high.number, lesson.high.percent) == (5, 60)
    assert (lesson.low.number, lesson.low.percent) == (5, 20)
    assert str(lesson.high) == "60 % von 5 sagten zu"
    assert lesson.is_told


def test_few_old_open_and_unscored_offers_tell_nothing():
    long_ago = timezone.now() - timedelta(days=800)
    for _ in range(4):
        answered("declined", score=1)
    answered("declined", score=1, sent_at=long_ago)
    answered("sent", score=1)
    answered("withdrawn", score=1)
    OfferFactory(state="declined")
    lesson = learning.lessons()[Criterion.REGIONS]
    assert (lesson.high.number, lesson.high.percent, lesson.low.number) == (4, None, 0)
    assert (str(lesson.high), str(lesson.low)) == ("weniger als 5 Antworten", "–")
    assert not lesson.is_told


def test_the_days_to_a_full_team_are_told_by_the_mean_of_the_team():
    now = timezone.now()
    for days in (1, 2, 3, 4, 10):
        case = CaseFactory(state=State.STAFFED)
        for score in (1.0, 0.2):  # 0.6 together
            answered("accepted", score=score, case=case)
        begin = now - timedelta(days=days)
        for move, source, target, at in (
            ("accept", "new", "searching", begin),
            ("staff", "searching", "staffed", now),
            ("search_again", "staffed", "searching", now),
            ("staff", "searching", "staffed", now + timedelta(days=30)),
        ):
            Transition.objects.create(consultation=case, move=move, source=source, target=target, at=at)
    lesson = learning.lessons()[Criterion.SHARE]
    assert (sorted(lesson.high_wait.days), lesson.high_wait.median) == ([1, 2, 3, 4, 10], 3)
    assert str(lesson.high_wait) == "3 Tage bei 5 Teams"
    assert lesson.low_wait.median is None


def test_refusals_are_counted_by_what_they_concern_and_what_they_led_to():
    far, other = DeclineReasonFactory(concerns=DeclineReason.Concern.DISTANCE), DeclineReasonFactory()
    OfferFactory(state="declined", reason=far, profile_changed_at=timezone.now())
    OfferFactory(state="declined", reason=far)
    OfferFactory(state="declined", reason=other)
    OfferFactory(state="declined", reason=other, answered_at=timezone.now() - timedelta(days=800))
    told = [(one.concerns, one.number, one.changed) for one in learning.refusals()]
    assert told == [("Anreise", 2, 1), ("Anderes", 1, 0)]


def test_lessons_ask_as_often_for_one_as_for_many(django_assert_num_queries):
    for _ in range(3):
        answered("accepted", score=1)
    with django_assert_num_queries(3):
        learning.lessons()
    assert Offer.objects.filter(scores__isnull=False).count() == 3
