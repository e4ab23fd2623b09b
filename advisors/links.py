"""The secret links of advisors: to an offer, and to their own page; and of those who want to become one.

They live as long as the person keeps the mail address they were sent to.
"""

from functools import partial

from miglobe import links
from miglobe.outbox import outbox
from requests import links as request_links

from .models import Advisor, Candidacy, DateProposal, Offer

OFFER = "advisors.offer"
ME = "advisors.me"  # its page of wishes, where the foot of every mail leads
OWN_PAGE = "advisors.own_page"
CONFIRM = "advisors.confirm_application"
INVITATION = "advisors.invitation"
CANDIDACY = "advisors.candidacy"  # at the desk
RECORD = "advisors.record"  # at the desk
DATES = "advisors.dates"  # from which a municipality picks one: opened by the token of its status page
REPORT = "advisors.report"  # to the report of the offer's case; its token is the offer's
FOLLOW_UP = "advisors.follow_up"  # for the municipality; its token is that of its status page


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


def token_for(candidacy: Candidacy, purpose: str) -> str:
    """`purpose`: CONFIRM or INVITATION."""
    return links.token(purpose, candidacy.key, bound=candidacy.email)


def find_candidacy(purpose: str, token: str) -> Candidacy:
    """Whose application or invitation a token leads to. Raises links.Dead."""
    candidacy = Candidacy.objects.select_related("advisor").filter(key=links.key_of(token)).first()
    if candidacy is None:
        raise links.Dead
    links.verify(purpose, token, bound=candidacy.email)
    return candidacy


def register() -> None:
    outbox.register_link(OFFER, partial(_address, "advisors:offer"))
    outbox.register_link(REPORT, partial(_address, "advisors:report"))
    outbox.register_link(FOLLOW_UP, request_links.resolver("advisors:follow_up"))
    outbox.register_link(CONFIRM, partial(_candidacy, CONFIRM, "advisors:confirm_application"))
    outbox.register_link(INVITATION, partial(_candidacy, INVITATION, "advisors:invitation"))
    outbox.register_link(CANDIDACY, partial(_at_the_desk, Candidacy))
    outbox.register_link(RECORD, partial(_at_the_desk, Advisor))
    outbox.register_link(ME, partial(_own_page, "advisors:wishes"))
    outbox.register_link(OWN_PAGE, partial(_own_page, "advisors:me"))
    outbox.register_link(DATES, _dates)


def _address(view: str, key: str, to: str) -> str:
    offer = Offer.objects.only("key").get(key=key)
    return links.absolute(view, token=links.token(OFFER, offer.key, bound=to))


def _own_page(view: str, key: str, to: str) -> str:
    advisor = Advisor.objects.only("key").get(key=key)
    return links.absolute(view, token=links.token(ME, advisor.key, bound=to))


def _candidacy(purpose: str, view: str, key: str, to: str) -> str:
    candidacy = Candidacy.objects.only("key").get(key=key)
    return links.absolute(view, token=links.token(purpose, candidacy.key, bound=to))


def _at_the_desk(model: type[Advisor | Candidacy], key: str, to: str) -> str:
    row = model._default_manager.only("pk").get(key=key)
    return links.absolute(f"admin:advisors_{model._meta.model_name}_change", object_id=str(row.pk))


def _dates(key: str, to: str) -> str:
    proposal = DateProposal.objects.select_related("consultation").get(key=key)
    token = links.token(request_links.STATUS, proposal.consultation.key, bound=to)
    language = proposal.consultation.language
    return links.absolute("advisors:dates", language=language, token=token, proposal=key)
