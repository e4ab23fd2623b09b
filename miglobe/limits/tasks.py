from django.utils import timezone
from procrastinate.contrib.django import app

from . import limits


@app.periodic(cron="27 3 * * *")
@app.task(name="limits.forget_old", queueing_lock="limits.forget_old")
def forget_old(timestamp: int) -> None:
    limits.forget_old(timezone.now())
