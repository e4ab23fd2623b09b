"""What the clock sets off for many rows: one that fails stops no other, and is not forgotten either."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction
from procrastinate import RetryStrategy

AGAIN = RetryStrategy(max_attempts=3, wait=5 * 60)  # what has passed by then is worth no mail to anybody
log = logging.getLogger(__name__)
_failed: ContextVar[list[str] | None] = ContextVar("failed", default=None)


class SomeFailed(Exception):
    """Names the rows; why, the log has told."""


def safely(act: Callable[[], int], what: str) -> int:
    """What `act` returns, in a transaction of its own; 0 when it fails. `what` names the row in the log."""
    try:
        with transaction.atomic():
            return act()
    except Exception:  # a worker's edge
        log.exception(what)
        if (failed := _failed.get()) is not None:
            failed.append(what)
        return 0


@contextmanager
def complete() -> Iterator[None]:
    """Raises SomeFailed at the end, when all others are done: the job has failed then, and the daily look tells so."""
    failed: list[str] = []
    token = _failed.set(failed)
    try:
        yield
    finally:
        _failed.reset(token)
    if failed:
        raise SomeFailed(", ".join(failed))
