"""Lost links of advisors: sent again to the address we know, never saying whether we know it."""

from django.db import transaction
from django.utils import timezone

from miglobe.outbox.models import Mail
from requests.access import MOST, PAUSE

from . import mails
from .models import Offer


@transaction.atomic
def send_links(email: str) -> None:
    """Mails the link to each offer of this address that can be answered or was accepted."""
    just_sent = Mail.objects.filter(
        to__iexact=email, template="advisors/link_again", created_at__gt=timezone.now() - PAUSE
    )
    recent = set(just_sent.values_list("reference", flat=True))
    offers = (Offer.objects.open() | Offer.objects.at_work()).filter(advisor__email__iexact=email)
    offers = offers.select_related("advisor", "consultation__municipality", "consultation__person__organisation")
    for offer in offers.order_by("-created_at")[:MOST]:
        if offer.consultation.reference not in recent:
            mails.link_again(offer)
