"""Jobs whose worker died, whose end was never noted, or that were lost."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from miglobe.outbox import outbox, rescue, tasks
from miglobe.outbox.models import Mail
from requests import mails
from requests import tasks as request_tasks
from tests.factories import CaseFactory
from tests.jobs import ASKED

pytestmark = pytest.mark.django_db(transaction=True)


def sql(query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def owed():
    with transaction.atomic():
        mails.status_link(CaseFactory())
    return Mail.objects.latest("pk")


def taken_by(worker):
    """What waits is in the hands of this worker now."""
    sql("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE status = 'todo'", worker)


def a_worker(silent_for):
    query = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id"
    return sql(query, f"{silent_for} seconds")[0][0]


def rescued():
    """What the clock does every minute, with the worker's own connection."""

    async def run():
        with app.replace_connector(app.connector.get_worker_connector()) as workers:
            async with workers.open_async():
                await tasks.retry_stalled(SimpleNamespace(app=workers), 0)

    asyncio.run(run())
    return dict(sql("SELECT task_name, status::text FROM procrastinate_jobs"))


def test_the_job_of_a_dead_worker_waits_again_and_that_of_a_living_one_does_not():
    owed()
    taken_by(a_worker(silent_for=5))
    assert rescued() == {"outbox.deliver": "doing"}
    sql("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    assert rescued() == {"outbox.deliver": "todo"}


def test_a_job_that_the_clock_has_asked_for_again_keeps_nobody_waiting():
    tasks.take_up_forgotten.defer(timestamp=1)
    owed()
    taken_by(a_worker(silent_for=60))
    tasks.take_up_forgotten.defer(timestamp=2)
    rescued()
    assert sql("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY 1") == [
        ("outbox.deliver", "todo"),
        ("outbox.take_up_forgotten", "todo"),
    ]


def test_a_job_whose_end_was_never_noted_runs_again():
    owed()
    taken_by(a_worker(silent_for=0))  # writes an event: started
    sql("ALTER TABLE procrastinate_events DISABLE TRIGGER USER")
    sql("UPDATE procrastinate_events SET at = at - interval '14 minutes'")
    assert rescue.retry_endless_jobs(timezone.now()) == 0
    sql("UPDATE procrastinate_events SET at = at - interval '2 minutes'")
    assert rescue.retry_endless_jobs(timezone.now()) == 1
    assert sql("SELECT status::text FROM procrastinate_jobs") == [("todo",)]
    sql("ALTER TABLE procrastinate_events ENABLE TRIGGER USER")


def test_rescuing_comes_before_all_mails_that_wait():
    owed()
    tasks.retry_stalled.defer(timestamp=0)
    ((first,),) = sql("SELECT task_name FROM procrastinate_jobs ORDER BY priority DESC, id LIMIT 1")
    assert first == "outbox.retry_stalled"


def jobs_of(mail):
    return ProcrastinateJob.objects.filter(task_name="outbox.deliver", args__mail_id=mail.pk).count()


def test_a_mail_without_a_job_gets_one_again():
    forgotten, cared_for, fresh = owed(), owed(), owed()
    sql("DELETE FROM procrastinate_jobs WHERE (args->>'mail_id')::int IN (%s, %s)", forgotten.pk, fresh.pk)
    Mail.objects.exclude(pk=fresh.pk).update(created_at=timezone.now() - timedelta(minutes=11))
    assert rescue.take_up_forgotten_mails(timezone.now()) == 1
    assert rescue.take_up_forgotten_mails(timezone.now()) == 0
    assert [jobs_of(mail) for mail in (forgotten, cared_for, fresh)] == [1, 1, 0]


@pytest.mark.parametrize("state", [Mail.State.HELD, Mail.State.SENT, Mail.State.FAILED, Mail.State.DISCARDED])
def test_what_is_not_to_be_sent_gets_no_job(state):
    mail = owed()
    sql("DELETE FROM procrastinate_jobs")
    now = timezone.now()
    Mail.objects.update(state=state, sent_at=now, created_at=now - timedelta(days=1))
    assert rescue.take_up_forgotten_mails(now) == 0
    assert jobs_of(mail) == 0


def test_a_run_of_many_cases_goes_on_after_an_outage():
    retry = request_tasks.work_in_bulk.retry_strategy
    job = app.configure_task("requests.work_in_bulk").job
    assert retry.get_retry_decision(exception=OperationalError(), job=job)
    assert not retry.get_retry_decision(exception=ValueError(), job=job)
    assert rescue.LONGEST_DELIVERY.total_seconds() > outbox.OUTAGE_SECONDS


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 3), (1, 9), (8, 19_683), (9, 19_683), (30, 19_683)])
def test_a_mail_waits_longer_each_time_but_never_for_days(attempts, seconds):
    job = app.configure_task("outbox.deliver").job.evolve(attempts=attempts)
    begin = timezone.now()
    retry = tasks.deliver.get_retry_exception(exception=OperationalError(), job=job).retry_decision
    assert seconds <= (retry.retry_at - begin).total_seconds() < seconds + 60


@pytest.mark.parametrize("name", [*ASKED, "privacy.answer", "outbox.deliver", "requests.work_in_bulk"])
def test_what_people_have_asked_for_is_tried_again_after_a_fault(name):
    """The job is all that is left of it: where it fails for good at the first fault, nobody is ever answered."""
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name=name, attempts=1)
    assert app.tasks[name].get_retry_exception(OperationalError("weg"), job)
