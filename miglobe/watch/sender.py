"""Whether other mail servers can tell that our mails are ours: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489).

What cannot be asked is unknown, not wrong: many servers have no DNS of the world.
"""

from collections.abc import Callable
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from .findings import Finding, fine, unknown, wrong

SECONDS = 5  # for one question, with all its attempts


class NotReachable(Exception):
    """The DNS does not answer, or knows nothing of the world."""


def look() -> Finding:
    """All three in one."""
    if settings.DEMO:
        return unknown("Die Vorführung verschickt keine E-Mails.")
    found = parts(domain())
    words = " ".join(f"{name}: {finding.words}" for name, finding in found.items() if not finding.is_fine)
    if any(finding.is_wrong for finding in found.values()):
        return wrong(words)
    return unknown(words) if words else fine(f"SPF, DKIM und DMARC von {domain()} stimmen.")


def domain() -> str:
    return parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2].lower()


def parts(name: str) -> dict[str, Finding]:
    return {
        "SPF": _asked(lambda: spf(name)),
        "DKIM": _asked(lambda: dkim(name, settings.MAIL_DKIM_SELECTOR)),
        "DMARC": _asked(lambda: dmarc(name)),
    }


def spf(name: str) -> Finding:
    records = [text.lower() for text in _texts(name) if text.lower().split(" ")[0] == "v=spf1"]
    if not records:
        return wrong(f"{name} nennt keine Server, die für die Domain senden dürfen (kein TXT-Eintrag v=spf1).")
    if len(records) > 1:
        return wrong(f"{name} hat mehrere Einträge v=spf1; dann gilt keiner.")
    terms = records[0].split()[1:]
    if {"all", "+all"} & set(terms):
        return wrong(f"Der Eintrag von {name} erlaubt allen, für die Domain zu senden (+all).")
    if not {"-all", "~all"} & set(terms) and not any(term.startswith("redirect=") for term in terms):
        return wrong(f"Der Eintrag von {name} weist niemanden ab: Am Ende fehlt ~all oder -all.")
    return fine(records[0])


def dkim(name: str, selector: str) -> Finding:
    if not selector:
        return unknown("Ohne MAIL_DKIM_SELECTOR lässt sich der Schlüssel nicht nachschlagen.")
    place = f"{selector}._domainkey.{name}"
    keys = [tags["p"] for tags in map(_tags, _texts(place)) if "p" in tags]
    if not keys:
        return wrong(f"Unter {place} steht kein Schlüssel.")
    if len(keys) > 1:
        return wrong(f"Unter {place} stehen mehrere Schlüssel; dann gilt keiner sicher.")
    return fine(f"Schlüssel unter {place}.") if keys[0] else wrong(f"Der Schlüssel unter {place} ist widerrufen.")


def dmarc(name: str) -> Finding:
    """At the domain itself, else at the one above that has a record."""
    for place in _above(name):
        records = [tags for tags in map(_tags, _texts(f"_dmarc.{place}")) if tags.get("v", "").upper() == "DMARC1"]
        if len(records) > 1:
            return wrong(f"Unter _dmarc.{place} stehen mehrere Einträge; dann gilt keiner.")
        if records:
            return _policy(place, records[0], of_above=place != name)
    return wrong(f"Unter _dmarc.{name} steht keine Regel (kein TXT-Eintrag v=DMARC1).")


def _policy(place: str, tags: dict[str, str], *, of_above: bool) -> Finding:
    policy = (tags.get("sp") if of_above else None) or tags.get("p", "")
    if policy.lower() not in ("none", "quarantine", "reject"):
        return wrong(f"Der Eintrag unter _dmarc.{place} nennt keine gültige Regel (p=).")
    watching = " Er beobachtet nur; gefälschte E-Mails weist er nicht ab." if policy.lower() == "none" else ""
    return fine(f"p={policy} unter _dmarc.{place}.{watching}")


def _above(name: str) -> list[str]:
    """The domain and those above it, without the last one (.de)."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]


def _tags(text: str) -> dict[str, str]:
    """`v=DMARC1; p=none` as a dictionary."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


def _asked(question: Callable[[], Finding]) -> Finding:
    try:
        return question()
    except NotReachable:
        return unknown("Nicht prüfbar: Von hier ist der DNS nicht zu erreichen.")


def _texts(name: str) -> list[str]:
    records = _answer(name, "TXT")
    if records is None and not _answer(f"{name.rpartition('.')[2]}.", "SOA"):
        raise NotReachable  # inside a house that knows no names but its own, not even .de
    return [b"".join(record.strings).decode(errors="replace") for record in records or []]


def _answer(name: str, kind: str) -> list[Any] | None:
    """None when there is no such name."""
    try:
        return list(resolver().resolve(name, kind))
    except NoAnswer:
        return []
    except NXDOMAIN:
        return None
    except (DNSException, OSError) as error:
        raise NotReachable from error


def resolver() -> Resolver:
    asked = Resolver()
    asked.lifetime = SECONDS
    return asked
