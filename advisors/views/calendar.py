"""The personal calendar: its page on the own page, and the feed behind its secret address."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from miglobe.errors import Refused
from miglobe.links import secret_page

from .. import feed as feeds
from ..models import Advisor
from .own_page import behind_own_link, in_the_pool, to_own


@behind_own_link
@in_the_pool
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    """GET shows the address and how to use it; POST makes one, renews it or switches it off."""
    if request.method == "POST":
        try:
            _change(request, advisor)
        except Refused as refusal:
            messages.error(request, str(refusal))
        return to_own(request, "calendar")
    context = {
        "advisor": advisor,
        "may_have": feeds.may_have(advisor),
        "addresses": feeds.addresses(advisor) if advisor.feed_key else None,
    }
    return render(request, "advisors/calendar.html", context)


def _change(request: HttpRequest, advisor: Advisor) -> None:
    if "aus" in request.POST:
        feeds.close(advisor)
        messages.success(request, gettext("Ihr Kalender ist abgeschaltet. Die Adresse öffnet nichts mehr."))
    elif "neu" in request.POST:
        is_first = advisor.feed_key is None
        feeds.renew(advisor)
        renewed = gettext("Ihr Kalender hat eine neue Adresse. Die frühere öffnet nichts mehr.")
        messages.success(request, gettext("Ihr Kalender ist eingerichtet.") if is_first else renewed)


@login_not_required
@require_safe
@secret_page
def feed(request: HttpRequest, key: UUID) -> HttpResponse:
    """For calendar programs, which ask again and again. A closed one is answered as an unknown one."""
    advisor = feeds.find(key)
    if advisor is None:
        raise Http404
    headers = {"Content-Disposition": 'inline; filename="MiGlobe.ics"'}
    return HttpResponse(feeds.text(advisor), content_type="text/calendar; charset=utf-8", headers=headers)
