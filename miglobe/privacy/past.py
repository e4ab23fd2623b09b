"""Former values, out of the history: they belong to what somebody gets to read of themselves."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from miglobe.history.reading import changed
from miglobe.history.tracking import events

from .parts import Entry


def of_row(model: Any, key: Any, names: Iterable[str]) -> list[Entry]:
    """What stood in these fields of a row before, and until when."""
    return differences(list(events(model).filter(pgh_obj=key).order_by("pgh_id")), names)


def differences(
    found: Sequence[Any], names: Iterable[str], *, is_theirs: Callable[[Any], bool] = lambda event: True
) -> list[Entry]:
    """`found`: events of one row, oldest first. `is_theirs`: whether what an event holds is about the person."""
    names = list(names)
    return [
        {_("Angabe"): change.label, _("Bisher"): change.old, _("Bis"): after.pgh_created_at}
        for before, after in pairwise(found)
        if is_theirs(before)
        for change in changed(before, after, names)
        if change.old
    ]
