"""What we hold of an advisor: to read, and as a file."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from miglobe.limits import limits, networks
from miglobe.privacy import own_file
from miglobe.privacy.parts import readable

from .. import own_data as data
from ..models import Advisor
from .own_page import behind_own_link


@behind_own_link
@require_safe
def own_data(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    parts = [
        {
            "title": part.title,
            "note": part.note,
            "entries": [[(label, readable(value)) for label, value in entry.items()] for entry in part.entries],
        }
        for part in data.everything(advisor)
    ]
    return render(request, "advisors/own_data.html", {"advisor": advisor, "parts": parts})


@behind_own_link
@require_POST
def own_data_file(request: HttpRequest, advisor: Advisor) -> HttpResponseBase:
    """The same file that people without a page of their own get by a mailed link."""
    limits.spend("own_data_file", network=networks.of(request), thing=str(advisor.key))
    return own_file.response(own_file.everything(advisor.email))
