"""From which network somebody comes, coarsely: whole administrations share one address, and one person has many."""

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

_WITH_PORT = re.compile(r"(?P<four>[\d.]+):\d+|\[(?P<six>[\da-fA-F:.]+)\](:\d+)?")  # as some proxies tell it
PREFIX = {4: 24, 6: 56}  # bits; a household or an office gets a /56 of IPv6


def address_of(request: HttpRequest) -> str:
    """The visitor's address: what the outermost of our own proxies has seen. Nobody else's word counts."""
    proxies: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    told: list[str] = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if proxies and len(told) >= proxies:
        return told[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def ip_of(request: HttpRequest) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None for what is no address: a socket has none, and a header can say anything."""
    told = address_of(request)
    if found := _WITH_PORT.fullmatch(told):
        told = found["four"] or found["six"]
    try:
        address = ipaddress.ip_address(told.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped) or address


def of(request: HttpRequest) -> str:
    """Empty for what is no address."""
    address = ip_of(request)
    return str(ipaddress.ip_network(f"{address}/{PREFIX[address.version]}", strict=False)) if address else ""
