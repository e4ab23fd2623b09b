"""The page about the background work: whether the worker lives and what waits, without whom it is about."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import app

from miglobe.desk import jobs, roles
from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import State
from tests.conftest import HouseClient
from tests.factories import CaseFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/admin/hintergrund/"


@pytest.fixture
def desk():
    roles.load()
    person = UserFactory()
    person.groups.add(Group.objects.get(name=roles.TECHNICAL))
    client = HouseClient()
    client.force_login(person)
    return client


def test_without_a_worker_the_page_says_so_and_what_waits(desk):
    workflow.confirm(CaseFactory(state=State.UNCONFIRMED, contact_email="petra@stadt.example"))
    shown = desk.get(PAGE).content.decode()
    assert "Er antwortet nicht" in shown
    assert "outbox.deliver" in shown
    assert "wartet" in shown
    assert "petra" not in shown
    assert "Eine E-Mail senden" in shown
    (waiting,) = desk.get(PAGE).context["jobs"]
    assert waiting.number == Mail.objects.count()


def test_a_worker_that_gives_signs_of_life_is_said_to_work(desk):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    shown = desk.get(PAGE).content.decode()
    assert "Er arbeitet." in shown
    assert "Alle Aufträge sind erledigt" in shown
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")
    assert "antwortet nicht seit" in desk.get(PAGE).content.decode()


def test_every_task_of_ours_is_called_by_words():
    ours = {name for name in app.tasks if not name.startswith(("procrastinate", "builtin"))}
    assert ours == set(jobs.TASKS)


def test_the_page_needs_the_same_queries_for_one_and_three(desk):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            app.configure_task("outbox.deliver").defer(mail_id=1)
        with CaptureQueriesContext(connection) as queries:
            desk.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1] == 16


def test_only_who_keeps_the_portal_running_sees_it(client, coordinator):
    client.force_login(coordinator)
    assert client.get(PAGE).status_code == 403


def test_who_may_not_see_a_page_of_the_desk_finds_the_way_back(desk, client):
    link = '<a class="kern-link" href="/admin/">Zum Schreibtisch</a>'
    refused = desk.get("/admin/requests/consultationrequest/")
    assert refused.status_code == 403
    assert link in refused.content.decode()
    assert link not in client.get("/gibt-es-nicht/").content.decode()
