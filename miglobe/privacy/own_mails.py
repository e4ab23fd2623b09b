"""What we write to people about their own data: one function per event, named as what has happened."""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.conf import settings

from miglobe.accounts.models import Organisation
from miglobe.outbox import outbox

from .models import DataRequest

LINK = "privacy.own_data"


def link_sent(asked: DataRequest) -> None:
    _to_person("privacy/link_sent", asked, links={"link": (LINK, str(asked.key))})


def nothing_held(asked: DataRequest) -> None:
    _to_person("privacy/nothing_held", asked)


def erasure_received(asked: DataRequest) -> None:
    _to_person("privacy/erasure_received", asked, links={"link": (LINK, str(asked.key))})


def erasure_declined(asked: DataRequest, *, reason: str) -> None:
    _to_person("privacy/erasure_declined", asked, reason=reason)


def erased(asked: DataRequest, *, stays: Sequence[str] = ()) -> None:
    """`asked` may stand for somebody who has written a letter. The mail goes the night after it was sent."""
    _to_person("privacy/erased", asked, stays="\n".join(f"- {what}" for what in stays))


def erasure_asked(asked: DataRequest) -> None:
    """To every organisation, without saying who it is."""
    for address in _desk_addresses():
        told_the_desk(asked, address)


def told_the_desk(asked: DataRequest, address: str = "") -> None:
    to = address or _desk_addresses()[0]
    outbox.queue("privacy/erasure_asked_desk", to=to, links={"link": ("privacy.desk", "")}, asked=asked)


def _desk_addresses() -> list[str]:
    return list(Organisation.objects.values_list("email", flat=True)) or [parseaddr(settings.MAIL_FROM)[1]]


def _to_person(template: str, asked: DataRequest, links: outbox.Links | None = None, **context: Any) -> None:
    outbox.queue(template, to=asked.email, language=asked.language, links=links, asked=asked, **context)
