from django.utils import timezone
from procrastinate.contrib.django import app

from . import drafts


@app.periodic(cron="17 3 * * *")
@app.task(name="requests.forget_abandoned", queueing_lock="requests.forget_abandoned")
def forget_abandoned(timestamp: int) -> None:
    drafts.forget_abandoned(timezone.now())
