"""How much each criterion of matching counts. The only writer of `CriterionWeight`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pghistory
from django.db import transaction

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.history import reading
from miglobe.history.tracking import events

from . import matching
from .models import Criterion, CriterionWeight

STEP = Decimal("0.1")
SHIPPED = {criterion: Decimal(str(weight)) for criterion, weight in matching.SHIPPED.items()}


def as_weight(typed: Any) -> Decimal:
    """A number from 0 to 10 in tenths; texts with a comma or a point. Raises Refused."""
    try:
        weight = Decimal(str(typed).strip().replace(",", "."))
    except InvalidOperation:
        weight = Decimal("nan")
    if not weight.is_finite():
        raise Refused("Bitte geben Sie eine Zahl von 0 bis 10 an, zum Beispiel 1,5.")
    if weight < 0:
        raise Refused("Ein Gewicht kann nicht kleiner als 0 sein. Mit 0 zählt das Kriterium nicht.")
    if weight > CriterionWeight.MOST:
        raise Refused("Ein Gewicht ist höchstens 10.")
    if weight != weight.quantize(STEP):
        raise Refused("Bitte geben Sie höchstens eine Stelle nach dem Komma an, zum Beispiel 1,5.")
    return abs(weight.quantize(STEP))


def require_any(weights: Mapping[Criterion, Decimal]) -> None:
    """Raises Refused where nothing would count."""
    if not any(weights.values()):
        raise Refused("Mindestens ein Kriterium muss mehr als 0 zählen, sonst gibt es keine Reihenfolge.")


@transaction.atomic
def set_weights(values: Mapping[Criterion, Any], *, by: User) -> matching.Weights:
    """Counts every criterion as given; who leaves one out leaves it as it is.

    What is set as it was shipped is not kept as a setting of one's own. Raises Refused.
    """
    held = dict(CriterionWeight.objects.select_for_update().order_by("criterion").values_list("criterion", "weight"))
    weights = {each: as_weight(values.get(each, held.get(each, SHIPPED[each]))) for each in Criterion}
    require_any(weights)
    with pghistory.context(user=by.pk):
        as_shipped = [each for each in Criterion if weights[each] == SHIPPED[each]]
        CriterionWeight.objects.filter(criterion__in=as_shipped).delete()
        for criterion, weight in weights.items():
            if weight != SHIPPED[criterion]:
                CriterionWeight.objects.update_or_create(criterion=criterion, defaults={"weight": weight})
    return matching.read_weights()


@dataclass(frozen=True)
class Changed:
    at: datetime
    who: str
    criterion: str
    weight: Decimal


def last_changes(most: int = 10) -> Iterator[Changed]:
    """Who has set what, the newest first. Two queries."""
    found = list(events(CriterionWeight).order_by("-pgh_id")[:most])
    people = reading.People(reading.person_of(event.pgh_context) for event in found)
    for event in found:
        who = people.name(reading.person_of(event.pgh_context)) or reading.otherwise(event.pgh_context)
        criterion = Criterion(event.criterion)
        weight = SHIPPED[criterion] if event.pgh_label == "delete" else event.weight
        yield Changed(event.pgh_created_at, who, str(criterion.label), weight)
