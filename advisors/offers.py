"""Offers to advisors and their answers. The only writer of `Offer`.

Lock order everywhere: first the request's row, then its offers. Whether the team is full is decided under
the lock of the request, so two answers at the same moment take their turns.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from miglobe import workdays
from miglobe.accounts.models import User
from miglobe.errors import Refused
from requests import mails as request_mails
from requests import merging, workflow
from requests.models import ConsultationRequest
from requests.models import State as CaseState

from . import mails, matching, results
from .models import Advisor, Appointment, DeclineReason, Offer

State = Offer.State
log = logging.getLogger(__name__)


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
    return consultation.team_size - Offer.objects.of(consultation).accepted().count()


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
    """Asks everybody who was noted. Raises Refused when nobody was, or somebody may no longer be asked."""
    consultation = _searching(consultation)
    proposed = list(Offer.objects.of(consultation).filter(state=State.PROPOSED).select_related("advisor"))
    if not proposed:
        raise Refused("Es ist noch niemand für diese Anfrage vorgemerkt.")
    _require_fit(consultation, proposed)
    contested = Offer.objects.of(consultation).filter(state__in=Offer.LIVE).count() > consultation.team_size
    now = timezone.now()
    for offer in proposed:
        offer.consultation = consultation
        _write(offer, State.SENT, sent_at=now, due_at=workdays.due(now, settings.OFFER_WORKDAYS), by=by)
        mails.offered(offer, contested=contested)
    return consultation


def _require_fit(consultation: ConsultationRequest, proposed: Iterable[Offer]) -> None:
    """Much may change between noting and sending: a consent withdrawn, a place taken elsewhere."""
    obstacles = matching.obstacles(consultation, [offer.advisor_id for offer in proposed])
    if obstacles:
        who = "; ".join(f"{advisor} ({why})" for advisor, why in obstacles.items())
        raise Refused(f"Nicht mehr anfragen lassen sich: {who}. Bitte streichen Sie diese Vormerkung zuerst.")


@transaction.atomic
def resize(consultation: ConsultationRequest, *, team_size: int, by: User) -> ConsultationRequest:
    """Searches for a smaller or larger team; the team may be complete by that. Everybody concerned is told.

    Raises Refused when more have accepted already than the team would have places.
    """
    consultation = workflow.resize(consultation, team_size=team_size, by=by)
    if free_places(consultation) < 0:
        raise Refused("Es haben schon mehr Personen zugesagt. Bitte heben Sie zuerst eine Zusage auf.")
    if free_places(consultation) == 0:
        consultation = _complete(consultation)
        mails.team_complete(consultation, offers=team(consultation))
    else:
        request_mails.team_resized(consultation)
    for offer in team(consultation):
        mails.team_resized(offer)
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
    _write(offer, State.WITHDRAWN, by=by)
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
    _write(offer, State.CANCELLED, note=note, by=by)
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

    Capacity limits whom we ask; who accepts more than that has decided so. Raises OfferClosed when the place is
    taken, the time is over, or the offer was answered otherwise.
    """
    consultation, offer = _reread(offer)
    if offer.state == State.ACCEPTED:
        return offer
    _require_open(offer)
    _write(offer, State.ACCEPTED, answered_at=timezone.now())
    if free_places(consultation) <= 0:
        offer.consultation = consultation = _complete(consultation)
    _tell_about_acceptance(consultation, offer)
    return offer


def _complete(consultation: ConsultationRequest) -> ConsultationRequest:
    """The last place is taken: whoever was asked besides is told kindly."""
    rest = Offer.objects.filter(consultation=consultation, state__in=(State.PROPOSED, State.SENT))
    for other in rest.select_related("advisor"):
        other.consultation = consultation
        was_sent = other.state == State.SENT
        _write(other, State.WITHDRAWN)
        if was_sent:
            mails.place_taken(other)
    return workflow.staff(consultation)


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


@transaction.atomic
def close_of(advisor: Advisor) -> list[Offer]:
    """Closes what somebody who may no longer be asked was noted for or asked; the coordinators are told."""
    closed = []
    unanswered = Offer.objects.filter(advisor=advisor, state__in=(*Offer.UNSENT, State.SENT))
    for found in unanswered.select_related("consultation").order_by("consultation_id"):
        consultation, offer = _reread(found)
        if offer.state in (*Offer.UNSENT, State.SENT):
            closed.append(_write(offer, State.WITHDRAWN))
            offer.consultation = consultation
            mails.offer_dropped_desk(offer)
    return closed


def _require_open(offer: Offer) -> None:
    if not is_open(offer):
        raise OfferClosed(gettext("Dieses Angebot kann nicht mehr beantwortet werden."))


def team(consultation: ConsultationRequest) -> list[Offer]:
    """The accepted offers, first come first."""
    offers = Offer.objects.of(consultation).accepted().select_related("advisor").prefetch_related("advisor__consents")
    accepted = list(offers.order_by("answered_at", "pk"))
    for offer in accepted:
        offer.consultation = consultation
    return accepted


# --- What time brings ----------------------------------------------------------------------------


def remind_due(now: datetime) -> int:
    """Reminds once everybody whose answer is due soon. Returns how many."""
    before = workdays.due(now, settings.OFFER_REMINDER_WORKDAYS)
    return _each(Offer.objects.to_remind(now, before), partial(_remind, now=now))


def expire_overdue(now: datetime) -> int:
    """Closes every offer whose time is over and tells the coordinator. Returns how many."""
    return _each(Offer.objects.overdue(now), partial(_expire, now=now))


def close_orphaned() -> int:
    """Closes the offers of requests that were rejected, referred, withdrawn or reopened. Returns how many.

    Requests know nothing of advisors, so nobody calls up; this runs every minute, and `open()` asks for the
    state of the request meanwhile.
    """
    return _each(Offer.objects.orphaned(), _close_orphan)


@transaction.atomic
def settle(consultation: ConsultationRequest, *, move: str) -> None:
    """What a coordinator's move means for the team, at once: void offers are closed, the team learns of its case."""
    for offer in Offer.objects.orphaned().filter(consultation=consultation):
        _close_orphan(offer)
    tell = {"close": mails.case_closed, "resume": mails.case_resumed}.get(move)
    if tell:
        for offer in team(consultation):
            tell(offer)


@transaction.atomic
def merge(
    survivor: ConsultationRequest, *, absorbed: ConsultationRequest, note: str = "", by: User
) -> ConsultationRequest:
    """Merges two cases together with their offers and appointments: who is noted stays noted.

    Raises Refused while somebody is asked or at work in the case that would end.
    """
    survivor, absorbed = workflow.lock_both(survivor, absorbed)
    if Offer.objects.of(absorbed).filter(state__in=(State.SENT, State.ACCEPTED)).exists():
        raise Refused(
            f"Für {absorbed.reference} sind Berater*innen angefragt oder haben zugesagt. Lassen Sie diese Anfrage "
            "bestehen und führen Sie die andere mit ihr zusammen, oder nehmen Sie die Angebote vorher zurück."
        )
    survivor = merging.merge(survivor, absorbed=absorbed, note=note, by=by)
    left = Offer.objects.filter(consultation=absorbed)
    if survivor.state == CaseState.SEARCHING:
        asked = Offer.objects.of(survivor).filter(state__in=Offer.LIVE).values("advisor")
        left.filter(state=State.PROPOSED).exclude(advisor__in=asked).update(consultation=survivor)
    settle(absorbed, move="merge")
    left.update(consultation=survivor)
    Appointment.objects.filter(consultation=absorbed).update(consultation=survivor)  # of a team that fell apart
    results.merge(survivor, absorbed=absorbed)
    return survivor


def _each(offers: QuerySet[Offer], act: Callable[[Offer], bool]) -> int:
    """Acts on each in a transaction of its own. One that fails is logged and does not stop the others."""
    done = 0
    for offer in offers.select_related("consultation"):
        try:
            with transaction.atomic():
                done += act(offer)
        except Exception:  # a worker's edge
            log.exception("Angebot %s", offer.pk)
    return done


def _remind(offer: Offer, *, now: datetime) -> bool:
    _, offer = _reread(offer)
    if offer.reminded_at or not is_open(offer):
        return False
    _write(offer, State.SENT, reminded_at=now)
    mails.reminded(offer)
    return True


def _expire(offer: Offer, *, now: datetime) -> bool:
    _, offer = _reread(offer)
    if not Offer.objects.overdue(now).filter(pk=offer.pk).exists():
        return False
    _write(offer, State.EXPIRED)
    mails.expired(offer)
    mails.expired_desk(offer)
    return True


def _close_orphan(offer: Offer) -> bool:
    _, offer = _reread(offer)
    if not Offer.objects.orphaned().filter(pk=offer.pk).exists():
        return False
    before = offer.state
    _write(offer, State.WITHDRAWN)
    if before != State.PROPOSED:
        mails.case_ended(offer, had_accepted=before == State.ACCEPTED)
    return True
