"""The way into the pool: an application that its mailbox confirms, or an invitation. The only writer of `Candidacy`."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from miglobe.accounts import asked
from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.history import forgetting
from miglobe.outbox import outbox
from miglobe.turns import take_turn

from . import pool_mails as mails
from .models import Advisor, Candidacy

State = Candidacy.State
MAILS_A_DAY = 3  # of a kind to somebody we know: anybody can type anybody's address, and they miss nothing


def _lock(candidacy: Candidacy) -> Candidacy:
    return Candidacy.objects.select_for_update().get(pk=candidacy.pk)


def _write(candidacy: Candidacy, state: Candidacy.State, *, by: User | None = None, note: str = "") -> Candidacy:
    candidacy.state, candidacy.state_since, candidacy.by = state, timezone.now(), by
    candidacy.note = note or candidacy.note
    candidacy.save()
    return candidacy


def _live(email: str) -> Candidacy | None:
    """The application or invitation that runs for this mailbox. Whoever asks about the same one waits for its end."""
    take_turn("advisors.candidacy", email.lower())
    return Candidacy.objects.filter(state__in=Candidacy.LIVE, email__iexact=email).first()


# --- What people do ----------------------------------------------------------------------------------


def ask_to_join(key: UUID, *, name: str, email: str, phone: str, about: str) -> None:
    """The worker files it: nobody can tell from the answer whether the address is known."""
    asked.later("advisors.apply", key=str(key), name=name, email=email, phone=phone, about=about)


@transaction.atomic
def apply(key: UUID, *, name: str, email: str, phone: str, about: str) -> None:
    """Somebody wants to advise: the mailbox is asked whether it is true. The same key files it once, and mends it
    until it is confirmed.

    Says nothing of whether the address is known: who is in the pool, has applied or is invited gets a mail that
    leads there.
    """
    live = _live(email)
    known = Advisor.objects.filter(email__iexact=email).first()
    if known:
        if outbox.may_send(email, mails.ALREADY_IN_POOL, a_day=MAILS_A_DAY):
            mails.already_in_pool(known)
    elif live and live.state == State.INVITED:
        if outbox.may_send(email, mails.INVITED, a_day=MAILS_A_DAY):
            mails.invited(live)
    elif live:
        if outbox.may_send(email, mails.RECEIVED, a_day=MAILS_A_DAY):
            mails.application_received(live)
    else:  # how often is limited where the form answers, and says so: no application is lost in silence
        _file(key, name=name, email=email, phone=phone, about=about)


def _file(key: UUID, **typed: str) -> None:
    """Whoever goes back and mends what they typed, an address above all, sends the same key with other words."""
    candidacy, is_new = Candidacy.objects.select_for_update().get_or_create(key=key, defaults=typed)
    if not is_new:
        if candidacy.state != State.UNCONFIRMED or all(getattr(candidacy, name) == typed[name] for name in typed):
            return
        for name, words in typed.items():
            setattr(candidacy, name, words)
        candidacy.save(update_fields=list(typed))
    mails.please_confirm_application(candidacy)


@transaction.atomic
def confirm(candidacy: Candidacy) -> Candidacy:
    """The mailbox is theirs: the desk gets the application. Confirming again changes nothing.

    Where another application or an invitation of the same address runs, that one goes on and is returned.
    """
    live = _live(candidacy.email)
    candidacy = _lock(candidacy)
    if candidacy.state != State.UNCONFIRMED:
        return candidacy
    if live:
        return live
    candidacy = _write(candidacy, State.APPLIED)
    mails.application_received(candidacy)
    mails.applied_desk(candidacy)
    return candidacy


@transaction.atomic
def give_up(candidacy: Candidacy) -> Candidacy | None:
    """The person does not want to. What nobody has confirmed is forgotten at once: None."""
    candidacy = _lock(candidacy)
    if candidacy.state == State.UNCONFIRMED:
        _forget(candidacy)
        return None
    if candidacy.state in Candidacy.LIVE:
        inviter = candidacy.by
        candidacy = _write(candidacy, State.ENDED)
        mails.given_up_desk(candidacy, inviter=inviter)
    return candidacy


# --- What the desk does ------------------------------------------------------------------------------


@transaction.atomic
def invite(*, name: str, email: str, note: str = "", by: User) -> Candidacy:
    """Asks somebody to join the pool. Raises Refused for an address that is in it, or on its way there."""
    live = _live(email)
    known = Advisor.objects.filter(email__iexact=email).first()
    if known:
        raise Refused(
            "Diese Person hat den Pool verlassen. Auf ihrer persönlichen Seite kann sie wieder mitmachen."
            if known.left_at
            else "Unter dieser E-Mail-Adresse ist schon jemand im Pool."
        )
    if live:
        raise Refused("Unter dieser E-Mail-Adresse läuft schon eine Bewerbung oder Einladung.")
    candidacy = Candidacy.objects.create(name=name, email=email, note=note, state=State.INVITED, by=by)
    mails.invited(candidacy)
    return candidacy


@transaction.atomic
def accept(candidacy: Candidacy, *, by: User) -> Candidacy:
    """Who has applied is invited to fill in a profile."""
    candidacy = _require(candidacy, State.APPLIED)
    candidacy = _write(candidacy, State.INVITED, by=by)
    mails.invited(candidacy)
    return candidacy


@transaction.atomic
def invite_again(candidacy: Candidacy, *, by: User) -> Candidacy:
    """Sends the invitation once more, with a link that lives as long as a new one."""
    candidacy = _require(candidacy, State.INVITED)
    candidacy = _write(candidacy, State.INVITED, by=by)
    mails.invited(candidacy)
    return candidacy


@transaction.atomic
def decline(candidacy: Candidacy, *, note: str, by: User) -> Candidacy:
    """Turns an application down, or takes an invitation back. `note` is what we write to the person."""
    candidacy = _require(candidacy, *Candidacy.LIVE)
    was_invited = candidacy.state == State.INVITED
    candidacy = _write(candidacy, State.DECLINED, by=by, note=note)
    mails.application_declined(candidacy, was_invited=was_invited, note=note)
    return candidacy


@transaction.atomic
def correct(candidacy: Candidacy, address: str) -> None:
    """Keeps another address, to which the links are bound from now on. Raises Refused."""
    if _live(address) or Advisor.objects.filter(email__iexact=address).exists():
        raise Refused("Unter dieser E-Mail-Adresse ist schon jemand im Pool oder auf dem Weg dorthin.")
    candidacy = _lock(candidacy)
    candidacy.email = address
    candidacy.save(update_fields=["email"])


def _require(candidacy: Candidacy, *states: str) -> Candidacy:
    candidacy = _lock(candidacy)
    if candidacy.state not in states:
        raise Refused(f"Der Stand ist inzwischen „{candidacy.get_state_display()}“. Bitte laden Sie die Seite neu.")
    return candidacy


# --- What follows, and what time brings --------------------------------------------------------------


@transaction.atomic
def take(candidacy: Candidacy) -> Candidacy:
    """The locked invitation, which holds or has been followed. Raises Refused. For `advisors.pool.join` alone."""
    candidacy = Candidacy.objects.select_related("advisor").select_for_update(of=("self",)).get(pk=candidacy.pk)
    if candidacy.state not in (State.INVITED, State.JOINED):
        raise Refused(gettext("Diese Einladung gilt nicht mehr."))
    return candidacy


def joined(candidacy: Candidacy, advisor: Advisor) -> None:
    """For `advisors.pool.join` alone, which has taken it."""
    candidacy.advisor = advisor
    _write(candidacy, State.JOINED)


@transaction.atomic
def _forget(candidacy: Candidacy) -> None:
    key = candidacy.pk
    candidacy.delete()
    forgetting.forget(Candidacy, [key])
