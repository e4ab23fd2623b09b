"""Deadlines in working days of the Land: Monday to Friday without its public holidays."""

from datetime import date, datetime, time, timedelta
from functools import cache

import holidays
from django.conf import settings
from django.utils import timezone


@cache
def _holidays(land: str) -> holidays.HolidayBase:
    return holidays.country_holidays("DE", subdiv=land)


def is_workday(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays(settings.LAND)


def shift(day: date, workdays: int) -> date:
    """The day that many working days after `day` (before it, when negative)."""
    step = timedelta(days=1 if workdays >= 0 else -1)
    for _ in range(abs(workdays)):
        day += step
        while not is_workday(day):
            day += step
    return day


def between(first: date, last: date) -> int:
    """How many working days come after `first` until `last` has begun; 0 when `last` is not later."""
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return sum(map(is_workday, days))


def ahead(today: date, workdays: int) -> list[date]:
    """The next working days, `today` included when it is one."""
    days = [shift(today - timedelta(days=1), 1)]
    while len(days) < workdays:
        days.append(shift(days[-1], 1))
    return days


def before(now: datetime, workdays: int) -> datetime:
    """The moment before which everything has seen at least `workdays` (1 or more) working days begin since its day."""
    day = shift(timezone.localdate(now) + timedelta(days=1), -workdays)
    return timezone.make_aware(datetime.combine(day, time.min))


def due(start: datetime, workdays: int) -> datetime:
    """The last moment of the day that lies `workdays` working days after `start`, in local time."""
    day = shift(timezone.localdate(start), workdays)
    return timezone.make_aware(datetime.combine(day, time(23, 59)))
