"""Many cases at once, and lists as files."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from miglobe.accounts.confirmation import freshly_confirmed
from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.outbox import outbox

from .. import bulk, desk, exports, rights
from ..exports import TYPES
from ..models import BulkItem, BulkRun, ConsultationRequest

RUN = "admin:requests_bulkrun_change"
SHOWN_MAILS = 3  # whole; of the others the recipients
SHOWN_FAILURES = 100


class BulkActions(admin.ModelAdmin):
    """What the list of cases can do with those that are ticked, and with all that it shows."""

    actions = ("assign", "close", "write", "export_chosen")

    @admin.action(description="Zuweisen …", permissions=("bulk",))
    def assign(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._choose(request, queryset, "hand_over")

    @admin.action(description="Abschließen …", permissions=("bulk",))
    def close(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._choose(request, queryset, "close")

    @admin.action(description="Nachricht schreiben …", permissions=("bulk",))
    def write(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._choose(request, queryset, "reply")

    @admin.action(description="Exportieren …", permissions=("export",))
    def export_chosen(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._choose(request, queryset, BulkRun.EXPORT)

    def has_bulk_permission(self, request: HttpRequest) -> bool:
        return rights.may_act_at_all(request.user)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("requests.export_cases"))

    def _choose(self, request: HttpRequest, queryset: QuerySet[Any], move: str) -> HttpResponse:
        try:
            run = bulk.choose(queryset, move=move, by=cast(User, request.user))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.get_full_path())
        return redirect(RUN, run.pk)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        known = {"may_export": self.has_export_permission(request)}
        return super().changelist_view(request, known | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export)
        return [path("export/", view, name="requests_consultationrequest_export"), *super().get_urls()]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def export(self, request: HttpRequest) -> HttpResponseBase:
        """All that the list shows with the filters in the address."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request).get_queryset(request)
            return export_page(self.admin_site, request, shown, back=f"../?{request.GET.urlencode()}")
        except Refused as refusal:
            messages.error(request, str(refusal))
        except IncorrectLookupParameters:
            pass  # the list says so itself
        return redirect(f"../?{request.GET.urlencode()}")


@freshly_confirmed
def export_page(
    site: admin.AdminSite, request: HttpRequest, cases: QuerySet[Any], *, back: str, run: BulkRun | None = None
) -> HttpResponseBase:
    """GET asks how, POST sends the file and notes who took what. Raises Refused when the list is too long."""
    kind, personal = request.POST.get("kind", ""), bool(request.POST.get("personal"))
    count = exports.count(cases)
    may_take_personal = request.user.has_perm("requests.export_personal_data")
    if personal and not may_take_personal:
        raise PermissionDenied
    if request.method == "POST" and kind in TYPES:
        wanted = exports.columns(personal=personal)
        given = {"kind": kind, "personal": personal, "view": request.GET.dict()}
        exports.note(run, given=given, count=count, by=cast(User, request.user))
        return _file(kind, cases, wanted)
    context = {
        **site.each_context(request),
        "title": "Anfragen exportieren",
        "opts": ConsultationRequest._meta,
        "count": count,
        "types": TYPES,
        "plain": [column.title for column in exports.columns(personal=False)],
        "personal": [column.title for column in exports.COLUMNS if column.personal],
        "may_take_personal": may_take_personal,
        "missing": request.method == "POST",
        "back": back,
    }
    return TemplateResponse(
        request, "admin/requests/bulk/export.html", context, status=422 if request.method == "POST" else 200
    )


def _file(kind: str, cases: QuerySet[Any], wanted: list[exports.Column]) -> HttpResponseBase:
    name, content_type = f"anfragen-{timezone.localdate().isoformat()}.{kind}", TYPES[kind][1]
    table = exports.rows(cases, wanted)
    if kind == "xlsx":
        return FileResponse(
            exports.as_xlsx(table, wanted), as_attachment=True, filename=name, content_type=content_type
        )
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(exports.as_csv(table), content_type=content_type, headers=headers)


@admin.register(BulkRun)
class BulkRunAdmin(admin.ModelAdmin):
    """What was done with many cases at once: preview, progress, and what failed."""

    list_display = ("what", "by", "count", "created_at", "progress")
    list_select_related = ("by",)
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """One's own; choices that were never begun are seen only by following their address."""
        runs = BulkRun.objects.filter(by=cast(User, request.user))
        return runs.with_progress().order_by(*self.get_ordering(request))

    @admin.display(description="Vorgang")
    def what(self, run: BulkRun) -> str:
        return "Exportieren" if run.move == BulkRun.EXPORT else self._button(run).label

    @admin.display(description="Ergebnis")
    def progress(self, run: Any) -> str:
        if run.begun_at is None:
            return "nicht begonnen"
        if run.move == BulkRun.EXPORT:
            return "exportiert"
        failed = f", {run.failed} nicht möglich" if run.failed else ""
        return f"{run.done} von {run.count} erledigt{failed}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: BulkRun | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: BulkRun | None = None) -> bool:
        return False

    # --- One run -------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(self.again)
        return [path("<int:pk>/again/", again, name="requests_bulkrun_again"), *super().get_urls()]

    @method_decorator(never_cache)
    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        run = self._own(request, object_id)
        if run.move == BulkRun.EXPORT and run.begun_at is None:
            return self._export(request, run)
        return self._preview(request, run) if run.begun_at is None else self._progress(request, run)

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = self._own(request, pk)
        bulk.try_again(run)
        return redirect(RUN, run.pk)

    def _own(self, request: HttpRequest, pk: Any) -> BulkRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not str(pk).isdecimal():
            raise Http404
        run: BulkRun = get_object_or_404(self.get_queryset(request), pk=pk)
        return run

    def _button(self, run: BulkRun) -> desk.Button:
        """As the case's own page has it, with what it does to the team."""
        return desk.button_of_site(self.admin_site, run.move)

    def _export(self, request: HttpRequest, run: BulkRun) -> HttpResponseBase:
        if not request.user.has_perm("requests.export_cases"):
            raise PermissionDenied
        chosen = ConsultationRequest.objects.filed().filter(pk__in=run.items.values("consultation"))
        back = reverse("admin:requests_consultationrequest_changelist")
        return export_page(self.admin_site, request, chosen, back=back, run=run)

    def _preview(self, request: HttpRequest, run: BulkRun) -> HttpResponse:
        """As with one case: GET asks, POST shows what would happen, POST with `seen` begins."""
        if not rights.may_act_at_all(request.user):
            raise PermissionDenied
        button = self._button(run)
        form = button.form(request.POST if request.method == "POST" else None)
        asks = bool(button.form.base_fields)
        cases = bulk.cases(run)
        outlooks: list[bulk.Outlook] | None = None
        if form.is_valid() or not asks:
            act = desk.act_of(button, form, by=cast(User, request.user))
            outlooks = bulk.look_ahead(cases, act)
            seen = outbox.fingerprint(mail for outlook in outlooks for mail in outlook.mails)
            if request.POST.get("seen") == seen:
                bulk.begin(run, given={name: request.POST.getlist(name) for name in form.fields})
                return redirect(RUN, run.pk)
        mails = [mail for outlook in outlooks or [] for mail in outlook.mails]
        context = {
            **self.admin_site.each_context(request),
            "title": f"{button.label}: {run.count} {'Anfrage' if run.count == 1 else 'Anfragen'}",
            "opts": BulkRun._meta,
            "run": run,
            "button": button,
            "form": form,
            "asks": asks,
            "cases": cases,
            "outlooks": outlooks,
            "possible": sum(not outlook.refusal for outlook in outlooks or []),
            "mails": [(mail, outbox.as_preview(mail)) for mail in mails[:SHOWN_MAILS]],
            "more_mails": mails[SHOWN_MAILS:],
            "mail_count": len(mails),
            "seen": "" if outlooks is None else seen,
            "changed": "seen" in request.POST and outlooks is not None,
        }
        status = 422 if request.method == "POST" and not form.is_valid() and asks else 200
        return TemplateResponse(request, "admin/requests/bulk/preview.html", context, status=status)

    def _progress(self, request: HttpRequest, run: Any) -> HttpResponse:
        failed = run.items.filter(state=BulkItem.State.FAILED).select_related("consultation__municipality")
        context = {
            **self.admin_site.each_context(request),
            "title": self.what(run),
            "opts": BulkRun._meta,
            "run": run,
            "settled": run.done + run.failed,
            "failures": list(failed[:SHOWN_FAILURES]),
        }
        return TemplateResponse(request, "admin/requests/bulk/run.html", context)
