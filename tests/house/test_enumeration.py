"""Whoever asks learns nothing of whom we know: the same page, the same work, nothing written before the answer."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from advisors.models import Candidacy
from miglobe.codes.models import AccessCode
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from tests.conftest import HouseClient
from tests.factories import AdvisorFactory, CandidacyFactory, CaseFactory, CoordinatorFactory, OfferFactory
from tests.jobs import works_off

pytestmark = pytest.mark.django_db

PASSING = re.compile(r"SELECT set_config\(.*?;|\bs\d+_x\d+", re.DOTALL)  # of one request alone
NOBODY = "niemand@example.org"


def apply_typed(key, email):
    return {"key": key, "name": "Amara", "email": email, "phone": "", "about": "Ich berate.", "agreed": "on"}


@pytest.fixture
def asked():
    """Page → what is typed by somebody we know, in several ways, and by somebody we do not."""
    cases = [CaseFactory(contact_email="petra@unna.example", state="searching") for _ in range(3)]
    offer = OfferFactory(consultation=cases[0])
    unconfirmed = CaseFactory(contact_email="kim@unna.example", state="unconfirmed")
    advisor = AdvisorFactory(email="amara@example.net")
    running = CandidacyFactory(email="bruno@example.net", state=Candidacy.State.INVITED)
    reference = cases[0].reference
    applicants = [advisor.email, running.email, NOBODY]
    return {
        "/anfrage/link/": [{"email": email} for email in ("petra@unna.example", unconfirmed.contact_email, NOBODY)],
        "/angebot/link/": [{"email": email} for email in (offer.advisor.email, advisor.email, NOBODY)],
        "/zugang/": [
            {"reference": reference, "email": "petra@unna.example"},
            {"reference": reference, "email": offer.advisor.email},
            {"reference": reference, "email": NOBODY},
            {"reference": "MG-2020-AAAAA", "email": NOBODY},
        ],
        "/beraten/": [apply_typed(str(uuid4()), email) for email in applicants],
        "/en/beraten/": [apply_typed(str(uuid4()), email) for email in applicants],
    }


def answer(client, path, typed):
    """Status, page behind it and the kinds of statements that it took."""
    with CaptureQueriesContext(connection) as queries:
        response = client.post(path, typed)
        after = client.get(response["Location"])
    said = (response.status_code, after.status_code, after.content if path != "/zugang/" else b"")
    return said, [PASSING.sub("", query["sql"]).strip()[:40] for query in queries]


def test_answers_are_the_same_and_take_the_same_work(asked, monkeypatch):
    client = HouseClient()
    client.has_worker = False
    client.get("/anfrage/link/")
    monkeypatch.setattr(outbox, "_render", lambda *args: pytest.fail("A mail is written before the answer."))
    for path, ways in asked.items():
        answer(client, path, {**ways[-1], "email": "warm@example.com", "key": str(uuid4())})
        answers = [answer(client, path, typed) for typed in ways]
        assert len({said for said, _ in answers}) == 1, path
        assert [work for _, work in answers] == [answers[0][1]] * len(answers), path
    assert not Mail.objects.exists() and not AccessCode.objects.exists()


def test_the_worker_then_does_what_was_asked_for_once(asked):
    client = HouseClient()
    client.has_worker = False
    for path, ways in asked.items():
        for typed in ways:
            client.post(path, typed)
    works_off()
    assert {mail.template for mail in Mail.objects.all()} == {
        *("requests/status_link", "requests/please_confirm", "requests/access_code"),
        *("advisors/link_again", "advisors/own_page_again", "advisors/access_code"),
        *("advisors/already_in_pool", "advisors/invited", "advisors/please_confirm_application"),
    }
    assert Candidacy.objects.filter(email=NOBODY).count() == 2  # German and English
    mails = Mail.objects.count()
    works_off()
    assert Mail.objects.count() == mails


def test_a_job_that_runs_twice_sends_once(client):
    case = CaseFactory(contact_email="petra@unna.example")
    client.has_worker = False
    client.post("/anfrage/link/", {"email": "petra@unna.example"})
    client.post("/zugang/", {"reference": case.reference, "email": "petra@unna.example"})
    client.post("/beraten/", apply_typed(str(uuid4()), NOBODY))
    from procrastinate.contrib.django import app

    for job in ProcrastinateJob.objects.filter(status="todo").exclude(task_name="outbox.deliver"):
        for _ in range(2):
            app.tasks[job.task_name](**job.args)
    assert Mail.objects.count() == 3


def test_what_was_typed_cannot_be_read_in_the_job(client):
    client.has_worker = False
    client.post("/anfrage/link/", {"email": NOBODY})
    client.post("/zugang/", {"reference": "MG-2026-K7P4X", "email": NOBODY})
    client.post("/beraten/", apply_typed(str(uuid4()), NOBODY))
    kept = str(list(ProcrastinateJob.objects.values_list("args", flat=True)))
    for word in ("niemand", "example.org", "MG-2026", "Amara", "Ich berate"):
        assert word not in kept
    assert ProcrastinateJob.objects.count() == 3


def test_an_unknown_login_says_what_a_wrong_password_says(client):
    person, invited, off = CoordinatorFactory(), CoordinatorFactory(), CoordinatorFactory(is_active=False)
    invited.set_unusable_password()
    invited.save()
    pages = set()
    for address in (person.email, invited.email, off.email, NOBODY):
        page = HouseClient().post("/anmelden/", {"login": address, "password": "falsch"}).text
        start = page.index("<main")
        pages.add(page[start:].replace(address, "").split("csrfmiddlewaretoken")[0])
    assert len(pages) == 1
