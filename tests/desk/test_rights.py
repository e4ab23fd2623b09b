"""Who may act on a case of which organisation, and what the others are told."""

import pytest
from django.contrib.auth.models import Group

from miglobe.desk import roles
from requests import rights
from requests.models import State
from tests.conftest import HouseClient
from tests.desk.case import move, page, press
from tests.factories import CaseFactory, CoordinatorFactory, OfferFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(coordinator):
    """The coordinator's role was loaded, so all are."""
    person = UserFactory(first_name="Ada", last_name="Obenauf", organisation=None)
    person.groups.add(Group.objects.get(name=roles.LEAD))
    return person


@pytest.fixture
def colleague(coordinator):
    """Of the same organisation."""
    return CoordinatorFactory(organisation=coordinator.organisation)


def at_desk(person):
    client = HouseClient()
    client.force_login(person)
    return client


def test_a_case_is_acted_on_by_its_organisation_and_the_lead_and_while_it_is_nobodys_by_all(
    coordinator, colleague, lead
):
    stranger = CoordinatorFactory()
    ours = CaseFactory(organisation=coordinator.organisation, person=colleague)
    nobodys = CaseFactory()
    theirs = CaseFactory(organisation=stranger.organisation)
    may = {
        person: [case for case in (ours, nobodys, theirs) if rights.may_act(person, case)]
        for person in (coordinator, stranger, lead)
    }
    assert may == {coordinator: [ours, nobodys], stranger: [nobodys, theirs], lead: [ours, nobodys, theirs]}


def test_who_was_made_responsible_acts_whatever_the_organisation(coordinator):
    case = CaseFactory(organisation=CoordinatorFactory().organisation, person=coordinator)
    assert rights.may_act(coordinator, case)
    assert not rights.may_act(CoordinatorFactory(organisation=None), case)


def test_a_case_of_another_organisation_is_read_without_buttons_and_says_whom_to_ask(desk, lead):
    them = CoordinatorFactory(first_name="Jana", last_name="Wiechers")
    case = CaseFactory(state=State.SEARCHING, organisation=them.organisation, person=them)
    OfferFactory(consultation=case)
    shown = desk.get(page(case)).content.decode()
    assert case.concern in shown
    for forbidden in ("/move/", "/team/", "/offer/", 'id="berichtigen"', 'type="submit" value="Sichern"'):
        assert forbidden not in shown, forbidden
    assert f"Für diese Anfrage ist Jana Wiechers ({them.organisation}) zuständig." in shown
    assert "bitten Sie Jana Wiechers oder Ada Obenauf (Leitung) um eine Übergabe" in shown


def test_who_presses_a_button_of_another_organisations_case_is_told_why_not(desk, coordinator, lead):
    them = CoordinatorFactory()
    case = CaseFactory(organisation=them.organisation)
    response = desk.post(move(case, "take_over"), {"seen": "x"})
    assert response.status_code == 403
    assert "bitten Sie" in response.content.decode()
    assert desk.post(page(case), {"concern": "Anders"}).status_code == 403
    case.refresh_from_db()
    assert (case.person, case.concern) == (None, "Wir wünschen uns Rat.")


def test_the_lead_acts_everywhere(lead):
    them = CoordinatorFactory()
    case = CaseFactory(organisation=them.organisation, person=them)
    desk = at_desk(lead)
    assert move(case, "take_over") in desk.get(page(case)).content.decode()
    press(desk, move(case, "take_over"))
    case.refresh_from_db()
    assert case.person == lead


def test_who_takes_over_from_a_colleague_stays_in_the_organisation(desk, coordinator, colleague):
    case = CaseFactory(organisation=coordinator.organisation, person=colleague)
    press(desk, move(case, "take_over"))
    case.refresh_from_db()
    assert (case.person, case.organisation) == (coordinator, coordinator.organisation)
