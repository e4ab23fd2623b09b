from datetime import timedelta

import pytest
from django.utils import timezone

from advisors import matching, offers
from advisors.models import Advisor, Criterion, CriterionWeight, Offer, Pause
from miglobe.errors import Refused
from requests.models import State
from tests.factories import (
    AdvisorFactory,
    CaseFactory,
    FeedbackFactory,
    FormatFactory,
    LanguageFactory,
    MunicipalityFactory,
    OfferFactory,
    RegionFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def a_case(**changes):
    return CaseFactory(state=State.SEARCHING, **changes)


def why_not(case, advisor) -> str:
    _, excluded = matching.suggest(case)
    return {suggestion.advisor: suggestion.excluded for suggestion in excluded}.get(advisor, "")


def ranking(case) -> list[Advisor]:
    fitting, _ = matching.suggest(case)
    return [suggestion.advisor for suggestion in fitting]


def far_away():
    return MunicipalityFactory(latitude=50.5, longitude=6.2)  # some 140 km from the other places of the tests


# --- Who can't -------------------------------------------------------------------------------------


def test_nobody_is_suggested_without_consent_or_while_inactive():
    case = a_case()
    assert why_not(case, AdvisorFactory(consents=[])) == "ohne Einwilligung in die Vermittlung"
    assert why_not(case, AdvisorFactory(active=False)) == "zurzeit nicht aktiv"


def test_ties_to_any_of_the_municipalities_exclude():
    case, partner = a_case(), MunicipalityFactory()
    case.co_municipalities.add(partner)
    for place in (case.municipality, partner):
        advisor = AdvisorFactory()
        advisor.biased_for.add(place)
        assert why_not(case, advisor) == "befangen"


def day(number: int):
    return timezone.localdate() + timedelta(days=number)


@pytest.mark.parametrize(
    ("begins", "ends", "why"),
    [
        (0, 0, "macht bis {ends} Pause"),
        (-3, 5, "macht bis {ends} Pause"),
        (-3, None, "macht bis auf Weiteres Pause"),
        (-3, -1, ""),
        (1, 5, ""),
        (1, None, ""),
    ],
)
def test_nobody_is_asked_during_a_pause(begins, ends, why):
    advisor = AdvisorFactory()
    Pause.objects.create(advisor=advisor, starts_on=day(begins), ends_on=None if ends is None else day(ends))
    assert why_not(a_case(), advisor) == why.format(ends="" if ends is None else f"{day(ends):%d.%m.%Y}")


@pytest.mark.parametrize(
    ("wished", "excluded"),
    [((30, 60), True), ((30, None), True), ((30, 61), False), ((29, 60), False), ((None, 50), False)],
)
def test_a_pause_over_the_whole_wished_time_excludes(wished, excluded):
    advisor = AdvisorFactory()
    Pause.objects.create(advisor=advisor, starts_on=day(30), ends_on=day(60))
    begins, ends = (None if number is None else day(number) for number in wished)
    case = a_case(wished_from=begins, wished_until=ends)
    sentence = f"macht ab {day(30):%d.%m.%Y} bis {day(60):%d.%m.%Y} Pause"
    assert why_not(case, advisor) == (sentence if excluded else "")


@pytest.mark.parametrize(("days", "wants", "excluded"), [(89, True, True), (91, True, False), (10, False, False)])
def test_who_wants_fewer_is_asked_once_in_three_months(days, wants, excluded):
    advisor = AdvisorFactory(wants_fewer=wants)
    sent = timezone.now() - timedelta(days=days)
    for each in (sent, sent - timedelta(days=50)):
        OfferFactory(advisor=advisor, state="declined", sent_at=each)
    OfferFactory(advisor=advisor, state="proposed")
    sentence = f"möchte höchstens alle drei Monate gefragt werden, zuletzt am {timezone.localtime(sent):%d.%m.%Y}"
    assert why_not(a_case(), advisor) == (sentence if excluded else "")


def test_who_chose_topics_is_asked_about_them_alone():
    mine, other = TopicFactory(name="Fairer Handel"), TopicFactory()
    advisor = AdvisorFactory()
    advisor.only_topics.add(mine)
    assert why_not(a_case(topics=[other]), advisor) == "möchte nur zu anderen Themen gefragt werden"
    assert why_not(a_case(topics=[other, mine]), advisor) == ""
    case = a_case()
    case.topics.clear()
    assert why_not(case, advisor) == ""


def test_wishes_that_changed_since_the_note_stop_the_sending():
    paused, fewer, topics = AdvisorFactory(), AdvisorFactory(), AdvisorFactory()
    case = a_case(team_size=3)
    by = UserFactory()
    offers.propose(case, advisors=[paused.pk, fewer.pk, topics.pk], by=by)
    assert matching.obstacles(case, [paused.pk, fewer.pk, topics.pk]) == {}
    Pause.objects.create(advisor=paused, starts_on=day(0))
    Advisor.objects.filter(pk=fewer.pk).update(wants_fewer=True)
    OfferFactory(advisor=fewer)
    topics.only_topics.add(TopicFactory())
    assert set(matching.obstacles(case, [paused.pk, fewer.pk, topics.pk])) == {paused, fewer, topics}
    with pytest.raises(Refused, match="macht bis auf Weiteres Pause"):
        offers.send(case, by=by)


@pytest.mark.parametrize("state", ["proposed", "sent", "accepted", "declined", "cancelled"])
def test_who_was_asked_for_this_case_is_not_asked_again(state):
    offer = OfferFactory(consultation=a_case(), state=state)
    assert why_not(offer.consultation, offer.advisor) == f"für diesen Fall schon {Offer.State(state).label}"


@pytest.mark.parametrize("state", ["expired", "withdrawn"])
def test_who_never_answered_may_be_asked_again(state):
    offer = OfferFactory(consultation=a_case(), state=state)
    (suggestion,), _ = matching.suggest(offer.consultation)
    assert suggestion.advisor == offer.advisor
    assert suggestion.reasons[-1] == f"früheres Angebot für diesen Fall: {Offer.State(state).label}"


def test_who_is_busy_is_not_asked_and_ended_cases_do_not_count():
    advisor = AdvisorFactory(capacity=1)
    OfferFactory(advisor=advisor, state="accepted", consultation=CaseFactory(state=State.CLOSED))
    case = a_case()
    assert ranking(case) == [advisor]
    OfferFactory(advisor=advisor, state="accepted", consultation=CaseFactory(state=State.RUNNING))
    assert why_not(case, advisor) == "ausgelastet (1 von 1 Einsätzen)"


def test_who_cannot_reach_the_place_is_asked_only_for_online_work():
    here_only = AdvisorFactory(home=far_away(), travel_km=50, online=False)
    online_too = AdvisorFactory(home=far_away(), travel_km=50, online=True)
    case = a_case(place="on_site")
    assert why_not(case, here_only) == "144 km entfernt, reist bis 50 km"
    assert why_not(case, online_too) == "144 km entfernt, reist bis 50 km"
    case = a_case(place="online")
    assert why_not(case, here_only) == "berät nicht online"
    assert ranking(case) == [online_too]
    assert ranking(a_case(place="either")) == [online_too]


def test_a_common_language_and_a_wished_format_are_needed():
    case, advisor = a_case(), AdvisorFactory()
    case.languages.add(LanguageFactory(name="Französisch"))
    assert why_not(case, advisor) == "keine der Arbeitssprachen (Französisch)"
    advisor.languages.set(case.languages.all())
    case.formats.add(FormatFactory(name="Workshop"))
    assert why_not(case, advisor) == "bietet keines der Formate an (Workshop)"
    advisor.formats.set(case.formats.all())
    assert ranking(case) == [advisor]


# --- Who fits best -----------------------------------------------------------------------------------


def test_covering_more_topics_ranks_higher():
    first, second = TopicFactory(), TopicFactory()
    case = a_case(topics=[first, second])
    both, one, none = AdvisorFactory(name="C"), AdvisorFactory(name="B"), AdvisorFactory(name="A")
    both.topics.set([first, second])
    one.topics.set([first])
    assert ranking(case) == [both, one, none]


def test_a_country_counts_for_its_world_region():
    west = RegionFactory(name="Westafrika")
    ghana = RegionFactory(name="Ghana", part_of=west)
    case = a_case()
    case.regions.add(west)
    other, expert = AdvisorFactory(name="A"), AdvisorFactory(name="B")
    expert.regions.add(ghana)
    assert ranking(case) == [expert, other]


def test_who_has_more_room_and_lives_nearer_ranks_higher():
    case = a_case(place="on_site")
    near, far = AdvisorFactory(name="B"), AdvisorFactory(name="A", home=far_away(), travel_km=300)
    assert ranking(case) == [near, far]
    busy = AdvisorFactory(name="0", capacity=2)
    OfferFactory(advisor=busy, state="accepted", consultation=CaseFactory(state=State.RUNNING))
    assert ranking(case).index(near) < ranking(case).index(busy)


def test_ties_are_broken_by_name_and_every_score_lies_between_0_and_1():
    case = a_case()
    names = ["Zoe", "Anna", "Mia"]
    for name in names:
        AdvisorFactory(name=name)
    fitting, _ = matching.suggest(case)
    assert [suggestion.advisor.name for suggestion in fitting] == sorted(names)
    assert all(0 <= suggestion.score <= 1 for suggestion in fitting)


def test_a_hand_computed_case():
    """Half of the topics with practice (4 of weight 14, ½ · ⅔), region missed (2), no experience yet (1), all else said
    in the sentences."""
    first, second = TopicFactory(name="Fairer Handel"), TopicFactory(name="Agenda 2030")
    case = a_case(topics=[first, second], place="on_site")
    case.regions.add(RegionFactory(name="Ghana"))
    advisor = AdvisorFactory(home=case.municipality, capacity=2)
    advisor.topics.add(first)
    OfferFactory(advisor=advisor, state="accepted", consultation=CaseFactory(state=State.RUNNING))
    (suggestion,), _ = matching.suggest(case)
    assert suggestion.score == pytest.approx((4 / 3 + 2 * 0 + 1 + 1 + 1 + 0 + 2 * 0.5 + 0.5 + 0.5) / 14)
    assert suggestion.reasons == [
        "Themen: Fairer Handel (praktische Erfahrung); nicht dabei: Agenda 2030",
        "kennt nicht Ghana",
        "0 km entfernt",
        "noch ohne abgeschlossenen Fall",
        "ein Einsatz in zwölf Monaten (nach Kapazität wären es 1,0)",
        "1 von 2 Einsätzen frei",
    ]


def test_levels_count():
    french = LanguageFactory(name="Französisch")
    case = a_case()
    case.languages.add(french)
    good, excellent = AdvisorFactory(name="A"), AdvisorFactory(name="B")
    good.languages.set([french], through_defaults={"level": 1})
    excellent.languages.set([french], through_defaults={"level": 3})
    assert ranking(case) == [excellent, good]
    (first, _), _ = matching.suggest(case)
    assert "spricht Französisch (verhandlungssicher (C2))" in first.reasons


def ended(advisor, **place):
    case = CaseFactory(state=State.CLOSED, municipality=MunicipalityFactory(**place))
    return OfferFactory(advisor=advisor, state="accepted", consultation=case, answered_at=LONG_AGO)


LONG_AGO = timezone.now() - timedelta(days=500)


@pytest.mark.parametrize(
    ("where", "score"),
    [("Gemeinde", 0.0), ("Stadt", 0.5), ("Große kreisangehörige Stadt", 1.0), ("kreisfreie Stadt", 0.5)],
)
def test_experience_with_municipalities_of_that_size(where, score):
    case = a_case(municipality=MunicipalityFactory(type="Große kreisangehörige Stadt"))
    advisor = AdvisorFactory()
    ended(advisor, type=where)
    (suggestion,), _ = matching.suggest(case)
    assert suggestion.scores["experience"] == score


@pytest.mark.parametrize(
    ("number", "words"), [(1, "hat einen anderen Fall begleitet"), (2, "hat 2 andere Fälle begleitet")]
)
def test_cases_of_other_municipalities_are_counted_in_words(number, words):
    case = a_case(municipality=MunicipalityFactory(type="Kreis", is_district=True))
    advisor = AdvisorFactory(capacity=3)
    for _ in range(number):
        ended(advisor, type="Gemeinde")
    (suggestion,), _ = matching.suggest(case)
    assert words in suggestion.reasons


def test_a_district_is_a_kind_of_its_own():
    case = a_case(municipality=MunicipalityFactory(type="Kreis", is_district=True))
    towns, districts = AdvisorFactory(name="A"), AdvisorFactory(name="B")
    ended(towns, type="kreisfreie Stadt")
    ended(districts, type="Landschaftsverband", is_district=True)
    scores = {each.advisor: each.scores["experience"] for each in matching.suggest(case)[0]}
    assert scores == {towns: 0.0, districts: 1.0}


def test_who_had_more_than_the_fair_share_ranks_lower():
    case = a_case()
    often, never = AdvisorFactory(name="A", capacity=4), AdvisorFactory(name="B", capacity=4)
    for _ in range(2):
        OfferFactory(advisor=often, state="accepted", consultation=CaseFactory(state=State.CLOSED))
    assert ranking(case) == [never, often]
    scores = {each.advisor: each.scores["share"] for each in matching.suggest(case)[0]}
    assert scores == {never: 1.0, often: pytest.approx(1 / 3, abs=0.001)}  # twice as much as by capacity


def test_people_who_are_kept_apart_are_not_suggested_for_one_team():
    case = a_case()
    mate, other = AdvisorFactory(name="Mina Muster"), AdvisorFactory()
    other.apart.add(mate)
    OfferFactory(consultation=case, advisor=mate, state="accepted")
    assert why_not(case, other) == "nicht gemeinsam mit Mina Muster"


@pytest.mark.parametrize(("size", "why"), [(2, "nicht gemeinsam mit Mina Muster"), (1, "")])
@pytest.mark.parametrize("state", ["proposed", "sent"])
def test_nor_beside_somebody_who_is_asked_while_both_could_accept(state, size, why):
    case = a_case(team_size=size)
    mate, other = AdvisorFactory(name="Mina Muster"), AdvisorFactory()
    other.apart.add(mate)
    OfferFactory(consultation=case, advisor=mate, state=state)
    assert [one.excluded for one in matching.suggest(case)[1] if one.advisor == other] == [why][: bool(why)]


def worked_together(*people, satisfaction=5):
    case = CaseFactory(state=State.CLOSED)
    for one in people:
        OfferFactory(consultation=case, advisor=one, state="accepted")
    FeedbackFactory(consultation=case, satisfaction=satisfaction)


def test_good_work_with_somebody_of_the_team_counts():
    case = a_case()
    mate, good, poor, none = (AdvisorFactory(name=name, capacity=9) for name in "DCBA")
    OfferFactory(consultation=case, advisor=mate, state="accepted")
    worked_together(mate, good)
    worked_together(mate, poor, satisfaction=2)
    scores = {each.advisor: each.scores["together"] for each in matching.suggest(case)[0]}
    assert scores == {good: 1.0, poor: 0.5, none: 0.5}


def test_weights_set_at_the_desk_count():
    first, second = TopicFactory(), TopicFactory()
    case = a_case(topics=[first], place="on_site")
    near, knows = AdvisorFactory(name="A", home=case.municipality), AdvisorFactory(name="B", travel_km=100)
    near.topics.set([second])
    knows.topics.set([first])
    assert ranking(case) == [knows, near]
    for criterion in Criterion:
        CriterionWeight.objects.create(criterion=criterion, weight=1 if criterion == Criterion.DISTANCE else 0)
    assert ranking(case) == [near, knows]
    CriterionWeight.objects.update(weight=0)
    fitting, _ = matching.suggest(case)
    assert [each.score for each in fitting] == [0, 0]


def test_a_note_keeps_the_scores_it_was_made_by():
    case, advisor = a_case(), AdvisorFactory()
    offers.propose(case, advisors=[advisor.pk], by=UserFactory())
    scores = Offer.objects.get().scores
    assert scores.keys() == set(Criterion.values) and all(0 <= score <= 1 for score in scores.values())


def test_the_number_of_queries_does_not_grow_with_the_advisors(django_assert_num_queries):
    case = a_case()
    for count in (1, 3):
        for _ in range(count):
            advisor = AdvisorFactory()
            advisor.topics.add(TopicFactory())
        with django_assert_num_queries(24):
            matching.suggest(case)


def test_no_field_of_an_advisor_speaks_of_origin():
    names = {field.name for field in Advisor._meta.get_fields()}
    labels = " ".join(str(getattr(field, "verbose_name", "")) for field in Advisor._meta.get_fields()).lower()
    assert not names & {"origin", "nationality", "citizenship", "birthplace", "religion", "ethnicity"}
    for word in ("herkunft", "nationalität", "staatsangehörigkeit", "geburtsort", "religion", "migrationshintergrund"):
        assert word not in labels


def test_distances_are_great_circles():
    cologne = MunicipalityFactory(latitude=50.938, longitude=6.957)
    muenster = MunicipalityFactory(latitude=51.962, longitude=7.626)
    assert matching.distance_km(cologne, muenster) == pytest.approx(123, abs=2)
    assert matching.distance_km(cologne, cologne) == 0
