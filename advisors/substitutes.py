"""Who stands by for a case: lined up in advance, asked only when a place is free and a person at the desk says so.

Substitutes never hear of it before. As with every offer: first the lock of the request, then its offers.
"""

from collections.abc import Iterable

from django.db import transaction

from miglobe.accounts.models import User
from miglobe.errors import Refused
from requests import workflow
from requests.models import ConsultationRequest

from . import matching, offers
from .models import Offer

State = Offer.State


@transaction.atomic
def line_up(consultation: ConsultationRequest, *, advisors: Iterable[int], by: User) -> int:
    """Puts advisors (by key) behind those who stand by already, the better fitting first. Returns how many.

    Also while the team is complete or at work. Only those whom the rules of matching allow; raises Refused when nobody
    is left.
    """
    consultation = workflow.lock(consultation)
    if not may_have(consultation):
        raise Refused("Ersatz lässt sich vormerken, solange ein Team gesucht wird oder berät.")
    chosen = matching.fitting(consultation, advisors)
    if not chosen:
        raise Refused("Bitte wählen Sie mindestens eine Person aus, die für diese Anfrage infrage kommt.")
    for rank, one in enumerate(chosen, start=offers.last_rank(consultation) + 1):
        Offer.objects.create(
            consultation=consultation, advisor=one.advisor, scores=one.scores, state=State.RESERVE, rank=rank, by=by
        )
    return len(chosen)


def may_have(consultation: ConsultationRequest) -> bool:
    return consultation.state in Offer.WORKING


@transaction.atomic
def release(offer: Offer, *, by: User) -> Offer:
    """Asks a substitute for a free place. Raises Refused while there is none, or when the person fits no more."""
    consultation, offer = _reread(offer)
    offers.searching(consultation)
    if offers.unasked_places(consultation) < 1:
        raise Refused("Für jeden freien Platz ist schon jemand angefragt. Bitte warten Sie die Antworten ab.")
    offers.require_fit(consultation, [offer])
    return offers.ask(offer, contested=False, by=by)


@transaction.atomic
def reorder(offer: Offer, *, earlier: bool, by: User) -> Offer:
    """Changes places with the substitute before, or behind. At either end nothing changes."""
    consultation, offer = _reread(offer)
    line = list(Offer.objects.of(consultation).standing_by())
    here = line.index(offer)
    there = here - 1 if earlier else here + 1
    if 0 <= there < len(line):
        line[here], line[there] = line[there], line[here]
    for rank, each in enumerate(line, start=1):
        if each.rank != rank:
            offers.write(each, State.RESERVE, rank=rank, by=by)
    return Offer.objects.get(pk=offer.pk)


def _reread(offer: Offer) -> tuple[ConsultationRequest, Offer]:
    """The locked request and its fresh substitute. Raises Refused for who is none, or of a search that is over."""
    consultation, offer = offers.reread(offer)
    if offer.state != State.RESERVE or not Offer.objects.of(consultation).filter(pk=offer.pk).exists():
        raise offers.OfferClosed(f"Das geht nicht mehr: Der Stand ist „{offer.get_state_display()}“.")
    return consultation, offer
