"""Travelling in time, and the working days to travel to."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta, tzinfo
from typing import ClassVar
from unittest.mock import patch

from django.utils import timezone

from miglobe import workdays


class _LikeDatetime(type):
    """Django asks `isinstance(value, datetime)` in the same module; real values must still pass."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


class _Stopped(datetime, metaclass=_LikeDatetime):
    moment: ClassVar[datetime]

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return cls.moment.astimezone(tz)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Lets `timezone.now()` return this moment everywhere in the process.

    `timezone.now` looks `datetime` up in its module. Replacing that name, and not the function, also reaches those
    who hold the function itself: the defaults of model fields. PostgreSQL's clock and the signer's go on.
    """
    stopped = type("Stopped", (_Stopped,), {"moment": moment})
    with patch("django.utils.timezone.datetime", stopped):
        yield


When = int | timedelta
"""So many working days before today (1 is the last one that is over), or so long before now."""


class Calendar:
    """Turns When into moments. All of them have passed, whatever the hour."""

    def __init__(self, now: datetime, days: int) -> None:
        self._now = now
        self._days = [timezone.localdate(now)]
        for _ in range(days):
            self._days.append(workdays.shift(self._days[-1], -1))

    def moment(self, when: When, minute: int = 0) -> datetime:
        """`minute` counts from midnight and matters on whole days only."""
        if isinstance(when, timedelta):
            return self._now - when
        return timezone.make_aware(datetime.combine(self.day(when), time(minute // 60, minute % 60)))

    def day(self, ago: int) -> date:
        if not 1 <= ago < len(self._days):
            raise LookupError(f"Vor {ago} Werktagen gibt es die Vorführung nicht.")
        return self._days[ago]
