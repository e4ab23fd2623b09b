"""By what somebody is and was known: names, addresses and numbers of before stand in the history."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Lower

from miglobe.history.tracking import events
from miglobe.outbox.models import Audience, Mail

from .scrubbing import pattern


@dataclass(frozen=True)
class KnownAs:
    audience: Audience
    names: list[str]
    addresses: list[str]
    """Without former ones that are somebody else's by now."""
    numbers: list[str]

    @property
    def patterns(self) -> list[re.Pattern[str] | None]:
        by_name = [pattern(name=name) for name in self.names]
        by_address = [pattern(email=address) for address in self.addresses]
        return [*by_name, *by_address, *(pattern(phone=number) for number in self.numbers)]

    @property
    def words(self) -> list[str]:
        return [*self.names, *self.addresses]

    @property
    def mails(self) -> QuerySet[Mail]:
        return mails_to(self.addresses, self.audience)


def of(person: Any, audience: Audience, *, name: Callable[[Any], str], owners: Sequence[type[Model]]) -> KnownAs:
    """The present names first. `person` and its versions have `email`, `phone` and what `name` reads;
    `owners`: the tables in which a former address may be somebody else's.
    """
    versions = [person, *events(type(person)).filter(pgh_obj=person.pk).order_by("-pgh_id")]
    names, addresses, numbers = (
        list(dict.fromkeys(filter(None, of_a_kind)))
        for of_a_kind in zip(*((name(one), one.email, one.phone) for one in versions), strict=True)
    )
    taken = {address for model in owners for address in _others(model, person, addresses)}
    free = [address for address in addresses if address == person.email or address.lower() not in taken]
    return KnownAs(audience, names, free, numbers)


def _others(model: type[Model], person: Model, addresses: list[str]) -> QuerySet[Any, Any]:
    """Those of these addresses that stand in other rows, in small letters: a mailbox has no case."""
    found = model._default_manager.annotate(mailbox=Lower("email")).filter(mailbox__in=map(str.lower, addresses))
    if isinstance(person, model):
        found = found.exclude(pk=person.pk)
    return found.values_list("mailbox", flat=True)


def mails_to(addresses: Iterable[str], audience: Audience) -> QuerySet[Mail]:
    found = Q(pk__in=())
    for address in addresses:
        found |= Q(to__iexact=address)
    return Mail.objects.filter(found, audience=audience)
