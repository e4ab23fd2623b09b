"""Offers to advisors and their answers. With `substitutes`, which has its own verbs, the only writer of `Offer`.

Lock order everywhere: first the request's row, then its offers. Whether the team is full is decided under
the lock of the request, so two answers at the same moment take their turns.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from miglobe import workdays
from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from miglobe.periodic import safely
from requests import mails as request_mails
from requests import merging, workflow
from requests.models import ConsultationRequest
from requests.models import State as CaseState

from . import mails, matching, results
from .models import Advisor, Appointment, DateProposal, DeclineReason, Offer

State = Offer.State


class OfferClosed(Refused):
    """The offer can no longer be answered that way; the sentence says why."""


def reread(offer: Offer) -> tuple[ConsultationRequest, Offer]:
    """The locked request and its fresh offer."""
    consultation = workflow.lock(offer.consultation)
    offer = Offer.objects.select_related("advisor", "reason").get(pk=offer.pk)
    offer.consultation = consultation
    return consultation, offer


def write(offer: Offer, state: State, **changes: Any) -> Offer:
    offer.state = state
    for field, value in changes.items():
        setattr(offer, field, value)
    offer.save()
    return offer


def is_open(offer: Offer) -> bool:
    return Offer.objects.open().filter(pk=offer.pk).exists()


def free_places(consultation: ConsultationRequest) -> int:
    return consultation.team_size - Offer.objects.of(consultation).accepted().count()


def last_rank(consultation: ConsultationRequest) -> int:
    """Of the substitute who would be asked last; 0 while nobody stands by."""
    return Offer.objects.of(consultation).standing_by().aggregate(last=Max("rank"))["last"] or 0


def unasked_places(consultation: ConsultationRequest) -> int:
    """Free, and nobody has been asked for them; below 1 when more are asked than there are places."""
    return free_places(consultation) - Offer.objects.of(consultation).filter(state=State.SENT).count()


# --- What coordinators do ------------------------------------------------------------------------


@transaction.atomic
def propose(consultation: ConsultationRequest, *, advisors: Iterable[int], by: User) -> int:
    """Notes advisors (by key) for a case and returns how many were new. Nobody is written to yet.

    Only those whom the rules of matching allow. Raises Refused when nobody is left.
    """
    consultation = searching(consultation)
    chosen = matching.fitting(consultation, advisors)
    if not chosen:
        raise Refused("Bitte wählen Sie mindestens eine Person aus, die für diese Anfrage infrage kommt.")
    for one in chosen:
        Offer.objects.create(consultation=consultation, advisor=one.advisor, scores=one.scores, by=by)
    return len(chosen)


@transaction.atomic
def send(consultation: ConsultationRequest, *, by: User) -> ConsultationRequest:
    """Asks everybody who was noted. Raises Refused when nobody was, or somebody may no longer be asked."""
    consultation = searching(consultation)
    proposed = list(Offer.objects.of(consultation).filter(state=State.PROPOSED).select_related("advisor"))
    if not proposed:
        raise Refused("Es ist noch niemand für diese Anfrage vorgemerkt.")
    require_fit(consultation, proposed)
    contested = unasked_places(consultation) < len(proposed)
    for offer in proposed:
        offer.consultation = consultation
        ask(offer, contested=contested, by=by)
    return consultation


def ask(offer: Offer, *, contested: bool, by: User) -> Offer:
    """Sends one offer; the caller has looked whether it may."""
    now = timezone.now()
    write(offer, State.SENT, sent_at=now, due_at=workdays.due(now, settings.OFFER_WORKDAYS), by=by)
    mails.offered(offer, contested=contested)
    return offer


def require_fit(consultation: ConsultationRequest, proposed: Iterable[Offer]) -> None:
    """Much may change between noting and sending: a consent withdrawn, a place taken elsewhere."""
    obstacles = matching.obstacles(consultation, [offer.advisor_id for offer in proposed])
    if obstacles:
        who = "; ".join(f"{advisor} ({why})" for advisor, why in obstacles.items())
        raise Refused(f"Nicht mehr anfragen lassen sich: {who}. Bitte streichen Sie diese Vormerkung.")


@transaction.atomic
def resize(consultation: ConsultationRequest, *, team_size: int, by: User) -> ConsultationRequest:
    """Searches for a smaller or larger team; the team may be complete by that. Everybody concerned is told.

    Raises Refused when it is that large already, or more have accepted than the team would have places.
    """
    before = workflow.lock(consultation).team_size
    consultation = workflow.resize(consultation, team_size=team_size, by=by)
    if before == team_size:  # a double click, or a page sent twice: nobody is told again
        raise Refused("Ein Team dieser Größe wird schon gesucht.")
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


def searching(consultation: ConsultationRequest) -> ConsultationRequest:
    """The locked request. Raises Refused unless it looks for a team."""
    consultation = workflow.lock(consultation)
    if consultation.state != CaseState.SEARCHING:
        raise Refused("Angebote gibt es nur, solange ein Team gesucht wird.")
    return consultation


@transaction.atomic
def withdraw(offer: Offer, *, by: User) -> Offer:
    """Takes back an offer that was noted, lined up or sent; who was already asked gets a friendly mail."""
    _, offer = reread(offer)
    if offer.state not in (*Offer.UNSENT, State.SENT):
        raise OfferClosed(f"Dieses Angebot ist schon „{offer.get_state_display()}“.")
    was_sent = offer.state == State.SENT
    write(offer, State.WITHDRAWN, by=by)
    if was_sent:
        mails.offer_withdrawn(offer)
    return offer


@transaction.atomic
def cancel(offer: Offer, *, note: str, by: User | None = None) -> Offer:
    """An advisor who had accepted drops out: the search opens again, everybody concerned is told.

    `by`: who at the desk was told so, nobody where the advisor does it by the link; doing that again changes nothing.
    What was arranged with the municipality stands: the desk decides on it.
    """
    consultation, offer = reread(offer)
    if offer.state == State.CANCELLED and by is None:
        return offer
    _require_at_work(offer)
    was_complete = workflow.allows(consultation, "search_again")
    write(offer, State.CANCELLED, note=note, by=by)
    if was_complete:
        consultation = workflow.search_again(consultation, note=note, by=by)
        mails.team_incomplete(consultation)
    offer.consultation = consultation
    _tell_about_leaving(offer, itself=by is None)
    return offer


def _require_at_work(offer: Offer) -> None:
    if offer.state != State.ACCEPTED:
        raise OfferClosed(gettext("Nur eine Zusage kann aufgehoben werden."))
    if not Offer.objects.at_work().filter(pk=offer.pk).exists():
        raise OfferClosed(gettext("Die Anfrage ist schon beendet."))


def _tell_about_leaving(offer: Offer, *, itself: bool) -> None:
    mails.offer_cancelled(offer, appointments=_out_of_calendar(offer.consultation))
    for mate in team(offer.consultation):
        mails.mate_left(mate)
    if itself:
        mails.cancelled_desk(offer, substitutes=_who_could_follow(offer.consultation))


def _out_of_calendar(consultation: ConsultationRequest) -> list[Appointment]:
    """What is to come, in a version of its own: should the person come back, the next one counts again."""
    ahead = _ahead(consultation)
    ahead.update(sequence=F("sequence") + 1)
    found = list(ahead)
    for appointment in found:
        appointment.consultation = consultation
    return found


def _ahead(consultation: ConsultationRequest) -> QuerySet[Appointment]:
    arranged = Appointment.objects.filter(consultation=consultation, state=Appointment.State.ARRANGED)
    return arranged.filter(ends_at__gt=timezone.now()).order_by("starts_at")


def _who_could_follow(consultation: ConsultationRequest) -> int:
    """How many substitutes wait for a place that is free now and that nobody has been asked for."""
    if consultation.state != CaseState.SEARCHING or unasked_places(consultation) < 1:
        return 0
    return Offer.objects.of(consultation).standing_by().count()


# --- What advisors do ----------------------------------------------------------------------------


@transaction.atomic
def accept(offer: Offer, *, word: str = "") -> Offer:
    """The advisor takes the case, with a word to the coordinator. Answering the same way again changes nothing.

    Capacity limits whom we ask; who accepts more than that has decided so. Raises OfferClosed when the place is
    taken, the time is over, or the offer was answered otherwise.
    """
    consultation, offer = reread(offer)
    if offer.state == State.ACCEPTED:
        return offer
    _require_open(offer)
    write(offer, State.ACCEPTED, answered_at=timezone.now(), note=word, by=None)
    if free_places(consultation) <= 0:
        offer.consultation = consultation = _complete(consultation)
    _tell_about_acceptance(consultation, offer)
    return offer


def _complete(consultation: ConsultationRequest) -> ConsultationRequest:
    """The last place is taken: whoever was asked besides is told kindly. Substitutes stand by."""
    rest = Offer.objects.filter(consultation=consultation, state__in=Offer.UNANSWERED)
    for other in rest.select_related("advisor"):
        other.consultation = consultation
        was_sent = other.state == State.SENT
        write(other, State.WITHDRAWN)
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
    consultation, offer = reread(offer)
    if offer.state == State.DECLINED:
        return offer
    _require_open(offer)
    answer = {"answered_at": timezone.now(), "reason": reason, "note": note, "profile_changed_at": None}
    write(offer, State.DECLINED, by=None, **answer)
    mails.declined_desk(offer, substitutes=_who_could_follow(consultation))
    return offer


@transaction.atomic
def note_changed_profile(offer: Offer) -> Offer:
    """The refusal has led the person to say something else in their profile. Any other answer stays as it is."""
    _, offer = reread(offer)
    return write(offer, State.DECLINED, profile_changed_at=timezone.now()) if offer.state == State.DECLINED else offer


@transaction.atomic
def close_of(advisor: Advisor) -> list[Offer]:
    """Closes what somebody who may no longer be asked was noted for or asked; the coordinators are told."""
    closed = []
    unanswered = Offer.objects.filter(advisor=advisor, state__in=(*Offer.UNSENT, State.SENT))
    for found in unanswered.select_related("consultation").order_by("consultation_id"):
        consultation, offer = reread(found)
        if offer.state in (*Offer.UNSENT, State.SENT):
            closed.append(write(offer, State.WITHDRAWN))
            offer.consultation = consultation
            mails.offer_dropped_desk(offer, substitutes=_who_could_follow(consultation))
    return closed


def _require_open(offer: Offer) -> None:
    if not is_open(offer):
        raise OfferClosed(gettext("Dieses Angebot kann nicht mehr beantwortet werden."))


@transaction.atomic
def undo(offer: Offer) -> Offer:
    """Takes an answer back while nothing depends on it: the offer is open again until the same day.

    For an offer that is open already nothing changes. Raises OfferClosed with the reason why it cannot be undone.
    """
    _, offer = reread(offer)
    if is_open(offer):
        return offer
    if why_not := why_not_undone(offer):
        raise OfferClosed(why_not)
    had_accepted = offer.state == State.ACCEPTED
    write(offer, State.SENT, answered_at=None, reason=None, note="", by=None)
    mails.undone_desk(offer, had_accepted=had_accepted)
    return offer


def why_not_undone(offer: Offer) -> str:
    """What stands against taking back an acceptance or a refusal, in a sentence; empty when nothing does."""
    consultation = offer.consultation
    if offer.state not in (State.ACCEPTED, State.DECLINED):
        return gettext("Hier gibt es keine Antwort, die sich zurücknehmen lässt.")
    if consultation.state in (CaseState.STAFFED, CaseState.RUNNING):
        return gettext("Das Team ist inzwischen vollständig.")
    if consultation.state != CaseState.SEARCHING or not _is_the_only_one(offer):
        return gettext("Die Anfrage ist inzwischen einen anderen Weg gegangen.")
    if offer.due_at is None or offer.due_at <= timezone.now():
        return gettext("Die Frist für Ihre Antwort ist vorbei.")
    if offer.state == State.ACCEPTED and _has_mates(offer):
        return gettext("Andere im Team haben Ihren Namen schon erfahren.")
    if matching.bars(consultation, offer.advisor):
        return gettext("Ihr Profil oder Ihre Einwilligung steht dem inzwischen entgegen.")
    return ""


def _is_the_only_one(offer: Offer) -> bool:
    """Of the present search, and after a merge no other of it asks the same person."""
    of_search = Offer.objects.of(offer.consultation)
    others = of_search.filter(advisor=offer.advisor, state__in=Offer.LIVE).exclude(pk=offer.pk)
    return of_search.filter(pk=offer.pk).exists() and not others.exists()


def _has_mates(offer: Offer) -> bool:
    """Whoever accepts is told who else has, and the others are told of them."""
    met = Offer.objects.of(offer.consultation).filter(state__in=(State.ACCEPTED, State.CANCELLED))
    return met.exclude(pk=offer.pk).exists()


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


def await_mails(now: datetime) -> int:
    """Whoever has not got the offer cannot answer: while its mail waits, the time begins anew. Returns for how many."""
    due_at = workdays.due(now, settings.OFFER_WORKDAYS)
    unread = Offer.objects.waiting().filter(Exists(_mail_that_waits()), due_at__lt=due_at)
    return _each(unread, partial(_begin_anew, due_at=due_at))


def _mail_that_waits() -> QuerySet[Mail]:
    """Of an outer offer: held at the desk, or the mail server does not take it."""
    return Mail.objects.filter(
        template=mails.OFFERED,
        state__in=(Mail.State.QUEUED, Mail.State.HELD),
        to__iexact=OuterRef("advisor__email"),
        reference=OuterRef("consultation__reference"),
        created_at__gte=OuterRef("sent_at"),
    )


def _begin_anew(offer: Offer, *, due_at: datetime) -> bool:
    _, offer = reread(offer)
    if offer.state != State.SENT:
        return False
    write(offer, State.SENT, due_at=due_at, reminded_at=None)
    return True


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
    """What a coordinator's move means for the team, at once: void offers are closed, the team learns of its case.

    Raises Refused where a case would be closed with an appointment to come: everybody would keep it in the calendar.
    """
    standing = _ahead(consultation).first() if move == "close" else None
    if standing:
        when = date_format(timezone.localtime(standing.starts_at), "j. F Y")
        raise Refused(f"Für den {when} ist noch ein Termin vereinbart. Bitte sagen Sie ihn zuerst ab.")
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
    if survivor.state in Offer.WORKING:
        asked = Offer.objects.of(survivor).filter(state__in=Offer.LIVE).values("advisor")
        noted = Offer.UNSENT if survivor.state == CaseState.SEARCHING else (State.RESERVE,)
        behind = F("rank") + last_rank(survivor)
        left.filter(state__in=noted).exclude(advisor__in=asked).update(
            consultation=survivor,
            rank=behind,
            created_at=timezone.now(),  # of its present search, also where it was reopened after they were noted
        )
    settle(absorbed, move="merge")
    left.update(consultation=survivor)
    proposals = DateProposal.objects.filter(consultation=absorbed)
    proposals.open().update(state=DateProposal.State.WITHDRAWN)
    for model in (Appointment, DateProposal):  # of a team that fell apart
        model._default_manager.filter(consultation=absorbed).update(consultation=survivor)
    results.merge(survivor, absorbed=absorbed)
    return survivor


def _each(offers: QuerySet[Offer], act: Callable[[Offer], bool]) -> int:
    """Acts on each in a transaction of its own. One that fails is logged and does not stop the others."""
    return sum(safely(partial(act, offer), f"Angebot {offer.pk}") for offer in offers.select_related("consultation"))


def _remind(offer: Offer, *, now: datetime) -> bool:
    _, offer = reread(offer)
    if offer.reminded_at or not is_open(offer):
        return False
    write(offer, State.SENT, reminded_at=now)
    mails.reminded(offer)
    return True


def _expire(offer: Offer, *, now: datetime) -> bool:
    consultation, offer = reread(offer)
    if not Offer.objects.overdue(now).filter(pk=offer.pk).exists():
        return False
    write(offer, State.EXPIRED)
    mails.expired(offer)
    mails.expired_desk(offer, substitutes=_who_could_follow(consultation))
    return True


def _close_orphan(offer: Offer) -> bool:
    consultation, offer = reread(offer)
    if not Offer.objects.orphaned().filter(pk=offer.pk).exists():
        return False
    before = offer.state
    write(offer, State.WITHDRAWN)
    if before == State.ACCEPTED:
        mails.case_ended(offer, had_accepted=True, appointments=_out_of_calendar(consultation))
    elif before == State.SENT:
        mails.case_ended(offer, had_accepted=False)
    return True
