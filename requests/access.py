"""Lost links: sent again to the address we know, never shown, and never saying whether we know it."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from miglobe.outbox.models import Mail

from . import mails
from .models import ConsultationRequest, State

PAUSE = timedelta(minutes=10)  # so that nobody can fill a mailbox by asking again and again
MOST = 20  # links to the newest requests of an address


@transaction.atomic
def send_links(email: str) -> None:
    """Mails the link of each request that belongs to this address."""
    consultations = ConsultationRequest.objects.filter(contact_email__iexact=email).exclude(state=State.DRAFT)
    just_sent = Mail.objects.filter(to__iexact=email, created_at__gt=timezone.now() - PAUSE)
    recent = set(just_sent.values_list("reference", "template"))
    for consultation in consultations.select_related("municipality", "person__organisation")[:MOST]:
        if consultation.state == State.UNCONFIRMED:
            if (consultation.reference, "requests/please_confirm") not in recent:
                mails.please_confirm(consultation)
        elif consultation.confirmed_at and (consultation.reference, "requests/status_link") not in recent:
            mails.status_link(consultation)
