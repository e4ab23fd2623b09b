from typing import ClassVar

from django.db import models


class Tally(models.Model):
    """A bucket that leaks: each act pours something in, time empties it. Whose it is stands nowhere: see `digests`."""

    digest = models.CharField("Prüfsumme", max_length=64, primary_key=True)
    empty_at = models.DateTimeField("Leer ab", db_index=True)

    objects: ClassVar[models.Manager["Tally"]]

    class Meta:
        verbose_name = "Zähler"
        verbose_name_plural = "Zähler"

    def __str__(self) -> str:
        return f"Zähler {self.digest[:8]}"
