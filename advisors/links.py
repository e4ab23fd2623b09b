"""The secret link to an offer. It lives as long as the advisor keeps the mail address it was sent to."""

from miglobe import links
from miglobe.outbox import outbox

from .models import Offer

OFFER = "advisors.offer"


def token(offer: Offer) -> str:
    return links.token(OFFER, offer.key, bound=offer.advisor.email)


def find(token: str) -> Offer:
    """The offer a token leads to. Raises links.Dead for any token we did not sign or that has expired."""
    offer = (
        Offer.objects.exclude(sent_at=None)
        .select_related(
            "advisor",
            "reason",
            "consultation__municipality",
            "consultation__person__organisation",
            "consultation__organisation",
        )
        .filter(key=links.key_of(token))
        .first()
    )
    if offer is None:
        raise links.Dead
    links.verify(OFFER, token, bound=offer.advisor.email)
    return offer


def register() -> None:
    outbox.register_link(OFFER, _address)


def _address(key: str, to: str) -> str:
    offer = Offer.objects.only("key").get(key=key)
    return links.absolute("advisors:offer", token=links.token(OFFER, offer.key, bound=to))
