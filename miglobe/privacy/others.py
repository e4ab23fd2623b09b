"""Other people in texts about somebody: what the person gets to read names them by their role (Art. 15 (4) GDPR)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .scrubbing import SHORTEST


@dataclass(frozen=True)
class Other:
    name: str
    email: str
    role: str
    """What stands in their place, in the active language."""


_find: list[Callable[[], Iterable[Other]]] = []


def register_people(find: Callable[[], Iterable[Other]]) -> None:
    _find.append(find)


def redactor(email: str, names: Iterable[str]) -> Callable[[str], str]:
    """Replaces everybody but the person, who has this address and goes by these names."""
    own = {word for name in names for word in _words(name, "")}
    roles: dict[str, str] = {}
    for other in (other for find in _find for other in find()):
        if other.email.lower() != email.lower():
            roles |= dict.fromkeys(_words(other.name, other.email) - own, f"[{other.role}]")
    if not roles:
        return str
    longest_first = sorted(roles, key=len, reverse=True)
    found = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    return lambda text: found.sub(lambda match: roles[match[0]], text)


def _words(name: str, email: str) -> set[str]:
    """By what somebody is called: address, full name, surname."""
    return {word for word in (email, name, name.split()[-1] if " " in name else "") if len(word) >= SHORTEST}
