import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone


class AccessCode(models.Model):
    """A code that was asked for. The code itself stands nowhere: `codes.word` derives it from this row."""

    key = models.UUIDField("Schlüssel", default=uuid.uuid4)  # in the address of the page that takes the code
    purpose = models.CharField("Zweck", max_length=40)
    target = models.UUIDField("Ziel")  # key of the row behind the door
    created_at = models.DateTimeField("Angefordert", default=timezone.now, db_index=True)
    tries = models.PositiveSmallIntegerField("Falsche Eingaben", default=0)

    objects: ClassVar[models.Manager["AccessCode"]]

    class Meta:
        verbose_name = "Zugangscode"
        verbose_name_plural = "Zugangscodes"
        constraints = (models.UniqueConstraint(fields=("key", "purpose"), name="one_code_per_door_and_asking"),)
        indexes = (models.Index(fields=("target", "created_at"), name="code_by_target"),)

    def __str__(self) -> str:
        return f"Zugangscode {self.pk}"
