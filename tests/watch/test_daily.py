"""One mail in the morning to whoever keeps the portal running, and only when something is wrong."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from miglobe.watch import daily, findings, tasks
from miglobe.watch.findings import Check, fine, unknown, wrong

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def somebody(settings):
    settings.WATCH_MAIL = "technik@example.org"


@pytest.fixture
def checks(monkeypatch):
    """Nothing but these are looked at."""

    def only(**looks):
        made = {name: Check(name=name, label=name.title(), look=look) for name, look in looks.items()}
        monkeypatch.setattr(findings, "_checks", made)

    return only


def mails():
    return list(Mail.objects.filter(template="watch/trouble_found"))


def test_nobody_is_bothered_when_all_is_well(checks):
    checks(worker=lambda: fine("Er arbeitet."), sender=lambda: unknown("Nicht prüfbar."))
    tasks.look(timestamp=0)
    assert mails() == []


def test_one_mail_tells_everything_that_is_wrong(checks):
    checks(backup=lambda: wrong("Es gibt noch keine."), queue=lambda: fine("Gut."), disks=lambda: wrong("Fast voll."))
    tasks.look(timestamp=0)
    (mail,) = mails()
    assert mail.to == "technik@example.org"
    assert "- Backup: Es gibt noch keine.\n- Disks: Fast voll.\n" in mail.text
    assert "Gut." not in mail.text
    assert "/admin/hintergrund/" in outbox.message(mail).body


def test_a_task_that_runs_twice_writes_once_and_tomorrow_again(checks):
    checks(backup=lambda: wrong("Es gibt noch keine."))
    tasks.look(timestamp=0)
    tasks.look(timestamp=0)
    assert len(mails()) == 1
    Mail.objects.update(created_at=timezone.now() - timedelta(hours=24))
    tasks.look(timestamp=0)
    assert len(mails()) == 2


def test_without_an_address_nobody_is_written_to(checks, settings):
    settings.WATCH_MAIL = ""
    checks(backup=lambda: wrong("Es gibt noch keine."))
    tasks.look(timestamp=0)
    assert mails() == []


def test_a_check_that_fails_itself_is_told_like_the_others(checks):
    checks(backup=lambda: {}["petra"], disks=lambda: wrong("Fast voll."))
    tasks.look(timestamp=0)
    (mail,) = mails()
    assert "selbst gescheitert" in mail.text
    assert "Fast voll." in mail.text
    assert "petra" not in mail.text


def test_failed_jobs_of_the_last_day_are_told_once():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'x') RETURNING id")
        job = cursor.fetchone()[0]
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job])
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job])
        assert "Seit gestern gescheiterte Aufträge: 1." in str(daily.troubles())
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '2 days'")
        assert "gescheiterte" not in str(daily.troubles())


def test_a_command_for_where_no_worker_lives():
    """cron on the host sends what it prints."""
    said = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("watch", stdout=said)
    assert "Worker: Er antwortet nicht" in said.getvalue()
    assert "Datenbank" not in said.getvalue()
    assert mails() == []


def test_what_is_slow_is_remembered_for_the_page(monkeypatch):
    asked = []
    check = Check(name="sender", label="Absender", look=lambda: asked.append(1) or wrong("SPF fehlt."), is_slow=True)
    monkeypatch.setitem(findings._checks, "sender", check)
    assert findings.glance()[check].state == "unknown"
    assert not asked
    findings.look()
    assert findings.glance()[check].words == "SPF fehlt."
    assert len(asked) == 1
