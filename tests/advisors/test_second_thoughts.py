"""What an advisor can do after an answer: a word with it, taking it back, giving up, letting it change the profile."""

from datetime import timedelta

import pytest
from django.utils import timezone

from advisors import links, offers
from advisors.models import DeclineReason, Offer, Purpose
from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import State
from tests.factories import (
    AdvisorFactory,
    AppointmentFactory,
    CaseFactory,
    ConsentFactory,
    DeclineReasonFactory,
    MunicipalityFactory,
    OfferFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

S = Offer.State
Concern = DeclineReason.Concern


def url(offer, rest=""):
    return f"/angebot/{links.token(offer)}/{rest}"


def searching(**changes):
    return CaseFactory(state=State.SEARCHING, person=UserFactory(), **changes)


def an_offer(state=S.SENT, **changes):
    return OfferFactory(**({"consultation": searching()} | changes), state=state)


def state_of(offer):
    return Offer.objects.get(pk=offer.pk).state


def sent():
    return sorted(Mail.objects.values_list("template", "to"))


# --- A word with it -------------------------------------------------------------------------------


def test_a_word_with_the_acceptance_reaches_the_coordinator_and_stands_on_the_case(client, desk):
    offer = an_offer()
    client.post(url(offer), {"answer": "accept", "note": "Bitte erst ab Mai."})
    assert "Bitte erst ab Mai." in Mail.objects.get(template="advisors/accepted_desk").text
    for mail in Mail.objects.exclude(template="advisors/accepted_desk"):
        assert "ab Mai" not in mail.text
    page = desk.get(f"/admin/requests/consultationrequest/{offer.consultation_id}/change/").content.decode()
    assert "Bitte erst ab Mai." in page


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_what_is_too_long_is_said_beside_the_field_and_nothing_is_lost(client, answer):
    offer, reason = an_offer(), DeclineReasonFactory()
    response = client.post(url(offer), {"answer": answer, "note": "x" * 1001, "reason": reason.pk})
    page = response.content.decode()
    assert response.status_code == 422
    assert "x" * 1001 in page
    assert "checked" in page
    assert state_of(offer) == S.SENT


def test_the_switch_of_language_keeps_what_was_typed(client):
    offer = an_offer()
    page = client.post(f"/en{url(offer)}", {"sprache": "en", "note": "Erst ab Mai"}).content.decode()
    assert "Erst ab Mai" in page
    assert "Is there anything you would like to tell" in page
    assert state_of(offer) == S.SENT


# --- Taking an answer back ----------------------------------------------------------------------------


@pytest.mark.parametrize(("answered", "word"), [(S.ACCEPTED, "Zusage"), (S.DECLINED, "Absage")])
def test_an_answer_is_taken_back_while_nothing_depends_on_it(client, answered, word):
    offer = an_offer(answered, note="Gern")
    assert f"{word} zurücknehmen" in client.get(url(offer)).content.decode()
    page = client.post(url(offer), {"answer": "undo"}, follow=True).content.decode()
    assert "Ja, ich übernehme" in page
    again = Offer.objects.get(pk=offer.pk)
    assert (again.state, again.due_at, again.answered_at, again.note) == (S.SENT, offer.due_at, None, "")
    mail = Mail.objects.get()
    assert (mail.template, mail.to) == ("advisors/undone_desk", offer.consultation.person.email)
    assert f"die {word}" in mail.text
    client.post(url(offer), {"answer": "undo"})  # a double click
    assert Mail.objects.count() == 1


def ended(offer):
    workflow.withdraw(offer.consultation)
    Mail.objects.all().delete()


def complete(offer):
    offer.consultation.state = State.STAFFED
    offer.consultation.save()


def over(offer):
    Offer.objects.filter(pk=offer.pk).update(due_at=timezone.now() - timedelta(minutes=1))


def biased(offer):
    offer.advisor.biased_for.add(offer.consultation.municipality)


def without_consent(offer):
    offer.advisor.consents.all().update(withdrawn_at=timezone.now(), withdrawn_way="link")


@pytest.mark.parametrize("answered", [S.ACCEPTED, S.DECLINED])
@pytest.mark.parametrize(
    ("what", "why"),
    [
        (ended, "einen anderen Weg"),
        (complete, "inzwischen vollständig"),
        (over, "Frist für Ihre Antwort"),
        (biased, "steht dem inzwischen entgegen"),
        (without_consent, "steht dem inzwischen entgegen"),
    ],
)
def test_what_stands_against_taking_it_back_is_said_with_the_way_out(client, what, why, answered):
    offer = an_offer(answered)
    what(offer)
    page = client.get(url(offer)).content.decode()
    assert "zurücknehmen</span>" not in page
    if answered == S.DECLINED:
        assert why in page
        assert "sprechen Sie bitte die Koordination an" in page
    elif what is not ended:
        assert why in page
        assert "/abgeben/" in page
    response = client.post(url(offer), {"answer": "undo"})
    assert response.status_code == 409
    assert why in response.content.decode()
    assert state_of(offer) == answered
    assert not Mail.objects.exists()


def test_an_acceptance_that_mates_know_of_stays(client):
    offer = an_offer(S.ACCEPTED, consultation=searching(team_size=3))
    OfferFactory(consultation=offer.consultation, state=S.ACCEPTED)
    assert "Namen schon erfahren" in client.get(url(offer)).content.decode()
    assert client.post(url(offer), {"answer": "undo"}).status_code == 409


def test_the_reasons_are_told_in_english_too(client):
    offer = an_offer(S.DECLINED)
    over(offer)
    assert "The time for your answer is over." in client.get(f"/en{url(offer)}").content.decode()


# --- Giving up ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.STAFFED, State.RUNNING])
def test_giving_up_reopens_the_search_and_tells_everybody(client, state):
    case = CaseFactory(state=state, person=UserFactory())
    leaver, mate = (OfferFactory(consultation=case, state=S.ACCEPTED) for _ in range(2))
    AppointmentFactory(consultation=case)
    assert "Was dann geschieht" in client.get(url(leaver, "abgeben/")).content.decode()
    response = client.post(url(leaver, "abgeben/"), {"note": "Ich ziehe um."}, follow=True)
    page = response.content.decode()
    assert "Ihr Einsatz ist beendet" in page
    assert case.contact_email not in page
    case.refresh_from_db()
    assert case.state == State.SEARCHING
    assert sent() == sorted(
        [
            ("advisors/cancelled_desk", case.person.email),
            ("advisors/mate_left", mate.advisor.email),
            ("advisors/offer_cancelled", leaver.advisor.email),
            ("advisors/team_incomplete", case.contact_email),
        ]
    )
    told = Mail.objects.get(template="advisors/cancelled_desk").text
    assert "Ich ziehe um." in told
    assert "Termine bleiben bestehen" in told
    assert "Ich ziehe um." not in str(Mail.objects.exclude(template="advisors/cancelled_desk").values_list("text"))
    assert "Termine bleiben bestehen" in Mail.objects.get(template="advisors/team_incomplete").text
    assert case.appointments.get().state == "arranged"
    client.post(url(leaver, "abgeben/"), {"note": "noch einmal"})
    assert Mail.objects.count() == 4


def test_the_desk_reads_what_stands_when_somebody_has_given_up(client, desk, coordinator):
    case = CaseFactory(state=State.STAFFED, person=coordinator, organisation=coordinator.organisation)
    leaver = OfferFactory(consultation=case, state=S.ACCEPTED)
    AppointmentFactory(consultation=case)
    client.post(url(leaver, "abgeben/"), {"note": "krank"})
    page = desk.get(f"/admin/requests/consultationrequest/{case.pk}/change/").content.decode()
    assert "steht ein Termin: bitte klären" in page


def test_giving_up_needs_a_reason(client):
    offer = an_offer(S.ACCEPTED)
    response = client.post(url(offer, "abgeben/"), {"note": " "})
    assert response.status_code == 422
    assert "nennen Sie kurz den Grund" in response.content.decode()
    assert state_of(offer) == S.ACCEPTED
    switched = client.post(f"/en{url(offer, 'abgeben/')}", {"sprache": "en", "note": "Umzug"}).content.decode()
    assert "Umzug" in switched
    assert state_of(offer) == S.ACCEPTED


@pytest.mark.parametrize("state", [S.SENT, S.DECLINED, S.EXPIRED, S.WITHDRAWN, S.CANCELLED])
@pytest.mark.parametrize("method", ["get", "post"])
def test_without_an_assignment_there_is_nothing_to_give_up(client, state, method):
    offer = an_offer(state)
    response = getattr(client, method)(url(offer, "abgeben/"), {"note": "krank"})
    assert response.status_code == 302
    assert response["Location"].partition(".")[0] == url(offer).partition(".")[0]  # signed anew, perhaps a second later
    assert state_of(offer) == state
    assert client.get("/angebot/kein-link/abgeben/").status_code == 404


# --- What a refusal says of the profile -----------------------------------------------------------------


def declined(concern, **changes):
    reason = DeclineReasonFactory(concerns=concern)
    return an_offer(S.DECLINED, reason=reason, **changes)


def agree(client, offer, **typed):
    return client.post(url(offer), {"answer": "profile"} | typed, follow=True)


def test_nothing_changes_unless_the_person_agrees(client):
    for concern in Concern:
        reason = DeclineReasonFactory(concerns=concern)
        offer = an_offer()
        page = client.post(url(offer), {"answer": "decline", "reason": reason.pk}, follow=True).content.decode()
        assert "Passt Ihr Profil noch?" in page
        advisor = offer.advisor
        advisor.refresh_from_db()
        assert (advisor.travel_km, advisor.wants_fewer, advisor.pauses.count()) == (60, False, 0)
        assert not advisor.biased_for.exists()
        assert not advisor.only_topics.exists()


def test_too_far_asks_for_the_limit(client):
    offer = declined(
        Concern.DISTANCE, advisor=AdvisorFactory(home=MunicipalityFactory(latitude=50.5, longitude=6.2), travel_km=60)
    )
    page = client.get(url(offer)).content.decode()
    assert "Ihre Grenze liegt bei 60 km, diese Kommune ist 144 km entfernt" in page
    page = agree(client, offer, travel_km="40").content.decode()
    assert "Ihr Profil ist geändert" in page
    assert "Passt Ihr Profil noch?" not in page
    offer.advisor.refresh_from_db()
    assert offer.advisor.travel_km == 40


@pytest.mark.parametrize("typed", ["", "-1", "weit", "40000"])
def test_a_limit_that_is_none_is_refused_beside_the_field(client, typed):
    offer = declined(Concern.DISTANCE)
    response = agree(client, offer, travel_km=typed)
    assert response.status_code == 422
    assert "kern-error" in response.content.decode()
    offer.advisor.refresh_from_db()
    assert offer.advisor.travel_km == 60


def test_no_time_offers_a_pause_or_fewer_requests(client):
    offer = declined(Concern.TIME)
    assert agree(client, offer).status_code == 422
    day = timezone.localdate() + timedelta(days=10)
    assert agree(client, offer, ends_on=str(day)).status_code == 422
    agree(client, offer, starts_on=str(day), ends_on=str(day), wants_fewer="on")
    offer.advisor.refresh_from_db()
    assert offer.advisor.wants_fewer
    assert offer.advisor.pauses.get().ends_on == day
    assert "Passt Ihr Profil noch?" not in client.get(url(offer)).content.decode()
    assert agree(client, offer, starts_on=str(day)).status_code == 409  # there is a pause already


def knows(**levels):
    """An advisor with topics of these names, and the topics."""
    advisor, topics = AdvisorFactory(), {name: TopicFactory(name=name) for name in levels}
    for name, level in levels.items():
        advisor.topic_skills.create(topic=topics[name], level=level)
    return advisor, topics


def levels_of(advisor):
    return dict(advisor.topic_skills.values_list("topic__name", "level"))


def test_a_topic_of_the_case_is_lowered_and_the_others_stay(client):
    advisor, topics = knows(Handel=3, Feste=2)
    offer = declined(Concern.TOPICS, advisor=advisor, consultation=searching(topics=[topics["Handel"], TopicFactory()]))
    page = client.get(url(offer))
    assert page.context["concern"].initial["topics"] == {topics["Handel"].pk: 3}
    assert f"topics_{topics['Feste'].pk}" not in page.content.decode()
    assert agree(client, offer).status_code == 422  # nothing was sent: nobody leaves a topic by that
    assert agree(client, offer, **{f"topics_{topics['Handel'].pk}": "9"}).status_code == 422
    page = agree(client, offer, **{f"topics_{topics['Handel'].pk}": "1"}).content.decode()
    assert "Ihr Profil ist geändert" in page
    assert levels_of(advisor) == {"Handel": 1, "Feste": 2}
    offer.refresh_from_db()
    assert offer.profile_changed_at
    assert "Passt Ihr Profil noch?" not in client.get(url(offer)).content.decode()


def test_a_topic_of_the_case_is_left_and_no_longer_wished_for(client):
    advisor, topics = knows(Handel=3, Feste=2)
    advisor.only_topics.set([topics["Handel"]])
    offer = declined(Concern.TOPICS, advisor=advisor, consultation=searching(topics=[topics["Handel"]]))
    agree(client, offer, **{f"topics_{topics['Handel'].pk}": ""})
    assert levels_of(advisor) == {"Feste": 2}
    assert list(advisor.only_topics.all()) == [topics["Feste"]]  # none would mean all


def test_the_last_topic_is_not_left_that_way(client):
    advisor, topics = knows(Handel=3)
    offer = declined(Concern.TOPICS, advisor=advisor, consultation=searching(topics=[topics["Handel"]]))
    response = agree(client, offer, **{f"topics_{topics['Handel'].pk}": ""})
    assert response.status_code == 422
    assert "bei mindestens einem Thema" in response.content.decode()
    assert levels_of(advisor) == {"Handel": 3}


def test_what_is_sent_unchanged_is_no_change(client):
    advisor, topics = knows(Handel=3)
    near = declined(Concern.DISTANCE, advisor=advisor)
    offer = declined(Concern.TOPICS, advisor=advisor, consultation=searching(topics=[topics["Handel"]]))
    for each, typed in ((near, {"travel_km": "60"}), (offer, {f"topics_{topics['Handel'].pk}": "3"})):
        assert "Ihr Profil bleibt, wie es ist." in agree(client, each, **typed).content.decode()
        each.refresh_from_db()
        assert each.profile_changed_at is None


def test_who_refuses_once_more_is_asked_once_more(client):
    offer = declined(Concern.DISTANCE)
    agree(client, offer, travel_km="10")
    offers.undo(Offer.objects.get(pk=offer.pk))
    offers.decline(Offer.objects.get(pk=offer.pk), reason=offer.reason)
    assert "Passt Ihr Profil noch?" in client.get(url(offer)).content.decode()


def test_a_topic_that_was_never_said_leads_to_the_wishes(client):
    advisor, topics = knows(Handel=2)
    offer = declined(Concern.TOPICS, advisor=advisor, consultation=searching(topics=[TopicFactory(name="Anderes")]))
    form = client.get(url(offer)).context["concern"]
    assert form.initial["only_topics"] == [topics["Handel"].pk]
    assert agree(client, offer).status_code == 422
    assert agree(client, offer, only_topics=[10**6]).status_code == 422
    agree(client, offer, only_topics=[topics["Handel"].pk])
    assert list(advisor.only_topics.all()) == [topics["Handel"]]
    assert "Passt Ihr Profil noch?" not in client.get(url(offer)).content.decode()


def test_bias_is_noted_for_the_municipality(client):
    offer = declined(Concern.BIAS)
    agree(client, offer)
    assert list(offer.advisor.biased_for.all()) == [offer.consultation.municipality]
    assert "Passt Ihr Profil noch?" not in client.get(url(offer)).content.decode()


def test_of_several_municipalities_the_person_says_which(client):
    offer, partner = declined(Concern.BIAS), MunicipalityFactory()
    offer.consultation.co_municipalities.add(partner)
    assert agree(client, offer).status_code == 422
    agree(client, offer, places=[partner.pk])
    assert list(offer.advisor.biased_for.all()) == [partner]


@pytest.mark.parametrize("state", [S.SENT, S.ACCEPTED, S.EXPIRED, S.WITHDRAWN])
def test_only_a_refusal_leads_to_the_profile(client, state):
    offer = an_offer(state)
    assert client.post(url(offer), {"answer": "profile", "travel_km": "1"}).status_code == 409
    offer.advisor.refresh_from_db()
    assert offer.advisor.travel_km == 60


def test_another_reason_asks_nothing_and_nobody_is_asked_after_leaving_the_pool(client):
    assert "Passt Ihr Profil noch?" not in client.get(url(declined(""))).content.decode()
    offer = declined(Concern.BIAS)
    offer.advisor.active, offer.advisor.left_at = False, timezone.now()
    offer.advisor.save()
    assert "Passt Ihr Profil noch?" not in client.get(url(offer)).content.decode()
    assert agree(client, offer).status_code == 409


def test_a_question_in_another_language_keeps_what_was_typed(client):
    offer = declined(Concern.DISTANCE)
    page = client.post(f"/en{url(offer)}", {"sprache": "en", "travel_km": "33"}).content.decode()
    assert 'value="33"' in page
    assert "Your limit is 60 km" in page


def test_consents_given_again_open_the_way_back(client):
    offer = an_offer(S.DECLINED)
    without_consent(offer)
    ConsentFactory(advisor=offer.advisor, purpose=Purpose.MATCHING)
    assert offers.undo(offer).state == S.SENT
