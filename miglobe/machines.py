"""What machines ask for: search engines, people who report a hole in our security, the container's health check."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from miglobe import findable, metrics
from miglobe.links import absolute
from miglobe.pages.models import Portal
from miglobe.watch import findings

SECURITY_TXT_DAYS = 180  # RFC 9116 wants less than a year


@login_not_required
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """For the container's health check: this process answers. It asks nothing of the database."""
    return _text("ok")


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """For a load balancer and whoever watches from outside: names of checks, and whether each is content.

    503 without a database or its tables: then no page can be answered, and another server may do better. What is
    wrong behind the pages (worker, queue, mails) is wrong for all servers, and taking them away would mend nothing:
    200, "degraded".
    """
    found = findings.look(quick=True)
    shut = any(check.is_gate and finding.is_wrong for check, finding in found.items())
    degraded = any(finding.is_wrong for finding in found.values())
    status = "failed" if shut else "degraded" if degraded else "ok"
    checks = {check.name: str(finding.state) for check, finding in found.items()}
    return JsonResponse({"status": status, "checks": checks}, status=503 if shut else 200)


@login_not_required
@never_cache
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """For Prometheus. Whoever does not know the token cannot tell that there is anything."""
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not constant_time_compare(request.headers.get("Authorization", ""), wanted):
        raise Http404
    return HttpResponse(metrics.text(), content_type=metrics.CONTENT_TYPE)


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
