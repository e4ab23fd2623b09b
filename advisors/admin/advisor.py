"""The pool."""

from http import HTTPStatus
from itertools import combinations
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ManyToManyField, QuerySet
from django.forms import BaseInlineFormSet, CheckboxSelectMultiple
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from miglobe.accounts.models import User
from miglobe.links import secret_page
from requests.admin import TermAdmin
from requests.models import Municipality

from .. import access, activity, addresses, pauses, reading
from ..forms import AdvisorForm
from ..models import Advisor, DeclineReason, Pause, Purpose
from .consents import WithConsents, register_of
from .filters import ExperienceFilter, WishFilter
from .noted_list import NotedList

admin.site.register(DeclineReason, TermAdmin)


class PausesApart(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        kept = [form.instance for form in self.forms if form.is_valid() and form not in self.deleted_forms]
        dated = [pause for pause in kept if pause.starts_on]
        if any(pauses.touch(one, other) for one, other in combinations(dated, 2)):
            raise ValidationError("Zwei Pausen überschneiden sich.")


class Pauses(admin.StackedInline):
    """They belong to the profile: whoever may change it may change them."""

    model = Pause
    formset = PausesApart
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("advisors.view_advisor")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("advisors.change_advisor")

    has_delete_permission = has_change_permission

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


SECTIONS: tuple[tuple[str | None, dict[str, Any]], ...] = (
    (None, {"fields": ("name", "email", "phone", "active")}),
    ("Kenntnisse", {"fields": ("topics", "languages", "regions", "formats")}),
    ("Reichweite", {"fields": ("home", "travel_km", "online", "capacity", "biased_for", "apart")}),
    ("Wünsche", {"fields": ("wants_fewer", "only_topics")}),
    ("Öffentliches Profil", {"fields": ("about",)}),
)


@admin.register(Advisor)
class AdvisorAdmin(WithConsents, NotedList):
    change_form_template = "admin/advisors/advisor.html"
    form = AdvisorForm
    list_display = ("name", "email", "home", "standing", "may_be_matched", "load", "capacity")
    list_filter = ("active", "topics", "languages", "online", WishFilter, ExperienceFilter)
    list_select_related = ("home",)
    sortable_by = ("name", "standing", "load", "capacity")
    search_fields = ("name", "email")
    actions = None
    inlines = (Pauses,)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return SECTIONS  # not an attribute: Django's check knows nothing of the form's own fields for levels

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the empty rows of those who have been forgotten."""
        known = Advisor.objects.with_load().filter(anonymised_at=None)
        return known.prefetch_related("consents", "pauses").order_by(*self.get_ordering(request))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.active:
            obj.left_at = None  # whoever had left is taken back by the desk
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            access.send_links(obj.email)
            messages.info(request, f"Die neue E-Mail-Adresse bekommt {addresses.LINKS}.")

    @admin.display(description="Einwilligung", boolean=True)
    def may_be_matched(self, advisor: Advisor) -> bool:
        return advisor.consents_to(Purpose.MATCHING)

    @admin.display(description="Stand", ordering="active")
    def standing(self, advisor: Advisor) -> str:
        if advisor.left_at:
            return f"hat den Pool verlassen ({timezone.localtime(advisor.left_at):%d.%m.%Y})"
        today = timezone.localdate()
        pause = next((each for each in advisor.pauses.all() if pauses.covers(each, today)), None)
        if pause and advisor.active:
            return f"Pause bis {pause.ends_on:%d.%m.%Y}" if pause.ends_on else "Pause bis auf Weiteres"
        if not advisor.active:
            return "ruht"
        return "aktiv, möchte seltener" if advisor.wants_fewer else "aktiv"

    @admin.display(description="Laufende Einsätze", ordering="load")
    def load(self, advisor: Any) -> int:
        return int(advisor.load)

    def has_delete_permission(self, request: HttpRequest, obj: Advisor | None = None) -> bool:
        return False  # an advisor who leaves is switched off

    def get_urls(self) -> list[URLPattern]:
        sheet = self.admin_site.admin_view(self.activity)
        return [path("<int:pk>/activity/<int:year>/", sheet, name="advisors_advisor_activity"), *super().get_urls()]

    # --- Every look at a record is noted -----------------------------------------------------------------

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Advisor | None = None,
    ) -> HttpResponse:
        if obj:
            reading.opened(obj, by=cast(User, request.user))
            context |= register_of(obj) | {"years": activity.years(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    @method_decorator(secret_page)
    @method_decorator(require_safe)
    def activity(self, request: HttpRequest, pk: int, year: int) -> HttpResponse:
        """What the person has done in a year, as a PDF."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        advisor = get_object_or_404(Advisor, pk=pk)
        if not 2000 <= year <= timezone.localdate().year:
            raise Http404
        reading.opened(advisor, by=cast(User, request.user))
        return activity.response(advisor, year)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().history_view(request, object_id, extra_context)
        if response.status_code == HTTPStatus.OK:
            reading.opened(Advisor.objects.get(pk=object_id), by=cast(User, request.user), page=reading.Page.HISTORY)
        return response

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.remote_field.model is not Municipality:
            kwargs["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)
