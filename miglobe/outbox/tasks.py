from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from . import outbox


@app.task(name="outbox.deliver", retry=RetryStrategy(max_attempts=20, exponential_wait=3))
def deliver(*, mail_id: int) -> None:
    """Waits 3, 9, 27, … seconds between attempts; `outbox.MAX_ATTEMPTS` ends it."""
    outbox.deliver(mail_id)


@app.periodic(cron="* * * * *")
@app.task(name="outbox.retry_stalled", queueing_lock="outbox.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Jobs whose worker was killed run again; every task of ours may run twice without harm."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)
