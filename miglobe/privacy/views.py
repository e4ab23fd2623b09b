"""What we hold of somebody, and its erasure, for people without an account."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from miglobe import languages
from miglobe.errors import TooOften, shown_with
from miglobe.findable import findable
from miglobe.limits import limits, networks
from miglobe.links import Dead, secret_page

from . import asking, erasing
from . import own_file as files
from .forms import AddressForm
from .models import DataRequest


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@findable
def ask(request: HttpRequest) -> HttpResponse:
    """The answer is the same whether or not the address is known, and takes as long."""
    if request.method != "POST" or languages.is_switched(request):
        return _show_form(request)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return render(request, "privacy/ask.html", {"form": form, "dead": False}, status=422)
    email = form.cleaned_data["email"]
    try:
        limits.spend("own_data", network=networks.of(request), address=email)
    except TooOften as refusal:
        return shown_with(request, "privacy/ask.html", {"form": form, "dead": False}, refusal)
    asking.ask(email, language=get_language())
    return redirect("privacy:asked")


def _show_form(request: HttpRequest, *, dead: bool = False) -> HttpResponse:
    form = AddressForm.as_typed(request.POST) if languages.is_switched(request) else AddressForm()
    return render(request, "privacy/ask.html", {"form": form, "dead": dead}, status=404 if dead else 200)


@login_not_required
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/asked.html")


def behind_link(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Finds whose link it is; a dead one leads to a page that helps."""

    @wraps(view)
    def wrapper(request: HttpRequest, token: str) -> HttpResponseBase:
        try:
            return view(request, asking.find(token), token)
        except Dead:
            return _show_form(request, dead=True)

    return login_not_required(secret_page(wrapper))


@behind_link
@require_safe
def own_data(request: HttpRequest, asked: DataRequest, token: str) -> HttpResponse:
    context = {"asked": asked, "token": token, "sections": files.everything(asked.email)}
    return render(request, "privacy/own_data.html", context)


@behind_link
@require_POST
def own_file(request: HttpRequest, asked: DataRequest, token: str) -> HttpResponseBase:
    limits.spend("own_data_file", network=networks.of(request), thing=str(asked.key))
    return files.response(files.everything(asked.email))


@behind_link
@require_http_methods(["GET", "HEAD", "POST"])
def erasure(request: HttpRequest, asked: DataRequest, token: str) -> HttpResponse:
    if request.method == "POST" and not languages.is_switched(request):
        asking.ask_erasure(asked)
        return redirect("privacy:own_data", token=token)
    effects = erasing.preview(asked.email)
    context = {"asked": asked, "token": token, "effects": effects, "can_go": any(effect.how for effect in effects)}
    return render(request, "privacy/erasure.html", context)
