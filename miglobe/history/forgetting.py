"""The only way out of the history: what must be forgotten with its row."""

from collections.abc import Iterable
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import models, transaction
from pghistory.models import Event

from .tracking import events


@transaction.atomic
def forget(model: type[models.Model], keys: Iterable[Any]) -> None:
    """Deletes what the history says of these rows; call it after the rows themselves are deleted."""
    past = events(model)
    with pgtrigger.ignore(f"{past.model._meta.label}:append_only"):
        past.filter(pgh_obj__in=list(keys)).delete()


def event_models() -> list[Any]:
    """The tables of all histories."""
    return [model for model in apps.get_models() if issubclass(model, Event) and not model._meta.proxy]
