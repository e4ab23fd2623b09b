"""The protocols of what was deleted, and what must not be. None of them names a person."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from miglobe.history.tracking import tracked


class RetentionRun(models.Model):
    """One pass over all periods. Only `miglobe.privacy.retention` writes it."""

    started_at = models.DateTimeField("Begonnen", default=timezone.now)
    finished_at = models.DateTimeField("Beendet", null=True)
    failed = models.TextField("Nicht gelungen", blank=True)
    """The names of the rules that could not be followed."""

    class Meta:
        verbose_name = "Löschlauf"
        verbose_name_plural = "Löschläufe"
        ordering = ("-started_at", "-pk")
        indexes = (models.Index(fields=("-started_at", "-id"), name="retention_run_by_time"),)

    def __str__(self) -> str:
        return f"Löschlauf vom {timezone.localtime(self.started_at):%d.%m.%Y, %H:%M} Uhr"


class RetentionCount(models.Model):
    """How many rows a run has deleted or anonymised by which rule."""

    run = models.ForeignKey(RetentionRun, on_delete=models.CASCADE, related_name="counts")
    rule = models.CharField("Regel", max_length=60)
    how = models.CharField("Vorgang", max_length=12)
    period = models.CharField("Frist", max_length=40)
    number = models.PositiveIntegerField("Anzahl")

    class Meta:
        verbose_name = "Ergebnis einer Regel"
        verbose_name_plural = "Ergebnisse der Regeln"
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.rule}: {self.number}"


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def standing(self) -> LegalHoldQuerySet:
        return self.filter(ended_at=None)


@tracked()
class LegalHold(models.Model):
    """Rows that are kept although their time is over: a dispute, an audit. Only `miglobe.privacy.holds` writes it."""

    model = models.CharField("Art", max_length=60)
    """Label of the model; `row` is the key."""
    row = models.BigIntegerField("Eintrag")
    reason = models.TextField("Grund", max_length=1000)
    at = models.DateTimeField("Angeordnet", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField("Aufgehoben", null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Aufgehoben durch", on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects: ClassVar[models.Manager[LegalHold]] = models.Manager.from_queryset(LegalHoldQuerySet)()

    class Meta:
        verbose_name = "Aussetzung der Löschung"
        verbose_name_plural = "Aussetzungen der Löschung"
        ordering = ("-at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("model", "row"), condition=Q(ended_at__isnull=True), name="one_standing_hold_per_row"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="somebody_has_ended_a_hold",
            ),
        )

    def __str__(self) -> str:
        return f"Aussetzung {self.pk}"


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def open(self) -> DataRequestQuerySet:
        """Somebody wants to be erased, and waits for our answer."""
        return self.exclude(erasure_asked_at=None)


class DataRequest(models.Model):
    """Somebody without an account wants to know what we hold of them. Only `miglobe.privacy.asking` writes it.

    It goes with the answer, or when its link is over: the address stands here no longer than it is needed.
    """

    key = models.UUIDField("Schlüssel", default=uuid.uuid4, unique=True)
    email = models.EmailField("E-Mail-Adresse")
    language = models.CharField("Sprache", max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    asked_at = models.DateTimeField("Gefragt", default=timezone.now, db_index=True)
    erasure_asked_at = models.DateTimeField("Löschung verlangt", null=True)
    due_at = models.DateTimeField("Antwort bis", null=True)
    """Within a month (Art. 12 (3) GDPR)."""

    objects: ClassVar[models.Manager[DataRequest]] = models.Manager.from_queryset(DataRequestQuerySet)()

    class Meta:
        verbose_name = "Frage nach den eigenen Daten"
        verbose_name_plural = "Fragen nach den eigenen Daten"
        ordering = ("due_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(erasure_asked_at__isnull=True, due_at__isnull=True)
                | Q(erasure_asked_at__isnull=False, due_at__isnull=False),
                name="an_erasure_that_is_asked_for_is_due",
            ),
        )

    def __str__(self) -> str:
        return f"Antrag {self.pk}"

    @property
    def valid_until(self) -> datetime:
        return self.asked_at + timedelta(days=settings.DATA_LINK_DAYS)


class Answer(models.Model):
    """That somebody's right was met, by whom and when: the proof. Whose it was, only a keyed hash says."""

    class What(models.TextChoices):
        HANDED_OUT = "handed_out", "Auskunft ausgehändigt"
        ERASED = "erased", "gelöscht"
        DECLINED = "declined", "Löschung abgelehnt"

    what = models.CharField("Antwort", max_length=10, choices=What)
    digest = models.CharField("Prüfsumme", max_length=64)
    asked_at = models.DateTimeField("Verlangt", null=True)
    """Nothing where somebody has written a letter or called."""
    at = models.DateTimeField("Beantwortet", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, related_name="+")
    effects = models.JSONField("Was geschehen ist", default=list, blank=True)
    """[what, number, how], as the preview said it."""

    objects: ClassVar[models.Manager[Answer]]

    class Meta:
        verbose_name = "Antwort auf Auskunft oder Löschung"
        verbose_name_plural = "Antworten auf Auskunft und Löschung"
        ordering = ("-at", "-pk")
        permissions = (("answer_people", "Kann Auskunft geben und Personen löschen"),)

    def __str__(self) -> str:
        return f"{self.get_what_display()} am {timezone.localtime(self.at):%d.%m.%Y}"
