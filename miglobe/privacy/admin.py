"""What the nightly run has done and will do, and what it must leave alone. For the lead."""

from http import HTTPStatus
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_safe

from miglobe.accounts.models import User
from miglobe.lists import LongList, ReadOnly

from . import holds, registry, retention
from .models import LegalHold, RetentionCount, RetentionRun


@admin.register(RetentionRun)
class RetentionRunAdmin(ReadOnly, LongList, admin.ModelAdmin):
    actions = None
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/privacy/runs.html"
    change_form_template = "admin/privacy/run.html"
    list_display = ("started_at", "finished_at", "number", "succeeded")
    sortable_by = ("started_at",)
    fields = ("started_at", "finished_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(number=Sum("counts__number", default=0))

    @admin.display(description="Gelöscht oder anonymisiert")
    def number(self, run: Any) -> int:
        return int(run.number)

    @admin.display(description="Gelungen", boolean=True)
    def succeeded(self, run: RetentionRun) -> bool:
        return run.finished_at is not None and not run.failed

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(self.preview)
        return [path("vorschau/", preview, name="privacy_retentionrun_preview"), *super().get_urls()]

    @method_decorator(require_safe)
    def preview(self, request: HttpRequest) -> HttpResponse:
        """What the next run would do now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        due = [(one.rule.what, retention.period(one.rule), one.rule.how.value, one.number) for one in _due()]
        context = {**self.admin_site.each_context(request), "title": "Vorschau", "opts": self.opts, "due": due}
        return TemplateResponse(request, "admin/privacy/preview.html", context)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        run = kwargs.get("obj")
        if run:
            context |= {"counts": _in_words(run.counts.all()), "failed": _names(run.failed.split())}
        return super().render_change_form(request, context, *args, **kwargs)


def _due() -> list[retention.Due]:
    """What is most first."""
    return sorted(retention.preview(timezone.now()), key=lambda due: -due.number)


def _names(rules: list[str]) -> list[str]:
    known = {rule.name: rule.what for rule in registry.rules()}
    return [known.get(name, name) for name in rules]


def _in_words(counts: Any) -> list[tuple[str, RetentionCount]]:
    found = list(counts)
    return list(zip(_names([count.rule for count in found]), found, strict=True))


class HoldForm(forms.ModelForm):
    name = forms.CharField(
        label="Wovon?",
        max_length=254,
        help_text="Das Aktenzeichen einer Anfrage oder die E-Mail-Adresse einer*eines Berater*in.",
    )

    class Meta:
        model = LegalHold
        fields = ("reason",)
        help_texts = {"reason": "Zum Beispiel: Prüfung durch den Mittelgeber bis 30.06. Keine Namen."}

    def clean_name(self) -> Any:
        row = holds.find(self.cleaned_data["name"])
        if row is None:
            raise forms.ValidationError("Dazu gibt es keinen Eintrag. Bitte prüfen Sie die Schreibweise.")
        if holds.is_placed(row):
            raise forms.ValidationError("Hier ist die Löschung schon ausgesetzt.")
        return row


@admin.register(LegalHold)
class LegalHoldAdmin(LongList, admin.ModelAdmin):
    """Placed and ended, never changed."""

    form = HoldForm
    change_form_template = "admin/privacy/hold.html"
    list_display = ("at", "whose", "reason", "by", "ended_at")
    list_select_related = ("by",)
    sortable_by = ("at",)
    actions = None
    show_facets = admin.ShowFacets.NEVER

    def get_fields(self, request: HttpRequest, obj: LegalHold | None = None) -> Any:
        return ("whose", "reason", "at", "by", "ended_at", "ended_by") if obj else ("name", "reason")

    def get_readonly_fields(self, request: HttpRequest, obj: LegalHold | None = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    @admin.display(description="Wovon")
    def whose(self, hold: LegalHold) -> str:
        row = holds.row_of(hold)
        return f"{holds.label(hold.model)}: {row or 'gibt es nicht mehr'}"

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:
        placed = holds.place(form.cleaned_data["name"], reason=obj.reason, by=cast(User, request.user))
        obj.pk = placed.pk

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A page with errors says so to machines too."""
        response: HttpResponse = super().add_view(request, form_url, extra_context)
        if request.method == "POST" and response.status_code == HTTPStatus.OK:
            response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response

    def has_change_permission(self, request: HttpRequest, obj: LegalHold | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LegalHold | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        end = self.admin_site.admin_view(self.end)
        return [path("<int:pk>/aufheben/", end, name="privacy_legalhold_end"), *super().get_urls()]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def end(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks, POST ends it."""
        if not request.user.has_perm("privacy.add_legalhold"):
            raise PermissionDenied
        hold = get_object_or_404(LegalHold, pk=pk)
        page = reverse("admin:privacy_legalhold_change", args=[pk])
        if request.method == "POST":
            holds.end(hold, by=cast(User, request.user))
            messages.success(request, "Die Aussetzung ist aufgehoben. Die Fristen gelten wieder.")
            return redirect(page)
        context = {
            **self.admin_site.each_context(request),
            "title": "Aussetzung aufheben",
            "opts": self.opts,
            "whose": self.whose(hold),
            "hold": hold,
            "back": page,
        }
        return TemplateResponse(request, "admin/privacy/end_hold.html", context)
