from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db.models import Field, ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.timesince import timesince

from miglobe.outbox.models import Mail

from . import access, desk, summary, workflow
from .models import UNFILED, ConsultationRequest, Format, Language, Municipality, Reason, Region, State, Topic


@admin.register(Topic, Format, Language)
class TermAdmin(admin.ModelAdmin):
    list_display: tuple[str, ...] = ("name", "position", "active")


@admin.register(Region)
class RegionAdmin(TermAdmin):
    list_display = ("name", "part_of", "position", "active")
    list_select_related = ("part_of",)


@admin.register(Reason)
class ReasonAdmin(TermAdmin):
    list_display = ("name", "explanation", "position", "active")


@admin.register(Municipality)
class MunicipalityAdmin(admin.ModelAdmin):
    """Kept by `load_data` from the official list; here to look things up."""

    list_display = ("name", "type", "district_name", "region", "ags")
    list_filter = ("region", "type")
    search_fields = ("name", "ags__startswith")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Municipality | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Municipality | None = None) -> bool:
        return False


class StateFilter(admin.SimpleListFilter):
    title = "Stand"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in State if state not in UNFILED]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() else queryset


class DistrictFilter(admin.SimpleListFilter):
    title = "Kreis oder kreisfreie Stadt"
    parameter_name = "kreis"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        districts = Municipality.objects.values_list("district_ags", "district_name").distinct()
        return sorted(districts.order_by(), key=lambda district: district[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(municipality__district_ags=self.value()) if self.value() else queryset


class ConsultationRequestAdmin(admin.ModelAdmin):
    """The case file. Usable alone; `advisors.admin` registers it with the team on top."""

    change_form_template = "admin/requests/case.html"
    list_display = ("reference", "state", "place_name", "district", "topic_names", "responsible", "age", "next_step")
    list_filter = (StateFilter, "organisation", "person", "municipality__region", DistrictFilter, "topics")
    list_select_related = ("municipality", "organisation", "person")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = (
        "reference__istartswith",
        "municipality__name__istartswith",
        "contact_name__icontains",
        "contact_email__iexact",
    )
    search_help_text = "Aktenzeichen, Kommune, Ansprechperson oder vollständige E-Mail-Adresse"
    actions = None
    fieldsets = (
        ("Anliegen", {"fields": ("municipality", "co_municipalities", "topics", "concern", "hope")}),
        ("Rahmen", {"fields": ("formats", "place", "wished_from", "wished_until", "languages", "regions")}),
        ("Kontakt", {"fields": ("contact_name", "contact_office", "contact_email", "contact_phone")}),
    )

    # --- The list ------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return ConsultationRequest.objects.filed().prefetch_related("topics").order_by(*self.get_ordering(request))

    @admin.display(description="Kommune", ordering="municipality__sort_key")
    def place_name(self, consultation: ConsultationRequest) -> str:
        return str(consultation.municipality)

    @admin.display(description="Kreis", ordering="municipality__district_name")
    def district(self, consultation: ConsultationRequest) -> str:
        assert consultation.municipality
        return consultation.municipality.district_name

    @admin.display(description="Themen")
    def topic_names(self, consultation: ConsultationRequest) -> str:
        return "; ".join(topic.name for topic in consultation.topics.all())

    @admin.display(description="Zuständig", empty_value="noch niemand")
    def responsible(self, consultation: ConsultationRequest) -> str | None:
        if consultation.person is None:
            return None
        return f"{consultation.person} ({consultation.organisation or '–'})"

    @admin.display(description="Stand seit", ordering="state_since")
    def age(self, consultation: ConsultationRequest) -> str:
        return timesince(consultation.state_since, depth=1)

    @admin.display(description="Nächster Schritt")
    def next_step(self, consultation: ConsultationRequest) -> str:
        return workflow.next_step(consultation)

    # --- The case --------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # requests are filed in the public form

    def has_delete_permission(self, request: HttpRequest, obj: ConsultationRequest | None = None) -> bool:
        return False  # a case ends; it does not vanish

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        consultation = self.get_object(request, object_id)
        context = {} if consultation is None else self.case_context(request, consultation)
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def case_context(self, request: HttpRequest, consultation: ConsultationRequest) -> dict[str, Any]:
        """Everything the case file shows beyond the form."""
        mails = Mail.objects.of_case(consultation.reference or "")
        return {
            "title": f"{consultation.reference}: {consultation.municipality}",
            "subtitle": None,
            "consultation": consultation,
            "rows": summary.everything(consultation),
            "next_step": workflow.next_step(consultation),
            "overdue": consultation.contacted_at is None
            and consultation.state == State.NEW
            and (consultation.first_contact_due or timezone.now()) < timezone.now(),
            "buttons": desk.buttons(consultation) if self.may_coordinate(request) else {},
            "mails": mails.defer("text"),
            "transitions": [
                (workflow.MOVES[transition.move].label, transition)
                for transition in consultation.transitions.select_related("by")
            ],
        }

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Plain lists: no pop-ups to add entries, and checkboxes instead of lists to be held with a key."""
        if isinstance(db_field, ManyToManyField) and db_field.remote_field.model is not Municipality:
            kwargs["widget"] = CheckboxSelectMultiple
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Writes what was corrected and nothing else: the state may have moved on since the page was opened."""
        columns = [name for name in form.changed_data if not obj._meta.get_field(name).many_to_many]
        obj.save(update_fields=[*columns, "updated_at"])
        if "contact_email" in form.changed_data:  # the links to the old address are dead now
            access.send_link(obj)
            messages.info(request, "An die neue E-Mail-Adresse geht der Link zur Anfrage.")

    # --- The buttons ------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:pk>/move/<slug:name>/",
                self.admin_site.admin_view(self.move),
                name="requests_consultationrequest_move",
            )
        ]
        return own + super().get_urls()

    def may_coordinate(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("requests.coordinate"))

    def case_for(self, request: HttpRequest, pk: int) -> ConsultationRequest:
        """The case of a button, for those who may press it. Raises PermissionDenied or Http404."""
        if not self.may_coordinate(request):
            raise PermissionDenied
        cases = self.get_queryset(request).select_related(*self.list_select_related)
        consultation: ConsultationRequest = get_object_or_404(cases, pk=pk)
        return consultation

    def move(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        consultation = self.case_for(request, pk)
        button = desk.BUTTONS.get(name)
        if button is None:
            raise Http404
        return desk.press(self.admin_site, request, consultation, button, consultation)
