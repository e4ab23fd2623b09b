from django.utils import timezone
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status

from . import outbox, rescue

FIRST = 10  # priority: not behind five hundred mails that wait for a mail server


class Patience(BaseRetryStrategy):
    """Waits 3, 9, 27, … seconds, and never longer than before the last attempt that a mail has.

    A job may have more attempts than its mail: those in which the worker or the database died count only here.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        return RetryDecision(retry_in={"seconds": 3 ** min(job.attempts + 1, outbox.MAX_ATTEMPTS - 1)})


@app.task(name="outbox.deliver", retry=Patience())
def deliver(*, mail_id: int) -> None:
    """Hands a mail to the mail server; `outbox.MAX_ATTEMPTS` ends it."""
    outbox.deliver(mail_id)


@app.periodic(cron="* * * * *")
@app.task(name="outbox.retry_stalled", queueing_lock="outbox.retry_stalled", pass_context=True, priority=FIRST)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Jobs whose worker was killed run again; every task of ours may run twice without harm."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        try:
            await manager.retry_job(job)
        except UniqueViolation:  # the clock has asked for the same meanwhile: once is enough
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)


@app.periodic(cron="*/10 * * * *")
@app.task(name="outbox.take_up_forgotten", queueing_lock="outbox.take_up_forgotten", priority=FIRST)
def take_up_forgotten(timestamp: int) -> None:
    now = timezone.now()
    rescue.retry_endless_jobs(now)
    rescue.take_up_forgotten_mails(now)
