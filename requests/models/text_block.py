from __future__ import annotations

from typing import ClassVar

from django.db import models

from miglobe.history.tracking import tracked

from ..text_blocks import known_placeholders
from ..validators import one_line, printable


class TextBlockQuerySet(models.QuerySet["TextBlock"]):
    def usable(self) -> TextBlockQuerySet:
        return self.filter(active=True)


@tracked()
class TextBlock(models.Model):
    """A passage for what coordinators write. One that is no longer wanted is switched off."""

    name = models.CharField("Name", max_length=80, unique=True, validators=[one_line])
    text = models.TextField("Text", max_length=2000, validators=[printable, known_placeholders])
    text_en = models.TextField(
        "Text auf Englisch",
        max_length=2000,
        blank=True,
        validators=[printable, known_placeholders],
        help_text="Für Anfragen, die auf Englisch gestellt sind. Ohne ihn wird der deutsche Text eingefügt.",
    )
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)
    active = models.BooleanField("Zur Auswahl", default=True)

    objects: ClassVar[models.Manager[TextBlock]] = models.Manager.from_queryset(TextBlockQuerySet)()

    class Meta:
        verbose_name = "Textbaustein"
        verbose_name_plural = "Textbausteine"
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name
