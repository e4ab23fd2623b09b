"""What we hold of an advisor: to read, and as a file."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

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
@require_safe
def own_data_file(request: HttpRequest, advisor: Advisor) -> HttpResponse:
    """A file of our own words: nothing of the person stands in its name."""
    response = JsonResponse(data.as_file(advisor), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="MiGlobe-Daten.json"'
    return response
