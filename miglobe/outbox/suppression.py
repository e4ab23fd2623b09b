"""Mailboxes that want no more of what anybody can set off by typing their address: "Das war ich nicht".

The link in such a mail carries the hash of its mailbox, so nothing about the mail must be kept to honour it, and the
same link takes it back. Mails of a case or of the pool in which the person takes part go on.
"""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.utils import timezone

from miglobe import links
from miglobe.limits import digests

from .models import Suppression

STOP = "outbox.stop"
REASON = (
    "Wer dieses Postfach liest, hat gesagt: „Das war ich nicht.“ Möchte die Person doch schreiben, halten Sie diese "
    "E-Mail zurück und senden Sie sie: Der Link darin hebt es auf."
)


def register() -> None:
    from . import outbox  # it asks us at each mail

    outbox.register_link(STOP, _address)


def _signer() -> TimestampSigner:
    return TimestampSigner(salt=STOP, sep=".")


def token(address: str) -> str:
    return _signer().sign(_digest(address))


def _digest(address: str) -> str:
    return digests.of("mailbox", digests.mailbox(address))


def mailbox(token: str) -> str:
    """What the link is about. Raises links.Dead."""
    try:
        return _signer().unsign(token, max_age=timedelta(days=settings.LINK_DAYS))
    except BadSignature:
        raise links.Dead from None


def _address(language: str, to: str) -> str:
    """For a mail: `language` stands where others have the key of a row."""
    return links.absolute("mailbox:stop", language=language, token=token(to))


def stop(digest: str) -> Suppression:
    """From now on, for SUPPRESSION_DAYS. Saying it again begins them anew."""
    until = timezone.now() + timedelta(days=settings.SUPPRESSION_DAYS)
    return Suppression.objects.update_or_create(digest=digest, defaults={"until": until})[0]


def stop_for(address: str) -> str:
    """The same for whoever is known to read this mailbox. Returns the token of the page that says so."""
    stop(_digest(address))
    return token(address)


def allow(digest: str) -> None:
    """Takes it back. Doing so again changes nothing."""
    Suppression.objects.filter(digest=digest).delete()


def find(digest: str) -> Suppression | None:
    return Suppression.objects.filter(digest=digest, until__gt=timezone.now()).first()


def of(address: str) -> list[Suppression]:
    """What holds for this mailbox, also under a former SECRET_KEY."""
    known = digests.all_of("mailbox", digests.mailbox(address))
    return list(Suppression.objects.filter(digest__in=known, until__gt=timezone.now()))


def holds(address: str) -> bool:
    return bool(of(address))
