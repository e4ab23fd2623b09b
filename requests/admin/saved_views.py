"""Views of the list of cases that people keep: saved above the list, put in order on a page of their own."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from miglobe.accounts import saved_views
from miglobe.accounts.models import SavedView, User
from miglobe.errors import Refused

from .filters import CASE_FILTERS

LIST = "admin:requests_consultationrequest_changelist"
VIEWS = "admin:requests_consultationrequest_views"
KNOWN = (SEARCH_VAR, ORDER_VAR, *(name for own in CASE_FILTERS for name in own.parameters()))
LONGEST_VALUE = 200
MOST_VALUES = 20


def kept(query: QueryDict) -> str:
    """What a view keeps of an address: known parameters in one order, so that the same view is the same text."""
    values = {name: [value[:LONGEST_VALUE] for value in query.getlist(name) if value] for name in KNOWN}
    tidy = QueryDict(mutable=True)
    for name in sorted(name for name in KNOWN if values[name]):
        tidy.setlist(name, values[name][:MOST_VALUES])
    return tidy.urlencode()


class SavedViews(admin.ModelAdmin):
    """Saving, naming, sharing, ordering and deleting."""

    def get_urls(self) -> list[URLPattern]:
        views = (
            ("ansichten/", self.views, "views"),
            ("ansichten/merken/", self.save_view, "save_view"),
            ("ansichten/zuerst/", self.begin_with, "begin_with"),
            ("ansichten/<int:pk>/", self.change_view_kept, "change_view"),
        )
        own = [
            path(route, self.admin_site.admin_view(view), name=f"requests_consultationrequest_{name}")
            for route, view, name in views
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Whoever comes without a wish gets the view that she or he has chosen to begin with."""
        if request.method == "GET" and not request.GET and self.has_view_permission(request):
            view = saved_views.first(cast(User, request.user))
            if view is not None:
                return redirect(f"{request.path}?{view.query}")
        return super().changelist_view(request, extra_context)

    @method_decorator(require_safe)
    def views(self, request: HttpRequest) -> HttpResponse:
        person = self._reader(request)
        context = {
            **self.admin_site.each_context(request),
            "title": "Ansichten",
            "opts": self.opts,
            "views": list(saved_views.visible(person)),
            "sharing": SavedView.Sharing.choices,
            "name_length": SavedView.NAME_LENGTH,
        }
        return TemplateResponse(request, "admin/requests/views.html", context)

    @method_decorator(require_POST)
    def save_view(self, request: HttpRequest) -> HttpResponse:
        person, query = self._reader(request), kept(QueryDict(request.POST.get("query", "")))
        try:
            view = saved_views.save(
                name=request.POST.get("name", ""),
                query=query,
                sharing=request.POST.get("sharing", ""),
                is_first=bool(request.POST.get("first")),
                by=person,
            )
            messages.success(request, f"Die Ansicht „{view}“ ist gespeichert.")
        except Refused as refusal:
            messages.error(request, str(refusal))
        address = redirect(LIST)
        address["Location"] += f"?{query or 'all=1'}"
        return address

    @method_decorator(require_POST)
    def change_view_kept(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Of one's own views."""
        person = self._reader(request)
        view = get_object_or_404(SavedView, pk=pk, owner=person)
        try:
            match request.POST.get("do"):
                case "delete":
                    saved_views.delete(view, by=person)
                    messages.success(request, f"Die Ansicht „{view}“ ist gelöscht.")
                case "up":
                    saved_views.move_up(view, by=person)
                case _:
                    sharing = request.POST.get("sharing", "")
                    saved_views.change(view, name=request.POST.get("name", ""), sharing=sharing, by=person)
                    messages.success(request, f"Die Ansicht „{view}“ ist gespeichert.")
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect(VIEWS)

    @method_decorator(require_POST)
    def begin_with(self, request: HttpRequest) -> HttpResponse:
        person, key = self._reader(request), request.POST.get("view", "")
        view = None
        if key:
            visible = saved_views.visible(person)
            view = get_object_or_404(visible, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
        saved_views.begin_with(view, by=person)
        messages.success(request, f"Die Liste beginnt ab jetzt mit {f'„{view}“' if view else 'allen Anfragen'}.")
        return redirect(VIEWS)

    def _reader(self, request: HttpRequest) -> User:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return cast(User, request.user)
