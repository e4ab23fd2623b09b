from django.utils import timezone
from procrastinate.contrib.django import app

from miglobe.accounts.asked import RETRY

from . import asking, retention


@app.periodic(cron="17 3 * * *")
@app.task(name="privacy.keep_periods", queueing_lock="privacy.keep_periods")
def keep_periods(timestamp: int) -> None:
    """Deletes and anonymises what is over, every night."""
    retention.run(timezone.now())


@app.task(name="privacy.answer", retry=RETRY)
def answer(*, request_id: int) -> None:
    """Looks up what we hold of the address that somebody has typed, and owes the mail that says so."""
    asking.answer(request_id)
