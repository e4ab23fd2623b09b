from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from miglobe import languages
from miglobe.errors import TooOften, shown_with
from miglobe.limits import limits, networks
from miglobe.links import secret_page

from . import codes
from .forms import AskForm, CodeForm


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Reference and mail address. The answer is the same whether or not they belong together."""
    form = AskForm()
    if request.method == "POST" and languages.is_switched(request):
        form = AskForm.as_typed(request.POST)
    elif request.method == "POST":
        form = AskForm(request.POST)
        if form.is_valid():
            return _send(request, form)
    return render(request, "codes/ask.html", _context(form), status=422 if form.is_bound else 200)


def _send(request: HttpRequest, form: AskForm) -> HttpResponse:
    try:
        limits.spend("code", network=networks.of(request), address=form.cleaned_data["email"])
    except TooOften as refusal:
        return shown_with(request, "codes/ask.html", _context(form), refusal)
    return redirect("codes:enter", key=codes.ask(**form.cleaned_data))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@secret_page
def enter(request: HttpRequest, key: UUID) -> HttpResponse:
    """Takes the code. A wrong one, an old one and one that never was look alike."""
    form = CodeForm()
    if request.method == "POST" and languages.is_switched(request):
        form = CodeForm.as_typed(request.POST)
    elif request.method == "POST":
        form = CodeForm(request.POST)
        if form.is_valid():
            return _enter(request, key, form)
    return render(request, "codes/enter.html", _context(form), status=422 if form.is_bound else 200)


def _enter(request: HttpRequest, key: UUID, form: CodeForm) -> HttpResponse:
    try:
        limits.spend("code_entry", network=networks.of(request), thing=str(key))
    except TooOften as refusal:
        return shown_with(request, "codes/enter.html", _context(form), refusal)
    address = codes.redeem(key, form.cleaned_data["code"])
    if address:
        return redirect(address)
    form.add_error("code", _("Dieser Code stimmt nicht oder gilt nicht mehr."))
    return render(request, "codes/enter.html", _context(form), status=422)


def _context(form: AskForm | CodeForm) -> dict[str, object]:
    minutes = int(codes.LIFETIME.total_seconds() // 60)
    return {"form": form, "minutes": minutes, "tries": codes.TRIES, "most": codes.MOST_AN_HOUR}
