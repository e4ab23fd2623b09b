"""Whether a mail address looks like one of the municipality. A hint for people, never a reason to refuse.

Nobody keeps a list of the domains of all municipalities, and a domain proves no right to act for one.
"""

import re
import unicodedata

from django.db.models import TextChoices

from .models import Municipality


class Kind(TextChoices):
    MUNICIPAL = "municipal", "sieht nach der Kommune aus"
    PRIVATE = "private", "privater Anbieter"
    UNCLEAR = "unclear", "nicht als Domain der Kommune erkannt"


# fmt: off
PRIVATE = frozenset((
    "aol.com", "aol.de", "arcor.de", "email.de", "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de",
    "gmx.net", "googlemail.com", "hotmail.com", "hotmail.de", "icloud.com", "live.com", "live.de", "mac.com", "mail.de",
    "mailbox.org", "me.com", "msn.com", "netcologne.de", "online.de", "outlook.com", "outlook.de", "posteo.de",
    "posteo.net", "proton.me", "protonmail.com", "t-online.de", "tuta.com", "tuta.io", "tutanota.com", "tutanota.de",
    "unitybox.de", "vodafone.de", "web.de", "yahoo.com", "yahoo.de", "ymail.com",
))
# fmt: on
ENDINGS = frozenset(("de", "nrw", "ruhr", "koeln", "cologne", "eu", "example"))  # RFC 2606: "example" is nobody's
SMALL_WORDS = frozenset(("am", "an", "auf", "bei", "der", "im", "in"))
OFFICES = ("gemeindeverwaltung", "stadtverwaltung", "gemeinde", "rathaus", "stadt")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def kind(email: str, municipality: Municipality) -> Kind:
    *_, before, ending = ["", *email.casefold().rpartition("@")[2].split(".")]
    if f"{before}.{ending}" in PRIVATE:
        return Kind.PRIVATE
    if ending in ENDINGS and _without_office(before, municipality) & _spellings(municipality.name):
        return Kind.MUNICIPAL
    return Kind.UNCLEAR


def _spellings(name: str) -> set[str]:
    """The ways in which a name becomes a domain, without hyphens: with and without small words, ü as ue or u."""
    words = re.findall(r"[^\W\d_]+", name.partition(" (")[0].casefold())
    large = [word for word in words if word not in SMALL_WORDS]
    return {folded for some in (words, large) for folded in _folded("".join(some))}


def _without_office(label: str, municipality: Municipality) -> set[str]:
    """ "stadt-unna" says the same as "unna"; a Kreis has the word in its name."""
    plain = label.replace("-", "")
    found = _folded(plain)
    for office in () if municipality.is_district else OFFICES:
        found |= _folded(plain.removeprefix(office)) | _folded(plain.removesuffix(office))
    return found


def _folded(text: str) -> set[str]:
    plain = unicodedata.normalize("NFC", text)
    return {_ascii(plain.translate(_GERMAN)), _ascii(plain)}


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).replace("ß", "ss").encode("ascii", "ignore").decode()
