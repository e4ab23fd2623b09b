"""The secret links of advisors: to an offer, and to their own page.

They live as long as the advisor keeps the mail address they were sent to.
"""

from functools import partial

from miglobe import links
from miglobe.outbox import outbox

from .models import Advisor, Offer

OFFER = "advisors.offer"
ME = "advisors.me"  # its page of wishes, where the foot of every mail leads
OWN_PAGE = "advisors.own_page"


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


def token_of(advisor: Advisor) -> str:
    return links.token(ME, advisor.key, bound=advisor.email)


def find_advisor(token: str) -> Advisor:
    """Whose own page a token leads to. Raises links.Dead."""
    advisor = Advisor.objects.select_related("home").filter(key=links.key_of(token)).first()
    if advisor is None:
        raise links.Dead
    links.verify(ME, token, bound=advisor.email)
    return advisor


def register() -> None:
    outbox.register_link(OFFER, _address)
    outbox.register_link(ME, partial(_own_page, "advisors:wishes"))
    outbox.register_link(OWN_PAGE, partial(_own_page, "advisors:me"))


def _address(key: str, to: str) -> str:
    offer = Offer.objects.only("key").get(key=key)
    return links.absolute("advisors:offer", token=links.token(OFFER, offer.key, bound=to))


def _own_page(view: str, key: str, to: str) -> str:
    advisor = Advisor.objects.only("key").get(key=key)
    return links.absolute(view, token=links.token(ME, advisor.key, bound=to))
