"""For the head of every page: what search engines and those who share a page are told."""

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from miglobe import findable

register = template.Library()
register.filter(findable.is_findable)


@register.simple_block_tag
def capture(content: SafeString) -> SafeString:
    """The block as one line, to be kept with `as` and written in several places."""
    return SafeString(" ".join(content.split()))


@register.simple_tag
def public_address(request: HttpRequest, code: str | None = None) -> str:
    """The whole address of this page, in another language if asked, without what follows a question mark."""
    return settings.BASE_URL + translate_url(request.path, code or get_language() or settings.LANGUAGE_CODE)


@register.filter
def whole_address(path: str) -> str:
    """For those who show us elsewhere."""
    return f"{settings.BASE_URL}{path}"
