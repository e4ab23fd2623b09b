"""Joining the pool, what the three consents bring about, and leaving.

Lock order: the cases of a person's offers first, then the person.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from miglobe.accounts.models import User
from miglobe.errors import Refused

from . import candidacies, consents, offers, profiles
from . import pool_mails as mails
from .models import Advisor, Candidacy, Consent, ConsentText, Offer, Purpose

Agreed = Mapping[Purpose, ConsentText]


@transaction.atomic
def join(candidacy: Candidacy, *, profile: Mapping[str, Any], agreed: Agreed) -> Advisor:
    """Who was invited is in the pool from now on. Joining again shows the same person.

    `profile`: what `profiles.change` keeps; `agreed`: the words of each consent that they give. Raises Refused when
    the invitation no longer holds, or the words have changed.
    """
    candidacy = candidacies.take(candidacy)
    if candidacy.advisor:
        return candidacy.advisor
    if Advisor.objects.filter(email__iexact=candidacy.email).exists():
        raise Refused(gettext("Unter Ihrer E-Mail-Adresse gibt es schon ein Profil. Bitte fragen Sie uns."))
    advisor = profiles.change(Advisor(email=candidacy.email), **profile)
    for purpose, text in agreed.items():
        consents.give(advisor, purpose, text=text)
    candidacies.joined(candidacy, advisor)
    mails.joined(advisor, purposes=list(agreed))
    mails.joined_desk(advisor, purposes=list(agreed))
    return advisor


@transaction.atomic
def agree(advisor: Advisor, purpose: Purpose, *, text: ConsentText, by: User | None = None) -> Consent:
    """Gives a consent, or agrees to its new words; the person gets it in writing. Raises Refused."""
    if _lock(advisor).left_at:
        raise Refused(gettext("Sie haben den Pool verlassen. Bitte kehren Sie zuerst zurück."))
    stood = advisor.consents.standing().filter(purpose=purpose, text=text).exists()
    consent = consents.give(advisor, purpose, text=text, by=by)
    if not stood:
        mails.consent_given(advisor, purpose=purpose)
    return consent


@transaction.atomic
def withdraw(advisor: Advisor, purpose: Purpose, *, by: User | None = None) -> None:
    """Withdraws a consent: it works at once, and the person gets it in writing. Doing it again changes nothing.

    Without the one for matching nobody is asked: what is unanswered is closed, and the desk is told.
    """
    closed = offers.close_of(advisor) if purpose == Purpose.MATCHING else []
    if not consents.withdraw(advisor, purpose, by=by):
        return
    mails.consent_withdrawn(advisor, purpose=purpose, closed=closed)
    if purpose == Purpose.MATCHING:
        mails.consent_withdrawn_desk(advisor, closed=closed)


@transaction.atomic
def leave(advisor: Advisor) -> Advisor:
    """The person leaves: all consents end, nobody asks them any more. Assignments stay until they are handed back.

    Leaving again changes nothing.
    """
    offers.close_of(advisor)
    advisor = _lock(advisor)
    if advisor.left_at:
        return advisor
    for purpose in Purpose:
        consents.withdraw(advisor, purpose)
    advisor.active, advisor.left_at, advisor.feed_key = False, timezone.now(), None
    advisor.save(update_fields=["active", "left_at", "feed_key"])
    running = assignments(advisor).count()
    mails.left(advisor, running=running)
    mails.left_desk(advisor, running=running)
    return advisor


@transaction.atomic
def come_back(advisor: Advisor) -> Advisor:
    """Who has left by their own decision is there again, without any consent until they give it anew; the desk is told.

    Whom the desk has switched off cannot switch themselves on: raises Refused.
    """
    advisor = _lock(advisor)
    if advisor.active:
        return advisor
    if not advisor.left_at:
        raise Refused(gettext("Bitte sprechen Sie die Koordination an, wenn Sie wieder mitmachen möchten."))
    advisor.active, advisor.left_at = True, None
    advisor.save(update_fields=["active", "left_at"])
    mails.returned(advisor)
    mails.returned_desk(advisor)
    return advisor


def assignments(advisor: Advisor) -> Any:
    """What they have accepted and not handed back, newest first."""
    found = Offer.objects.at_work().filter(advisor=advisor).select_related("consultation__municipality")
    return found.order_by("-answered_at")


def _lock(advisor: Advisor) -> Advisor:
    return Advisor.objects.select_for_update().get(pk=advisor.pk)
