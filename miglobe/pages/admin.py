from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, F, OuterRef, QuerySet, Subquery, TextField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST

from miglobe.accounts.models import User

from . import editing, markup, reports, showing
from .forms import AnswerForm, PageForm
from .models import AccessibilityReport, Page, PageVersion, Portal


@admin.register(Portal)
class PortalAdmin(admin.ModelAdmin):
    formfield_overrides = {TextField: {"widget": AdminTextareaWidget(attrs={"rows": 4})}}
    fieldsets = (
        ("Anfragen", {"fields": ("takes_requests", "pause_note", "pause_note_en")}),
        ("Kontakt", {"fields": ("contact_email", "contact_phone", "security_contact")}),
        (
            "Impressum",
            {
                "fields": (
                    "operator",
                    "address",
                    "represented_by",
                    "register_entry",
                    "vat_id",
                    "responsible_for_content",
                    "imprint",
                ),
                "description": "Angaben nach § 5 DDG. Betreiber, Anschrift, Vertretung und Kontakt sind Pflicht.",
            },
        ),
        (
            "Datenschutz",
            {
                "fields": ("privacy_officer", "privacy_officer_contact", "supervisory_authority"),
                "description": "Die gemeinsam Verantwortlichen stehen unter „Organisationen“.",
            },
        ),
        (
            "Barrierefreiheit",
            {
                "fields": (
                    "accessibility_checked_on",
                    "accessibility_method",
                    "accessibility_method_en",
                    "accessibility_answer_days",
                    "enforcement_body",
                    "sign_language_url",
                ),
                "description": "Was noch nicht barrierefrei ist, schreiben Sie in die Seite „Erklärung zur "
                "Barrierefreiheit“.",
            },
        ),
        ("Land", {"fields": ("land_de", "land_en")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Portal.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Portal | None = None) -> bool:
        return False


@admin.register(Page)
class PageAdmin(admin.ModelAdmin):
    """The public texts. Which pages there are is code; what they say is written here."""

    form = PageForm
    change_form_template = "admin/pages/page.html"
    fields = ("title", "description", "body", "seen")
    list_display = ("__str__", "saved")
    list_filter = ("language",)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        latest = PageVersion.objects.filter(page=OuterRef("pk")).values("saved_at")[:1]
        saved_at = Subquery(latest, output_field=DateTimeField())
        pages: QuerySet[Any] = super().get_queryset(request).annotate(saved_at=saved_at)
        return pages

    @admin.display(description="Zuletzt gespeichert", ordering="saved_at")
    def saved(self, page: Any) -> Any:
        return page.saved_at

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Page | None = None) -> bool:
        return False

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Page | None = None,
    ) -> HttpResponse:
        assert obj
        context |= {
            "versions": obj.versions.select_related("by").defer("body")[:50],
            "placeholders": [(f"{{{{ {name} }}}}", known.says) for name, known in markup.PLACEHOLDERS.items()],
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: HttpRequest, obj: Page, form: Any, change: bool) -> None:
        words = {name: form.cleaned_data[name] for name in ("title", "description", "body")}
        editing.save(obj, **words, seen=form.cleaned_data["seen"], by=cast(User, request.user))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/preview/", wrap(self.preview), name="pages_page_preview"),
            path("<int:pk>/versions/<int:version>/", wrap(self.version), name="pages_page_version"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The text as it stands in the form, in the layout of the public page. Nothing is saved."""
        page = get_object_or_404(Page, pk=pk)
        if not self.has_change_permission(request, page):
            raise PermissionDenied
        typed = {name: request.POST.get(name, "") for name in ("title", "description", "body")}
        shown = Page(slug=page.slug, language=page.language, **typed)
        return showing.response(request, shown, is_preview=True)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def version(self, request: HttpRequest, pk: int, version: int) -> HttpResponse:
        """GET shows an old version, POST makes it the newest one."""
        found = get_object_or_404(PageVersion.objects.select_related("page", "by"), pk=version, page=pk)
        if not self.has_view_permission(request, found.page):
            raise PermissionDenied
        may_restore = self.has_change_permission(request, found.page)
        if request.method == "POST":
            if not may_restore:
                raise PermissionDenied
            editing.restore(found, by=cast(User, request.user))
            self.log_change(request, found.page, f"Fassung vom {_moment(found)} wiederhergestellt")
            messages.success(request, "Die Fassung ist wiederhergestellt und öffentlich.")
            return redirect("admin:pages_page_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Fassung vom {_moment(found)}",
            "opts": self.opts,
            "page": found.page,
            "version": found,
            "body": markup.html(found.body, Portal.current()),
            "may_restore": may_restore and found != found.page.versions.first(),
        }
        return TemplateResponse(request, "admin/pages/version.html", context)


def _moment(version: PageVersion) -> str:
    return date_format(timezone.localtime(version.saved_at), "d.m.Y H:i")


class AnswerFilter(admin.SimpleListFilter):
    title = "Antwort"
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "fehlt noch"), ("given", "gegeben")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = {"open": False, "given": True}.get(self.value() or "")
        return queryset if given is None else queryset.filter(answered_at__isnull=not given)


@admin.register(AccessibilityReport)
class AccessibilityReportAdmin(admin.ModelAdmin):
    """The queue of reported barriers: those to be answered first, the most urgent on top."""

    form = AnswerForm
    list_display = ("reference", "due", "page", "received_at", "answered_at", "by")
    list_select_related = ("by",)
    list_filter = (AnswerFilter,)
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("reference__iexact",)
    search_help_text = "Aktenzeichen, vollständig"
    ordering = (F("answered_at").desc(nulls_first=True), "due_at", "pk")
    list_per_page = 50
    show_full_result_count = False
    actions = None
    reported = ("reference", "received_at", "due", "page", "barrier", "email")

    @admin.display(description="Antwort bis", ordering="due_at")
    def due(self, report: AccessibilityReport) -> str:
        day = date_format(timezone.localdate(report.due_at), "d.m.Y")
        return f"{day} (überfällig)" if report.is_overdue else day

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # reports are filed in the public form

    def has_delete_permission(self, request: HttpRequest, obj: AccessibilityReport | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: AccessibilityReport | None = None) -> tuple[str, ...]:
        is_answered = obj is not None and obj.answered_at is not None
        return (*self.reported, "answer", *(("answered_at", "by") if is_answered else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: AccessibilityReport | None = None) -> tuple[str, ...]:
        """An answer that comes too late is refused by the form, so that its text is not lost."""
        if obj and obj.answered_at and request.method != "POST":
            return (*self.reported, "answer", "answered_at", "by")
        return (*self.reported, "answered_at", "by")

    def save_model(self, request: HttpRequest, obj: AccessibilityReport, form: Any, change: bool) -> None:
        reports.answer(obj, text=form.cleaned_data["answer"], by=cast(User, request.user))
