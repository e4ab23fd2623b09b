from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db.models import Field, ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.views.decorators.http import require_http_methods, require_safe

from miglobe.accounts.models import User
from miglobe.history.reading import Line
from miglobe.links import secret_page
from miglobe.outbox.models import Mail

from .. import deadlines, desk, downloads, history, mail_domains, pdf, rights, workflow
from ..models import ConsultationRequest, Municipality, Transition
from ..waiting import WAITING
from .bulk import BulkActions
from .case_file import surroundings
from .correction import CorrectionForm, told
from .finding import Finding
from .notes import NotesOfCase

BUTTON_METHODS = require_http_methods(["GET", "HEAD", "POST"])
RELATIONS = tuple(field.name for field in ConsultationRequest._meta.many_to_many)


class ConsultationRequestAdmin(Finding, NotesOfCase, BulkActions, admin.ModelAdmin):
    """The case file. Usable alone; `advisors.admin` registers it with the team on top."""

    form = CorrectionForm
    change_form_template = "admin/requests/case.html"
    list_display = (
        "reference",
        "standing",
        "due",
        "place_name",
        "district",
        "topic_names",
        "responsible",
        "arrived",
        "next_step",
    )
    sortable_by = ("reference", "place_name", "district", "arrived", "standing", "due")
    waiting: ClassVar = WAITING
    list_select_related = ("municipality", "organisation", "person")
    show_facets = admin.ShowFacets.NEVER
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
        """The first; the case names the others."""
        first, *others = [topic.name for topic in consultation.topics.all()] or [""]
        return f"{first} (+ {len(others)})" if others else first

    @admin.display(description="Zuständig", empty_value="noch niemand")
    def responsible(self, consultation: ConsultationRequest) -> str | None:
        if consultation.person is None:
            return None
        return f"{consultation.person} ({consultation.organisation or '–'})"

    @admin.display(description="Eingegangen", ordering="confirmed_at")
    def arrived(self, consultation: ConsultationRequest) -> str:
        return date_format(timezone.localtime(consultation.confirmed_at), "SHORT_DATE_FORMAT")

    @admin.display(description="Stand", ordering="state_since")
    def standing(self, consultation: ConsultationRequest) -> str:
        """The state, and since how long ago."""
        return format_html(
            '{} <span class="desk-meta">({})</span>',
            consultation.get_state_display(),
            timesince(consultation.state_since, depth=1),
        )

    @admin.display(description="Nächster Schritt")
    def next_step(self, consultation: ConsultationRequest) -> str:
        return workflow.next_step(consultation)

    @admin.display(description="Frist", ordering="due_at")
    def due(self, consultation: ConsultationRequest) -> str | None:
        due = deadlines.of(consultation)
        return (
            None if due is None else format_html('<span class="desk-due desk-due--{}">{}</span>', due.level, due.words)
        )

    # --- The case --------------------------------------------------------------------------------------

    def whole(self, request: HttpRequest) -> QuerySet[Any]:
        """Cases with everything that stands on their page."""
        return self.get_queryset(request).select_related(*self.list_select_related).prefetch_related(*RELATIONS)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        try:
            return self.whole(request).filter(pk=object_id).first()
        except ValueError:
            return None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # requests are filed in the public form

    def has_change_permission(self, request: HttpRequest, obj: ConsultationRequest | None = None) -> bool:
        """Corrections are for those who act on the case."""
        return super().has_change_permission(request, obj) and (obj is None or self.may_coordinate(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: ConsultationRequest | None = None) -> bool:
        return False  # a case ends; it does not vanish

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context |= self.case_context(request, obj)
        conflicts = getattr(context["adminform"].form, "conflicts", {})
        context["conflicts"] = told(conflicts, context["history"])
        response = super().render_change_form(request, context, add, change, form_url, obj)
        if conflicts:
            response.status_code = 409
        return response

    def case_context(self, request: HttpRequest, consultation: ConsultationRequest) -> dict[str, Any]:
        """Everything the case file shows beyond the form."""
        if request.method == "POST":  # the form has written into it what was typed
            consultation = self.whole(request).get(pk=consultation.pk)
        assert consultation.municipality
        may_coordinate = self.may_coordinate(request, consultation)
        transitions = list(consultation.transitions.select_related("by"))
        lines = self.history_of(consultation, transitions)
        since = desk.since_opened(request)
        return {
            "title": f"{consultation.reference}: {consultation.municipality}",
            "subtitle": None,
            "show_save_and_continue": False,  # saving leads back to the case anyway
            "consultation": consultation,
            "mail_domain": mail_domains.kind(consultation.contact_email, consultation.municipality).label,
            "files": consultation.attachments.select_related("by"),
            "next_step": workflow.next_step(consultation),
            "due": deadlines.of(consultation),
            "buttons": desk.buttons(consultation) if may_coordinate else {},
            "why_no_buttons": rights.why_not(cast(User, request.user), consultation),
            "mails": Mail.objects.of_case(consultation.reference or "").defer("text").prefetch_related("steps__by"),
            "opened": history.shown(lines),
            "since": since,
            "what_changed": desk.what_changed(consultation, since),
            "history": history.marked(lines, since) if since else lines,
            "thread": consultation.messages.select_related("by").prefetch_related("attachments"),
        } | surroundings(
            request,
            consultation,
            cases=self.get_queryset(request),
            transitions=transitions,
            may_coordinate=may_coordinate,
        )

    def history_of(self, consultation: ConsultationRequest, transitions: list[Transition] | None = None) -> list[Line]:
        """Everything that has become of the case, the newest first."""
        return history.lines(consultation, transitions)

    def opened_now(self, consultation: ConsultationRequest) -> history.Opened:
        """How far the case's history has come now."""
        return history.now(**{history.MARK: history.latest(consultation)})

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Plain lists: no pop-ups to add entries, and checkboxes instead of lists to be held with a key."""
        if isinstance(db_field, ManyToManyField) and db_field.remote_field.model is not Municipality:
            kwargs["widget"] = CheckboxSelectMultiple
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        if field:
            field.show_hidden_initial = True  # "changed" means: by this person, since this page was opened
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Only what was corrected: the case may have moved on since the page was opened."""
        fields = [obj._meta.get_field(name) for name in form.changed_data]
        if fields:
            changes = {field.name: form.cleaned_data[field.name] for field in fields if not field.many_to_many}
            names = ", ".join(str(field.verbose_name) for field in fields)
            workflow.correct(obj, note=names, by=cast(User, request.user), **changes)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        for name in form.changed_data:
            if form.instance._meta.get_field(name).many_to_many:
                getattr(form.instance, name).set(form.cleaned_data[name])

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.success(request, "Die Angaben sind gespeichert.")
        return redirect(desk.CASE, obj.pk)

    # --- The buttons ------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:pk>/move/<slug:name>/",
                self.admin_site.admin_view(self.move),
                name="requests_consultationrequest_move",
            ),
            path(
                "<int:pk>/file/<uuid:file>/",
                self.admin_site.admin_view(self.file),
                name="requests_consultationrequest_file",
            ),
            path("<int:pk>/pdf/", self.admin_site.admin_view(self.pdf), name="requests_consultationrequest_pdf"),
        ]
        return own + super().get_urls()

    @method_decorator(secret_page)
    @method_decorator(require_safe)
    def file(self, request: HttpRequest, pk: int, file: UUID) -> HttpResponseBase:
        """A file of a case, for everybody who may see the case."""
        return downloads.serve(request, self.case_to_see(request, pk), file)

    @method_decorator(secret_page)
    @method_decorator(require_safe)
    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        return pdf.response(self.case_to_see(request, pk))

    def case_to_see(self, request: HttpRequest, pk: int) -> ConsultationRequest:
        """The case, for everybody who may see it. Raises PermissionDenied or Http404."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        consultation: ConsultationRequest = get_object_or_404(self.get_queryset(request), pk=pk)
        return consultation

    def may_coordinate(self, request: HttpRequest, consultation: ConsultationRequest) -> bool:
        """Whether the person may act on this case. See docs/adr/0014-roles.md."""
        return rights.may_act(request.user, consultation)

    def case_for(self, request: HttpRequest, pk: int) -> ConsultationRequest:
        """The case of a button, for those who may press it. Raises PermissionDenied or Http404."""
        consultation = self.case_to_note(request, pk)
        if not self.may_coordinate(request, consultation):
            raise PermissionDenied(rights.why_not(cast(User, request.user), consultation))
        return consultation

    def case_to_note(self, request: HttpRequest, pk: int) -> ConsultationRequest:
        """The case for an internal note: also one of another organisation. Raises PermissionDenied or Http404."""
        if not rights.may_act_at_all(request.user):
            raise PermissionDenied
        cases = self.get_queryset(request).select_related(*self.list_select_related)
        consultation: ConsultationRequest = get_object_or_404(cases, pk=pk)
        return consultation

    def button(self, name: str) -> desk.Button | None:
        return desk.BUTTONS.get(name)

    def initial_of_move(self, consultation: ConsultationRequest, name: str) -> dict[str, Any]:
        """What the form of a move shows at first."""
        return {}

    @method_decorator(BUTTON_METHODS)
    def move(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """One of the buttons. A link may have chosen the `outcome` already; it is still to be confirmed."""
        consultation = self.case_for(request, pk)
        button = self.button(name)
        if button is None:
            raise Http404
        if request.method != "POST" and not workflow.allows(consultation, name):
            messages.error(request, f"Dieser Schritt passt nicht zum Stand „{consultation.get_state_display()}“.")
            return redirect(desk.what_changed(consultation, desk.since_opened(request)))
        chosen = {name: request.GET[name] for name in ("outcome",) if name in request.GET}
        initial = self.initial_of_move(consultation, name) | chosen
        return desk.press(self.admin_site, request, consultation, button, target=consultation, initial=initial)
