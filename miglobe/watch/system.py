"""Whether anybody will hear of it when something is wrong."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email


@register()
def watching_makes_sense(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.BACKUP_MAX_AGE < 1:
        found.append(Error("BACKUP_MAX_AGE muss mindestens 1 sein.", id="miglobe.E012"))
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < 16:
        found.append(Error("METRICS_TOKEN muss mindestens 16 Zeichen lang sein.", id="miglobe.E013"))
    if settings.WATCH_MAIL:
        try:
            validate_email(settings.WATCH_MAIL)
        except ValidationError:
            found.append(Error("WATCH_MAIL muss eine E-Mail-Adresse sein.", id="miglobe.E014"))
    return found


@register(Tags.security, deploy=True)
def somebody_is_told(**kwargs: Any) -> list[CheckMessage]:
    if settings.WATCH_MAIL:
        return []
    hint = "Setzen Sie WATCH_MAIL auf die Adresse der Technik (docs/operations.md)."
    return [Warning("Niemand erfährt, wenn etwas nicht in Ordnung ist.", hint=hint, id="miglobe.W011")]
