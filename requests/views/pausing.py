"""A draft that is continued later, by a link in a mail, or thrown away."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from miglobe import errors, languages
from miglobe.limits import networks
from miglobe.links import Dead, secret_page

from .. import drafts, links
from ..forms import PauseForm
from ..models import ConsultationRequest, State
from .filing import draft_gone, to_step, with_draft


@with_draft
@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: HttpRequest, draft: ConsultationRequest) -> HttpResponse:
    """Until when the draft is kept; POST mails the link to it."""
    if request.method != "POST":
        return _show(request, draft, PauseForm(initial={"email": drafts.typed_address(draft)}))
    if languages.is_switched(request):
        return _show(request, draft, PauseForm.as_typed(request.POST))
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _show(request, draft, form, 422)
    try:
        drafts.pause(draft, email=form.cleaned_data["email"], network=networks.of(request))
    except errors.TooOften as refusal:
        return errors.shown_with(request, "requests/pause.html", {"draft": draft, "form": form}, refusal)
    return redirect("requests:paused", key=draft.key)


def _show(request: HttpRequest, draft: ConsultationRequest, form: PauseForm, status: int = 200) -> HttpResponse:
    return render(request, "requests/pause.html", {"draft": draft, "form": form}, status=status)


@with_draft
@require_safe
def paused(request: HttpRequest, draft: ConsultationRequest) -> HttpResponse:
    """The link is on its way; this window may be closed."""
    return render(request, "requests/paused.html", {"draft": draft})


@login_not_required
@require_safe
@secret_page
def resume(request: HttpRequest, token: str) -> HttpResponse:
    """Where the draft is and how it goes on. Opening it changes nothing, however often."""
    try:
        draft = links.find_draft(token)
    except Dead:
        return draft_gone(request)
    if draft.state != State.DRAFT:
        return redirect("requests:receipt", key=draft.key)
    context = {"draft": draft, "next": to_step(draft, drafts.first_open_step(draft) or "pruefen")["Location"]}
    return render(request, "requests/resume.html", context)


@login_not_required
@require_POST
@secret_page
def throw_away(request: HttpRequest, key: UUID) -> HttpResponse:
    draft = drafts.find(key)
    if draft is not None:
        drafts.throw_away(draft)
        if ConsultationRequest.objects.filter(key=key).exists():  # sent in another tab meanwhile
            return redirect("requests:receipt", key=key)
    messages.success(request, gettext("Der Entwurf ist gelöscht."))
    return redirect("requests:start")
