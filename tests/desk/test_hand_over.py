"""Handing a case over: to whom it can go, who learns of it, and what is refused."""

import pytest

from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import Transition
from tests.desk.case import move, page, press
from tests.factories import CaseFactory, CoordinatorFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_colleague_gets_the_case_and_the_note_by_mail(desk, coordinator):
    colleague = CoordinatorFactory(first_name="Aylin", last_name="Kavakli")
    case = CaseFactory(person=coordinator, organisation=coordinator.organisation)
    given = {"to": f"person-{colleague.pk}", "note": "Bitte bis Freitag anrufen."}
    preview = desk.post(move(case, "hand_over"), given).content.decode()
    assert "Bitte bis Freitag anrufen." in preview
    assert colleague.email in preview
    press(desk, move(case, "hand_over"), given)
    case.refresh_from_db()
    assert (case.person, case.organisation) == (colleague, colleague.organisation)
    mail = Mail.objects.get()
    assert (mail.to, mail.reply_to) == (colleague.email, coordinator.email)
    assert "Bitte bis Freitag anrufen." in mail.text
    assert mail.subject == f"[{case.reference}] Anfrage an Sie übergeben"
    assert "An Aylin Kavakli: Bitte bis Freitag anrufen." in desk.get(page(case)).content.decode()


def test_an_organisation_gets_the_case_without_a_person(desk, coordinator):
    other = OrganisationFactory()
    case = CaseFactory(person=coordinator, organisation=coordinator.organisation)
    press(desk, move(case, "hand_over"), {"to": f"organisation-{other.pk}", "note": "Ihr Kreis."})
    case.refresh_from_db()
    assert (case.person, case.organisation) == (None, other)
    assert Mail.objects.get().to == other.email
    assert workflow.next_step(case) == "Übernehmen"


def test_what_the_municipality_does_then_reaches_that_organisation_only(coordinator):
    OrganisationFactory()
    case = CaseFactory(organisation=coordinator.organisation)
    workflow.write(case, text="Wann geht es weiter?")
    assert Mail.objects.get().to == coordinator.organisation.email


def test_only_people_who_coordinate_today_can_be_chosen(desk, coordinator):
    gone = CoordinatorFactory(is_active=False)
    outside = CoordinatorFactory(is_staff=False)
    without_role = UserFactory()
    case = CaseFactory()
    offered = desk.get(move(case, "hand_over")).content.decode()
    assert f'value="person-{coordinator.pk}"' in offered
    for person in (gone, outside, without_role):
        assert f'value="person-{person.pk}"' not in offered
        response = desk.post(move(case, "hand_over"), {"to": f"person-{person.pk}", "note": "Bitte."})
        assert response.status_code == 422
        assert "Bitte." in response.content.decode()
    assert not Transition.objects.exists()


def test_whoever_has_the_case_already_is_refused_with_a_sentence(desk, coordinator):
    case = CaseFactory(person=coordinator, organisation=coordinator.organisation)
    response = desk.post(move(case, "hand_over"), {"to": f"person-{coordinator.pk}", "note": "Bitte."})
    assert response.status_code == 409
    assert "Zuständig ist schon" in response.content.decode()
