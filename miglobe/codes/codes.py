"""The second way in, without links: reference, mail address and a code that is mailed to it.

Nothing stored opens a door. The code is derived with the secret key from its row and the address it was mailed to;
the mail is a row with a placeholder until it is sent. A code dies after 15 minutes, after five wrong tries, and
when the address is corrected.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from miglobe import links, references
from miglobe.accounts import asked
from miglobe.outbox import outbox
from miglobe.turns import take_turn

from .models import AccessCode

CODE = "codes.code"
LENGTH = 6
LIFETIME = timedelta(minutes=15)
TRIES = 5
MOST_AN_HOUR = 15  # mails to one door, whoever asks; from one network come fewer: settings.LIMITS


@dataclass(frozen=True)
class Door:
    """What a code opens. `target` is the key of the row behind it."""

    purpose: str
    find: Callable[[str, str], UUID | None]
    """(reference, mail address) → target, if they belong together."""
    owe_mail: Callable[[UUID, AccessCode], object]
    """Owes the mail that brings the code (see `in_mail`)."""
    mailbox: Callable[[UUID], str]
    """The address that the target belongs to now. Raises ObjectDoesNotExist when the row is gone."""
    address: Callable[[UUID], str]
    """The path of the secret page, in the active language."""


_doors: dict[str, Door] = {}


def register_door(door: Door) -> None:
    """Called when an app gets ready."""
    _doors[door.purpose] = door


def register() -> None:
    outbox.register_code(CODE, _for_mail)


def entrance(language: str) -> str:
    """The address of the page that mails codes, for the sentence in our mails."""
    return links.absolute("codes:ask", language=language)


# --- Asking ------------------------------------------------------------------------------------------


def ask(reference: str, email: str) -> UUID:
    """Returns the key of the page that takes the code, in any case. The worker sends it: nobody learns from the answer
    whether there is one.
    """
    key = uuid4()
    asked.later("codes.send", key=key.hex, reference=reference, email=email)
    return key


@transaction.atomic
def send(reference: str, email: str, *, key: UUID | None = None) -> UUID:
    """Mails a code for each door that both open; the same key once. Returns the key."""
    key = key or uuid4()
    if AccessCode.objects.filter(key=key).exists():
        return key
    for door in _doors.values():
        target = door.find(reference, email)
        if target and _may_be_mailed(door, target):
            door.owe_mail(target, AccessCode.objects.create(key=key, purpose=door.purpose, target=target))
    return key


def _may_be_mailed(door: Door, target: UUID) -> bool:
    """Anybody who knows both can ask: the mailbox must not be filled. Those who ask at once take their turns."""
    take_turn(door.purpose, target)
    since = timezone.now() - timedelta(hours=1)
    codes = AccessCode.objects.filter(purpose=door.purpose, target=target, created_at__gt=since)
    return codes.count() < MOST_AN_HOUR


def expires_at(access: AccessCode) -> datetime:
    return access.created_at + LIFETIME


def word(access: AccessCode, mailbox: str, *, secret: str | None = None) -> str:
    """The code itself, as it was mailed to `mailbox`."""
    value = f"{access.key.hex}:{access.purpose}:{mailbox.lower()}"
    digest = salted_hmac(CODE, value, secret=secret, algorithm="sha256").digest()
    return "".join(references.ALPHABET[byte % len(references.ALPHABET)] for byte in digest[:LENGTH])


def in_mail(access: AccessCode) -> outbox.Links:
    """For `outbox.queue`: the placeholder "code" becomes the code when the mail is sent."""
    return {"code": (CODE, str(access.pk))}


def _for_mail(key: str, to: str) -> str:
    return word(AccessCode.objects.get(pk=key), to)


# --- Entering ----------------------------------------------------------------------------------------


@transaction.atomic
def redeem(key: UUID, typed: str) -> str | None:
    """The path that a right code leads to; None for any other, which counts as a try.

    The rows are locked, so that guesses sent at once are counted one after the other. A right code opens its door
    again until it expires: a second click hurts nobody. Who has asked twice may enter either code.
    """
    found = list(_alive().filter(key=key).select_for_update().order_by("pk"))
    for access in found:
        if _fits(access, references.plain(typed)):
            return _doors[access.purpose].address(access.target)
    AccessCode.objects.filter(pk__in=[access.pk for access in found]).update(tries=F("tries") + 1)
    return None


def _alive() -> QuerySet[AccessCode]:
    return AccessCode.objects.filter(created_at__gt=timezone.now() - LIFETIME, tries__lt=TRIES)


def _fits(access: AccessCode, typed: str) -> bool:
    """Whether it is this code or another that was mailed for the same door and is still alive."""
    try:
        mailbox = _doors[access.purpose].mailbox(access.target)
    except ObjectDoesNotExist:
        return False
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    same_door = _alive().filter(purpose=access.purpose, target=access.target)
    mailed = [word(each, mailbox, secret=secret) for each in same_door for secret in secrets]
    return any(constant_time_compare(code, typed) for code in mailed)
