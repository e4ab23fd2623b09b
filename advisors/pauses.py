"""When advisors are not asked. The only writer of `Pause` beside the desk's own form."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from miglobe.errors import Refused
from miglobe.templatetags.language import day

from . import profiles
from .models import Advisor, Pause


@transaction.atomic
def add(advisor: Advisor, *, starts_on: date, ends_on: date | None = None) -> Pause:
    """Without an end it lasts until further notice. Raises Refused where there is a pause already."""
    advisor = profiles.lock(advisor)
    pause = Pause(advisor=advisor, starts_on=starts_on, ends_on=ends_on)
    other = overlapping(pause, advisor.pauses.all())
    if other:
        raise Refused(gettext("In dieser Zeit machen Sie schon Pause: %(pause)s.") % {"pause": words(other)})
    pause.save()
    return pause


@transaction.atomic
def end(advisor: Advisor, key: int) -> None:
    """From today on the person is asked again; a pause that is over or gone stays as it is. Raises Refused."""
    advisor = profiles.lock(advisor)
    today = timezone.localdate()
    for pause in advisor.pauses.on(today).filter(pk=key):
        if pause.starts_on == today:
            pause.delete()
        else:
            pause.ends_on = today - timedelta(days=1)
            pause.save(update_fields=["ends_on"])


@transaction.atomic
def remove(advisor: Advisor, key: int) -> None:
    """Takes back a pause that has not begun. Raises Refused."""
    profiles.lock(advisor).pauses.filter(pk=key, starts_on__gt=timezone.localdate()).delete()


def overlapping(pause: Pause, others: Iterable[Pause]) -> Pause | None:
    """The first of the others that has a day in common with it."""
    return next((other for other in others if touch(pause, other) and other.pk != pause.pk), None)


def touch(one: Pause, other: Pause) -> bool:
    """Whether they have a day in common."""
    begins_in_time = one.ends_on is None or other.starts_on <= one.ends_on
    return begins_in_time and (other.ends_on is None or one.starts_on <= other.ends_on)


def covers(pause: Pause, today: date) -> bool:
    return pause.starts_on <= today and (pause.ends_on is None or today <= pause.ends_on)


def words(pause: Pause) -> str:
    """In the language of the page."""
    if pause.ends_on is None:
        return gettext("ab %(begin)s bis auf Weiteres") % {"begin": day(pause.starts_on)}
    return gettext("%(begin)s bis %(end)s") % {"begin": day(pause.starts_on), "end": day(pause.ends_on)}
