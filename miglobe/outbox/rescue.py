"""What nobody is working on any more, although it looks so."""

import logging
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, Max, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from .models import Mail

log = logging.getLogger(__name__)

LONGEST = timedelta(hours=3)  # no task of ours takes so long, not even a backup
LONGEST_DELIVERY = timedelta(minutes=15)
A_WHILE = timedelta(minutes=10)


def retry_endless_jobs(now: datetime) -> int:
    """Jobs that seem to run for longer than any can: their worker lives, but could not note that they had ended."""
    begun = ProcrastinateJob.objects.filter(status="doing", procrastinateevent__type="started")
    delivers = Q(task_name="outbox.deliver", at__lt=now - LONGEST_DELIVERY)
    late = list(begun.annotate(at=Max("procrastinateevent__at")).filter(Q(at__lt=now - LONGEST) | delivers))
    for job in late:
        app.job_manager.retry_job_by_id(job_id=job.pk, retry_at=now)
        log.warning("Job %s (%s) runs again: nothing was heard of it", job.pk, job.task_name)
    return len(late)


def take_up_forgotten_mails(now: datetime) -> int:
    """A new job for each mail that waits without one: the queue was emptied by hand, or came back from a backup.

    Returns how many. A mail with two jobs is sent once all the same.
    """
    jobs = ProcrastinateJob.objects.filter(task_name="outbox.deliver", status__in=("todo", "doing"))
    cared_for = jobs.annotate(mail=Cast(KT("args__mail_id"), BigIntegerField())).values("mail")
    waiting = Mail.objects.filter(state=Mail.State.QUEUED, created_at__lt=now - A_WHILE)
    forgotten = list(waiting.exclude(pk__in=cared_for).values_list("pk", flat=True))
    for pk in forgotten:
        app.configure_task("outbox.deliver").defer(mail_id=pk)
    if forgotten:
        log.warning("%s Mails had no job and have one now", len(forgotten))
    return len(forgotten)
