"""What the link "Das war ich nicht" leads to."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from miglobe.links import Dead, secret_page

from . import suppression


@login_not_required
@secret_page
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET says what holds for this mailbox; POST stops such mails, or allows them again."""
    try:
        digest = suppression.mailbox(token)
    except Dead:
        return render(request, "outbox/stop.html", {"is_dead": True}, status=404)
    if request.method == "POST":
        if "erlauben" in request.POST:
            suppression.allow(digest)
        else:
            suppression.stop(digest)
        return redirect("mailbox:stop", token=token)
    return render(request, "outbox/stop.html", _context(digest))


def _context(digest: str) -> dict[str, object]:
    return {"stopped": suppression.find(digest), "days": settings.SUPPRESSION_DAYS}
