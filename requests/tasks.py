from django.utils import timezone
from procrastinate.contrib.django import app

from . import attachments, drafts


@app.periodic(cron="17 3 * * *")
@app.task(name="requests.forget_abandoned", queueing_lock="requests.forget_abandoned")
def forget_abandoned(timestamp: int) -> None:
    drafts.forget_abandoned(timezone.now())


@app.periodic(cron="37 3 * * *")
@app.task(name="requests.sweep_attachments", queueing_lock="requests.sweep_attachments")
def sweep_attachments(timestamp: int) -> None:
    attachments.sweep(timezone.now())
