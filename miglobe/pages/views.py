from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from miglobe.errors import TooOften, shown_with
from miglobe.findable import findable
from miglobe.languages import is_switched
from miglobe.limits import limits, networks
from miglobe.links import secret_page

from . import editing, reports, showing
from .forms import BarrierForm
from .models import AccessibilityReport, Portal


@login_not_required
@require_safe
@findable
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """A text that coordinators edit at the desk."""
    return showing.response(request, editing.find(slug))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@findable
def report_barrier(request: HttpRequest) -> HttpResponse:
    """The form for barriers; `?seite=` says where somebody came from."""
    if request.method != "POST":
        return _show_form(request, BarrierForm(initial={"page": _path(request.GET.get("seite", ""))}))
    if is_switched(request):
        return _show_form(request, BarrierForm.as_typed(request.POST))
    form = BarrierForm(request.POST)
    if not form.is_valid():
        return _show_form(request, form, status=422)
    try:
        limits.spend("barrier", network=networks.of(request))
    except TooOften as refusal:
        return shown_with(request, "pages/report_barrier.html", {"form": form}, refusal)
    given = form.cleaned_data
    report = reports.file(given["key"], barrier=given["barrier"], page=given["page"], email=given["email"])
    return redirect("pages:barrier_reported", key=report.key)


def _show_form(request: HttpRequest, form: BarrierForm, status: int = 200) -> HttpResponse:
    return render(request, "pages/report_barrier.html", {"form": form, "portal": Portal.current()}, status=status)


def _path(given: str) -> str:
    """The path of a page of ours; anything else is nothing."""
    is_ours = given.startswith("/") and url_has_allowed_host_and_scheme(given, allowed_hosts=None)
    return given[:300] if is_ours and given.isprintable() else ""


@login_not_required
@require_safe
@secret_page
def barrier_reported(request: HttpRequest, key: UUID) -> HttpResponse:
    """The receipt."""
    report = get_object_or_404(AccessibilityReport, key=key)
    return render(request, "pages/barrier_reported.html", {"report": report})
