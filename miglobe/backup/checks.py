"""Whether there will be something to restore."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from miglobe.errors import Refused

from . import making, seal


@register()
def a_backup_can_be_made(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.BACKUP_KEEP < 1:
        found.append(Error("BACKUP_KEEP muss mindestens 1 sein.", id="miglobe.E010"))
    if settings.BACKUP_PUBLIC_KEY:
        try:
            seal.public_key(settings.BACKUP_PUBLIC_KEY)
        except Refused as refusal:
            found.append(Error(str(refusal), id="miglobe.E011"))
    folder, attachments = Path(settings.BACKUP_DIR or "/"), Path(settings.ATTACHMENTS_DIR)
    if folder.resolve().is_relative_to(attachments.resolve()):
        found.append(
            Error(
                "BACKUP_DIR darf nicht in ATTACHMENTS_DIR liegen: Dort werden Dateien gelöscht, die zu keiner Anfrage "
                "gehören.",
                id="miglobe.E015",
            )
        )
    return found


@register(Tags.security, deploy=True)
def a_backup_is_set_up(**kwargs: Any) -> list[CheckMessage]:
    if making.is_set_up():
        return []
    hint = "Setzen Sie BACKUP_DIR und BACKUP_PUBLIC_KEY (docs/operations.md)."
    return [Warning("Es wird nichts gesichert.", hint=hint, id="miglobe.W010")]
