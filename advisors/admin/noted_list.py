"""A list of people of the pool."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from miglobe.accounts.models import User
from miglobe.lists import LongList

from .. import reading


class NotedList(LongList, admin.ModelAdmin):
    """Whoever reads it is noted, with how many it showed."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        shown = (getattr(response, "context_data", None) or {}).get("cl")
        if shown is not None:
            reading.listed(len(shown.result_list), by=cast(User, request.user))
        return response
