"""Periods of months and years, by the calendar."""

from datetime import datetime

from django.utils import timezone


def months_before(now: datetime, months: int) -> datetime:
    """The same day so many months ago; the first of the next where that month is too short."""
    local = timezone.localtime(now)
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    try:
        return local.replace(year=year, month=month + 1)
    except ValueError:
        return local.replace(year=year, month=month + 2, day=1)
