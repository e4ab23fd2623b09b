"""What we write to people with access: one function per event, named as what has happened."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from miglobe.outbox import outbox

from .models import User


def invited(user: User) -> None:
    _send("accounts/invited", user, links={"link": ("accounts.password", str(user.pk))}, days=_link_days())


def password_forgotten(user: User) -> None:
    _send("accounts/password_forgotten", user, links={"link": ("accounts.password", str(user.pk))}, days=_link_days())


def access_changed(user: User, what: str) -> None:
    """`what` is a sentence: "Das Passwort wurde geändert." """
    _send("accounts/access_changed", user, what=what, when=timezone.localtime())


def second_factor_taken_away(user: User) -> None:
    _send("accounts/second_factor_taken_away", user, links={"link": ("accounts.login", "")})


def _send(template: str, user: User, links: outbox.Links | None = None, **context: Any) -> None:
    outbox.queue(template, to=user.email, links=links, user=user, **context)


def _link_days() -> int:
    return settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
