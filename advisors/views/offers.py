"""The page of an offer: the case, the answer, and what follows from it."""

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
from miglobe.links import Dead, secret_page
from requests import downloads, summary
from requests.mails import whom_to_ask
from requests.models import Attachment, State

from .. import links, offers
from ..forms import DeclineForm
from ..models import Offer
from .finding import show_lost_link

NEXT_STEPS = {
    State.SEARCHING: _("Wir suchen noch nach weiteren Personen und schreiben Ihnen, sobald das Team vollständig ist."),
    State.STAFFED: _(
        "Das Team ist vollständig. Bitte nehmen Sie Kontakt mit der Kommune auf und vereinbaren Sie das Dialogforum."
    ),
    State.RUNNING: _(
        "Die Beratung läuft. Können Sie sie nicht fortsetzen? Dann sprechen Sie bitte die Koordination an."
    ),
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
        return _show(request, found, form=DeclineForm.as_typed(request.POST))
    if request.method == "POST":
        return _answer(request, found, token)
    return _show(request, found)


def _answer(request: HttpRequest, found: Offer, token: str) -> HttpResponse:
    try:
        if request.POST.get("answer") == "accept":
            offers.accept(found)
        elif request.POST.get("answer") == "decline":
            form = DeclineForm(request.POST)
            if not form.is_valid():
                return _show(request, found, form=form, status=422 if offers.is_open(found) else 409)
            offers.decline(found, **form.cleaned_data)
        elif offers.is_open(found):
            messages.error(request, gettext("Bitte wählen Sie, ob Sie zusagen oder absagen."))
            return _show(request, found, status=400)
        else:
            return _show(request, found, status=409)
    except offers.OfferClosed:
        return _show(request, links.find(token), status=409)
    return redirect("advisors:offer", token=token)


def _show(request: HttpRequest, found: Offer, *, form: DeclineForm | None = None, status: int = 200) -> HttpResponse:
    at_work = Offer.objects.at_work().filter(pk=found.pk).exists()
    context = {
        "offer": found,
        "token": links.token(found),
        "consultation": found.consultation,
        "is_open": offers.is_open(found),
        "at_work": at_work,
        "refused": status == 409,
        "next_step": _next_step(found),
        "rows": summary.of_case(summary.CASE, found.consultation),
        "file_rows": _files(found, token=links.token(found)) if at_work else [],
        "contact_rows": summary.of_case(summary.SECTIONS["kontakt"], found.consultation) if at_work else [],
        "mates": [mate for mate in offers.team(found.consultation) if mate.pk != found.pk] if at_work else [],
        "contact": whom_to_ask(found.consultation),
        "form": form or DeclineForm(),
    }
    return render(request, "advisors/offer.html", context, status=status)


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
        return redirect("advisors:offer", token=token)
    if not Offer.objects.at_work().filter(pk=found.pk).exists():
        return redirect("advisors:offer", token=token)
    return downloads.serve(request, found.consultation, file)


def _next_step(found: Offer) -> str:
    """What comes next for somebody who has accepted; empty for everybody else."""
    valid = Offer.objects.of(found.consultation).accepted().filter(pk=found.pk).exists()
    return str(NEXT_STEPS.get(State(found.consultation.state), "")) if valid else ""
