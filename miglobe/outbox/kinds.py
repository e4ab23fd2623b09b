"""What mails there are: one `Kind` per template. Each app registers its own when it gets ready."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .models import Audience


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Told to the people who edit its words."""

    template: str  # templates/mail/<template>.txt
    audience: Audience
    event: str  # what has happened, as a heading
    when: str  # when it goes out, in a sentence
    example: Callable[[str], Any] | None = None
    """(reference or "") → the row of a real case that fits, the newest one without a reference; None without any."""
    owe: Callable[[Any], object] | None = None
    """Owes the mail for that row; called in a rehearsal only, so it may bend the row into shape."""
    by_anybody: bool = False
    """Whoever types an address sets it off: the mail brings the link "stop", and goes to nobody who has used it."""
    also: tuple[str, ...] = ()
    """Names of placeholders that can be used beyond those in the template that comes with the software."""


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    _kinds.update({kind.template: kind for kind in kinds})


def find(template: str) -> Kind | None:
    return _kinds.get(template)


def of(audience: Audience) -> list[Kind]:
    """In the order of their registration."""
    return [kind for kind in _kinds.values() if kind.audience == audience]


def audience(template: str) -> Audience:
    kind = find(template)
    return kind.audience if kind else Audience.DESK


def all_by_anybody() -> list[Kind]:
    return [kind for kind in _kinds.values() if kind.by_anybody]
