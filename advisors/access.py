"""Ways back for advisors: lost links and codes go to the address we know, and nobody learns whether we know it."""

from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from miglobe.accounts import asked
from miglobe.codes import codes
from miglobe.codes.models import AccessCode
from miglobe.outbox.models import Mail
from miglobe.turns import take_turn
from requests.access import MOST, PAUSE

from . import links, mails, pool_mails
from .models import Advisor, Offer


def ask_for_links(email: str) -> None:
    """The worker sends them: nobody can tell from the answer whether there are any."""
    asked.later("advisors.send_links", email=email)


@transaction.atomic
def send_links(email: str) -> None:
    """Mails the link to the own page, and to each offer of this address that can be answered or was accepted."""
    take_turn("advisors.send_links", email.lower())
    just_sent = Mail.objects.filter(
        to__iexact=email, template="advisors/link_again", created_at__gt=timezone.now() - PAUSE
    )
    recent = set(just_sent.values_list("reference", flat=True))
    offers = (Offer.objects.open() | Offer.objects.at_work()).filter(advisor__email__iexact=email)
    offers = offers.select_related("advisor", "consultation__municipality", "consultation__person__organisation")
    for offer in offers.order_by("-created_at")[:MOST]:
        if offer.consultation.reference not in recent:
            mails.link_again(offer)
    _send_own_page(email)


def _send_own_page(email: str) -> None:
    """Also to those who have left: they may read what we hold of them."""
    just_sent = Mail.objects.filter(
        to__iexact=email, template=pool_mails.OWN_PAGE_AGAIN, created_at__gt=timezone.now() - PAUSE
    )
    advisor = Advisor.objects.filter(email__iexact=email).first()
    if advisor and not just_sent.exists():
        pool_mails.own_page_again(advisor)


# --- The door that a code opens ----------------------------------------------------------------------


def register() -> None:
    codes.register_door(codes.Door(links.OFFER, _find, _owe_code, _mailbox, _address))


def _find(reference: str, email: str) -> UUID | None:
    """The newest offer of the case that was sent to them, answered or not: as far as the links in our mails lead."""
    sent = Offer.objects.exclude(sent_at=None).filter(consultation__reference=reference, advisor__email__iexact=email)
    return sent.order_by("-created_at", "-pk").values_list("key", flat=True).first()


def _owe_code(key: UUID, access: AccessCode) -> None:
    mails.access_code(Offer.objects.select_related("advisor", "consultation").get(key=key), access)


def _mailbox(key: UUID) -> str:
    return Offer.objects.values_list("advisor__email", flat=True).get(key=key)


def _address(key: UUID) -> str:
    offer = Offer.objects.select_related("advisor").get(key=key)
    return reverse("advisors:offer", kwargs={"token": links.token(offer)})
