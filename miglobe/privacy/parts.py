"""What we hold of somebody, as they get to read it: parts with entries, for people and for machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.utils import timezone
from django.utils.translation import gettext as _

from miglobe.templatetags.language import day

type Entry = dict[str, Any]
"""What a value is called → the value itself; `readable` writes it for people."""


@dataclass(frozen=True)
class File:
    """Goes along as it is. `open` raises OSError."""

    name: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Part:
    title: str
    entries: list[Entry]
    note: str = ""
    files: list[File] = field(default_factory=list)


def readable(value: Any) -> str:
    match value:
        case bool():
            return _("ja") if value else _("nein")
        case None | "":
            return "–"
        case datetime():
            moment = timezone.localtime(value)
            return _("%(day)s, %(time)s Uhr") % {"day": day(moment), "time": f"{moment:%H:%M}"}
        case date():
            return day(value)
        case list():
            return ", ".join(map(str, value)) or "–"
        case Decimal():
            return f"{value:f}"
    return str(value)
