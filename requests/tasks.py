from django.utils import timezone
from procrastinate.contrib.django import app

from .models import ConsultationRequest


@app.periodic(cron="17 3 * * *")
@app.task(name="requests.forget_abandoned", queueing_lock="requests.forget_abandoned")
def forget_abandoned(timestamp: int) -> None:
    """Deletes drafts and unconfirmed requests when the time that the privacy notice promises is over."""
    ConsultationRequest.objects.abandoned(timezone.now()).delete()
