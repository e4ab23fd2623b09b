"""Takes a person's name, address and telephone number out of texts that stay."""

import re
from collections.abc import Iterable
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

from django.db.models import Model, Q, QuerySet, TextField

from miglobe.history.forgetting import forget_events, pointers

from . import holds, registry

GONE = "[entfernt]"
SHORTEST = 3  # letters of a name that is looked for by itself
GENITIVE = r"(?:['’]?s)?(?!\w)"  # Frau Kranichs Anliegen
GAP = r"[\s()/.-]*"  # between the digits of a telephone number


def pattern(*, name: str = "", email: str = "", phone: str = "", by_surname: bool = True) -> re.Pattern[str] | None:
    """Finds the person: by full name, by surname, by address and by telephone number, whatever its spaces.

    Not within the address of somebody else, and a surname only as it is written: many are words.
    """
    ways = [rf"(?<![\w.+-]){re.escape(email)}(?![\w-])"] if email else []
    if len(name) >= SHORTEST:
        ways.append(rf"(?<!\w){re.escape(name)}{GENITIVE}")
    surname = name.split()[-1] if " " in name.strip() else ""
    if by_surname and len(surname) >= SHORTEST:
        ways.append(rf"(?-i:(?<!\w){re.escape(surname)}{GENITIVE})")
    ways += _numbers(phone)
    return re.compile("|".join(ways), re.IGNORECASE) if ways else None


def _numbers(phone: str) -> list[str]:
    """A German number is found with its area code and with that of the country, whichever was given."""
    digits = re.sub(r"\D", "", re.sub(r"^\s*\+", "00", phone))
    if len(digits) <= 5:
        return []
    inland = re.fullmatch(r"(?:00490*|0(?!0))(\d+)", digits)
    if not inland:
        return [r"[+(]?" + GAP.join(digits.removeprefix("00") if "+" in phone else digits)]
    return [rf"(?:(?:\+|00){GAP}49{GAP}0?|[(]?0){GAP}" + GAP.join(inland[1])]


def scrubbed(text: str, found: Iterable[re.Pattern[str] | None]) -> str:
    for each in found:
        if each is not None:
            text = each.sub(GONE, text)
    return text


def scrub(rows: QuerySet, found: Iterable[re.Pattern[str] | None], *names: str) -> None:
    """In these fields of these rows; what is held stays. What their history says of the person is forgotten."""
    found = list(found)
    rows = holds.free(rows)
    keys = list(rows.values_list("pk", flat=True))
    for row in rows.model._default_manager.filter(pk__in=keys):
        if changed := _scrub_row(row, found, names):
            row.save(update_fields=changed)
    if past := getattr(rows.model, "pgh_event_model", None):
        _forget_naming(past.objects.filter(pgh_obj__in=keys), found, names)


def _forget_naming(events: QuerySet, found: Iterable[re.Pattern[str] | None], names: Iterable[str]) -> None:
    """Those events alone that name the person."""
    kept = {field.name for field in events.model._meta.concrete_fields} & set(names)
    naming = [
        event.pk
        for event in events.only("pk", *kept)
        if any(_without(getattr(event, name), found) != getattr(event, name) for name in kept)
    ]
    forget_events(events.model.objects.filter(pk__in=naming))


def _scrub_row(row: Model, found: Iterable[re.Pattern[str] | None], names: Iterable[str]) -> list[str]:
    changed = []
    for name in names:
        before = getattr(row, name)
        after = _query_without(before, found) if (row._meta.label, name) in QUERIES else _without(before, found)
        if after != before:
            setattr(row, name, after)
            changed.append(name)
    return changed


def _without(value: Any, found: Iterable[re.Pattern[str] | None]) -> Any:
    """A text, or what stands in a column of JSON."""
    if isinstance(value, str):
        return scrubbed(value, found)
    if isinstance(value, dict):
        return {key: _without(each, found) for key, each in value.items()}
    return [_without(each, found) for each in value] if isinstance(value, list) else value


def _query_without(query: str, found: Iterable[re.Pattern[str] | None]) -> str:
    """The words of a search, as they stand in the address of a page."""
    pairs = parse_qsl(query, keep_blank_values=True)
    left = [(name, scrubbed(value, found)) for name, value in pairs]
    return query if left == pairs else urlencode(left)


def everywhere(found: Iterable[re.Pattern[str] | None], *words: str) -> None:
    """In all free texts that are graded as personal, wherever one of these words stands, and in their history.
    What is held stays.

    Reads whole tables: for the few times that somebody is erased.
    """
    found, words = list(found), tuple(word for word in words if len(word) >= SHORTEST)
    for model in registry.grades():
        names = _texts(model)
        if names and words and model._meta.label not in PUBLISHED:
            rows = model._default_manager.filter(_naming(names, words))
            scrub(rows, found, *names)
            if past := getattr(model, "pgh_event_model", None):
                kept = [name for name in names if name in {field.name for field in past._meta.concrete_fields}]
                if kept:
                    _forget_naming(holds.free(past.objects.filter(_naming(kept, words))), found, kept)


def around(model: type[Model], keys: Iterable[Any], found: Iterable[re.Pattern[str] | None]) -> None:
    """In all free texts of these rows, and of those that point to them."""
    found, keys = list(found), list(keys)
    for table in registry.grades():
        if names := _texts(table):
            for way in pointers(table, model):
                scrub(table._default_manager.filter(**{f"{way}__in": keys}), found, *names)


def _naming(names: Iterable[str], words: Iterable[str]) -> Q:
    named = Q()
    written = {way for word in words for way in (word, quote_plus(word))}  # the latter in a search that is kept
    for name, word in product(names, written):
        named |= Q(**{f"{name}__icontains": word})
    return named


PUBLISHED = ("pages.Portal", "pages.PageVersion")  # what the operator says of itself to everybody


LINES = {  # of text that people write; other short fields say who somebody is
    "accounts.SavedView": ("name", "query"),
    "advisors.Appointment": ("place",),
    "advisors.DateProposal": ("place",),
    "requests.Attachment": ("name",),
    "requests.BulkRun": ("given",),
}
QUERIES = {("accounts.SavedView", "query")}


def _texts(model: type[Model]) -> list[str]:
    said, lines = registry.grades()[model], LINES.get(model._meta.label, ())
    personal = [name for name in said if said[name] != registry.Grade.NEITHER]
    return [name for name in personal if name in lines or type(model._meta.get_field(name)) is TextField]
