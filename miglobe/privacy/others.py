"""Other people in texts about somebody: what the person gets to read names them by their role (Art. 15 (4) GDPR)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain

from .scrubbing import GENITIVE, SHORTEST


@dataclass(frozen=True)
class Other:
    name: str
    email: str
    role: str
    """What stands in their place, in the active language."""
    phone: str = ""


_find: list[Callable[[], Iterable[Other]]] = []


def register_people(find: Callable[[], Iterable[Other]]) -> None:
    _find.append(find)


def redactor(email: str, names: Iterable[str], more: Iterable[Other] = ()) -> Callable[[str], str]:
    """Replaces everybody but the person, who has this address and goes by these names. `more`: who else may be named
    in these very texts.
    """
    return without(chain(more, *(find() for find in _find)), email, names)


def without(others: Iterable[Other], email: str, names: Iterable[str]) -> Callable[[str], str]:
    """Replaces these alone, except for the person."""
    own = {word for name in names for word in _words(name)}
    roles: dict[str, str] = {}
    for other in others:
        if other.email.lower() != email.lower():
            roles |= dict.fromkeys(_words(other.name, other.email, other.phone) - own, f"[{other.role}]")
    if not roles:
        return str
    longest_first = sorted(roles, key=len, reverse=True)
    found = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))}){GENITIVE}")
    return lambda text: found.sub(lambda match: roles[match[1]], text)


def _words(name: str, *ways: str) -> set[str]:
    """By what somebody is called: full name, surname, and the ways to reach them."""
    surname = name.split()[-1] if " " in name.strip() else ""
    return {word for word in (name, surname, *ways) if len(word) >= SHORTEST}
