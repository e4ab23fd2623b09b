"""Whose address a mail went to, so that it can be corrected where it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from miglobe.errors import Refused

from . import outbox
from .models import Audience, Mail

if TYPE_CHECKING:
    from miglobe.accounts.models import User


@dataclass(frozen=True)
class Owner:
    """A record that keeps the address."""

    label: str  # whose it is, in words
    address: str  # as it is kept now
    permission: str  # to change it
    correct: Callable[[str, User], object]
    """(new address, who corrects it). Raises Refused; what the record owes for a new address, it mails."""
    also: str = ""  # what else happens, in a sentence


Finder = Callable[[Mail], Owner | None]
_finders: dict[Audience, Finder] = {}


def register_owner(audience: Audience, find: Finder) -> None:
    """Called when an app gets ready."""
    _finders[audience] = find


def find(mail: Mail) -> Owner | None:
    finder = _finders.get(Audience(mail.audience))
    return finder(mail) if finder else None


def failed_likewise(mail: Mail) -> list[Mail]:
    """This mail and whatever else came back from the same address for the same record, oldest first."""
    same = Mail.objects.failed().filter(to__iexact=mail.to, audience=mail.audience)
    if mail.audience in (Audience.MUNICIPALITY, Audience.REPORTER):
        same = same.filter(reference=mail.reference)
    return list(same.order_by("created_at", "pk"))


@transaction.atomic
def correct_and_resend(mail: Mail, *, to: str, by: User) -> list[Mail]:
    """Corrects the address where it is kept, then sends there what came back. Links are bound to the new address.

    Raises Refused: without an owner, or when the mail is no longer failed.
    """
    owner = find(mail)
    if owner is None:
        raise Refused("Diese Adresse steht in keinem Eintrag, der sich berichtigen lässt.")
    if to.lower() != owner.address.lower():
        owner.correct(to, by)
    return [outbox.resend(each, to=to, by=by) for each in failed_likewise(mail) or [mail]]
