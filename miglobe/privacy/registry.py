"""What the apps say of the personal data in their tables. Everything else in this package works with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from django.db.models import Model, Q

from .parts import Part


class Grade(Enum):
    SENSITIVE = "besonders geschützt"  # Art. 9 GDPR: it shows that somebody is in the pool
    PERSONAL = "personenbezogen"
    NEITHER = "nicht personenbezogen"


class How(Enum):
    DELETE = "gelöscht"
    ANONYMISE = "anonymisiert"


# --- What is personal --------------------------------------------------------------------------------

_grades: dict[type[Model], dict[str, Grade]] = {}


def classify(model: Any, *, sensitive: str = "", personal: str = "", neither: str = "") -> None:
    """Says of each field of a table, by its name, what it is. Their histories are the same in each."""
    words = {Grade.SENSITIVE: sensitive, Grade.PERSONAL: personal, Grade.NEITHER: neither}
    _grades[model] = {name: grade for grade, names in words.items() for name in names.split()}


def grades() -> dict[type[Model], dict[str, Grade]]:
    return _grades


# --- How long it is kept -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """A period, and what happens when it is over. `miglobe.privacy.retention` runs them in their order."""

    name: str
    what: str
    """Of which rows, in words for people."""
    setting: str
    """Names the period, with its unit at the end: …_DAYS, …_MONTHS, …_YEARS; empty: a moment that the row knows."""
    how: How
    count: Callable[[datetime], int]
    """How many rows are over whose period began before that moment."""
    apply: Callable[[datetime], int]
    """Does it, each batch in a transaction of its own. Returns how many rows."""


_rules: list[Rule] = []


def register_rule(rule: Rule) -> None:
    _rules.append(rule)


def rules() -> Sequence[Rule]:
    return _rules


# --- What hangs on it --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dependent:
    """What another app keeps of the same rows: it is emptied and deleted with them, in the same transaction."""

    anonymise: Callable[[Sequence[Any]], None]
    delete: Callable[[Sequence[Any]], None]


_dependents: dict[type[Model], list[Dependent]] = {}


def register_dependent(model: type[Model], dependent: Dependent) -> None:
    _dependents.setdefault(model, []).append(dependent)


def dependents(model: type[Model]) -> Sequence[Dependent]:
    return _dependents.get(model, ())


# --- What may have to be kept all the same -------------------------------------------------------------


@dataclass(frozen=True)
class Holdable:
    """Rows whose deletion can be suspended (`miglobe.privacy.holds`)."""

    model: type[Model]
    label: str
    find: Callable[[str], Model | None]
    """By what people call it: a reference, a mail address."""
    mails: Callable[[Iterable[int]], Q]
    """Which mails of the outbox belong to these rows."""
    spreads: Mapping[type[Model], Callable[[Iterable[int]], Iterable[int]]] = field(default_factory=dict)
    """What is held with these rows: of which table which keys."""


_holdables: list[Holdable] = []


def register_holdable(holdable: Holdable) -> None:
    _holdables.append(holdable)


def holdables() -> Sequence[Holdable]:
    return _holdables


# --- Whose it is --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Effect:
    """What an erasure would do to some rows, in words for people."""

    what: str
    number: int
    how: How | None
    """None: they stay."""
    why: str = ""
    blocks: bool = False
    """While it is so, nothing of the person can be erased."""


@dataclass(frozen=True)
class Contributor:
    """What an app holds of the person with a mail address, whatever its case."""

    name: str
    models: tuple[type[Model], ...]
    """The tables that it speaks for: a test sees that none with personal data is forgotten."""
    parts: Callable[[str], list[Part]]
    """Everything that the person gets (Art. 15 and 20 GDPR), in the active language; no part without an entry."""
    effects: Callable[[str], list[Effect]]
    """What `erase` would do now."""
    erase: Callable[[str], None]
    """Does it, in the caller's transaction (Art. 17 GDPR), and leaves what must stay. Raises Refused."""


_contributors: list[Contributor] = []


def register_contributor(contributor: Contributor) -> None:
    _contributors.append(contributor)


def contributors() -> Iterator[Contributor]:
    yield from _contributors
