from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from miglobe import languages
from miglobe.accounts.models import Organisation
from miglobe.errors import Refused
from miglobe.findable import findable
from miglobe.forms import TidyForm
from miglobe.links import Dead, secret_page
from miglobe.pages.models import Portal

from . import access, drafts, links, summary, workflow
from .forms import STEPS, AnswerForm, LostLinkForm, Step, WithdrawForm
from .models import ConsultationRequest, State

ORDER = list(STEPS)
REVIEW = len(ORDER) + 1  # number of the last step, "check and send"


# --- Filing a request ----------------------------------------------------------------------------


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@findable
def start(request: HttpRequest) -> HttpResponse:
    """GET tells what MiGlobe is; POST begins a draft."""
    if request.method != "POST":
        return render(request, "requests/start.html")
    if not Portal.current().takes_requests:
        return render(request, "requests/start.html", status=409)
    return _to_step(drafts.begin(), ORDER[0])


@login_not_required
@require_safe
@findable
def no_municipality(request: HttpRequest) -> HttpResponse:
    return render(request, "requests/no_municipality.html")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@secret_page
def step(request: HttpRequest, key: UUID, name: str) -> HttpResponse:
    consultation = drafts.find(key)
    if consultation is None or name not in STEPS:
        return _draft_gone(request)
    if consultation.state != State.DRAFT:
        return redirect("requests:receipt", key=key)
    if request.method == "POST":
        consultation = drafts.store(consultation, name, request.POST)
        if languages.is_switched(request):
            return redirect(request.get_full_path())
        if "zurueck" in request.POST:
            return _to_step(consultation, _neighbour(name, -1))
        form = drafts.form(consultation, name)
        if form.is_valid():
            return _to_step(consultation, _next(request, name))
        return _show_step(request, name, form, status=422)
    return _show_step(request, name, drafts.form(consultation, name))


def _show_step(request: HttpRequest, name: str, form: Step, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "name": name,
        "title": form.title,
        "number": ORDER.index(name) + 1,
        "steps": REVIEW,
        "changing": "aendern" in request.GET,
    }
    return render(request, "requests/step.html", context, status=status)


def _next(request: HttpRequest, name: str) -> str:
    return "pruefen" if "aendern" in request.GET else _neighbour(name, 1)


def _neighbour(name: str, distance: int) -> str:
    place = ORDER.index(name) + distance
    if place < 0:
        return "start"
    return ORDER[place] if place < len(ORDER) else "pruefen"


def _to_step(consultation: ConsultationRequest, name: str) -> HttpResponse:
    if name == "start":
        return redirect("requests:start")
    if name == "pruefen":
        return redirect("requests:review", key=consultation.key)
    return redirect("requests:step", key=consultation.key, name=name)


def _draft_gone(request: HttpRequest) -> HttpResponse:
    return render(request, "requests/draft_gone.html", status=404)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@secret_page
def review(request: HttpRequest, key: UUID) -> HttpResponse:
    """Check your answers; POST sends them."""
    consultation = drafts.find(key)
    if consultation is None:
        return _draft_gone(request)
    if consultation.state != State.DRAFT:
        return redirect("requests:receipt", key=key)
    try:
        if request.method == "POST":
            drafts.submit(consultation)
            return redirect("requests:receipt", key=key)
        return render(request, "requests/review.html", _review(consultation))
    except drafts.Incomplete as incomplete:
        messages.error(request, str(incomplete))
        return _to_step(consultation, incomplete.step)
    except drafts.TooManyMails as refusal:
        messages.error(request, str(refusal))
        page = render(request, "requests/review.html", _review(consultation), status=429)
        page["Retry-After"] = str(refusal.seconds)
        return page


def _review(consultation: ConsultationRequest) -> dict[str, Any]:
    answers = drafts.answers(consultation)
    sections = [
        {
            "title": STEPS[name].title,
            "url": reverse("requests:step", kwargs={"key": consultation.key, "name": name}) + "?aendern",
            "rows": summary.rows(fields, answers),
        }
        for name, fields in summary.SECTIONS.items()
    ]
    return {
        "consultation": consultation,
        "sections": sections,
        "steps": REVIEW,
        "organisations": Organisation.objects.all(),
    }


@login_not_required
@require_safe
@secret_page
def receipt(request: HttpRequest, key: UUID) -> HttpResponse:
    consultation = drafts.find(key)
    if consultation is None:
        return _draft_gone(request)
    if consultation.state == State.DRAFT:
        return _to_step(consultation, ORDER[0])
    return render(request, "requests/receipt.html", {"consultation": consultation})


# --- Behind the links in our mails -----------------------------------------------------------------


def behind_link(purpose: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Finds the request that the link leads to; a dead link leads to a page that helps."""

    def decorator(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapper(request: HttpRequest, token: str) -> HttpResponse:
            try:
                consultation = links.find(purpose, token)
            except Dead:
                form = LostLinkForm.as_typed(request.POST) if languages.is_switched(request) else LostLinkForm()
                return render(request, "requests/lost_link.html", {"form": form, "dead": True}, status=404)
            return view(request, consultation)

        return login_not_required(secret_page(wrapper))

    return decorator


def _to_status(consultation: ConsultationRequest) -> HttpResponse:
    return redirect("requests:status", token=links.token(links.STATUS, consultation))


@behind_link(links.CONFIRM)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, consultation: ConsultationRequest) -> HttpResponse:
    """GET shows what was sent; POST confirms it, or throws it away."""
    if consultation.state != State.UNCONFIRMED:
        return _to_status(consultation)
    if request.method == "POST":
        with suppress(Refused):  # decided in another tab meanwhile: the status page tells what holds
            if "verwerfen" in request.POST:
                workflow.withdraw(consultation)
            else:
                workflow.confirm(consultation)
                messages.success(request, gettext("Vielen Dank, Ihre Anfrage ist bestätigt."))
        return _to_status(consultation)
    context = {"consultation": consultation, "rows": summary.everything(consultation)}
    return render(request, "requests/confirm.html", context)


@behind_link(links.STATUS)
@require_safe
def status(request: HttpRequest, consultation: ConsultationRequest) -> HttpResponse:
    """Where the request stands, what comes next, what was sent."""
    return _show_status(request, consultation)


def _show_status(
    request: HttpRequest, consultation: ConsultationRequest, code: int = 200, **forms: TidyForm
) -> HttpResponse:
    context = {
        "consultation": consultation,
        "token": links.token(links.STATUS, consultation),
        "rows": summary.everything(consultation),
        "question": consultation.messages.filter(move="ask").last(),
        "can_withdraw": workflow.allows(consultation, "withdraw"),
        "answer_form": AnswerForm(prefix="antwort"),
        "withdraw_form": WithdrawForm(prefix="grund"),
        **forms,
    }
    return render(request, "requests/status.html", context, status=code)


@behind_link(links.STATUS)
@require_POST
def answer(request: HttpRequest, consultation: ConsultationRequest) -> HttpResponse:
    """The municipality answers our question."""
    form = AnswerForm(request.POST, prefix="antwort")
    if not form.is_valid():
        return _show_status(request, consultation, 422, answer_form=form)
    try:
        workflow.answer(consultation, text=form.cleaned_data["text"])
    except Refused as refusal:
        messages.error(request, str(refusal))
        consultation.refresh_from_db()
        return _show_status(request, consultation, 409, answer_form=form)
    messages.success(request, gettext("Vielen Dank, Ihre Antwort ist bei uns angekommen."))
    return _to_status(consultation)


@behind_link(links.STATUS)
@require_POST
def withdraw(request: HttpRequest, consultation: ConsultationRequest) -> HttpResponse:
    form = WithdrawForm(request.POST, prefix="grund")
    if not form.is_valid():
        return _show_status(request, consultation, 422, withdraw_form=form)
    try:
        workflow.withdraw(consultation, note=form.cleaned_data["note"])
        messages.success(request, gettext("Ihre Anfrage ist zurückgezogen."))
    except Refused as refusal:
        consultation.refresh_from_db()
        if consultation.state != State.WITHDRAWN:
            messages.error(request, str(refusal))
            return _show_status(request, consultation, 409)
    return _to_status(consultation)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def lost_link(request: HttpRequest) -> HttpResponse:
    """Sends links again. The answer is the same whether or not the address is known."""
    form = LostLinkForm(request.POST or None)
    if request.method != "POST":
        return render(request, "requests/lost_link.html", {"form": LostLinkForm(), "dead": False})
    if languages.is_switched(request):
        context = {"form": LostLinkForm.as_typed(request.POST), "dead": False}
        return render(request, "requests/lost_link.html", context)
    if not form.is_valid():
        return render(request, "requests/lost_link.html", {"form": form, "dead": False}, status=422)
    access.send_links(form.cleaned_data["email"])
    return redirect("requests:link_sent")


@login_not_required
@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "requests/link_sent.html")
