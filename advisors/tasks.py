from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from miglobe import periodic, workdays
from miglobe.accounts.asked import RETRY, typed

from . import access, appointments, candidacies, follow_ups, offers, reports


@app.periodic(cron="0 7-15 * * 1-5")  # UTC: nobody is written to at night
@app.task(name="advisors.keep_deadlines", queueing_lock="advisors.keep_deadlines", retry=periodic.AGAIN)
def keep_deadlines(timestamp: int) -> None:
    """Reminds of offers, appointments and reports, closes offers that are over, hands in what all have signed."""
    now = timezone.now()
    with periodic.complete():
        if workdays.is_workday(timezone.localdate(now)):
            offers.await_mails(now)
            offers.remind_due(now)
            offers.expire_overdue(now)
            reports.remind_missing(now)
            reports.hand_in_signed()
        appointments.remind_due(now)


@app.periodic(cron="30 8 * * 1-5")
@app.task(name="advisors.follow_up", queueing_lock="advisors.follow_up", retry=periodic.AGAIN)
def follow_up(timestamp: int) -> None:
    """Asks what has become of the consultations that ended some months ago."""
    now = timezone.now()
    if workdays.is_workday(timezone.localdate(now)):
        with periodic.complete():
            follow_ups.ask_due(now)


@app.periodic(cron="* * * * *")
@app.task(name="advisors.close_orphaned_offers", queueing_lock="advisors.close_orphaned_offers")
def close_orphaned_offers(timestamp: int) -> None:
    offers.close_orphaned()


@app.task(name="advisors.send_links", retry=RETRY)
def send_links(*, asked: str) -> None:
    access.send_links(**typed(asked))


@app.task(name="advisors.apply", retry=RETRY)
def apply(*, asked: str) -> None:
    words = typed(asked)
    candidacies.apply(UUID(words.pop("key")), **words)
