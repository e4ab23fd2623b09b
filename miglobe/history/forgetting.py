"""The only way out of the history: what must be forgotten with its row, and what is too old."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from pghistory.models import Event

from .tracking import events


@transaction.atomic
def forget(model: type[models.Model], keys: Iterable[Any]) -> None:
    """Deletes what the history says of these rows; call it after the rows themselves are deleted or emptied."""
    _delete(events(model).model, Q(pgh_obj__in=list(keys)))


@transaction.atomic
def forget_about(
    model: type[models.Model],
    keys: Iterable[Any],
    *,
    among: Callable[[models.QuerySet[Any]], models.QuerySet[Any]] = lambda found: found,
) -> None:
    """Deletes what any history says of these rows: their own, and those of whatever points to them.

    `among`: which of it may go.
    """
    keys = list(keys)
    for past in event_models():
        names = pointers(past, model)
        if names and keys:
            found = Q()
            for name in names:
                found |= Q(**{f"{name}__in": keys})
            forget_events(among(past.objects.filter(found)))


def pointers(table: Any, model: type[models.Model]) -> list[str]:
    """By which of its fields a table, or the history of one, says which row of `model` it is about."""
    named = [field.name for field in table._meta.concrete_fields if field.is_relation and field.related_model is model]
    return [*named, "pk"] if table is model else named


def older(past: Any, before: datetime) -> models.QuerySet[Any]:
    """What a history has written down before that moment."""
    return past.objects.filter(pgh_created_at__lt=before)  # type: ignore[no-any-return]


@transaction.atomic
def forget_events(found: models.QuerySet[Any]) -> int:
    """Deletes these events. Returns how many."""
    with pgtrigger.ignore(f"{found.model._meta.label}:append_only"):
        return found.delete()[0]


def _delete(past: Any, which: Q) -> None:
    forget_events(past.objects.filter(which))


def event_models() -> list[Any]:
    """The tables of all histories."""
    return [model for model in apps.get_models() if issubclass(model, Event) and not model._meta.proxy]
