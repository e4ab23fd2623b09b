"""What a load balancer, a watch from outside and Prometheus get to read: names and numbers, never about whom."""

from datetime import UTC, timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django import app
from prometheus_client.parser import text_string_to_metric_families

from miglobe.backup import making
from miglobe.outbox.models import Mail
from miglobe.watch import findings, portal
from requests import workflow
from requests.models import State
from tests.factories import CaseFactory

pytestmark = pytest.mark.django_db
READY, METRICS = "/-/health/ready/", "/-/metrics/"


@pytest.fixture(autouse=True)
def a_worker_lives():
    sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")


def sql(command):
    with connection.cursor() as cursor:
        cursor.execute(command)


def found(client):
    response = client.get(READY)
    answer = response.json()
    return response.status_code, answer["status"], {name for name, state in answer["checks"].items() if state != "ok"}


def a_job(since="interval '1 hour'"):
    job = app.configure_task("outbox.deliver").defer(mail_id=1)
    sql(f"UPDATE procrastinate_events SET at = now() - {since} WHERE job_id = {job}")  # noqa: S608
    return job


def test_a_portal_that_is_well_is_ready(client):
    assert found(client) == (200, "ok", set())


def test_it_says_names_and_nothing_else(client):
    Mail.objects.create(to="petra@stadt.example", state=Mail.State.FAILED, error="550 petra unknown")
    response = client.get(READY)
    assert response.json() == {
        "status": "degraded",
        "checks": {"database": "ok", "migrations": "ok", "worker": "ok", "queue": "ok", "mails": "failed"},
    }
    assert "no-store" in response["Cache-Control"]


def test_an_address_that_somebody_has_mistyped_is_no_trouble_but_one_of_a_case_is(client):
    Mail.objects.create(to="petra@stat.example", state=Mail.State.FAILED, template="requests/draft_link")
    assert found(client) == (200, "ok", set())
    Mail.objects.create(
        to="petra@stat.example", state=Mail.State.FAILED, template="requests/please_confirm", reference="MG-1"
    )
    assert found(client) == (200, "degraded", {"mails"})


def test_without_a_database_it_is_not_ready_and_asks_no_further(client, monkeypatch):
    def away():
        raise OperationalError("connection to petra failed")

    gate = findings.Check(name="database", label="Datenbank", look=away, is_gate=True, is_quick=True)
    monkeypatch.setitem(findings._checks, "database", gate)
    response = client.get(READY)
    assert response.status_code == 503
    assert response.json() == {"status": "failed", "checks": {"database": "failed"}}


def test_with_tables_of_another_version_it_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(portal, "_migrated", [])
    sql("DELETE FROM django_migrations WHERE app = 'outbox'")
    assert found(client) == (503, "failed", {"migrations"})


def test_whether_migrations_have_run_is_asked_until_they_have(client, monkeypatch):
    monkeypatch.setattr(portal, "_migrated", [])
    with CaptureQueriesContext(connection) as first:
        client.get(READY)
    with CaptureQueriesContext(connection) as second:
        client.get(READY)
    assert (len(first), len(second)) == (7, 6)


def test_a_database_that_is_ahead_serves_the_old_version_too(client, monkeypatch):
    monkeypatch.setattr(portal, "_migrated", [])
    sql("INSERT INTO django_migrations (app, name, applied) VALUES ('outbox', '9999_later', now())")
    assert found(client) == (200, "ok", set())


def test_a_dead_worker_degrades(client):
    sql("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")
    assert found(client) == (200, "degraded", {"worker"})
    sql("DELETE FROM procrastinate_workers")
    assert found(client) == (200, "degraded", {"worker"})


def test_a_job_that_waits_too_long_degrades(client):
    job = a_job("interval '9 minutes'")
    assert found(client) == (200, "ok", set())
    sql(f"UPDATE procrastinate_events SET at = now() - interval '11 minutes' WHERE job_id = {job}")  # noqa: S608
    assert found(client) == (200, "degraded", {"queue"})


def test_a_job_for_later_does_not_wait(client):
    job = a_job()
    sql(f"UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour' WHERE id = {job}")  # noqa: S608
    assert found(client) == (200, "ok", set())
    sql(f"UPDATE procrastinate_jobs SET scheduled_at = now() - interval '5 minutes' WHERE id = {job}")  # noqa: S608
    assert found(client) == (200, "ok", set()), "seit es so weit ist, nicht seit er entstand"
    sql(f"UPDATE procrastinate_jobs SET scheduled_at = now() - interval '15 minutes' WHERE id = {job}")  # noqa: S608
    assert found(client) == (200, "degraded", {"queue"})


def test_a_job_that_hangs_degrades(client):
    job = a_job()
    sql(f"UPDATE procrastinate_jobs SET status = 'doing' WHERE id = {job}")  # noqa: S608
    assert found(client) == (200, "ok", set())
    sql(f"UPDATE procrastinate_events SET at = now() - interval '2 hours' WHERE job_id = {job}")  # noqa: S608
    assert found(client) == (200, "degraded", {"queue"})


def test_a_mail_server_that_refuses_degrades_after_an_hour(client):
    mail = Mail.objects.create(to="a@b.example", attempts=4)
    assert found(client) == (200, "ok", set())
    Mail.objects.filter(pk=mail.pk).update(created_at=timezone.now() - timedelta(hours=2))
    assert found(client) == (200, "degraded", {"mails"})


def test_a_check_that_fails_itself_does_not_hide_the_others(client, monkeypatch, caplog):
    def broken():
        raise RuntimeError("petra@stadt.example")

    check = findings.Check(name="worker", label="Worker", look=broken, is_quick=True)
    monkeypatch.setitem(findings._checks, "worker", check)
    assert found(client) == (200, "degraded", {"worker"})
    assert "worker" in caplog.text


def test_backups_are_missed(settings, tmp_path, monkeypatch):
    settings.DEMO = False
    assert portal.backup().is_wrong
    settings.BACKUP_DIR, settings.BACKUP_PUBLIC_KEY = str(tmp_path), "age1…"
    assert "noch keine" in portal.backup().words
    monkeypatch.setattr(making, "newest", lambda: timezone.now() - timedelta(hours=27))
    assert portal.backup().is_wrong
    monkeypatch.setattr(making, "newest", lambda: timezone.now() - timedelta(hours=25))
    assert portal.backup().is_fine


def test_neither_an_empty_file_nor_one_from_the_future_passes_for_a_backup(settings, tmp_path):
    settings.DEMO = False
    settings.BACKUP_DIR, settings.BACKUP_PUBLIC_KEY = str(tmp_path), "age1…"
    now = timezone.now().astimezone(UTC)
    (tmp_path / f"miglobe-{now:%Y%m%dT%H%M%SZ}.tar.age").touch()
    assert portal.backup().is_wrong
    (tmp_path / f"miglobe-{now + timedelta(days=400):%Y%m%dT%H%M%SZ}.tar.age").write_bytes(b"age")
    assert portal.backup().is_wrong
    (tmp_path / f"miglobe-{now - timedelta(hours=1):%Y%m%dT%H%M%SZ}.tar.age").write_bytes(b"age")
    assert portal.backup().is_fine


def test_a_disk_that_fills_up_is_told(settings, tmp_path, monkeypatch):
    settings.ATTACHMENTS_DIR = tmp_path / "not" / "yet"
    assert portal.disks().is_fine or "MB frei" in portal.disks().words
    monkeypatch.setattr("shutil.disk_usage", lambda path: portal.shutil._ntuple_diskusage(10**12, 10**12 - 5, 5))
    assert portal.disks().words == "Fast voll: attachments (0 MB frei)."


def figures(client):
    response = client.get(METRICS, headers={"Authorization": "Bearer geheim"})
    assert response.status_code == 200
    families = text_string_to_metric_families(response.content.decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_figures_for_prometheus(client, settings):
    settings.METRICS_TOKEN = "geheim"
    workflow.confirm(CaseFactory(state=State.UNCONFIRMED, contact_email="petra@stadt.example"))
    a_job()
    read = figures(client)
    assert read["miglobe_cases", "new"] == 1
    assert read["miglobe_cases", "closed"] == 0
    assert read["miglobe_mails", "queued"] == Mail.objects.count()
    assert read["miglobe_jobs", "todo", "outbox.deliver"] == Mail.objects.count() + 1
    assert 3590 < read["miglobe_oldest_due_job_seconds",] < 3700
    assert read["miglobe_worker_seen_seconds",] < 60
    assert read["miglobe_check_ok", "queue"] == 0
    assert read["miglobe_check_ok", "database"] == 1
    assert read["miglobe_database_bytes",] > 10**6
    assert ("miglobe_backup_seconds",) not in read
    assert "petra" not in client.get(METRICS, headers={"Authorization": "Bearer geheim"}).content.decode()


@pytest.mark.parametrize(
    "sent", [{}, {"Authorization": "Bearer falsch"}, {"Authorization": "geheim"}, {"Authorization": "Bearer "}]
)
@pytest.mark.parametrize("token", ["geheim", ""])
def test_without_the_token_there_is_nothing(client, settings, sent, token):
    settings.METRICS_TOKEN = token
    assert client.get(METRICS, headers=sent).status_code == 404


def test_figures_cost_the_same_queries_for_one_and_three(client, settings):
    settings.METRICS_TOKEN = "geheim"
    counts = []
    for more in (1, 2):
        for _ in range(more):
            workflow.confirm(CaseFactory(state=State.UNCONFIRMED))
        with CaptureQueriesContext(connection) as queries:
            figures(client)
        counts.append(len(queries))
    assert counts[0] == counts[1] == 12
