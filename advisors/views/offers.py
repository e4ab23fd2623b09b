"""The page of an offer: the case, the answer, and what follows from it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from miglobe import languages
from miglobe.errors import Refused
from miglobe.links import Dead, secret_page
from requests import downloads, summary
from requests.mails import whom_to_ask
from requests.models import Attachment, State

from .. import links, offers
from ..forms import GiveUpForm, ReplyForm, concern_form
from ..forms.concerns import ConcernForm
from ..models import Offer
from .finding import show_lost_link

NEXT_STEPS = {
    State.SEARCHING: _("Wir suchen noch nach weiteren Personen und schreiben Ihnen, sobald das Team vollständig ist."),
    State.STAFFED: _(
        "Das Team ist vollständig. Bitte nehmen Sie Kontakt mit der Kommune auf und vereinbaren Sie das Dialogforum "
        "oder, wenn es schon stattgefunden hat, den nächsten Termin."
    ),
    State.RUNNING: _("Die Beratung läuft. Ihre Termine und alles, was Sie dafür brauchen, finden Sie hier."),
    State.CLOSED: _("Der Einsatz ist abgeschlossen. Vielen Dank für Ihre Arbeit!"),
}


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@secret_page
def offer(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the case and what was answered; POST answers. A repeated answer shows the recorded one."""
    try:
        found = links.find(token)
    except Dead:
        return show_lost_link(request, dead=True)
    if languages.is_switched(request):
        ask = concern_form(found)
        concern = ask.as_typed(request.POST, offer=found) if ask else None
        return _show(request, found, form=ReplyForm.as_typed(request.POST), concern=concern)
    if request.method == "POST":
        return _answer(request, found, token)
    return _show(request, found)


def _answer(request: HttpRequest, found: Offer, token: str) -> HttpResponse:
    answer = ANSWERS.get(request.POST.get("answer", ""))
    try:
        if answer:
            return answer(request, found) or redirect("advisors:offer", token=token)
    except offers.OfferClosed:
        return _show(request, links.find(token), status=409, refused=True)
    if offers.is_open(found):
        messages.error(request, gettext("Bitte wählen Sie, ob Sie zusagen oder absagen."))
        return _show(request, found, status=400)
    return _show(request, found, status=409, refused=True)


def _accept(request: HttpRequest, found: Offer) -> HttpResponse | None:
    form = ReplyForm(request.POST, accepts=True)
    if not form.is_valid():
        return _show_mistakes(request, found, form)
    offers.accept(found, word=form.cleaned_data["note"])
    return None


def _decline(request: HttpRequest, found: Offer) -> HttpResponse | None:
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return _show_mistakes(request, found, form)
    offers.decline(found, **form.cleaned_data)
    return None


def _show_mistakes(request: HttpRequest, found: Offer, form: ReplyForm) -> HttpResponse:
    is_open = offers.is_open(found)
    return _show(request, found, form=form, status=422 if is_open else 409, refused=not is_open)


def _undo(request: HttpRequest, found: Offer) -> HttpResponse | None:
    had_accepted = found.state == Offer.State.ACCEPTED
    try:
        offers.undo(found)
    except offers.OfferClosed as why_not:
        messages.error(request, str(why_not))
        return _show(request, links.find(links.token(found)), status=409)
    if had_accepted:
        messages.success(request, gettext("Ihre Zusage ist zurückgenommen. Bitte löschen Sie die Kontaktdaten."))
    else:
        messages.success(request, gettext("Ihre Absage ist zurückgenommen. Sie können jetzt neu antworten."))
    return None


def _change_profile(request: HttpRequest, found: Offer) -> HttpResponse | None:
    """What the reason of a refusal says of the profile, where the person agrees."""
    ask = concern_form(found)
    if ask is None:
        return _show(request, found, status=409)
    form = ask(request.POST, offer=found)
    if not form.is_valid():
        return _show(request, found, concern=form, status=422)
    try:
        is_changed = form.save()
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _show(request, found, concern=form, status=409)
    if is_changed:
        offers.note_changed_profile(found)
        messages.success(request, gettext("Danke, Ihr Profil ist geändert."))
    else:
        messages.info(request, gettext("Ihr Profil bleibt, wie es ist."))
    return redirect(f"{reverse('advisors:offer', kwargs={'token': links.token(found)})}?geaendert=1")


ANSWERS: dict[str, Callable[[HttpRequest, Offer], HttpResponse | None]] = {
    "accept": _accept,
    "decline": _decline,
    "undo": _undo,
    "profile": _change_profile,
}


def _show(
    request: HttpRequest,
    found: Offer,
    *,
    form: ReplyForm | None = None,
    concern: ConcernForm | None = None,
    status: int = 200,
    refused: bool = False,
) -> HttpResponse:
    at_work = Offer.objects.at_work().filter(pk=found.pk).exists()
    answered = found.state in (Offer.State.ACCEPTED, Offer.State.DECLINED)
    context = {
        "offer": found,
        "token": links.token(found),
        "consultation": found.consultation,
        "is_open": offers.is_open(found),
        "at_work": at_work,
        "refused": refused,
        "next_step": _next_step(found),
        "rows": summary.of_case(summary.CASE, found.consultation),
        "file_rows": _files(found, token=links.token(found)) if at_work else [],
        "contact_rows": summary.of_case(summary.SECTIONS["kontakt"], found.consultation) if at_work else [],
        "mates": [mate for mate in offers.team(found.consultation) if mate.pk != found.pk] if at_work else [],
        "contact": whom_to_ask(found.consultation),
        "form": form or ReplyForm(),
        "concern": concern or _question(request, found),
        "why_not_undone": offers.why_not_undone(found) if answered else "",
        "own_token": links.token_of(found.advisor),
    }
    return render(request, "advisors/offer.html", context, status=status)


def _question(request: HttpRequest, found: Offer) -> ConcernForm | None:
    """What the refusal asks of the profile, unless it was just answered or the profile says so already."""
    ask = concern_form(found)
    form = ask(offer=found) if ask and "geaendert" not in request.GET else None
    return form if form and form.is_due() else None


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@secret_page
def give_up(request: HttpRequest, token: str) -> HttpResponse:
    """GET says what it means to give up the assignment, POST does it. Without an assignment: back to the offer."""
    try:
        found = links.find(token)
    except Dead:
        return show_lost_link(request, dead=True)
    if not Offer.objects.at_work().filter(pk=found.pk).exists():
        return redirect("advisors:offer", token=token)
    if languages.is_switched(request) or request.method != "POST":
        form = GiveUpForm.as_typed(request.POST) if languages.is_switched(request) else GiveUpForm()
        return _show_giving_up(request, found, form)
    form = GiveUpForm(request.POST)
    if not form.is_valid():
        return _show_giving_up(request, found, form, status=422)
    try:
        offers.cancel(found, note=form.cleaned_data["note"])
    except offers.OfferClosed as why_not:  # the case has ended meanwhile
        messages.error(request, str(why_not))
    return redirect("advisors:offer", token=token)


def _show_giving_up(request: HttpRequest, found: Offer, form: GiveUpForm, *, status: int = 200) -> HttpResponse:
    context = {"offer": found, "consultation": found.consultation, "token": links.token(found), "form": form}
    return render(request, "advisors/give_up.html", context, status=status)


def _files(found: Offer, *, token: str) -> list[summary.Row]:
    def address_of(file: Attachment) -> str:
        return str(reverse("advisors:offer_file", kwargs={"token": token, "file": file.key}))

    rows = summary.of_case(summary.SECTIONS["unterlagen"], found.consultation, address_of)
    return [row for row in rows if row.files]


@login_not_required
@require_safe
@secret_page
def offer_file(request: HttpRequest, token: str, file: UUID) -> HttpResponseBase:
    """A file of the case, for advisors who are at work on it; everybody else gets to the offer."""
    try:
        found = links.find(token)
    except Dead:
        return show_lost_link(request, dead=True)
    if not Offer.objects.at_work().filter(pk=found.pk).exists():
        return redirect("advisors:offer", token=token)
    return downloads.serve(request, found.consultation, file)


def _next_step(found: Offer) -> str:
    """What comes next for somebody who has accepted; empty for everybody else."""
    valid = Offer.objects.of(found.consultation).accepted().filter(pk=found.pk).exists()
    return str(NEXT_STEPS.get(State(found.consultation.state), "")) if valid else ""
