"""Appointments where they are acted on: by the team on the page of its offer, by the municipality behind its link."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from miglobe import languages
from miglobe.errors import Refused
from miglobe.forms import TidyForm
from miglobe.links import Dead, secret_page
from requests import links as request_links
from requests.models import ConsultationRequest
from requests.views.behind_links import behind_link

from .. import appointments, calendars, links, proposals
from ..forms import AnswerForm, CancelForm, DatesForm, MoveForm, RecordForm, initial_of
from ..models import Appointment, DateProposal, Offer
from .finding import show_lost_link

PAGE = require_http_methods(["GET", "HEAD", "POST"])


# --- The team ----------------------------------------------------------------------------------------


def of_team(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For whoever is at work on the case; others who hold the link get to the page that says what holds."""

    @wraps(view)
    def wrapper(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        try:
            offer = links.find(token)
        except Dead:
            return show_lost_link(request, dead=True)
        if not Offer.objects.at_work().filter(pk=offer.pk).exists():
            return redirect("advisors:offer", token=token)
        return view(request, offer, **kwargs)

    return login_not_required(secret_page(wrapper))


@dataclass(frozen=True)
class Step:
    """What the team can do with an appointment, on a page of its own."""

    title: str | Promise
    says: str | Promise
    done: str | Promise
    command: Callable[..., object]
    form: type[TidyForm]


STEPS = {
    "verlegen": Step(
        _("Termin verlegen"),
        _("Bitte sprechen Sie sich vorher ab. Die Kommune, das Team und die Koordination bekommen eine E-Mail."),
        _("Der Termin ist verlegt. Alle Beteiligten bekommen eine E-Mail."),
        appointments.move,
        MoveForm,
    ),
    "absagen": Step(
        _("Termin absagen"),
        _("Der Termin fällt aus. Die Kommune, das Team und die Koordination bekommen eine E-Mail."),
        _("Der Termin ist abgesagt. Alle Beteiligten bekommen eine E-Mail."),
        appointments.cancel,
        CancelForm,
    ),
    "ergebnis": Step(
        _("Ergebnis festhalten"),
        _("Der Termin hat stattgefunden. Die Kommune sieht nicht, was Sie hier schreiben."),
        _("Vielen Dank, das Ergebnis ist festgehalten."),
        appointments.record,
        RecordForm,
    ),
}


@of_team
@PAGE
def team_appointment(request: HttpRequest, offer: Offer, appointment: UUID, step: str) -> HttpResponse:
    """GET shows the appointment and asks, POST acts."""
    if step not in STEPS:
        raise Http404
    found = get_object_or_404(Appointment.objects.filter(consultation=offer.consultation), key=appointment)
    chosen = STEPS[step]
    if request.method != "POST":
        return _show_step(request, offer, found, chosen, chosen.form(initial=initial_of(found)))
    if languages.is_switched(request):
        return _show_step(request, offer, found, chosen, chosen.form.as_typed(request.POST))
    form = chosen.form(request.POST)
    if not form.is_valid():
        return _show_step(request, offer, found, chosen, form, 422)
    try:
        chosen.command(found, of_team=offer, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _show_step(request, offer, found, chosen, form, 409)
    messages.success(request, str(chosen.done))
    return _to_offer(offer)


def _show_step(
    request: HttpRequest, offer: Offer, appointment: Appointment, step: Step, form: TidyForm, status: int = 200
) -> HttpResponse:
    context = {"offer": offer, "appointment": appointment, "step": step, "form": form, "token": links.token(offer)}
    return render(request, "advisors/team_appointment.html", context, status=status)


def _to_offer(offer: Offer) -> HttpResponse:
    return redirect("advisors:offer", token=links.token(offer))


@of_team
@PAGE
def propose_dates(request: HttpRequest, offer: Offer) -> HttpResponse:
    """Dates for the municipality to choose from."""
    if request.method != "POST":
        return _show_dates_form(request, offer, DatesForm())
    if languages.is_switched(request):
        return _show_dates_form(request, offer, DatesForm.as_typed(request.POST))
    form = DatesForm(request.POST)
    if not form.is_valid():
        return _show_dates_form(request, offer, form, 422)
    try:
        proposals.propose(offer.consultation, of_team=offer, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _show_dates_form(request, offer, form, 409)
    messages.success(request, gettext("Die Kommune bekommt eine E-Mail und wählt einen der Termine aus."))
    return _to_offer(offer)


def _show_dates_form(request: HttpRequest, offer: Offer, form: DatesForm, status: int = 200) -> HttpResponse:
    context = {"offer": offer, "consultation": offer.consultation, "form": form, "token": links.token(offer)}
    return render(request, "advisors/propose_dates.html", context, status=status)


@of_team
@PAGE
def withdraw_dates(request: HttpRequest, offer: Offer, proposal: UUID) -> HttpResponse:
    """GET asks, POST takes the dates back."""
    found = get_object_or_404(DateProposal.objects.filter(consultation=offer.consultation), key=proposal)
    if request.method == "POST":
        try:
            proposals.withdraw(found, of_team=offer)
            messages.success(request, gettext("Die Termine stehen nicht mehr zur Wahl. Die Kommune erfährt es."))
        except Refused as refusal:
            messages.error(request, str(refusal))
        return _to_offer(offer)
    context = {"offer": offer, "proposal": found, "token": links.token(offer)}
    return render(request, "advisors/withdraw_dates.html", context)


@of_team
@require_safe
def team_calendar_file(request: HttpRequest, offer: Offer, appointment: UUID) -> HttpResponse:
    return _calendar_file(offer.consultation, appointment)


# --- The municipality --------------------------------------------------------------------------------


@behind_link(request_links.STATUS)
@PAGE
def dates(request: HttpRequest, consultation: ConsultationRequest, proposal: UUID) -> HttpResponse:
    """GET shows the dates and what was answered; POST answers. A repeated answer shows the recorded one."""
    found = DateProposal.objects.filter(consultation=consultation, key=proposal).select_related("appointment").first()
    if found is None:  # of a request that was merged into this one
        return redirect("requests:status", token=request_links.token(request_links.STATUS, consultation))
    found.consultation = consultation
    if request.method != "POST":
        return _show_dates(request, found, AnswerForm(proposal=found))
    if languages.is_switched(request):
        return _show_dates(request, found, AnswerForm.as_typed(request.POST, proposal=found))
    return _answer(request, found)


def _answer(request: HttpRequest, proposal: DateProposal) -> HttpResponse:
    picking = "keiner" not in request.POST
    form = AnswerForm(request.POST, proposal=proposal, picking=picking)
    if not form.is_valid():
        return _show_dates(request, proposal, form, 422 if proposals.is_open(proposal) else 409)
    try:
        if picking:
            proposals.pick(proposal, form.cleaned_data["option"])
        else:
            proposals.none_fits(proposal, answer=form.cleaned_data["answer"])
    except Refused as refusal:
        messages.error(request, str(refusal))
        proposal.refresh_from_db()
        return _show_dates(request, proposal, form, 409)
    token = request_links.token(request_links.STATUS, proposal.consultation)
    return redirect("advisors:dates", token=token, proposal=proposal.key)


def _show_dates(request: HttpRequest, proposal: DateProposal, form: AnswerForm, status: int = 200) -> HttpResponse:
    context = {
        "proposal": proposal,
        "consultation": proposal.consultation,
        "token": request_links.token(request_links.STATUS, proposal.consultation),
        "is_open": proposals.is_open(proposal),
        "to_choose": form["option"].subwidgets,
        "form": form,
    }
    return render(request, "advisors/dates.html", context, status=status)


@behind_link(request_links.STATUS)
@require_safe
def calendar_file(request: HttpRequest, consultation: ConsultationRequest, appointment: UUID) -> HttpResponse:
    return _calendar_file(consultation, appointment)


def _calendar_file(consultation: ConsultationRequest, key: UUID) -> HttpResponse:
    found = get_object_or_404(Appointment.objects.filter(consultation=consultation), key=key)
    found.consultation = consultation
    headers = {"Content-Disposition": 'attachment; filename="Termin.ics"'}
    return HttpResponse(calendars.download(found), content_type="text/calendar; charset=utf-8", headers=headers)
