"""What coordinators do with many cases at once."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from .consultation import ConsultationRequest


class BulkRunQuerySet(models.QuerySet["BulkRun"]):
    def with_progress(self) -> BulkRunQuerySet:
        """Adds `waiting`, `done` and `failed`: how many of its cases are at which point."""
        waiting, done, failed = (models.Count("items", filter=Q(items__state=state)) for state in BulkItem.State)
        return self.annotate(waiting=waiting, done=done, failed=failed)


class BulkRun(models.Model):
    """One move with many cases, or one export. Only `requests.bulk` and `requests.exports` write it.

    It is made when the cases are chosen, and begins when the person has read the preview.
    """

    EXPORT = "export"

    move = models.CharField("Vorgang", max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, related_name="+")
    given = models.JSONField("Eingaben", default=dict, encoder=DjangoJSONEncoder)
    """What the person typed into the move's form, by field; for an export, what it held."""
    count = models.PositiveIntegerField("Anfragen")
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)
    begun_at = models.DateTimeField("Begonnen", null=True)
    finished_at = models.DateTimeField("Beendet", null=True)

    objects: ClassVar[models.Manager[BulkRun]] = models.Manager.from_queryset(BulkRunQuerySet)()

    class Meta:
        verbose_name = "Sammelvorgang"
        verbose_name_plural = "Sammelvorgänge"
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(fields=("-created_at", "-id"), name="bulk_run_by_age"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(begun_at__isnull=False), name="a_finished_run_has_begun"
            ),
        )

    def __str__(self) -> str:
        return f"Sammelvorgang {self.pk}"


class BulkItem(models.Model):
    """One case of a run."""

    class State(models.TextChoices):
        WAITING = "waiting", "wartet"
        DONE = "done", "erledigt"
        FAILED = "failed", "nicht möglich"

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    consultation = models.ForeignKey(ConsultationRequest, on_delete=models.CASCADE, related_name="+")
    state = models.CharField("Ergebnis", max_length=10, choices=State, default=State.WAITING)
    words = models.TextField("Warum nicht", blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("run", "consultation"), name="a_case_is_once_in_a_run"),)
        indexes = (models.Index(fields=("run", "state"), name="bulk_item_by_state"),)

    def __str__(self) -> str:
        return f"{self.run_id}: {self.consultation_id}"
