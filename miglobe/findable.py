"""Which pages search engines may find. All others say `noindex` of themselves."""

from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver


def findable[View: Callable[..., HttpResponse]](view: View) -> View:
    """A page with an address of its own that everybody may find: it stands in the sitemap.

    It takes no arguments from its address, and its template writes a `{% block description %}` of its own.
    """
    view.findable = True  # type: ignore[attr-defined]
    return view


def is_findable(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and getattr(match.func, "findable", False)


def names(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """The names of all findable pages, in the order of the table of contents."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif isinstance(pattern, URLPattern) and getattr(pattern.callback, "findable", False):
            yield f"{prefix}{pattern.name}"
