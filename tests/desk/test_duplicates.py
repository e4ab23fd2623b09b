"""Duplicates at the desk: suggested with reasons, compared side by side, merged by a button."""

from datetime import timedelta

import pytest
from django.utils import timezone

from advisors import links as offer_links
from advisors import offers
from advisors.models import Offer
from miglobe.outbox.models import Mail
from requests import duplicates, links, merging
from requests.models import ConsultationRequest, State
from tests.conftest import HouseClient
from tests.desk.case import LIST, page, press
from tests.factories import (
    AdvisorFactory,
    CaseFactory,
    CoordinatorFactory,
    MunicipalityFactory,
    OfferFactory,
    OrganisationFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def pair(**changes):
    place = MunicipalityFactory()
    stays = CaseFactory(municipality=place, contact_email="petra@unna.example")
    goes = CaseFactory(municipality=place, **{"contact_email": "petra@unna.example"} | changes)
    return stays, goes


def compare(case, other):
    return f"{LIST}{case.pk}/duplicates/{other.pk}/"


def merge(case, other):
    return f"{LIST}{case.pk}/merge/{other.pk}/"


# --- Suggested ------------------------------------------------------------------------------------------


def test_a_case_names_its_likely_duplicate_and_says_why(desk):
    stays, goes = pair()
    shown = desk.get(page(stays)).content.decode()
    assert "Vielleicht doppelt angefragt" in shown
    assert f"Mit {goes.reference} vergleichen" in shown
    assert "dieselbe E-Mail-Adresse · fast derselbe Text · am selben Tag eingegangen" in shown


def test_what_has_little_in_common_is_not_suggested_but_listed(desk):
    stays, other = pair(contact_email="jonas@unna.example", concern="Ein ganz anderes Vorhaben mit Schulen.")
    assert duplicates.suggest(stays) == []
    assert "Vielleicht doppelt" not in desk.get(page(stays)).content.decode()
    assert other.reference in desk.get(f"{LIST}{stays.pk}/duplicates/").content.decode()


def test_topics_domain_and_time_together_are_enough_and_a_private_domain_says_nothing():
    topic = TopicFactory(name="Fairer Handel")
    place = MunicipalityFactory()
    one = CaseFactory(municipality=place, topics=[topic], contact_email="a@unna.example", concern="Erster Text hier.")
    other = CaseFactory(
        municipality=place, topics=[topic], contact_email="b@unna.example", concern="Etwas ganz anderes."
    )
    assert [found.consultation for found in duplicates.suggest(one)] == [other]
    assert "gemeinsames Thema: Fairer Handel" in duplicates.suggest(one)[0].reasons
    ConsultationRequest.objects.filter(pk=one.pk).update(contact_email="a@gmx.de")
    ConsultationRequest.objects.filter(pk=other.pk).update(contact_email="b@gmx.de")
    one.refresh_from_db()
    assert duplicates.suggest(one) == []


def test_another_municipality_a_closed_case_and_one_long_gone_are_no_duplicates():
    case = CaseFactory(contact_email="petra@unna.example")
    CaseFactory(contact_email="petra@unna.example")
    CaseFactory(contact_email="petra@unna.example", municipality=case.municipality, state=State.CLOSED)
    gone = CaseFactory(contact_email="petra@unna.example", municipality=case.municipality, state=State.REJECTED)
    ConsultationRequest.objects.filter(pk=gone.pk).update(state_since=timezone.now() - timedelta(days=400))
    assert duplicates.suggest(case) == []


def test_who_asks_together_may_have_asked_alone_before():
    alone = CaseFactory(contact_email="petra@unna.example")
    joint = CaseFactory(contact_email="petra@unna.example")
    joint.co_municipalities.add(alone.municipality)
    assert [found.consultation for found in duplicates.suggest(joint)] == [alone]
    assert [found.consultation for found in duplicates.suggest(alone)] == [joint]


@pytest.mark.parametrize("number", [1, 3])
def test_suggesting_costs_the_same_for_one_and_three(django_assert_num_queries, number):
    case = CaseFactory(contact_email="petra@unna.example")
    for _ in range(number):
        CaseFactory(municipality=case.municipality, contact_email="petra@unna.example")
    with django_assert_num_queries(7):
        assert len(duplicates.suggest(case)) == number


# --- Compared ---------------------------------------------------------------------------------------------


def test_two_cases_stand_side_by_side_with_both_ways_to_merge(desk):
    stays, goes = pair(concern="Wir <b>fragen</b> noch einmal.")
    shown = desk.get(compare(stays, goes)).content.decode()
    assert "Wir wünschen uns Rat." in shown
    assert "Wir &lt;b&gt;fragen&lt;/b&gt; noch einmal." in shown
    assert merge(stays, goes) in shown
    assert merge(goes, stays) in shown
    assert "Empfohlen: Diese Anfrage ist weiter oder kam zuerst." in shown


def test_the_case_that_has_come_further_is_recommended():
    stays, goes = pair(state=State.SEARCHING)
    assert merging.better_survivor(stays, goes) == goes
    assert merging.better_survivor(goes, stays) == goes


def test_a_way_that_is_closed_says_why(desk):
    stays, goes = pair(state=State.RUNNING)
    shown = desk.get(compare(stays, goes)).content.decode()
    assert "andersherum" in shown
    assert merge(stays, goes) not in shown
    assert merge(goes, stays) in shown
    assert "andersherum" in desk.get(merge(stays, goes), follow=True).content.decode()


def test_a_case_is_not_compared_with_itself_nor_with_a_draft(desk):
    case = CaseFactory()
    assert desk.get(compare(case, case)).status_code == 404
    assert desk.get(compare(case, CaseFactory(state=State.UNCONFIRMED))).status_code == 404


# --- Merged -----------------------------------------------------------------------------------------------


def test_the_button_shows_what_will_happen_and_its_mails_and_then_merges(desk, coordinator):
    stays, goes = pair()
    shown = desk.get(merge(stays, goes)).content.decode()
    assert "Rückgängig machen lässt sich das nicht" in shown
    assert ConsultationRequest.objects.filter(state=State.MERGED).count() == 0
    preview = desk.post(merge(stays, goes), {"note": "Bis bald."}).content.decode()
    assert "Zwei Anfragen, ein Vorgang" in preview
    assert "Bis bald." in preview
    after = press(desk, merge(stays, goes), {"note": "Bis bald."})
    goes.refresh_from_db()
    assert goes.merged_into == stays
    shown = after.content.decode()
    assert "Erledigt" in shown
    assert f"{goes.reference} ist hier aufgegangen" in shown
    assert Mail.objects.get().to == "petra@unna.example"


def test_pressing_twice_merges_once(desk):
    stays, goes = pair()
    press(desk, merge(stays, goes))
    again = desk.post(merge(stays, goes), {"seen": "x"}, follow=True)
    assert again.redirect_chain[-1][0] == page(stays)
    assert Mail.objects.count() == 1


def test_the_old_case_its_reference_and_its_buttons_lead_to_the_one_that_stays(desk):
    stays, goes = pair()
    merging.merge(stays, absorbed=goes, by=UserFactory())
    for address in (page(goes), f"{LIST}{goes.pk}/history/", f"{LIST}?q={goes.reference.lower()}"):
        shown = desk.get(address, follow=True)
        assert shown.redirect_chain[-1][0] == page(stays), address
        assert f"ist in {stays.reference} aufgegangen" in shown.content.decode()
    refused = desk.post(f"{LIST}{goes.pk}/move/contact/", {"note": "x"})
    assert refused.status_code == 409
    assert stays.reference in refused.content.decode()


def test_the_words_of_the_duplicate_find_the_case_that_stays(desk):
    stays, goes = pair(concern="Eine Bibliothek der Dinge.")
    assert stays.reference not in desk.get(f"{LIST}?q=Bibliothek").content.decode()
    merging.merge(stays, absorbed=goes, by=UserFactory())
    shown = desk.get(f"{LIST}?q=Bibliothek").content.decode()
    assert stays.reference in shown
    assert page(goes) not in shown


def test_what_the_duplicate_was_can_be_read_later(desk):
    stays, goes = pair(concern="Das stand in der zweiten.")
    merging.merge(stays, absorbed=goes, by=UserFactory())
    shown = desk.get(compare(stays, goes)).content.decode()
    assert "Das stand in der zweiten." in shown
    assert "zusammengeführt" in shown
    assert "behalten</a>" not in shown


def test_who_may_not_act_on_both_cases_does_not_merge_them():
    stays, goes = pair(organisation=OrganisationFactory())
    other = HouseClient()
    other.force_login(CoordinatorFactory())
    assert "behalten</a>" not in other.get(compare(stays, goes)).content.decode()
    for address in (merge(stays, goes), merge(goes, stays)):
        for method in (other.get, other.post):
            assert method(address, {"seen": "x"}).status_code == 403
    goes.refresh_from_db()
    assert goes.state == State.NEW


def test_nobody_without_the_role_sees_or_merges(client):
    stays, goes = pair()
    for address in (f"{LIST}{stays.pk}/duplicates/", compare(stays, goes), merge(stays, goes)):
        assert client.get(address).status_code == 302
        person = HouseClient()
        person.force_login(UserFactory())
        assert person.get(address).status_code == 403


# --- With the team ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [Offer.State.SENT, Offer.State.ACCEPTED])
def test_a_case_for_which_somebody_is_asked_does_not_end(desk, state):
    stays, goes = pair(state=State.SEARCHING)
    offer = OfferFactory(consultation=goes, state=state)
    shown = desk.post(merge(stays, goes), {"note": ""})
    assert shown.status_code == 409
    assert "angefragt oder haben zugesagt" in shown.content.decode()
    offer.refresh_from_db()
    assert offer.consultation == goes
    press(desk, merge(goes, stays))
    stays.refresh_from_db()
    assert stays.merged_into == goes


def test_answers_and_notings_of_the_duplicate_go_along(desk):
    place = MunicipalityFactory()
    stays, goes = (
        CaseFactory(municipality=place, state=State.SEARCHING, contact_email="petra@unna.example") for _ in range(2)
    )
    declined = OfferFactory(consultation=goes, state=Offer.State.DECLINED)
    noted = OfferFactory(consultation=goes, state=Offer.State.PROPOSED)
    both = AdvisorFactory()
    OfferFactory(consultation=stays, advisor=both)
    twice = OfferFactory(consultation=goes, advisor=both, state=Offer.State.PROPOSED)
    press(desk, merge(stays, goes))
    for offer, state in ((declined, "declined"), (noted, "proposed"), (twice, "withdrawn")):
        offer.refresh_from_db()
        assert (offer.consultation, offer.state) == (stays, state)


def test_who_is_noted_stays_noted_where_the_case_that_stays_was_reopened(coordinator):
    stays, goes = pair(state=State.SEARCHING)
    noted = OfferFactory(consultation=goes, state=Offer.State.RESERVE)
    stays.state, stays.reopened_at = State.SEARCHING, timezone.now()
    stays.save()
    offers.merge(stays, absorbed=goes, by=coordinator)
    offers.close_orphaned()
    noted.refresh_from_db()
    assert (noted.consultation, noted.state) == (stays, Offer.State.RESERVE)


def test_a_refusal_that_came_along_is_not_taken_back_by_who_is_asked_here(client, coordinator):
    stays, goes = pair(state=State.SEARCHING)
    stays.state = State.SEARCHING
    stays.save()
    asked = OfferFactory(consultation=stays)
    declined = OfferFactory(consultation=goes, advisor=asked.advisor, state=Offer.State.DECLINED)
    offers.merge(stays, absorbed=goes, by=coordinator)
    declined.refresh_from_db()
    assert client.post(f"/angebot/{offer_links.token(declined)}/", {"answer": "undo"}).status_code == 409
    assert client.get(f"/angebot/{offer_links.token(asked)}/").status_code == 200


def test_the_status_link_of_the_duplicate_shows_the_team(client):
    stays, goes = pair()
    merging.merge(stays, absorbed=goes, by=UserFactory())
    assert stays.reference in client.get(f"/anfrage/stand/{links.token(links.STATUS, goes)}/").content.decode()


def test_whatever_hangs_on_a_case_is_thought_of():
    """A new table that belongs to a case needs its place in `merging` or `offers.merge`, or a reason here."""
    found = {
        relation.related_model.__name__
        for relation in ConsultationRequest._meta.related_objects
        if relation.related_model is not ConsultationRequest and not relation.related_model.__name__.endswith("Event")
    }
    of_team = {"Offer", "Appointment", "DateProposal", "Agreement", "Report", "Feedback", "FollowUp"}
    moved = {"Attachment", "Message", "Note"} | of_team
    stays_behind = {
        "Transition",  # the history of both, side by side
        "Look",  # who has a page open
        "SearchEntry",  # written by triggers
    }
    assert found == moved | stays_behind
