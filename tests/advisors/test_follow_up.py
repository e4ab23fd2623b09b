"""Months after the end the municipality is asked once what it has put into practice."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from advisors import follow_ups
from advisors.models import FollowUp
from miglobe.months import months_before
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import links
from requests.models import State
from tests.desk.case import page, press
from tests.factories import CaseFactory, FollowUpFactory
from tests.requests.test_two_languages import english_case, german_in

pytestmark = pytest.mark.django_db

SAID = {"extent": "3", "done": "Das Leitbild", "hindered": ""}
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def months(settings):
    settings.FOLLOW_UP_MONTHS = 9


def ended(months, **fields):
    since = months_before(timezone.now(), months)
    return CaseFactory(**{"state": State.CLOSED, "outcome": "consulted", "state_since": since} | fields)


def here(case):
    return reverse("advisors:follow_up", kwargs={"token": links.token(links.STATUS, case)})


def test_everybody_is_asked_once_after_nine_months():
    asked = [ended(9), ended(11), ended(10, outcome="dialogue")]
    ended(8)
    ended(13)
    ended(10, outcome="abandoned")
    ended(10, state=State.RUNNING, outcome="")
    now = timezone.now()
    assert follow_ups.ask_due(now) == 3
    assert follow_ups.ask_due(now) == 0
    assert set(FollowUp.objects.values_list("consultation", flat=True)) == {case.pk for case in asked}
    assert Mail.objects.filter(template="advisors/follow_up_asked").count() == 3


def test_the_mail_leads_to_the_question_and_the_answer_is_kept(client, desk, coordinator):
    case = ended(9, person=coordinator, organisation=coordinator.organisation)
    follow_ups.ask_due(timezone.now())
    assert "/nachfrage/" in outbox.message(Mail.objects.get()).body
    assert "<form" in client.get(here(case)).content.decode()
    assert client.post(here(case), SAID).status_code == 302
    answer = FollowUp.objects.get()
    assert (answer.extent, answer.done, answer.by) == (3, "Das Leitbild", None)
    assert answer.answered_at
    assert "das meiste" in client.get(here(case)).content.decode()
    client.post(here(case), SAID | {"extent": "4"})
    shown = desk.get(page(case))
    assert "alles, was wir vorhatten" in shown.content.decode()
    lines = [line.what for line in shown.context["history"]]
    for words in ("Nach der Umsetzung gefragt", "Antwort zur Umsetzung", "Antwort zur Umsetzung berichtigt"):
        assert words in lines


def test_an_english_case_is_asked_in_english():
    case = english_case(State.CLOSED, state_since=months_before(timezone.now(), 9))
    follow_ups.ask_due(timezone.now())
    message = outbox.message(Mail.objects.get(reference=case.reference))
    assert german_in(message.subject + message.body) == []
    assert "/en/nachfrage/" in message.body


def test_nobody_answers_who_was_not_asked(client):
    case = ended(2)
    assert "einige Monate nach dem Ende" in client.get(here(case)).content.decode()
    assert client.post(here(case), SAID).status_code == 409
    assert not FollowUp.objects.exists()


@pytest.mark.parametrize("wrong", [{"extent": ""}, {"extent": "5"}, {"done": "x" * 4001}])
def test_what_is_wrong_is_said_and_what_was_typed_stays(client, wrong):
    asked = FollowUpFactory()
    response = client.post(here(asked.consultation), SAID | {"hindered": "Die Zeit"} | wrong)
    assert response.status_code == 422
    assert "Die Zeit" in response.content.decode()
    asked.refresh_from_db()
    assert asked.answered_at is None


def test_the_desk_records_what_was_said_on_the_telephone(desk, coordinator):
    case = ended(7, person=coordinator, organisation=coordinator.organisation)
    press(desk, f"{page(case).removesuffix('change/')}result/follow_up/", SAID)
    answer = FollowUp.objects.get()
    assert (answer.extent, answer.by) == (3, coordinator)
    assert not Mail.objects.exists()


def test_looking_changes_nothing(client):
    asked = FollowUpFactory()
    client.get(here(asked.consultation))
    asked.refresh_from_db()
    assert asked.answered_at is None
    assert client.get("/nachfrage/kein-link/").status_code == 404


@pytest.mark.parametrize(
    ("now", "months", "then"),
    [((2026, 12, 31), 9, (2026, 3, 31)), ((2026, 11, 30), 9, (2026, 3, 1)), ((2026, 3, 15), 12, (2025, 3, 15))],
)
def test_months_are_counted_by_the_calendar(now, months, then):
    assert months_before(datetime(*now, 9, tzinfo=BERLIN), months) == datetime(*then, 9, tzinfo=BERLIN)
