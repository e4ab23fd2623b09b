"""The advisor's own page behind a mailed link."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from miglobe.links import Dead, secret_page

from .. import links
from ..models import Advisor, Offer
from .finding import show_lost_link


def behind_own_link(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Finds the advisor whose link it is; a dead link leads to a page that helps."""

    @wraps(view)
    def wrapper(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        try:
            advisor = links.find_advisor(token)
        except Dead:
            return show_lost_link(request, dead=True)
        return view(request, advisor, **kwargs)

    return login_not_required(secret_page(wrapper))


@behind_own_link
@require_safe
def me(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    """What there is to answer and to do."""
    mine = Offer.objects.filter(advisor=advisor).select_related("consultation__municipality")
    at_work = mine.at_work().order_by("-answered_at")
    context = {
        "advisor": advisor,
        "open_offers": [(offer, links.token(offer)) for offer in mine.open().order_by("due_at")],
        "assignments": [(offer, links.token(offer)) for offer in at_work],
    }
    return render(request, "advisors/me.html", context)


@behind_own_link
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    """How often, and whether, the person wants to be asked."""
    return me(request, token=links.token_of(advisor))  # type: ignore[return-value]
