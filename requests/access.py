"""Ways back: lost links and codes go to the address we know, and nobody learns whether we know it."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from miglobe.accounts import asked
from miglobe.codes import codes
from miglobe.codes.models import AccessCode
from miglobe.outbox.models import Mail
from miglobe.turns import take_turn

from . import links, mails
from .models import ConsultationRequest, State

PAUSE = timedelta(minutes=10)  # so that nobody can fill a mailbox by asking again and again
MOST = 20  # links to the newest requests of an address


def ask_for_links(email: str) -> None:
    """The worker sends them: nobody can tell from the answer whether there are any."""
    asked.later("requests.send_links", email=email)


@transaction.atomic
def send_links(email: str) -> None:
    """Mails the link of each request that belongs to this address."""
    take_turn("requests.send_links", email.lower())
    mine = ConsultationRequest.objects.filter(contact_email__iexact=email)
    consultations = mine.exclude(state=State.DRAFT).exclude(merged_into__in=mine)
    just_sent = Mail.objects.filter(to__iexact=email, created_at__gt=timezone.now() - PAUSE)
    recent = set(just_sent.values_list("reference", "template"))
    for consultation in consultations.select_related("municipality", "person__organisation")[:MOST]:
        if consultation.state == State.UNCONFIRMED:
            if (consultation.reference, "requests/please_confirm") not in recent:
                mails.please_confirm(consultation)
        elif consultation.confirmed_at and (consultation.reference, "requests/status_link") not in recent:
            mails.status_link(consultation)


# --- The door that a code opens ----------------------------------------------------------------------


def register() -> None:
    codes.register_door(codes.Door(links.STATUS, _find, _owe_code, _mailbox, _address))


def _find(reference: str, email: str) -> UUID | None:
    """What was thrown away unconfirmed gets no further mail."""
    known = ConsultationRequest.objects.filter(Q(state=State.UNCONFIRMED) | Q(confirmed_at__isnull=False))
    return known.filter(reference=reference, contact_email__iexact=email).values_list("key", flat=True).first()


def _owe_code(key: UUID, access: AccessCode) -> None:
    mails.access_code(ConsultationRequest.objects.get(key=key), access)


def _mailbox(key: UUID) -> str:
    return ConsultationRequest.objects.values_list("contact_email", flat=True).get(key=key)


def _address(key: UUID) -> str:
    """Where the link in our last mail leads: an unconfirmed request is confirmed first."""
    consultation = ConsultationRequest.objects.get(key=key)
    unconfirmed = consultation.state == State.UNCONFIRMED
    view, purpose = ("confirm", links.CONFIRM) if unconfirmed else ("status", links.STATUS)
    return reverse(f"requests:{view}", kwargs={"token": links.token(purpose, consultation)})
