"""Who has read whose record."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .pool import Advisor


class AdvisorAccess(models.Model):
    """Somebody at the desk has read an advisor's record, or a list of them. Only `advisors.reading` writes it.

    Rows are never changed, and deleted only when their time is over: the database refuses anything else.
    """

    class Page(models.TextChoices):
        RECORD = "record", "Profil"
        HISTORY = "history", "Verlauf des Profils"
        LIST = "list", "Liste der Berater*innen"
        SUGGESTIONS = "suggestions", "Vorschläge für ein Team"
        EXPORT = "export", "Ausfuhr"

    at = models.DateTimeField("Zeitpunkt", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, related_name="+")
    page = models.CharField("Gelesen", max_length=11, choices=Page)
    advisor = models.ForeignKey(
        Advisor, verbose_name="Berater*in", on_delete=models.PROTECT, null=True, related_name="accesses"
    )
    count = models.PositiveIntegerField("Personen", default=1)

    class Meta:
        verbose_name = "Einsicht in Profile"
        verbose_name_plural = "Einsichten in Profile"
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(page__in=("record", "history"), advisor__isnull=False, count=1)
                | Q(page__in=("list", "suggestions", "export"), advisor__isnull=True),
                name="who_read_one_record_is_known_to_have_read_it",
            ),
        )
        indexes = (
            models.Index(fields=("-at", "-id"), name="access_by_time"),
            models.Index(fields=("advisor", "-at", "-id"), name="access_by_advisor"),
            models.Index(fields=("by", "-at", "-id"), name="access_by_reader"),
        )
        triggers = (pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.get_page_display()}, {timezone.localtime(self.at):%d.%m.%Y %H:%M}"
