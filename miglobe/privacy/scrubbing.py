"""Takes a person's name, address and telephone number out of texts that stay."""

import re
from collections.abc import Iterable
from itertools import product

from django.db.models import Model, Q, QuerySet, TextField

from miglobe.history.forgetting import forget_events

from . import holds, registry

GONE = "[entfernt]"
SHORTEST = 3  # letters of a name that is looked for by itself


def pattern(*, name: str = "", email: str = "", phone: str = "") -> re.Pattern[str] | None:
    """Finds the person: by full name, by surname, by address and by telephone number, whatever its spaces.

    Not within the address of somebody else, and a surname only as it is written: many are words.
    """
    digits = re.findall(r"\d", phone)
    ways = [rf"(?<![\w.+-]){re.escape(email)}(?![\w-])"] if email else []
    if len(name) >= SHORTEST:
        ways.append(rf"(?<!\w){re.escape(name)}(?!\w)")
    surname = name.split()[-1] if " " in name.strip() else ""
    if len(surname) >= SHORTEST:
        ways.append(rf"(?-i:(?<!\w){re.escape(surname)}(?!\w))")
    if len(digits) > 5:
        ways.append(r"[+(]?" + r"[\s()/.-]*".join(digits))
    return re.compile("|".join(ways), re.IGNORECASE) if ways else None


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
        if any(scrubbed(getattr(event, name), found) != getattr(event, name) for name in kept)
    ]
    forget_events(events.model.objects.filter(pk__in=naming))


def _scrub_row(row: Model, found: Iterable[re.Pattern[str] | None], names: Iterable[str]) -> list[str]:
    changed = []
    for name in names:
        before = getattr(row, name)
        after = scrubbed(before, found)
        if after != before:
            setattr(row, name, after)
            changed.append(name)
    return changed


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


def _naming(names: Iterable[str], words: Iterable[str]) -> Q:
    named = Q()
    for name, word in product(names, words):
        named |= Q(**{f"{name}__icontains": word})
    return named


PUBLISHED = ("pages.Portal", "pages.PageVersion")  # what the operator says of itself to everybody


LINES = {  # of text that people write; other short fields say who somebody is
    "accounts.SavedView": ("name", "query"),
    "advisors.Appointment": ("place",),
    "advisors.DateProposal": ("place",),
    "requests.Attachment": ("name",),
}


def _texts(model: type[Model]) -> list[str]:
    said, lines = registry.grades()[model], LINES.get(model._meta.label, ())
    personal = [name for name in said if said[name] != registry.Grade.NEITHER]
    return [name for name in personal if name in lines or type(model._meta.get_field(name)) is TextField]
