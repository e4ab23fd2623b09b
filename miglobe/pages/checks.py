from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError, transaction

from . import duties
from .models import Portal


@register(Tags.database)
def the_public_pages_say_what_the_law_wants(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Runs with `check --database default` and after every `migrate`."""
    if not databases:
        return []
    try:
        with transaction.atomic():
            missing = duties.missing(Portal.current())
    except DatabaseError:
        return []  # away, or its tables are not made yet
    hint = "Am Schreibtisch unter „Angaben zum Portal“ und „Organisationen“ eintragen."
    return [Warning(duty.sentence, hint=hint, id="pages.W001") for duty in missing]
