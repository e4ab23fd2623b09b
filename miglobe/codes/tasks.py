from django.utils import timezone
from procrastinate.contrib.django import app

from . import codes


@app.periodic(cron="37 3 * * *")
@app.task(name="codes.forget_old", queueing_lock="codes.forget_old")
def forget_old(timestamp: int) -> None:
    codes.forget_old(timezone.now())
