"""Takes a person's name, address and telephone number out of texts that stay."""

import re
from collections.abc import Iterable
from itertools import product

from django.db.models import Model, Q, QuerySet, TextField

from miglobe.history.forgetting import forget_about

from . import registry

GONE = "[entfernt]"
SHORTEST = 3  # letters of a name that is looked for by itself


def pattern(*, name: str = "", email: str = "", phone: str = "") -> re.Pattern[str] | None:
    """Finds the person: by full name, by surname, by address and by telephone number, whatever its spaces."""
    digits = re.findall(r"\d", phone)
    words = [
        re.escape(word) for word in (email, name, name.split()[-1] if " " in name else "") if len(word) >= SHORTEST
    ]
    ways = [rf"(?<!\w){word}(?!\w)" for word in words]
    if len(digits) > 5:
        ways.append(r"[+(]?" + r"[\s()/.-]*".join(digits))
    return re.compile("|".join(ways), re.IGNORECASE) if ways else None


def scrubbed(text: str, found: Iterable[re.Pattern[str] | None]) -> str:
    for each in found:
        if each is not None:
            text = each.sub(GONE, text)
    return text


def scrub(rows: QuerySet, found: Iterable[re.Pattern[str] | None], *names: str) -> None:
    """In these text fields of these rows."""
    found = list(found)
    for row in rows:
        if changed := _scrub_row(row, found, names):
            row.save(update_fields=changed)


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

    Reads whole tables: for the few times that somebody is erased.
    """
    found, words = list(found), tuple(word for word in words if len(word) >= SHORTEST)
    for model, said in registry.grades().items():
        names = [name for name in said if said[name] != registry.Grade.NEITHER and _is_text(model, name)]
        if not names or model._meta.label in PUBLISHED:
            continue
        named = Q()
        for name, word in product(names, words):
            named |= Q(**{f"{name}__icontains": word})
        rows = model._default_manager.filter(named)
        keys = list(rows.values_list("pk", flat=True))
        scrub(model._default_manager.filter(pk__in=keys), found, *names)
        forget_about(model, keys)


PUBLISHED = ("pages.Portal", "pages.PageVersion")  # what the operator says of itself to everybody


def _is_text(model: type[Model], name: str) -> bool:
    return type(model._meta.get_field(name)) is TextField
