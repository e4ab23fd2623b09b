"""In every template, mails included: dates as each language writes them, and the page in another language."""

from datetime import date, datetime

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.defaultfilters import date as formatted
from django.urls import translate_url
from django.utils.http import escape_leading_slashes
from django.utils.translation import get_language

register = template.Library()


@register.filter
def day(value: date | datetime | None) -> str:
    """25. November 2026 / 25 November 2026"""
    return str(formatted(value, "j F Y" if get_language() == "en" else "j. F Y"))


@register.filter
def weekday(value: date | datetime | None) -> str:
    """Mittwoch, 25. November 2026 / Wednesday, 25 November 2026"""
    return str(formatted(value, "l, j F Y" if get_language() == "en" else "l, j. F Y"))


@register.simple_tag
def address_in(request: HttpRequest, code: str) -> str:
    """The path of this page in another language, query included. An unknown page stays as unknown in both."""
    path = request.get_full_path()
    if request.resolver_match is None:
        bare = path.removeprefix("/en") if path.startswith("/en/") else path
        # whoever mails the address "/en//elsewhere.example" must not get a link of ours to that host
        return escape_leading_slashes(bare) if code == settings.LANGUAGE_CODE else f"/{code}{bare}"
    return translate_url(path, code)
