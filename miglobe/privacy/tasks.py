from django.utils import timezone
from procrastinate.contrib.django import app

from . import retention


@app.periodic(cron="17 3 * * *")
@app.task(name="privacy.keep_periods", queueing_lock="privacy.keep_periods")
def keep_periods(timestamp: int) -> None:
    """Deletes and anonymises what is over, every night."""
    retention.run(timezone.now())
