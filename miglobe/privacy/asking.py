"""Somebody wants to know what we hold of them, or to be forgotten: by a mailed link, without an account.

Whoever asks gets the same page in the same time: what we hold, the worker looks up, and only the mailbox gets to know.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation
from procrastinate.contrib.django import app

from miglobe import links
from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.limits import digests
from miglobe.outbox import outbox

from . import own_file, own_mails
from .models import Answer, DataRequest
from .registry import Effect

PURPOSE = "privacy.own_data"
ANSWER_DAYS = 28  # within a month (Art. 12 (3) GDPR), whatever its length


@transaction.atomic
def ask(email: str, *, language: str) -> None:
    """The worker answers by mail."""
    asked = DataRequest.objects.create(email=email, language=language)
    app.configure_task("privacy.answer").defer(request_id=asked.pk)


@transaction.atomic
def answer(request_id: int) -> None:
    """Owes the mail: the link, or that there is nothing. Of who asked for nothing, nothing stays but that mail."""
    asked = DataRequest.objects.select_for_update().filter(pk=request_id).first()
    if asked is None:
        return
    with translation.override(asked.language):
        is_known = bool(own_file.everything(asked.email))
    if is_known:
        own_mails.link_sent(asked)
    else:
        own_mails.nothing_held(asked)
        asked.delete()


# --- The link ------------------------------------------------------------------------------------------


def token(asked: DataRequest) -> str:
    return links.token(PURPOSE, asked.key, bound=asked.email)


def find(token: str) -> DataRequest:
    """Raises links.Dead. Who waits for an erasure sees how it stands until it is answered."""
    asked = DataRequest.objects.filter(key=links.key_of(token)).first()
    if asked is None or (asked.erasure_asked_at is None and asked.valid_until < timezone.now()):
        raise links.Dead
    links.verify(PURPOSE, token, bound=asked.email)
    return asked


def _address(key: str, to: str) -> str:
    asked = DataRequest.objects.get(key=key)
    return links.absolute("privacy:own_data", language=asked.language, token=links.token(PURPOSE, asked.key, bound=to))


def register() -> None:
    outbox.register_link(PURPOSE, _address)
    outbox.register_link("privacy.desk", lambda key, to: links.absolute("admin:rights"))


# --- Erasure -------------------------------------------------------------------------------------------


@transaction.atomic
def ask_erasure(asked: DataRequest) -> DataRequest:
    """From now on the desk owes an answer. Asking again changes nothing. Raises links.Dead when it was answered."""
    try:
        asked = DataRequest.objects.select_for_update().get(pk=asked.pk)
    except DataRequest.DoesNotExist:
        raise links.Dead from None  # answered at this very moment
    if asked.erasure_asked_at is None:
        asked.erasure_asked_at = timezone.now()
        asked.due_at = asked.erasure_asked_at + timedelta(days=ANSWER_DAYS)
        asked.save(update_fields=["erasure_asked_at", "due_at"])
        own_mails.erasure_received(asked)
        own_mails.erasure_asked(asked)
    return asked


@transaction.atomic
def decline(asked: DataRequest, *, reason: str, by: User) -> Answer:
    """Says why nothing is erased (Art. 12 (4) GDPR): an answer to all that this address has asked for.

    Raises Refused where it has been answered.
    """
    found = DataRequest.objects.select_for_update().filter(pk=asked.pk).first()
    if found is None:
        raise Refused("Dieser Antrag ist inzwischen beantwortet.")
    own_mails.erasure_declined(found, reason=reason)
    answered = note(Answer.What.DECLINED, found.email, by=by, asked_at=found.erasure_asked_at)
    DataRequest.objects.open().filter(email__iexact=found.email).delete()
    return answered


def note(
    what: Answer.What,
    email: str,
    *,
    by: User,
    asked_at: datetime | None = None,
    effects: Sequence[Effect] = (),
) -> Answer:
    """The proof, without the person."""
    return Answer.objects.create(
        what=what,
        digest=digests.of("privacy.answer", digests.mailbox(email)),
        by=by,
        asked_at=asked_at,
        effects=[[effect.what, effect.number, effect.how.value if effect.how else "bleibt"] for effect in effects],
    )
