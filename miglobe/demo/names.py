"""Mail addresses made from names. All domains are reserved for examples (RFC 2606)."""

import re
import unicodedata

from requests.models import Municipality

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_TITLES = re.compile(r"\b(?:Dr|Prof)\.\s*")


def ascii_words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_GERMAN)).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z0-9-]+", plain)


def address(name: str, domain: str) -> str:
    return f"{'.'.join(ascii_words(_TITLES.sub('', name)))}@{domain}"


def municipal_domain(municipality: Municipality) -> str:
    """stadt-ahlen.example, gemeinde-nottuln.example, kreis-steinfurt.example"""
    place = "-".join(ascii_words(municipality.name.partition(" (")[0]))
    if municipality.is_district:
        return f"{place}.example"
    kind = "gemeinde" if municipality.type == "Gemeinde" else "stadt"
    return f"{kind}-{place}.example"
