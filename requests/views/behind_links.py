"""What the links in our mails lead to, and how somebody who has lost one gets another."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from miglobe import languages
from miglobe.errors import Refused, TooOften, shown_with
from miglobe.limits import limits, networks
from miglobe.links import Dead, secret_page
from miglobe.outbox import suppression

from .. import access, attachments, downloads, links, pdf, summary, timeline, workflow
from ..forms import LostLinkForm, MessageForm, WithdrawForm
from ..models import Attachment, ConsultationRequest, State


def behind_link(purpose: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Finds the request that the link leads to; a dead link leads to a page that helps."""

    def decorator(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def wrapper(request: HttpRequest, token: str, **kwargs: UUID) -> HttpResponseBase:
            try:
                consultation = links.find(purpose, token)
            except Dead:
                return _show_lost_link(request, dead=True)
            return view(request, consultation, **kwargs)

        return login_not_required(secret_page(wrapper))

    return decorator


def _show_lost_link(request: HttpRequest, *, dead: bool = False) -> HttpResponse:
    form = LostLinkForm.as_typed(request.POST) if languages.is_switched(request) else LostLinkForm()
    return render(request, "requests/lost_link.html", {"form": form, "dead": dead}, status=404 if dead else 200)


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
            if "fremd" in request.POST:
                return _not_theirs(consultation)
            if "verwerfen" in request.POST:
                workflow.withdraw(consultation)
            else:
                workflow.confirm(consultation)
                messages.success(request, gettext("Vielen Dank, Ihre Anfrage ist bestätigt."))
        return _to_status(consultation)
    rows = summary.everything(consultation, _behind(links.CONFIRM, "requests:file_to_confirm", consultation))
    return render(request, "requests/confirm.html", {"consultation": consultation, "rows": rows})


def _not_theirs(consultation: ConsultationRequest) -> HttpResponse:
    """Thrown away, and whoever else types this address sets off no more mails. Raises Refused."""
    workflow.withdraw(consultation)
    return redirect("mailbox:stop", token=suppression.stop_for(consultation.contact_email))


def _behind(purpose: str, view: str, consultation: ConsultationRequest) -> summary.AddressOf:
    """Where the holder of the link gets a file."""
    token = links.token(purpose, consultation)
    return lambda file: reverse(view, kwargs={"token": token, "file": file.key})


@behind_link(links.CONFIRM)
@require_safe
def file_to_confirm(request: HttpRequest, consultation: ConsultationRequest, file: UUID) -> HttpResponseBase:
    """A file of a request that is not confirmed yet; afterwards the status link leads to it."""
    if consultation.state != State.UNCONFIRMED:
        return _to_status(consultation)
    return downloads.serve(request, consultation, file)


@behind_link(links.STATUS)
@require_safe
def status_file(request: HttpRequest, consultation: ConsultationRequest, file: UUID) -> HttpResponseBase:
    return downloads.serve(request, consultation, file)


@behind_link(links.STATUS)
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest, consultation: ConsultationRequest) -> HttpResponse:
    """Where the request stands and what was written; POST sends a message, or the answer to our question."""
    if request.method != "POST":
        return _show_status(request, consultation)
    files, refused = _take_files(request, consultation)
    if languages.is_switched(request) and not refused:
        return _show_status(request, consultation, typed=request.POST, files=files)
    answering = "antwort" in request.POST
    form = MessageForm(request.POST, answering=answering, takes_files=not consultation.is_ended)
    form.refuse(refused)
    if not form.is_valid():
        return _show_status(request, consultation, 422, form=form, files=files)
    send = workflow.answer if answering else workflow.write
    try:
        limits.spend("message", network=networks.of(request), thing=str(consultation.key))
        send(consultation, text=form.cleaned_data["text"], files=[file.key for file in files])
    except TooOften as refusal:
        page = _show_status(request, consultation, 429, form=form, files=files, too_often=refusal)
        page["Retry-After"] = str(refusal.seconds)
        return page
    except Refused:
        consultation.refresh_from_db()
        messages.error(request, _overtaken(consultation))
        return _show_status(request, consultation, 409, typed=request.POST, files=files)
    messages.success(request, gettext("Vielen Dank, Ihre Nachricht ist bei uns angekommen."))
    return _to_status(consultation)


def _take_files(request: HttpRequest, consultation: ConsultationRequest) -> tuple[list[Attachment], list[str]]:
    """The files that go with the message, those of an earlier attempt included, and what is wrong with the others."""
    wanted, refused = set(request.POST.getlist("anlage")), []
    for upload in request.FILES.getlist("uploads"):
        try:
            wanted.add(str(attachments.add(consultation, upload).key))
        except Refused as refusal:
            refused.append(f"{upload.name}: {refusal}")
    files = [file for file in consultation.attachments.unsent() if str(file.key) in wanted] if wanted else []
    return files, refused


def _overtaken(consultation: ConsultationRequest) -> str:
    """Why a message was not taken: the case has moved on while it was written. The text is still there."""
    if consultation.state == State.INQUIRY:
        return gettext(
            "Noch nicht gesendet: Wir haben Ihnen inzwischen eine Frage gestellt. Passt Ihr Text als Antwort?"
        )
    if workflow.allows(consultation, "write"):
        return gettext(
            "Noch nicht gesendet: Unsere Frage ist inzwischen geklärt. Sie können den Text als Nachricht senden."
        )
    return gettext("Nicht gesendet: Zu dieser Anfrage können Sie uns hier nicht schreiben.")


def _show_status(
    request: HttpRequest,
    consultation: ConsultationRequest,
    code: int = 200,
    *,
    form: MessageForm | None = None,
    typed: QueryDict | None = None,
    files: Iterable[Attachment] = (),
    too_often: TooOften | None = None,
) -> HttpResponse:
    """`form`: the message as it was checked; `typed`: the message as it was written, to be shown unchecked;
    `files`: what has arrived for it; `too_often`: why it was not taken.
    """
    answering = consultation.state == State.INQUIRY
    if form is None:
        shape = {"answering": answering, "takes_files": not consultation.is_ended}
        form = MessageForm(**shape) if typed is None else MessageForm.as_typed(typed, **shape)
    thread = list(consultation.messages.select_related("by").prefetch_related("attachments"))
    context = {
        "consultation": consultation,
        "token": links.token(links.STATUS, consultation),
        "steps": timeline.steps(consultation, consultation.transitions.all()),
        "thread": thread,
        "files": files,
        "question": next((said for said in reversed(thread) if said.move == "ask"), None) if answering else None,
        "answering": answering,
        "can_write": answering or workflow.allows(consultation, "write"),
        "can_withdraw": workflow.allows(consultation, "withdraw"),
        "rows": summary.everything(consultation, _behind(links.STATUS, "requests:status_file", consultation)),
        "form": form,
        "too_often": too_often,
    }
    return render(request, "requests/status.html", context, status=code)


@behind_link(links.STATUS)
@require_safe
def status_pdf(request: HttpRequest, consultation: ConsultationRequest) -> HttpResponse:
    return pdf.response(consultation)


@behind_link(links.STATUS)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, consultation: ConsultationRequest) -> HttpResponse:
    """GET says what withdrawing means, POST does it; what has ended already says so."""
    if request.method != "POST":
        return _show_withdraw(request, consultation, WithdrawForm())
    if languages.is_switched(request):
        return _show_withdraw(request, consultation, WithdrawForm.as_typed(request.POST))
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _show_withdraw(request, consultation, form, 422)
    try:
        workflow.withdraw(consultation, note=form.cleaned_data["note"])
        messages.success(request, gettext("Ihre Anfrage ist zurückgezogen."))
    except Refused:
        consultation.refresh_from_db()
        if consultation.state != State.WITHDRAWN:
            return _show_withdraw(request, consultation, form, 409)
    return _to_status(consultation)


def _show_withdraw(
    request: HttpRequest, consultation: ConsultationRequest, form: WithdrawForm, code: int = 200
) -> HttpResponse:
    context = {
        "consultation": consultation,
        "token": links.token(links.STATUS, consultation),
        "can_withdraw": workflow.allows(consultation, "withdraw"),
        "form": form,
    }
    return render(request, "requests/withdraw.html", context, status=code)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def lost_link(request: HttpRequest) -> HttpResponse:
    """Sends links again. The answer is the same whether or not the address is known."""
    if request.method != "POST" or languages.is_switched(request):
        return _show_lost_link(request)
    form = LostLinkForm(request.POST)
    if not form.is_valid():
        return render(request, "requests/lost_link.html", {"form": form, "dead": False}, status=422)
    email = form.cleaned_data["email"]
    try:
        limits.spend("lost_link", network=networks.of(request), address=email)
    except TooOften as refusal:
        return shown_with(request, "requests/lost_link.html", {"form": form, "dead": False}, refusal)
    access.ask_for_links(email)
    return redirect("requests:link_sent")


@login_not_required
@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "requests/link_sent.html")
