"""What anybody may ask for is answered by the worker: so the page takes as long for those we know as for others.

The job is a row of the database and commits with the request: nothing that was asked for is lost. What was typed
stands in it encrypted, until it is done.
"""

import json

from django.db import connection, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from . import encryption

RETRY = RetryStrategy(max_attempts=12, exponential_wait=3)  # 3, 9, 27 … seconds; in all some days


def later(task: str, **typed: str) -> None:
    """Owes the answer. The task takes `asked` and gives it to `typed`."""
    app.configure_task(task).defer(asked=encryption.encrypt(json.dumps(typed)))


@transaction.atomic
def renew_encryption() -> int:
    """Brings what is still to be answered under the present SECRET_KEY. Returns how many."""
    changed = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, args ->> 'asked' FROM procrastinate_jobs WHERE args ? 'asked' FOR UPDATE")
        for job, asked in cursor.fetchall():
            renewed = encryption.renewed(asked)
            if renewed != asked:
                cursor.execute(
                    "UPDATE procrastinate_jobs SET args = %s WHERE id = %s", [json.dumps({"asked": renewed}), job]
                )
                changed += 1
    return changed


def typed(asked: str) -> dict[str, str]:
    """What was typed. Raises encryption.Unreadable."""
    words: dict[str, str] = json.loads(encryption.decrypt(asked))
    return words
