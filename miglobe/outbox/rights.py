"""Who may do what with a mail. Apps narrow it down for the mails of their rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser

from .models import Mail

if TYPE_CHECKING:
    from miglobe.accounts.models import User

type Person = User | AnonymousUser
type Guard = Callable[[Person, Mail], bool]
_guards: list[Guard] = []


def register_guard(guard: Guard) -> None:
    """`guard` says whether the person may act on that mail, as far as its app is concerned."""
    _guards.append(guard)


def may_read(person: Person) -> bool:
    return person.has_perm("outbox.view_mail")


def may_act(person: Person, mail: Mail) -> bool:
    """Holds, edits, discards and sends this mail."""
    return may_read(person) and person.has_perm("outbox.resend_mail") and all(guard(person, mail) for guard in _guards)


def may_test(person: Person) -> bool:
    """Sends a mail to the own address: whoever reads mails or watches the delivery."""
    return may_read(person) or person.has_perm("outbox.view_delivery")
