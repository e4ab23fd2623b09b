"""What we write around the way into the pool, its consents and the way out: one function per event."""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.conf import settings

from miglobe.accounts.models import Organisation, User
from miglobe.outbox import outbox
from miglobe.outbox.outbox import Links
from miglobe.pages.models import Portal

from . import links
from .models import Advisor, Candidacy, Offer, Purpose

PLEASE_CONFIRM = "advisors/please_confirm_application"
RECEIVED = "advisors/application_received"
ALREADY_IN_POOL = "advisors/already_in_pool"
INVITED = "advisors/invited"
OWN_PAGE_AGAIN = "advisors/own_page_again"


# --- To those who want to join -------------------------------------------------------------------------


def please_confirm_application(candidacy: Candidacy) -> None:
    """It says nothing of what they typed: the address may be somebody else's."""
    _to_candidate(PLEASE_CONFIRM, candidacy, ways={"link": (links.CONFIRM, str(candidacy.key))})


def application_received(candidacy: Candidacy) -> None:
    _to_candidate(RECEIVED, candidacy, ways={"link": (links.CONFIRM, str(candidacy.key))})


def invited(candidacy: Candidacy) -> None:
    _to_candidate(INVITED, candidacy, ways={"link": (links.INVITATION, str(candidacy.key))})


def application_declined(candidacy: Candidacy, *, was_invited: bool, note: str) -> None:
    _to_candidate("advisors/application_declined", candidacy, ways={}, was_invited=was_invited, note=note)


def _to_candidate(template: str, candidacy: Candidacy, *, ways: Links, **context: Any) -> None:
    """`contact`: whoever invited them, where one can write to; else the portal."""
    contact = _contact(candidacy)
    reply_to = contact["email"]
    outbox.queue(
        template, to=candidacy.email, reply_to=reply_to, links=ways, candidacy=candidacy, contact=contact, **context
    )


def _contact(candidacy: Candidacy | None = None) -> dict[str, str]:
    by = candidacy and candidacy.by
    if by:
        return {"name": str(by), "email": by.email, "phone": by.phone}
    portal = Portal.current()
    return {"name": portal.operator, "email": portal.contact_email, "phone": portal.contact_phone}


# --- To advisors -----------------------------------------------------------------------------------------


def already_in_pool(advisor: Advisor) -> None:
    _to_member(ALREADY_IN_POOL, advisor)


def own_page_again(advisor: Advisor) -> None:
    _to_member(OWN_PAGE_AGAIN, advisor)


def joined(advisor: Advisor, *, purposes: Sequence[Purpose]) -> None:
    _to_member("advisors/joined", advisor, matched=Purpose.MATCHING in purposes)


def consent_given(advisor: Advisor, *, purpose: Purpose) -> None:
    _to_member("advisors/consent_given", advisor, purpose=purpose.label)


def consent_withdrawn(advisor: Advisor, *, purpose: Purpose, closed: Sequence[Offer] = ()) -> None:
    _to_member(
        "advisors/consent_withdrawn",
        advisor,
        purpose=purpose.label,
        is_matching=purpose == Purpose.MATCHING,
        closed=len(closed),
    )


def left(advisor: Advisor, *, running: int) -> None:
    """`running`: assignments that they have accepted and not handed back."""
    _to_member("advisors/left", advisor, running=running)


def returned(advisor: Advisor) -> None:
    _to_member("advisors/returned", advisor)


def _to_member(template: str, advisor: Advisor, **context: Any) -> None:
    contact = _contact()
    key = str(advisor.key)
    ways = {"link": (links.OWN_PAGE, key), "me": (links.ME, key)}
    outbox.queue(
        template,
        to=advisor.email,
        reply_to=contact["email"],
        links=ways,
        own_page=True,
        advisor=advisor,
        contact=contact,
        **context,
    )


# --- To the desk -------------------------------------------------------------------------------------------


NOTICES_A_DAY = 20  # of a kind to one mailbox of ours; the desk shows every application anyway


def applied_desk(candidacy: Candidacy) -> None:
    for address in _desk_addresses():
        if outbox.may_send(address, "advisors/applied_desk", a_day=NOTICES_A_DAY):
            told_of_application(candidacy, address)


def told_of_application(candidacy: Candidacy, address: str) -> None:
    way = {"link": (links.CANDIDACY, str(candidacy.key))}
    outbox.queue("advisors/applied_desk", to=address, links=way, candidacy=candidacy)


def given_up_desk(candidacy: Candidacy, *, inviter: User | None) -> None:
    """To whoever invited them, else to every organisation."""
    for address in [inviter.email] if inviter else _desk_addresses():
        told_of_giving_up(candidacy, address, was_invited=inviter is not None)


def told_of_giving_up(candidacy: Candidacy, address: str, *, was_invited: bool) -> None:
    way = {"link": (links.CANDIDACY, str(candidacy.key))}
    outbox.queue("advisors/given_up_desk", to=address, links=way, candidacy=candidacy, was_invited=was_invited)


def joined_desk(advisor: Advisor, *, purposes: Sequence[Purpose]) -> None:
    _about("advisors/joined_desk", advisor, matched=Purpose.MATCHING in purposes)


def consent_withdrawn_desk(advisor: Advisor, *, closed: Sequence[Offer]) -> None:
    _about("advisors/consent_withdrawn_desk", advisor, closed=len(closed))


def left_desk(advisor: Advisor, *, running: int) -> None:
    _about("advisors/left_desk", advisor, running=running)


def returned_desk(advisor: Advisor) -> None:
    _about("advisors/returned_desk", advisor)


def _about(template: str, advisor: Advisor, **context: Any) -> None:
    for address in _desk_addresses():
        outbox.queue(template, to=address, links={"link": (links.RECORD, str(advisor.key))}, advisor=advisor, **context)


def _desk_addresses() -> list[str]:
    addresses = list(Organisation.objects.values_list("email", flat=True))
    return addresses or [Portal.current().contact_email or parseaddr(settings.MAIL_FROM)[1]]
