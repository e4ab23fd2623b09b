"""What coordinators set for matching, and the plans it makes for them."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from miglobe.history.tracking import tracked
from requests.models import ConsultationRequest

from .pool import Advisor


class Criterion(models.TextChoices):
    """What speaks for somebody; how much, says `advisors.matching.criteria`."""

    TOPICS = "topics", "Themen"
    REGIONS = "regions", "Regionalkompetenz"
    LANGUAGES = "languages", "Sprachen"
    FORMATS = "formats", "Formate"
    DISTANCE = "distance", "Entfernung"
    EXPERIENCE = "experience", "Erfahrung mit solchen Kommunen"
    SHARE = "share", "Anteil an der Arbeit"
    CAPACITY = "capacity", "Freie Einsätze"
    TOGETHER = "together", "Gute Zusammenarbeit"


@tracked()
class CriterionWeight(models.Model):
    """How much a criterion counts, where the desk has set it; otherwise the shipped weight counts."""

    MOST = Decimal(10)

    criterion = models.CharField("Kriterium", max_length=10, choices=Criterion, primary_key=True)
    weight = models.DecimalField(
        "Gewicht", max_digits=3, decimal_places=1, validators=[MinValueValidator(Decimal(0)), MaxValueValidator(MOST)]
    )

    class Meta:
        verbose_name = "Gewicht eines Kriteriums"
        verbose_name_plural = "Gewichte der Kriterien"
        constraints = (
            models.CheckConstraint(condition=Q(weight__gte=0, weight__lte=10), name="a_weight_is_zero_to_ten"),
        )

    def __str__(self) -> str:
        return f"{self.get_criterion_display()}: {self.weight}"


class Round(models.Model):
    """One plan for all cases that look for their team. Nobody is asked by it: offers are sent case by case."""

    created_at = models.DateTimeField("Gerechnet", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, related_name="+")
    per_person = models.PositiveSmallIntegerField("Neue Einsätze je Person höchstens", default=2)
    figures = models.JSONField("Zahlen", default=dict)
    """What the solver says of the plan and of picking one by one: see `advisors.rounds`."""

    class Meta:
        verbose_name = "Runde"
        verbose_name_plural = "Runden"
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"Runde vom {timezone.localtime(self.created_at):%d.%m.%Y, %H:%M} Uhr"


class RoundPlaceQuerySet(models.QuerySet["RoundPlace"]):
    def planned(self) -> RoundPlaceQuerySet:
        return self.filter(planned=True)


class RoundPlace(models.Model):
    """A case and an advisor in a round: planned by it, picked by hand, or what the coordinator wishes."""

    class Wish(models.TextChoices):
        PINNED = "pinned", "festgelegt"
        FORBIDDEN = "forbidden", "ausgeschlossen"

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="places")
    consultation = models.ForeignKey(ConsultationRequest, on_delete=models.CASCADE, related_name="+")
    advisor = models.ForeignKey(Advisor, on_delete=models.CASCADE, related_name="+")
    planned = models.BooleanField("Im Plan", default=False)
    one_by_one = models.BooleanField("Bei Auswahl nacheinander", default=False)
    wish = models.CharField("Vorgabe", max_length=9, choices=Wish, blank=True)

    objects: ClassVar[models.Manager[RoundPlace]] = models.Manager.from_queryset(RoundPlaceQuerySet)()

    class Meta:
        verbose_name = "Platz in einer Runde"
        verbose_name_plural = "Plätze in einer Runde"
        constraints = (
            models.UniqueConstraint(fields=("round", "consultation", "advisor"), name="one_place_per_round_and_pair"),
        )

    def __str__(self) -> str:
        return f"{self.advisor}: {self.consultation}"
