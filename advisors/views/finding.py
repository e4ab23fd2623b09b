"""How advisors who have lost a link get another."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from miglobe import languages
from miglobe.errors import TooOften, shown_with
from miglobe.limits import limits, networks
from requests.forms import LostLinkForm

from .. import access


def show_lost_link(request: HttpRequest, *, dead: bool = False) -> HttpResponse:
    form = LostLinkForm.as_typed(request.POST) if languages.is_switched(request) else LostLinkForm()
    return render(request, "advisors/lost_link.html", {"form": form, "dead": dead}, status=404 if dead else 200)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def lost_link(request: HttpRequest) -> HttpResponse:
    """Sends links again. The answer is the same whether or not the address is known."""
    if request.method != "POST" or languages.is_switched(request):
        return show_lost_link(request)
    form = LostLinkForm(request.POST)
    if not form.is_valid():
        return render(request, "advisors/lost_link.html", {"form": form, "dead": False}, status=422)
    email = form.cleaned_data["email"]
    try:
        limits.spend("lost_link", network=networks.of(request), address=email)
    except TooOften as refusal:
        return shown_with(request, "advisors/lost_link.html", {"form": form, "dead": False}, refusal)
    access.ask_for_links(email)
    return redirect("advisors:link_sent")


@login_not_required
@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "advisors/link_sent.html")
