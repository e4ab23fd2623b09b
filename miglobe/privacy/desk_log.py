"""The desk's own log of what was changed: it calls rows by name, and goes on doing so when they are empty."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

GONE = "(gelöscht)"


def forget(model: type[Model], keys: Iterable[Any], *, called: str = GONE) -> None:
    """That something was done stays; with whom, the key alone says."""
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
    about.filter(object_id__in=[str(key) for key in keys]).update(object_repr=called, change_message="")
