"""The history of the invented cases. PostgreSQL's clock does not travel, so its triggers' entries are dated back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pghistory
import pgtrigger
from django.db import connection

from miglobe.history.forgetting import event_models
from miglobe.history.tracking import events
from miglobe.outbox.models import Mail

from . import clock


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Lets what happens in it happen at this moment, for the history too once it is dated back."""
    with clock.at(moment), pghistory.context(at=moment.isoformat()):
        yield


def date_back() -> None:
    with pgtrigger.ignore(), connection.cursor() as cursor:
        for model in event_models():
            cursor.execute(
                f"UPDATE {model._meta.db_table} SET pgh_created_at = (pgh_context->>'at')::timestamptz,"  # noqa: S608
                " pgh_context = NULLIF(pgh_context - 'at', '{}') WHERE pgh_context->>'at' IS NOT NULL"
            )
        mails = events(Mail).model._meta.db_table
        cursor.execute(f"UPDATE {mails} SET pgh_created_at = sent_at WHERE sent_at IS NOT NULL")  # noqa: S608
