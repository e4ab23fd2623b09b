from django.contrib import admin
from django.db import InterfaceError, OperationalError
from django.http import QueryDict
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from miglobe import periodic, workdays
from miglobe.accounts.asked import RETRY, typed

from . import access, attachments, bulk, desk, reminders
from .models import BulkRun


@app.periodic(cron="37 3 * * *")
@app.task(name="requests.sweep_attachments", queueing_lock="requests.sweep_attachments")
def sweep_attachments(timestamp: int) -> None:
    attachments.sweep(timezone.now())


AFTER_AN_OUTAGE = RetryStrategy(max_attempts=10, linear_wait=60, retry_exceptions=[OperationalError, InterfaceError])


@app.task(name="requests.work_in_bulk", retry=AFTER_AN_OUTAGE)
def work_in_bulk(*, run_id: int) -> None:
    """Does what a person has begun with many cases, as the buttons of the desk do it."""
    run = BulkRun.objects.select_related("by").get(pk=run_id)
    button = desk.button_of_site(admin.site, run.move)
    given = QueryDict(mutable=True)
    for name, values in run.given.items():
        given.setlist(name, values)
    bulk.work(run, desk.act_of(button, button.form(given), by=run.by))


@app.periodic(cron="5 7-15 * * 1-5")  # UTC: nobody is written to at night
@app.task(name="requests.keep_deadlines", queueing_lock="requests.keep_deadlines", retry=periodic.AGAIN)
def keep_deadlines(timestamp: int) -> None:
    """Reminds of answers and steps that are due, on working days."""
    now = timezone.now()
    if workdays.is_workday(timezone.localdate(now)):
        with periodic.complete():
            reminders.remind_municipalities(now)
            reminders.remind_of_due(now)


@app.task(name="requests.send_links", retry=RETRY)
def send_links(*, asked: str) -> None:
    access.send_links(**typed(asked))
