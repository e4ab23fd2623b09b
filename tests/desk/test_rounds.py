"""Rounds at the desk: planned, read, marked, and noted case by case."""

import re

import pytest
from django.urls import reverse

from advisors import rounds
from advisors.models import Advisor, AdvisorAccess, Offer, Round
from requests import merging
from requests.models import ConsultationRequest, State
from tests.factories import AdvisorFactory, CaseFactory, OfferFactory, OrganisationFactory, UserFactory, due

pytestmark = pytest.mark.django_db
LIST, NEW = "/admin/advisors/round/", "/admin/advisors/round/add/"


def page(a_round):
    return reverse("admin:advisors_round_change", args=[a_round.pk])


def again(a_round):
    return reverse("admin:advisors_round_again", args=[a_round.pk])


def note(a_round, case):
    return reverse("admin:advisors_round_note", args=[a_round.pk, case.pk])


def words(response):
    """Without tags, as it is read."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def case(coordinator):
    return CaseFactory(state=State.SEARCHING, team_size=1, organisation=coordinator.organisation)


def plan(by=None, **options):
    return rounds.plan(by=by or UserFactory(), per_person=2, **options)


def test_from_the_cases_to_a_plan_and_on_to_the_offers(desk, coordinator, case):
    AdvisorFactory(name="Ada Amsel")
    assert LIST in desk.get("/admin/requests/consultationrequest/").content.decode()
    assert NEW in desk.get(LIST).content.decode()
    desk.get(NEW)
    assert not Round.objects.exists()
    shown = desk.post(NEW, {"per_person": "1"}, follow=True)
    made = Round.objects.get()
    assert (made.by, made.per_person, shown.redirect_chain[-1][0]) == (coordinator, 1, page(made))
    assert "Der Fall bekommt ein volles Team." in words(shown)
    assert "Bewiesen: Mehr ist mit so vielen vollen Teams nicht möglich." in words(shown)
    assert "Einzeln nacheinander ausgewählt käme dasselbe heraus." in words(shown)
    after = desk.post(note(made, case), follow=True)
    assert after.redirect_chain[-1][0] == reverse("admin:requests_consultationrequest_send", args=[case.pk])
    assert Offer.objects.get().state == Offer.State.PROPOSED
    assert "vorgemerkt" in words(desk.get(page(made)))
    assert note(made, case) not in desk.get(page(made)).content.decode()


def test_looking_changes_nothing_and_is_noted(desk, coordinator, case):
    AdvisorFactory(), AdvisorFactory()
    made = plan()
    desk.get(page(made))
    assert not Offer.objects.exists() and Round.objects.count() == 1
    assert desk.get(note(made, case)).status_code == desk.get(again(made)).status_code == 405
    assert list(AdvisorAccess.objects.values_list("by", "page", "count")) == [(coordinator.pk, "suggestions", 2)]


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_as_much_whatever_the_number_of_cases(desk, case, number, django_assert_num_queries):
    for _ in range(number):
        CaseFactory(state=State.SEARCHING, team_size=1)
        AdvisorFactory()
    made = plan()
    desk.get(page(made))
    with django_assert_num_queries(37):
        desk.get(page(made))


def test_what_is_marked_is_planned_anew_and_stays_marked(desk, case):
    first = AdvisorFactory(name="Ada Amsel")
    other = AdvisorFactory(name="Bo Bussard")
    made = plan()
    assert made.places.planned().get().advisor == first
    sent = {"per_person": "2", "pin": f"{case.pk}-{other.pk}", "forbid": f"{case.pk}-{first.pk}"}
    shown = desk.post(again(made), sent, follow=True)
    new = Round.objects.latest("pk")
    assert new != made and new.places.planned().get().advisor == other
    assert f'name="pin" value="{case.pk}-{other.pk}" checked' in shown.content.decode()
    assert f'name="forbid" value="{case.pk}-{first.pk}" checked' in shown.content.decode()


def test_marks_that_contradict_stay_on_the_page_with_a_sentence(desk, case):
    advisor = AdvisorFactory(name="Ada Amsel")
    made = plan()
    pair = f"{case.pk}-{advisor.pk}"
    shown = desk.post(again(made), {"per_person": "2", "pin": pair, "forbid": pair})
    assert shown.status_code == 422 and Round.objects.count() == 1
    assert "Ada Amsel für" in words(shown) and "zugleich ausgeschlossen" in words(shown)
    assert shown.content.decode().count(f'value="{pair}" checked') == 2


@pytest.mark.parametrize("nonsense", ["", "1", "a-b", "1-2-3", "-1-2", f"{'9' * 30}-1", "999999-999999"])
def test_marks_that_mean_nothing_are_no_wishes(desk, case, nonsense):
    AdvisorFactory()
    made = plan()
    assert desk.post(again(made), {"per_person": "2", "pin": nonsense, "forbid": nonsense}).status_code == 302
    assert not Round.objects.latest("pk").places.exclude(wish="").exists()


@pytest.mark.parametrize("bound", ["", "0", "11", "viele"])
def test_a_bound_that_is_none_is_asked_for_again(desk, case, bound):
    AdvisorFactory()
    made = plan()
    assert desk.post(NEW, {"per_person": bound}).status_code == 422
    assert desk.post(again(made), {"per_person": bound}).status_code == 422
    assert Round.objects.count() == 1


def test_where_nothing_can_be_planned_a_sentence_says_so(desk):
    shown = desk.post(NEW, {"per_person": "2"})
    assert shown.status_code == 422 and "Zurzeit sucht kein Fall ein Team" in words(shown)
    assert "Noch keine Einträge" in words(desk.get(LIST))
    assert desk.get(f"{LIST}999/change/").status_code == desk.get(f"{LIST}abc/change/").status_code == 404


def test_what_has_changed_since_is_said_and_not_noted(desk, case):
    advisor = AdvisorFactory(name="Ada Amsel")
    made = plan()
    CaseFactory(state=State.SEARCHING)
    Advisor.objects.filter(pk=advisor.pk).update(active=False)
    shown = desk.get(page(made))
    assert "Der Plan passt nicht mehr: Ada Amsel (zurzeit nicht aktiv)." in words(shown)
    assert "Ein weiterer Fall sucht inzwischen ein Team" in words(shown)
    assert note(made, case) not in shown.content.decode()
    after = desk.post(note(made, case), follow=True)
    assert after.redirect_chain[-1][0].startswith(page(made)) and "Vorgemerkt ist niemand" in words(after)
    assert not Offer.objects.exists()


def test_a_case_that_has_been_staffed_merged_or_withdrawn_keeps_its_place_in_the_plan(desk, case):
    AdvisorFactory(capacity=5)
    stays = CaseFactory(state=State.SEARCHING, team_size=1, municipality=case.municipality)
    staffed = CaseFactory(state=State.SEARCHING, team_size=1)
    made = rounds.plan(by=UserFactory(), per_person=3)
    merging.merge(stays, absorbed=case, by=UserFactory())
    ConsultationRequest.objects.filter(pk=staffed.pk).update(state=State.STAFFED, due_at=due(State.STAFFED, None))
    shown = words(desk.get(page(made)))
    assert f"Der Fall ist mit {stays.reference}" in shown
    assert "Der Fall sucht kein Team mehr. Stand: Team vollständig." in shown
    assert made.places.filter(consultation=case).exists()
    assert desk.post(note(made, case)).status_code == 302
    assert not Offer.objects.exists()


def test_teams_of_another_organisation_are_read_and_not_noted(desk, case):
    AdvisorFactory()
    ConsultationRequest.objects.filter(pk=case.pk).update(organisation=OrganisationFactory(short_name="FSI"))
    made = plan()
    shown = desk.get(page(made))
    assert "Vormerken kann das Team, wer den Fall bearbeitet." in words(shown)
    assert desk.post(note(made, case)).status_code == 403
    assert not Offer.objects.exists()


def test_a_case_that_is_not_in_the_round_has_no_team_in_it(desk, case):
    AdvisorFactory()
    made = plan()
    assert desk.post(note(made, CaseFactory(state=State.SEARCHING))).status_code == 404


def test_a_team_that_stays_incomplete_says_so(desk, case):
    ConsultationRequest.objects.filter(pk=case.pk).update(team_size=3)
    AdvisorFactory(name="Ada Amsel")
    OfferFactory(consultation=case, state="accepted", advisor=AdvisorFactory(name="Bo Bussard"))
    made = plan()
    shown = words(desk.get(page(made)))
    assert "Der Fall bekommt kein volles Team." in shown and "ein Platz bleibt frei" in shown
