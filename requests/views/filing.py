"""Filing a request: from the page before the form to the receipt."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from miglobe import errors, languages
from miglobe.accounts.models import Organisation
from miglobe.findable import findable
from miglobe.forms import TRAP, too_fast, trapped
from miglobe.limits import networks
from miglobe.links import secret_page
from miglobe.pages.models import Portal

from .. import attachments, downloads, drafts, mail_domains, pdf, similar, summary
from ..forms import STEPS, FilesStep, Step
from ..models import Attachment, ConsultationRequest, State

ORDER = list(STEPS)
REVIEW = len(ORDER) + 1  # number of the last step, "check and send"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@findable
def start(request: HttpRequest) -> HttpResponse:
    """GET tells what MiGlobe is; POST begins a draft."""
    if request.method != "POST":
        return render(request, "requests/start.html")
    if not Portal.current().takes_requests:
        return render(request, "requests/start.html", status=409)
    return to_step(drafts.begin(network=networks.of(request)), ORDER[0])


@login_not_required
@require_safe
@findable
def no_municipality(request: HttpRequest) -> HttpResponse:
    return render(request, "requests/no_municipality.html")


def with_draft(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Finds the draft by its key; what was sent leads to its receipt, and what is gone to a page that helps."""

    @wraps(view)
    def wrapper(request: HttpRequest, key: UUID, **kwargs: Any) -> HttpResponseBase:
        draft = drafts.find(key)
        if draft is None:
            return draft_gone(request)
        if draft.state != State.DRAFT:
            return redirect("requests:receipt", key=key)
        return view(request, draft, **kwargs)

    return login_not_required(secret_page(wrapper))


@with_draft
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, draft: ConsultationRequest, name: str) -> HttpResponse:
    """One step of the form; POST keeps what was typed, whatever button was pressed, and then leads on."""
    if name not in STEPS:
        return draft_gone(request)
    if request.method != "POST":
        return _show_step(request, name, drafts.form(draft, name))
    draft = drafts.store(draft, name, request.POST)
    if draft.state != State.DRAFT:  # sent in another tab meanwhile
        return redirect("requests:receipt", key=draft.key)
    refused = _exchange_files(request, draft) if name == "unterlagen" else []
    if refused:
        return _show_refused_files(request, draft, refused)
    return _after(request, draft, name)


def _after(request: HttpRequest, draft: ConsultationRequest, name: str) -> HttpResponse:
    """Where the pressed button leads. Only "Weiter" asks whether the step is right."""
    pressed, form = request.POST, drafts.form(draft, name)
    is_switched = languages.is_switched(request)
    if "hochladen" in pressed or "entfernen" in pressed or (is_switched and request.FILES):
        return redirect(request.get_full_path())  # reloading must not send the files again
    if is_switched:
        return _show_step(request, name, form.unchecked())
    if "spaeter" in pressed:
        return redirect("requests:pause", key=draft.key)
    if "zurueck" in pressed:
        return to_step(draft, _neighbour(name, -1))
    if form.is_valid():
        return to_step(draft, _next(request, name))
    return _show_step(request, name, form, status=422)


def _exchange_files(request: HttpRequest, consultation: ConsultationRequest) -> list[str]:
    """Keeps the files that were chosen and takes back the one whose button was pressed. Returns what was refused."""
    unwanted = request.POST.get("entfernen")
    for attachment in consultation.attachments.all() if unwanted else []:
        if str(attachment.key) == unwanted:
            attachments.remove(attachment)
    refused = attachments.add_all(consultation, request.FILES.getlist("uploads"), network=networks.of(request))
    return [f"{name}: {refusal}" for name, refusal in refused]


def _show_refused_files(request: HttpRequest, consultation: ConsultationRequest, refused: list[str]) -> HttpResponse:
    form = drafts.form(consultation, "unterlagen")
    assert isinstance(form, FilesStep)
    form.refuse(refused)
    return _show_step(request, "unterlagen", form, status=422)


@login_not_required
@require_safe
@secret_page
def draft_file(request: HttpRequest, key: UUID, file: UUID) -> HttpResponseBase:
    """A file of a draft. Once the draft is sent, the status link leads to it, and this address to nothing."""
    draft = drafts.find(key)
    if draft is None or draft.state != State.DRAFT:
        return draft_gone(request)
    return downloads.serve(request, draft, file)


def _show_step(request: HttpRequest, name: str, form: Step, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "name": name,
        "title": form.title,
        "number": ORDER.index(name) + 1,
        "steps": REVIEW,
        "changing": "aendern" in request.GET,
        "most_files": attachments.MOST_FILES,
    }
    return render(request, "requests/step.html", context, status=status)


def _next(request: HttpRequest, name: str) -> str:
    return "pruefen" if "aendern" in request.GET else _neighbour(name, 1)


def _neighbour(name: str, distance: int) -> str:
    place = ORDER.index(name) + distance
    if place < 0:
        return "start"
    return ORDER[place] if place < len(ORDER) else "pruefen"


def to_step(consultation: ConsultationRequest, name: str) -> HttpResponse:
    if name == "start":
        return redirect("requests:start")
    if name == "pruefen":
        return redirect("requests:review", key=consultation.key)
    return redirect("requests:step", key=consultation.key, name=name)


def draft_gone(request: HttpRequest) -> HttpResponse:
    return render(request, "requests/draft_gone.html", status=404)


@with_draft
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, draft: ConsultationRequest) -> HttpResponse:
    """Check your answers; POST sends them."""
    try:
        if request.method == "POST":
            if hint := _hint_of_a_program(request, draft):
                messages.error(request, hint)
                return render(request, "requests/review.html", _review(draft), status=422)
            drafts.submit(draft, network=networks.of(request))
            return redirect("requests:receipt", key=draft.key)
        return render(request, "requests/review.html", _review(draft))
    except drafts.Incomplete as incomplete:
        messages.error(request, str(incomplete))
        return to_step(draft, incomplete.step)
    except errors.TooOften as refusal:
        return errors.shown_with(request, "requests/review.html", _review(draft), refusal)


def _hint_of_a_program(request: HttpRequest, draft: ConsultationRequest) -> str:
    """What to do, where it looks as if no person had filled this in; nobody fills in five steps so fast."""
    if request.POST.get(TRAP):
        return trapped()
    least = timedelta(seconds=len(STEPS) * settings.FORM_SECONDS)
    return too_fast() if timezone.now() - draft.created_at < least else ""


def _review(consultation: ConsultationRequest) -> dict[str, Any]:
    answers = drafts.answers(consultation)
    places = [answers["municipality"], *answers["co_municipalities"]]

    def address_of(file: Attachment) -> str:
        return reverse("requests:draft_file", kwargs={"key": consultation.key, "file": file.key})

    sections = [
        {
            "title": STEPS[name].title,
            "url": reverse("requests:step", kwargs={"key": consultation.key, "name": name}) + "?aendern",
            "rows": summary.rows(fields, answers, address_of),
        }
        for name, fields in summary.SECTIONS.items()
    ]
    return {
        "consultation": consultation,
        "sections": sections,
        "steps": REVIEW,
        "organisations": Organisation.objects.all(),
        "similar": similar.open_requests(places, answers["topics"]),
        "private_address": mail_domains.kind(answers["contact_email"], answers["municipality"])
        == mail_domains.Kind.PRIVATE,
    }


@login_not_required
@require_safe
@secret_page
def receipt(request: HttpRequest, key: UUID) -> HttpResponse:
    consultation = drafts.find(key)
    if consultation is None:
        return draft_gone(request)
    if consultation.state == State.DRAFT:
        return to_step(consultation, ORDER[0])
    return render(request, "requests/receipt.html", {"consultation": consultation})


@login_not_required
@require_safe
@secret_page
def receipt_pdf(request: HttpRequest, key: UUID) -> HttpResponse:
    """What was sent, for whoever has just sent it. Once it is confirmed, only the link from the mail opens it."""
    consultation = drafts.find(key)
    if consultation is None:
        return draft_gone(request)
    if consultation.state != State.UNCONFIRMED:
        return redirect("requests:receipt", key=key)
    return pdf.response(consultation)
