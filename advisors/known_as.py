"""By what somebody in the pool is and was known: names, addresses and numbers of before stand in the history."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from miglobe.history.tracking import events
from miglobe.outbox.models import Audience, Mail
from miglobe.privacy.scrubbing import pattern

from .models import Advisor


@dataclass(frozen=True)
class KnownAs:
    names: list[str]
    addresses: list[str]
    """Without those that are somebody else's by now."""
    patterns: list[re.Pattern[str] | None]

    @property
    def words(self) -> list[str]:
        return [*self.names, *self.addresses]

    @property
    def mails(self) -> QuerySet[Mail]:
        return mails_to(self.addresses)


def of(advisor: Advisor) -> KnownAs:
    """The present ones first."""
    before = events(Advisor).filter(pgh_obj=advisor.pk).order_by("-pgh_id").values_list("name", "email", "phone")
    names, addresses, numbers = (
        list(dict.fromkeys(filter(None, of_a_kind)))
        for of_a_kind in zip((advisor.name, advisor.email, advisor.phone), *before, strict=True)
    )
    taken = Advisor.objects.exclude(pk=advisor.pk).filter(email__in=addresses)
    free = [address for address in addresses if address not in set(taken.values_list("email", flat=True))]
    ways = [pattern(name=name) for name in names] + [pattern(email=address) for address in free]
    return KnownAs(names, free, [*ways, *(pattern(phone=number) for number in numbers)])


def mails_to(addresses: Iterable[str]) -> QuerySet[Mail]:
    """What the pool has written there."""
    found = Q(pk__in=())
    for address in addresses:
        found |= Q(to__iexact=address)
    return Mail.objects.filter(found, audience=Audience.ADVISOR)
