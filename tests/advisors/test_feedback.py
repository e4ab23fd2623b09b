"""What the municipality says of its consultation, on its own page and in two minutes."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from advisors import results
from advisors.models import Feedback
from requests import links
from requests.models import State
from tests.desk.case import page
from tests.factories import AgreementFactory, CaseFactory, FeedbackFactory

pytestmark = pytest.mark.django_db

SAID = {"satisfaction": "4", "helped": "Die Erfahrung", "missing": ""}


def here(case, name="advisors:feedback"):
    return reverse(name, kwargs={"token": links.token(links.STATUS, case)})


def test_it_is_given_once_shown_and_corrected(client, desk, coordinator):
    case = CaseFactory(state=State.CLOSED, person=coordinator, organisation=coordinator.organisation)
    assert "/rueckmeldung/" in client.get(here(case, "requests:status")).content.decode()
    for _ in range(2):
        assert client.post(here(case), SAID).status_code == 302
    given = Feedback.objects.get()
    assert (given.satisfaction, given.helped, given.by) == (4, "Die Erfahrung", None)
    thanks = client.get(here(case)).content.decode()
    assert "Vielen Dank!" in thanks and "eher zufrieden" in thanks and "<form method" not in thanks
    assert "Die Erfahrung" in client.get(f"{here(case)}?aendern").content.decode()
    client.post(here(case), SAID | {"satisfaction": "2"})
    given.refresh_from_db()
    assert given.satisfaction == 2
    shown = desk.get(page(case))
    assert "eher nicht zufrieden" in shown.content.decode()
    lines = {line.what: line for line in shown.context["history"]}
    assert lines["Rückmeldung berichtigt"].who == "Kommune"


def test_after_thirty_days_it_stays_as_it_is(client):
    case = CaseFactory(state=State.CLOSED)
    FeedbackFactory(consultation=case, recorded_at=timezone.now() - timedelta(days=31), satisfaction=5)
    assert "?aendern" not in client.get(here(case)).content.decode()
    refused = client.post(here(case), SAID)
    assert refused.status_code == 409
    assert "nicht mehr ändern" in refused.content.decode()
    assert Feedback.objects.get().satisfaction == 5


def test_looking_changes_nothing(client):
    client.get(here(CaseFactory(state=State.CLOSED)))
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("wrong", [{"satisfaction": ""}, {"satisfaction": "6"}, {"helped": "x" * 4001}])
def test_what_is_wrong_is_said_and_what_was_typed_stays(client, wrong):
    response = client.post(here(CaseFactory(state=State.CLOSED)), SAID | {"missing": "Mehr Zeit"} | wrong)
    assert response.status_code == 422
    assert "Mehr Zeit" in response.content.decode()
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("state", [State.NEW, State.SEARCHING, State.STAFFED, State.WITHDRAWN])
def test_what_has_not_begun_has_no_feedback(client, state):
    case = CaseFactory(state=state)
    assert "/rueckmeldung/" not in client.get(here(case, "requests:status")).content.decode()
    assert "sobald die Beratung begonnen hat" in client.get(here(case)).content.decode()
    assert client.post(here(case), SAID).status_code == 409
    assert not Feedback.objects.exists()


def test_a_case_that_came_to_nothing_is_not_asked(client):
    case = CaseFactory(state=State.CLOSED, outcome="abandoned")
    assert not results.asks_for_feedback(case)
    assert "/rueckmeldung/" not in client.get(here(case, "requests:status")).content.decode()


def test_a_dead_link_helps(client):
    assert client.get("/rueckmeldung/kein-link/").status_code == 404


def test_in_english_what_was_typed_stays(client):
    case = CaseFactory(state=State.CLOSED)
    shown = client.post(f"/en{here(case)}", SAID | {"sprache": "en"}).content.decode()
    assert "Die Erfahrung" in shown and "How satisfied are you" in shown
    assert not Feedback.objects.exists()


def test_the_municipality_reads_what_was_agreed_on(client):
    case = AgreementFactory(goals="Ein Leitbild mit dem Rat").consultation
    shown = client.get(here(case, "requests:status")).content.decode()
    assert "Ein Leitbild mit dem Rat" in shown and "10 Tage" in shown
