"""Deletion suspended: while a hold stands, no period and no erasure touches the rows, nor what hangs on them."""

from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.history.forgetting import pointers
from miglobe.outbox.models import Mail

from . import registry
from .models import LegalHold


def rows(model: type[Model]) -> list[int]:
    """The keys of the rows of a table that are held, themselves or with another that is. They are few."""
    found = set(_placed(model))
    for holdable in registry.holdables():
        if model in holdable.spreads and (keys := _placed(holdable.model)):
            found |= set(holdable.spreads[model](keys))
    return sorted(found)


def _placed(model: type[Model]) -> list[int]:
    standing = LegalHold.objects.standing().filter(model=model._meta.label)
    return list(standing.order_by("pk").values_list("row", flat=True))


def is_placed(row: Model) -> bool:
    """Whether there is a hold on this very row."""
    return row.pk in _placed(type(row))


def is_held(row: Model) -> bool:
    return row.pk in rows(type(row))


def free(found: QuerySet[Any]) -> QuerySet[Any]:
    """Of these rows, or events of a history, those that are not held and hang on nothing that is."""
    for holdable in registry.holdables():
        if held := rows(holdable.model):
            for name in pointers(found.model, holdable.model):
                found = found.exclude(**{f"{name}__in": held})
    if found.model is Mail:
        return found.exclude(mails())
    if getattr(found.model, "pgh_tracked_model", None) is Mail:
        return found.exclude(pgh_obj__in=Mail.objects.filter(mails()))
    return found


def mails() -> Q:
    """Mails of rows that are held."""
    found = Q(pk__in=())
    for holdable in registry.holdables():
        if keys := rows(holdable.model):
            found |= holdable.mails(keys)
    return found


def find(name: str) -> Model | None:
    """What people call by this reference or address, whatever it is."""
    return next((row for holdable in registry.holdables() if (row := holdable.find(name.strip()))), None)


def label(model: str) -> str:
    return next((one.label for one in registry.holdables() if one.model._meta.label == model), model)


def row_of(hold: LegalHold) -> Model | None:
    """The row itself, for those who may see it."""
    holdable = next((one for one in registry.holdables() if one.model._meta.label == hold.model), None)
    return holdable.model._default_manager.filter(pk=hold.row).first() if holdable else None


@transaction.atomic
def place(row: Model, *, reason: str, by: User) -> LegalHold:
    """From now on the row stays. Raises Refused where it is held already."""
    row = type(row)._default_manager.select_for_update().get(pk=row.pk)
    if is_placed(row):
        raise Refused("Die Löschung ist hier schon ausgesetzt.")
    return LegalHold.objects.create(model=row._meta.label, row=row.pk, reason=reason, by=by)


@transaction.atomic
def end(hold: LegalHold, *, by: User) -> LegalHold:
    """The periods count again; what is over goes with the next run. Ending it again changes nothing."""
    hold = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if hold.ended_at is None:
        hold.ended_at, hold.ended_by = timezone.now(), by
        hold.save(update_fields=["ended_at", "ended_by"])
    return hold
