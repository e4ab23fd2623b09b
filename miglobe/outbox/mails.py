"""What the outbox itself writes: a mail that shows whether mails arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

from miglobe.errors import TooOften

from . import kinds, outbox
from .kinds import Kind
from .models import Audience, Mail

if TYPE_CHECKING:
    from miglobe.accounts.models import User

TESTS_A_DAY = 20


def tested(by: User) -> Mail:
    """To the person who asks, on the way that all mails take."""
    if not outbox.may_send(by.email, "outbox/tested", a_day=TESTS_A_DAY):
        raise TooOften(f"Heute sind schon {TESTS_A_DAY} Test-E-Mails an Sie gegangen. Bitte versuchen Sie es morgen.")
    return outbox.queue("outbox/tested", to=by.email)


def register() -> None:
    kinds.register(
        Kind(
            template="outbox/tested",
            audience=Audience.DESK,
            event="Test-E-Mail",
            when="Wenn jemand am Schreibtisch den Versand prüft.",
            example=lambda reference: get_user_model().objects.filter(is_active=True, is_staff=True).first(),
            owe=tested,
        )
    )
