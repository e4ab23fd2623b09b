"""The way into the pool: the public application, its confirmation, and the invitation."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from miglobe import languages
from miglobe.accounts.models import Organisation
from miglobe.errors import Refused, TooOften, shown_with
from miglobe.findable import findable
from miglobe.limits import limits, networks
from miglobe.links import Dead, secret_page
from miglobe.outbox import suppression

from .. import candidacies, links, pool
from ..forms import ApplicationForm, ConsentsForm, ProfileForm
from ..models import Advisor, Candidacy
from .finding import show_lost_link

State = Candidacy.State


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@findable
def apply(request: HttpRequest) -> HttpResponse:
    """ "Ich möchte beraten." The answer is the same whether or not the address is known."""
    if request.method != "POST":
        return _show_application(request, ApplicationForm())
    if languages.is_switched(request):
        return _show_application(request, ApplicationForm.as_typed(request.POST))
    form = ApplicationForm(request.POST)
    if not form.is_valid():
        return _show_application(request, form, 422)
    given = form.cleaned_data
    try:
        limits.spend("application", network=networks.of(request), address=given["email"])
    except TooOften as refusal:
        return shown_with(request, "advisors/apply.html", _application(form), refusal)
    key: UUID = given["key"]
    candidacies.ask_to_join(key, **{name: given[name] for name in ("name", "email", "phone", "about")})
    return redirect("advisors:application_sent")


def _show_application(request: HttpRequest, form: ApplicationForm, status: int = 200) -> HttpResponse:
    return render(request, "advisors/apply.html", _application(form), status=status)


def _application(form: ApplicationForm) -> dict[str, object]:
    return {"form": form, "organisations": Organisation.objects.all()}


@login_not_required
@require_safe
def application_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "advisors/application_sent.html")


def _behind(purpose: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Finds the application or invitation; a dead link leads to a page that helps."""

    def decorator(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def wrapper(request: HttpRequest, token: str) -> HttpResponseBase:
            try:
                return view(request, links.find_candidacy(purpose, token))
            except Dead:
                return show_lost_link(request, dead=True)

        return login_not_required(secret_page(wrapper))

    return decorator


@_behind(links.CONFIRM)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_application(request: HttpRequest, candidacy: Candidacy) -> HttpResponse:
    """GET shows what was sent and where it stands; POST confirms it, or takes it back."""
    if request.method != "POST":
        return render(request, "advisors/confirm_application.html", _of(candidacy))
    if "fremd" in request.POST and candidacies.give_up(candidacy) is None:
        return redirect("mailbox:stop", token=suppression.stop_for(candidacy.email))
    if "zurueckziehen" in request.POST:
        if candidacies.give_up(candidacy) is None:
            messages.success(request, gettext("Wir haben die Angaben gelöscht."))
            return redirect("advisors:apply")
    else:
        candidacies.confirm(candidacy)
    return redirect("advisors:confirm_application", token=links.token_for(candidacy, links.CONFIRM))


def _of(candidacy: Candidacy) -> dict[str, object]:
    invited = candidacy.state == State.INVITED
    return {
        "candidacy": candidacy,
        "invitation": links.token_for(candidacy, links.INVITATION) if invited else "",
        "organisations": Organisation.objects.all(),
    }


@_behind(links.INVITATION)
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, candidacy: Candidacy) -> HttpResponse:
    """GET shows what is asked of advisors, the profile and the consents; POST joins."""
    if request.method == "POST" and candidacy.advisor:
        return _joined(candidacy, candidacy.advisor)  # pressed twice
    if candidacy.state != State.INVITED:
        return render(request, "advisors/invitation_over.html", _of(candidacy), status=_status_of(request))
    fresh = Advisor(email=candidacy.email)
    if request.method != "POST":
        known = {"name": candidacy.name, "phone": candidacy.phone}
        return _show_invitation(request, candidacy, ProfileForm(instance=fresh, initial=known), ConsentsForm())
    if languages.is_switched(request):
        typed = ProfileForm.as_typed(request.POST, instance=fresh)
        return _show_invitation(request, candidacy, typed, ConsentsForm.as_typed(request.POST))
    profile, agreed = ProfileForm(request.POST, instance=fresh), ConsentsForm(request.POST)
    if not all([profile.is_valid(), agreed.is_valid()]):
        return _show_invitation(request, candidacy, profile, agreed, 422)
    try:
        advisor = pool.join(candidacy, profile=profile.cleaned_data, agreed=agreed.agreed())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _show_invitation(request, candidacy, profile, agreed, 409)
    messages.success(request, gettext("Willkommen! Sie sind jetzt im Kreis der Berater*innen."))
    return _joined(candidacy, advisor)


def _joined(candidacy: Candidacy, advisor: Advisor) -> HttpResponse:
    """To the own page, unless that belongs to another mailbox by now."""
    if advisor.email.lower() == candidacy.email.lower():
        return redirect("advisors:me", token=links.token_of(advisor))
    return redirect("advisors:invitation", token=links.token_for(candidacy, links.INVITATION))


def _status_of(request: HttpRequest) -> int:
    return 409 if request.method == "POST" else 200


def _show_invitation(
    request: HttpRequest, candidacy: Candidacy, profile: ProfileForm, agreed: ConsentsForm, status: int = 200
) -> HttpResponse:
    context = {
        **_of(candidacy),
        "token": links.token_for(candidacy, links.INVITATION),
        "form": profile,
        "consents_form": agreed,
    }
    return render(request, "advisors/invitation.html", context, status=status)


@_behind(links.INVITATION)
@require_http_methods(["GET", "HEAD", "POST"])
def refuse_invitation(request: HttpRequest, candidacy: Candidacy) -> HttpResponse:
    """GET says what it means, POST does it."""
    if request.method == "POST":
        candidacies.give_up(candidacy)
        return redirect("advisors:refuse_invitation", token=links.token_for(candidacy, links.INVITATION))
    if candidacy.state != State.INVITED:
        return render(request, "advisors/invitation_over.html", _of(candidacy))
    return render(request, "advisors/refuse_invitation.html", _of(candidacy))
