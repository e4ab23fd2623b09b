"""Offers to advisors and their answers. The only writer of `Offer`.

Lock order everywhere: first the request's row, then its offers. Whether the team is full is decided under
the lock of the request, so two answers at the same moment take their turns.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from miglobe import workdays
from miglobe.accounts.models import User
from miglobe.errors import Refused
from requests import workflow
from requests.models import ConsultationRequest
from requests.models import State as CaseState

from . import mails, matching
from .models import DeclineReason, Offer

State = Offer.State


class OfferClosed(Refused):
    """The offer can no longer be answered that way; the sentence says why."""


def _reread(offer: Offer) -> tuple[ConsultationRequest, Offer]:
    """The locked request and its fresh offer."""
    consultation = workflow.lock(offer.consultation)
    offer = Offer.objects.select_related("advisor", "reason").get(pk=offer.pk)
    offer.consultation = consultation
    return consultation, offer


def _write(offer: Offer, state: State, **changes: Any) -> Offer:
    offer.state = state
    for field, value in changes.items():
        setattr(offer, field, value)
    offer.save()
    return offer


def is_open(offer: Offer) -> bool:
    return Offer.objects.open().filter(pk=offer.pk).exists()


def free_places(consultation: ConsultationRequest) -> int:
    return consultation.team_size - consultation.offers.accepted().count()


# --- What coordinators do ------------------------------------------------------------------------


@transaction.atomic
def propose(consultation: ConsultationRequest, *, advisors: Iterable[int], by: User) -> int:
    """Notes advisors (by key) for a case and returns how many were new. Nobody is written to yet.

    Only those whom the rules of matching allow. Raises Refused when nobody is left.
    """
    consultation = _searching(consultation)
    fitting, _ = matching.suggest(consultation)
    wanted = set(advisors)
    chosen = [suggestion.advisor for suggestion in fitting if suggestion.advisor.pk in wanted]
    if not chosen:
        raise Refused("Bitte wählen Sie mindestens eine Person aus, die für diese Anfrage infrage kommt.")
    for advisor in chosen:
        Offer.objects.create(consultation=consultation, advisor=advisor, by=by)
    return len(chosen)


@transaction.atomic
def send(consultation: ConsultationRequest, *, by: User) -> ConsultationRequest:
    """Asks everybody who was noted. Raises Refused when nobody was."""
    consultation = _searching(consultation)
    proposed = list(Offer.objects.filter(consultation=consultation, state=State.PROPOSED).select_related("advisor"))
    if not proposed:
        raise Refused("Es ist noch niemand für diese Anfrage vorgemerkt.")
    now = timezone.now()
    for offer in proposed:
        offer.consultation = consultation
        _write(offer, State.SENT, sent_at=now, due_at=workdays.due(now, settings.OFFER_WORKDAYS), by=by)
        mails.offered(offer)
    return consultation


def _searching(consultation: ConsultationRequest) -> ConsultationRequest:
    consultation = workflow.lock(consultation)
    if consultation.state != CaseState.SEARCHING:
        raise Refused("Angebote gibt es nur, solange ein Team gesucht wird.")
    return consultation


@transaction.atomic
def withdraw(offer: Offer, *, by: User) -> Offer:
    """Takes back an offer that was noted or sent; who was already asked gets a friendly mail."""
    _, offer = _reread(offer)
    if offer.state not in (State.PROPOSED, State.SENT):
        raise OfferClosed(f"Dieses Angebot ist schon „{offer.get_state_display()}“.")
    was_sent = offer.state == State.SENT
    _write(offer, State.WITHDRAWN)
    if was_sent:
        mails.offer_withdrawn(offer)
    return offer


@transaction.atomic
def cancel(offer: Offer, *, note: str, by: User) -> Offer:
    """An advisor who had accepted drops out: the search opens again, everybody concerned is told."""
    consultation, offer = _reread(offer)
    if offer.state != State.ACCEPTED:
        raise OfferClosed("Nur eine Zusage kann aufgehoben werden.")
    if consultation.is_ended:
        raise OfferClosed("Die Anfrage ist schon beendet.")
    was_complete = workflow.allows(consultation, "search_again")
    _write(offer, State.CANCELLED, note=note)
    if was_complete:
        consultation = workflow.search_again(consultation, note=note, by=by)
        mails.team_incomplete(consultation)
    offer.consultation = consultation
    mails.offer_cancelled(offer)
    for mate in team(consultation):
        mails.mate_left(mate)
    return offer


# --- What advisors do ----------------------------------------------------------------------------


@transaction.atomic
def accept(offer: Offer) -> Offer:
    """The advisor takes the case. Answering the same way again changes nothing.

    Raises OfferClosed when the place is taken, the time is over, or the offer was answered otherwise.
    """
    consultation, offer = _reread(offer)
    if offer.state == State.ACCEPTED:
        return offer
    _require_open(offer)
    _write(offer, State.ACCEPTED, answered_at=timezone.now())
    if free_places(consultation) == 0:
        _close_rest(consultation)
        offer.consultation = consultation = workflow.staff(consultation)
    _tell_about_acceptance(consultation, offer)
    return offer


def _close_rest(consultation: ConsultationRequest) -> None:
    rest = Offer.objects.filter(consultation=consultation, state__in=(State.PROPOSED, State.SENT))
    for other in rest.select_related("advisor"):
        other.consultation = consultation
        was_sent = other.state == State.SENT
        _write(other, State.WITHDRAWN)
        if was_sent:
            mails.place_taken(other)


def _tell_about_acceptance(consultation: ConsultationRequest, offer: Offer) -> None:
    mates = team(consultation)
    mails.accepted(offer, mates=[mate for mate in mates if mate.pk != offer.pk])
    for mate in mates:
        if mate.pk != offer.pk:
            mails.mate_joined(mate, joined=offer)
    mails.accepted_desk(offer)
    if consultation.state == CaseState.STAFFED:
        mails.team_complete(consultation, offers=mates)


@transaction.atomic
def decline(offer: Offer, *, reason: DeclineReason, note: str = "") -> Offer:
    """The advisor can't or won't. Answering the same way again changes nothing."""
    _, offer = _reread(offer)
    if offer.state == State.DECLINED:
        return offer
    _require_open(offer)
    _write(offer, State.DECLINED, answered_at=timezone.now(), reason=reason, note=note)
    mails.declined_desk(offer)
    return offer


def _require_open(offer: Offer) -> None:
    if not is_open(offer):
        raise OfferClosed("Dieses Angebot kann nicht mehr beantwortet werden.")


def team(consultation: ConsultationRequest) -> list[Offer]:
    """The accepted offers, first come first."""
    offers = Offer.objects.accepted().filter(consultation=consultation).select_related("advisor")
    accepted = list(offers.order_by("answered_at", "pk"))
    for offer in accepted:
        offer.consultation = consultation
    return accepted


# --- What time brings ----------------------------------------------------------------------------


def remind_due(now: datetime) -> int:
    """Reminds once everybody whose answer is due soon. Returns how many."""
    before = workdays.due(now, settings.OFFER_REMINDER_WORKDAYS)
    return sum(_remind(offer, now) for offer in Offer.objects.to_remind(now, before).select_related("consultation"))


@transaction.atomic
def _remind(offer: Offer, now: datetime) -> bool:
    _, offer = _reread(offer)
    if offer.reminded_at or not is_open(offer):
        return False
    _write(offer, State.SENT, reminded_at=now)
    mails.reminded(offer)
    return True


def expire_overdue(now: datetime) -> int:
    """Closes every offer whose time is over and tells the coordinator. Returns how many."""
    return sum(_expire(offer, now) for offer in Offer.objects.overdue(now).select_related("consultation"))


@transaction.atomic
def _expire(offer: Offer, now: datetime) -> bool:
    _, offer = _reread(offer)
    if offer.state != State.SENT or offer.due_at is None or offer.due_at > now:
        return False
    _write(offer, State.EXPIRED)
    mails.expired(offer)
    mails.expired_desk(offer)
    return True


def close_orphaned() -> int:
    """Closes the offers of requests that were rejected, referred, withdrawn or sent back. Returns how many.

    Requests know nothing of advisors, so nobody calls up; this runs every minute, and `open()` asks for the
    state of the request meanwhile.
    """
    return sum(_close_orphan(offer) for offer in Offer.objects.orphaned().select_related("consultation"))


@transaction.atomic
def _close_orphan(offer: Offer) -> bool:
    _, offer = _reread(offer)
    if not Offer.objects.orphaned().filter(pk=offer.pk).exists():
        return False
    was_proposed = offer.state == State.PROPOSED
    _write(offer, State.WITHDRAWN)
    if not was_proposed:
        mails.case_ended(offer)
    return True
