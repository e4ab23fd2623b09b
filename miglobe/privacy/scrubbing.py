"""Takes a person's name, address and telephone number out of texts that stay."""

import re
from collections.abc import Iterable

from django.db.models import Model, QuerySet

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
