"""What somebody has agreed to, provably: to which words, when, on which way, and until when."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from miglobe.history.tracking import tracked
from miglobe.languages import in_language

from .pool import Advisor


class Purpose(models.TextChoices):
    MATCHING = "matching", _("Vermittlung")
    SHOWN = "shown", _("Nennung gegenüber Kommunen")
    PUBLIC = "public", _("Öffentliches Profil")


class ConsentText(models.Model):
    """The words that people agree to. Another wording is another row: what was agreed to stays readable."""

    purpose = models.CharField("Zweck", max_length=8, choices=Purpose)
    version = models.PositiveSmallIntegerField("Fassung")
    text = models.TextField("Wortlaut", max_length=4000)
    text_en = models.TextField("Wortlaut auf Englisch", max_length=4000, blank=True)
    valid_from = models.DateTimeField("Gilt ab", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = "Einwilligungstext"
        verbose_name_plural = "Einwilligungstexte"
        ordering = ("purpose", "-version")
        constraints = (models.UniqueConstraint(fields=("purpose", "version"), name="one_text_per_version"),)
        triggers = (pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, Fassung {self.version}"

    @property
    def words(self) -> str:
        return in_language(self.text, self.text_en)


class ConsentQuerySet(models.QuerySet["Consent"]):
    def standing(self) -> ConsentQuerySet:
        return self.filter(withdrawn_at=None)


@tracked(indexes=[models.Index(fields=("advisor",), name="past_consents")])
class Consent(models.Model):
    """One consent of one person. Only `advisors.consents` writes it."""

    class Way(models.TextChoices):
        LINK = "link", _("auf der persönlichen Seite")
        DESK = "desk", _("der Koordination erklärt")

    advisor = models.ForeignKey(Advisor, verbose_name="Berater*in", on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField("Zweck", max_length=8, choices=Purpose)
    text = models.ForeignKey(
        ConsentText, verbose_name="Wortlaut", on_delete=models.PROTECT, null=True, related_name="consents"
    )
    """None where consent was noted before the portal kept its words."""
    given_at = models.DateTimeField("Erteilt", default=timezone.now)
    way = models.CharField("Weg", max_length=4, choices=Way)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Festgehalten von", on_delete=models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField("Widerrufen", null=True)
    withdrawn_way = models.CharField("Weg des Widerrufs", max_length=4, choices=Way, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="Widerruf festgehalten von",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    objects: ClassVar[models.Manager[Consent]] = models.Manager.from_queryset(ConsentQuerySet)()

    class Meta:
        verbose_name = "Einwilligung"
        verbose_name_plural = "Einwilligungen"
        ordering = ("purpose", "-given_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("advisor", "purpose"),
                condition=Q(withdrawn_at__isnull=True),
                name="one_standing_consent_per_purpose",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_way="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_way=""),
                name="a_withdrawal_has_time_and_way",
            ),
        )

    def __str__(self) -> str:
        return str(self.get_purpose_display())
