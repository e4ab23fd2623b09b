"""What is looked at to know whether the portal is well: a list of checks to which every app adds its own.

A check asks one question and answers in a sentence for whoever keeps the portal running: how much and since when,
never about whom.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.core.cache import cache

REMEMBERED = 3 * 24 * 60 * 60  # seconds
_KEY = "watch."
log = logging.getLogger(__name__)


class State(StrEnum):
    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Could not be found out, or does not apply here: no reason to write to anybody."""


@dataclass(frozen=True)
class Finding:
    state: State
    words: str

    @property
    def is_wrong(self) -> bool:
        return self.state == State.FAILED

    @property
    def is_fine(self) -> bool:
        return self.state == State.OK


def fine(words: str) -> Finding:
    return Finding(State.OK, words)


def wrong(words: str) -> Finding:
    return Finding(State.FAILED, words)


def unknown(words: str) -> Finding:
    return Finding(State.UNKNOWN, words)


@dataclass(frozen=True, kw_only=True)
class Check:
    name: str
    label: str
    look: Callable[[], Finding]
    is_gate: bool = False
    """Without it no page can be answered: a load balancer looks for another server, and nothing else is asked."""
    is_quick: bool = False
    """A query or two: also asked by `/-/health/ready/`, every few seconds."""
    is_slow: bool = False
    """Asks the world outside: only once a day, and a page shows what was found then."""


_checks: dict[str, Check] = {}


def register(*checks: Check) -> None:
    """Called when an app gets ready. Gates come first."""
    _checks.update({check.name: check for check in checks})


def look(*, quick: bool = False) -> dict[Check, Finding]:
    """All of them, or the quick ones; where a gate is shut, no further than that."""
    found = {}
    for check in _in_order():
        if check.is_quick or not quick:
            found[check] = _look(check)
            if check.is_gate and found[check].is_wrong:
                break
    if slow := {_KEY + check.name: finding for check, finding in found.items() if check.is_slow}:
        cache.set_many(slow, REMEMBERED)
    return found


def glance() -> dict[Check, Finding]:
    """All of them for a page: what is slow as it was found last."""
    remembered = cache.get_many(_KEY + check.name for check in _checks.values() if check.is_slow)
    never = unknown("Wird einmal am Tag geprüft; bisher noch nicht.")
    return {check: remembered.get(_KEY + check.name, never) if check.is_slow else _look(check) for check in _in_order()}


def _in_order() -> list[Check]:
    return sorted(_checks.values(), key=lambda check: not check.is_gate)


def _look(check: Check) -> Finding:
    try:
        return check.look()
    except Exception:  # one that fails must not hide what the others see
        log.exception("The check %s has failed itself.", check.name)
        return wrong("Diese Prüfung ist selbst gescheitert; der Grund steht im Protokoll.")
