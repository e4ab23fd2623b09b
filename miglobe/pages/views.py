from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from miglobe.findable import findable

from . import editing, showing


@login_not_required
@require_safe
@findable
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """A text that coordinators edit at the desk."""
    return showing.response(request, editing.find(slug))
