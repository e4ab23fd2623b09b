"""The advisors who would like everybody to read of them."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .. import public_profiles as profiles
from ..forms import ProfileFilter

PER_PAGE = 24


@login_not_required
@require_safe
def public_profiles(request: HttpRequest) -> HttpResponse:
    """Withdrawing takes a profile down with the next request, so nobody may keep a copy: no browser, no proxy, and no
    search engine, whose index and archive we could not clear. The page is found from our own pages alone.
    """
    form = ProfileFilter(request.GET)
    form.is_valid()  # what is not on offer filters nothing, and is said beside its field
    page = Paginator(profiles.published(**form.chosen()), PER_PAGE).get_page(request.GET.get("seite"))
    context = {"form": form, "page": page, "is_filtered": any(form.chosen().values()), "filters": form.as_query()}
    response = render(request, "advisors/public_profiles.html", context)
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, noarchive"
    return response
