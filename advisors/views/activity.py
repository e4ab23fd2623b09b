"""The yearly sheet of an advisor, behind the personal link."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from .. import activity
from ..models import Advisor
from .own_page import behind_own_link


@behind_own_link
@require_safe
def activity_sheet(request: HttpRequest, advisor: Advisor, year: int) -> HttpResponse:
    """Of a year with something to show, also for those who have left the pool."""
    if year not in activity.years(advisor):
        raise Http404
    return activity.response(advisor, year)
