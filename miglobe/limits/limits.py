"""How often something may be done, counted in PostgreSQL for all processes together.

`settings.LIMITS` names each act and, kind by kind, amount and time: {"draft": {"network": "120/h"}}. Counted is by
leaking buckets: `amount` at once, and as time goes on, one more after the other. One row and one statement each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from miglobe.errors import TooOften

from . import digests
from .models import Tally
from .rates import Rate, parse

NETWORK, ADDRESS, DOMAIN, PAIR, THING = "network", "address", "domain", "pair", "thing"
# What is fuller than full was poured by a clock that went wrong, or under a longer period. It would lock people out for
# as long as the clock was ahead, so it counts as empty; twice the period, because the clocks of two servers may differ.
POUR = """
    INSERT INTO limits_tally AS tally (digest, empty_at) VALUES (%(digest)s, %(now)s + %(cost)s)
    ON CONFLICT (digest) DO UPDATE SET empty_at = %(cost)s + CASE
        WHEN tally.empty_at > %(now)s + 2 * %(period)s THEN %(now)s ELSE GREATEST(tally.empty_at, %(now)s) END
    WHERE tally.empty_at > %(now)s + 2 * %(period)s
        OR GREATEST(tally.empty_at, %(now)s) + %(cost)s <= %(now)s + %(period)s
    RETURNING empty_at
"""


@dataclass(frozen=True)
class _Bucket:
    kind: str
    rate: Rate
    digest: str
    formers: tuple[str, ...]
    """What it was called under the keys before."""


@transaction.atomic
def spend(act: str, *, network: str = "", address: str = "", thing: str = "", cost: int = 1) -> None:
    """Counts `act` once for each of its kinds, or raises TooOften and counts nothing.

    `network`: see `networks.of`; `address`: a mail address as it was typed; `thing`: the key of what it is done to.
    A kind whose word is not given is not counted: at the desk and in the worker nobody comes from a network.
    In a transaction the next one waits for its end: whoever refuses afterwards has counted nothing.
    """
    now = timezone.now()
    for bucket in _buckets(act, network, address, thing):
        if not _pour(bucket, cost, now):
            raise _refusal(bucket, cost, now)


def take(*words: str, rate: Rate) -> bool:
    """One into a bucket of your own naming; False when it is full."""
    return _pour(_bucket("", rate, *words), 1, timezone.now())


def _bucket(kind: str, rate: Rate, *words: str) -> _Bucket:
    digest, *formers = digests.all_of(*words)
    return _Bucket(kind, rate, digest, tuple(formers))


def _buckets(act: str, network: str, address: str, thing: str) -> Iterable[_Bucket]:
    """In one order for everybody: no deadlock."""
    mailbox = digests.mailbox(address) if address else ""
    words = {
        NETWORK: (network,),
        ADDRESS: (mailbox,),
        DOMAIN: (mailbox.rpartition("@")[2],),
        PAIR: (mailbox, network),
        THING: (thing,),
    }
    found = [
        _bucket(kind, _rate(rate), act, kind, *words[kind])
        for kind, rate in settings.LIMITS[act].items()
        if all(words[kind])
    ]
    return sorted(found, key=lambda bucket: bucket.digest)


@cache
def _rate(text: str) -> Rate:
    return parse(text)


def _pour(bucket: _Bucket, cost: int, now: datetime) -> bool:
    if cost > bucket.rate.amount:
        return False
    if bucket.formers:
        _carry_over(bucket)
    poured, period = bucket.rate.each * cost, bucket.rate.period
    values: dict[str, Any] = {"digest": bucket.digest, "now": now, "cost": poured, "period": period}
    with connection.cursor() as cursor:
        cursor.execute(POUR, values)
        return cursor.fetchone() is not None


def _carry_over(bucket: _Bucket) -> None:
    """Under a new SECRET_KEY the count goes on where it was."""
    former = Tally.objects.filter(digest__in=bucket.formers).order_by("-empty_at").first()
    if former:
        Tally.objects.bulk_create([Tally(digest=bucket.digest, empty_at=former.empty_at)], ignore_conflicts=True)
        Tally.objects.filter(digest__in=bucket.formers).delete()


def _refusal(bucket: _Bucket, cost: int, now: datetime) -> TooOften:
    empty_at = Tally.objects.filter(digest=bucket.digest).values_list("empty_at", flat=True).first() or now
    wait = max(empty_at, now) + bucket.rate.each * cost - now - bucket.rate.period
    wait = max(wait, timedelta(seconds=1))
    refusal = TooOften(f"{_why(bucket.kind)} {_when(now + wait)}")
    refusal.seconds = int(wait.total_seconds()) + 1
    return refusal


def _why(kind: str) -> str:
    if kind == NETWORK:
        return _("Aus Ihrem Netz kam das in kurzer Zeit sehr oft. Vielleicht teilen Sie es mit vielen anderen.")
    if kind in (ADDRESS, PAIR):
        return _("Mit dieser E-Mail-Adresse wurde das in kurzer Zeit schon mehrmals versucht.")
    if kind == DOMAIN:
        return _("Für E-Mail-Adressen dieses Anbieters wurde das in kurzer Zeit sehr oft versucht.")
    return _("Das wurde hier in kurzer Zeit sehr oft versucht.")


def _when(moment: datetime) -> str:
    """Rounded up to a minute: whoever comes then is let in."""
    moment = timezone.localtime(moment + timedelta(minutes=1))
    if moment.date() == timezone.localdate():
        return _("Ab %(time)s Uhr geht es weiter.") % {"time": formats.time_format(moment, "H:i")}
    day = formats.date_format(moment, "DATE_FORMAT")
    return _("Ab %(day)s, %(time)s Uhr geht es weiter.") % {"day": day, "time": formats.time_format(moment, "H:i")}
