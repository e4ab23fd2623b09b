"""What machines ask for: search engines, people who report a hole in our security, the container's health check."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from miglobe import findable
from miglobe.links import absolute
from miglobe.pages.models import Portal

SECURITY_TXT_DAYS = 180  # RFC 9116 wants less than a year


@login_not_required
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """For the container's health check: this process answers. It asks nothing of the database."""
    return _text("ok")


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Names no secret address: secret pages say `noindex` themselves, which a closed door would hide."""
    closed = [reverse("admin:index")]
    if settings.DEMO:
        closed.append(reverse("outbox:demo"))
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "", f"Sitemap: {absolute('sitemap')}"]
    return _text("\n".join(lines) + "\n")


@login_not_required
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every findable page in every language, each with its translations."""
    codes = [code for code, _ in settings.LANGUAGES]
    pages = [{code: absolute(name, language=code) for code in codes} for name in findable.names()]
    context = {"pages": pages, "default": settings.LANGUAGE_CODE}
    return render(request, "sitemap.xml", context, content_type="application/xml; charset=utf-8")


@login_not_required
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116: whom to tell about a hole in our security."""
    portal = Portal.current()
    if not portal.security_contact_uri:
        raise Http404
    expires = datetime.combine(timezone.localdate(), time.min, UTC) + timedelta(days=SECURITY_TXT_DAYS)
    return _text(
        f"Contact: {portal.security_contact_uri}\n"
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}\n"
        "Preferred-Languages: de, en\n"
        f"Canonical: {absolute('security_txt')}\n"
    )


def _text(words: str) -> HttpResponse:
    return HttpResponse(words, content_type="text/plain; charset=utf-8")
