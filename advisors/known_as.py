"""By what somebody in the pool is and was known."""

from collections.abc import Iterable
from operator import attrgetter

from django.db.models import QuerySet

from miglobe.outbox.models import Audience, Mail
from miglobe.privacy import known_as

from .models import Advisor


def of(advisor: Advisor) -> known_as.KnownAs:
    return known_as.of(advisor, Audience.ADVISOR, name=attrgetter("name"), owners=[Advisor])


def mails_to(addresses: Iterable[str]) -> QuerySet[Mail]:
    """What the pool has written there."""
    return known_as.mails_to(addresses, Audience.ADVISOR)
