"""The history in words for people: who, when, and each field's old and new value."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format, number_format

from .tracking import events

type Key = tuple[Any, datetime]
"""What was done in one transaction: the key of its context, and when it began."""


LONG = 240  # letters; more is folded


@dataclass(frozen=True)
class Change:
    name: str
    label: str
    old: str
    new: str

    @property
    def is_long(self) -> bool:
        return len(self.old) + len(self.new) > LONG or "\n\n" in self.old + self.new


@dataclass(frozen=True)
class Line:
    """Something that happened, as people read it."""

    at: datetime
    what: str
    who: str = ""
    by: int | None = None
    """Key of the person at the desk who did it."""
    changes: tuple[Change, ...] = ()
    note: str = ""
    anchor: str = ""
    """Where on the page there is more to it."""
    about: frozenset[str] = frozenset()
    """What others, who act on the same, would want to know of it."""
    mark: tuple[str, int] | None = None
    """Its place in a row of happenings that a lock has put in order."""
    is_new: bool = False

    @property
    def is_long(self) -> bool:
        return len(self.note) > LONG

    @property
    def is_weighty(self) -> bool:
        """Whether it has moved something: mails and notes only go along."""
        return self.mark is not None or bool(self.changes)


class People:
    """Names of those who work at the desk, by their key, in one query."""

    def __init__(self, keys: Iterable[int | None]) -> None:
        users = get_user_model()._default_manager
        self._names = {user.pk: str(user) for user in users.filter(pk__in={key for key in keys if key})}

    def name(self, key: int | None) -> str:
        return self._names.get(key, "jemand, den es nicht mehr gibt") if key else ""


def person_of(context: dict[str, Any] | None) -> int | None:
    return (context or {}).get("user")


def otherwise(context: dict[str, Any] | None) -> str:
    """Who it was, where nobody at the desk did it."""
    context = context or {}
    if "task" in context:
        return "automatisch"
    if "command" in context:
        return "beim Einrichten des Portals"
    return {"requests": "Kommune", "advisors": "Berater*in", "pages": "öffentliches Formular"}.get(
        context.get("route", "").partition(":")[0], "unmittelbar in der Datenbank"
    )


def key_of(event: Any) -> Key:
    return event.pgh_context_id, event.pgh_created_at


def differences(found: Sequence[Any], names: Iterable[str]) -> Iterator[tuple[Any, tuple[Change, ...]]]:
    """Each event with what it has changed since the one before. `found` holds events of one row, oldest first."""
    names, before = list(names), None
    for event in found:
        if before is None or event.pgh_label != "update":
            yield event, ()
        else:
            yield event, tuple(changed(before, event, names))
        before = event


def changed(before: Any, after: Any, names: Iterable[str]) -> Iterator[Change]:
    for name in names:
        field = after._meta.get_field(name)
        if getattr(before, field.attname) != getattr(after, field.attname):
            tracked = after.pgh_tracked_model._meta.get_field(name)
            yield Change(
                name,
                str(tracked.verbose_name),
                words(tracked, getattr(before, name)),
                words(tracked, getattr(after, name)),
            )


def words(field: Any, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "d.m.Y H:i")
    if isinstance(value, date):
        return date_format(value, "d.m.Y")
    if isinstance(value, Decimal):
        return number_format(value)
    return str(dict(field.flatchoices).get(value, value)) if field.flatchoices else str(value)


# --- One row of any table -------------------------------------------------------------------------

MOST = 500  # events of one row that its page shows, the newest


def of_row(row: models.Model) -> list[Line]:
    """Everything that has become of a row and its many-to-many relations, the newest first."""
    model = type(row)
    event_model = events(model).model
    names = [field.name for field in event_model._meta.fields if not field.name.startswith("pgh_")]
    relations = [name for name in names if event_model._meta.get_field(name).is_relation]
    found = list(events(model).filter(pgh_obj=row).order_by("-pgh_id")[:MOST])[::-1]
    _fill_in(found, relations)
    links = _links(row)
    people = People([person_of(event.pgh_context) for event in found] + [link.by for link in links])
    said = {"insert": "angelegt", "update": "geändert", "delete": "gelöscht"}
    lines: dict[Key, Line] = {}
    for event, changes in differences(found, names):
        by = person_of(event.pgh_context)
        who = people.name(by) or otherwise(event.pgh_context)
        lines[key_of(event)] = Line(event.pgh_created_at, said[event.pgh_label], who, by, changes)
    for link in links:
        line = lines.get(link.key) or Line(link.key[1], "geändert", people.name(link.by) or link.otherwise, link.by)
        lines[link.key] = Line(line.at, line.what, line.who, line.by, (*line.changes, link.change))
    return sorted(lines.values(), key=lambda line: line.at, reverse=True)


@dataclass(frozen=True)
class Link:
    key: Key
    by: int | None
    otherwise: str
    change: Change


def _links(row: models.Model) -> list[Link]:
    """What has come and gone in the many-to-many relations of a row."""
    return [
        link
        for field in row._meta.many_to_many
        if hasattr(field.remote_field.through, "pgh_event_model")
        for link in links_of(row, field)
    ]


def links_of(row: models.Model, field: Any) -> list[Link]:
    """Entries that came and went at the same time are one change."""
    event_model = events(field.remote_field.through).model
    own, other = field.m2m_field_name(), field.m2m_reverse_field_name()
    found = event_model.objects.filter(**{own: row}).select_related(other).order_by("-pgh_id")[:MOST]
    groups: dict[Key, list[Any]] = {}
    for event in found:
        groups.setdefault(key_of(event), []).append(event)
    return [
        Link(
            key,
            person_of(group[0].pgh_context),
            otherwise(group[0].pgh_context),
            came_and_went(field, [(event.pgh_label, str(getattr(event, other))) for event in group]),
        )
        for key, group in groups.items()
    ]


def came_and_went(field: Any, group: Iterable[tuple[str, str]]) -> Change:
    """`group`: the labels of the events, and the names of the entries."""
    names: Mapping[str, set[str]] = {"delete": set(), "insert": set()}
    for label, name in group:
        names[label].add(name)
    gone, come = names["delete"] - names["insert"], names["insert"] - names["delete"]
    return Change(field.name, str(field.verbose_name), "\n".join(sorted(gone)), "\n".join(sorted(come)))


def _fill_in(found: Sequence[Any], relations: Iterable[str]) -> None:
    """Puts the rows that the events point to into them: one query for each relation."""
    if found:
        models.prefetch_related_objects(found, *relations)
