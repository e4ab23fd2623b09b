from django.utils import timezone
from procrastinate.contrib.django import app

from miglobe import workdays

from . import appointments, candidacies, offers, reading


@app.periodic(cron="0 7-15 * * 1-5")  # UTC: nobody is written to at night
@app.task(name="advisors.keep_deadlines", queueing_lock="advisors.keep_deadlines")
def keep_deadlines(timestamp: int) -> None:
    """Reminds of offers that are due soon and of appointments that are near, and closes offers that are over."""
    now = timezone.now()
    if workdays.is_workday(timezone.localdate(now)):
        offers.remind_due(now)
        offers.expire_overdue(now)
    appointments.remind_due(now)


@app.periodic(cron="* * * * *")
@app.task(name="advisors.close_orphaned_offers", queueing_lock="advisors.close_orphaned_offers")
def close_orphaned_offers(timestamp: int) -> None:
    offers.close_orphaned()


@app.periodic(cron="57 3 * * *")
@app.task(name="advisors.forget_accesses", queueing_lock="advisors.forget_accesses")
def forget_accesses(timestamp: int) -> None:
    reading.forget(timezone.now())


@app.periodic(cron="47 3 * * *")
@app.task(name="advisors.forget_candidacies", queueing_lock="advisors.forget_candidacies")
def forget_candidacies(timestamp: int) -> None:
    candidacies.forget(timezone.now())
