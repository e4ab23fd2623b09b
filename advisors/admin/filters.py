"""What the list of the pool can be narrowed to, beside its fields."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from miglobe.lists import NamedFilter

from ..models import Offer, Pause


class WishFilter(NamedFilter):
    """Who is not to be asked now, or not so often."""

    title = "Pause und Wünsche"
    parameter_name = "wunsch"
    PAUSED, FEWER, NEITHER = "pause", "seltener", "keine"

    def offers(self) -> Iterable[tuple[str, str]]:
        return [
            (self.PAUSED, "zurzeit pausiert"),
            (self.FEWER, "möchte seltener angefragt werden"),
            (self.NEITHER, "weder noch"),
        ]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        paused = Exists(Pause.objects.on(timezone.localdate()).filter(advisor=OuterRef("pk")))
        if chosen[0] == self.NEITHER:
            return rows.filter(~paused, wants_fewer=False)
        return rows.filter(paused) if chosen[0] == self.PAUSED else rows.filter(wants_fewer=True)


class ExperienceFilter(NamedFilter):
    """How often somebody has been at work for MiGlobe: so that those who are new get their turn."""

    title = "Erfahrung"
    parameter_name = "einsaetze"
    RANGES = {"0": (0, 0), "1": (1, 2), "3": (3, None)}

    def offers(self) -> Iterable[tuple[str, str]]:
        return [("0", "noch ohne Einsatz"), ("1", "ein oder zwei Einsätze"), ("3", "drei Einsätze und mehr")]

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        accepted = Offer.objects.accepted().filter(advisor=OuterRef("pk")).order_by().values("advisor")
        number = Subquery(accepted.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
        least, most = self.RANGES[chosen[0]]
        rows = rows.annotate(assignments=Coalesce(number, 0)).filter(assignments__gte=least)
        return rows if most is None else rows.filter(assignments__lte=most)
