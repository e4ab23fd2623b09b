"""The case file with its team."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.history.reading import Line
from requests import desk, workflow
from requests import history as case_history
from requests.admin import BUTTON_METHODS, RecordingAdmin
from requests.desk_forms import AcceptForm, NoteForm
from requests.models import ConsultationRequest, Transition
from requests.models import State as CaseState

from .. import appointments, history, matching, next_step, offers, proposals, reading, substitutes
from ..forms import ArrangeForm, CancelForm, DatesForm, MoveForm, RecordForm, initial_of
from ..models import Advisor, Appointment, DateProposal, Offer
from ..waiting import WAITING
from .results import TEAMWORK, ResultsOfCase
from .suggestions import suggested_for


class ProposeForm(forms.Form):
    """Those whom the person has ticked on the page of the case."""

    advisor = forms.MultipleChoiceField(label="Ihre Auswahl", widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        chosen = _chosen(data) if data else []
        names = Advisor.objects.filter(pk__in=chosen).values_list("pk", "name")
        cast(forms.MultipleChoiceField, self.fields["advisor"]).choices = [(str(pk), name) for pk, name in names]


def _chosen(data: QueryDict) -> list[int]:
    return [int(key) for key in data.getlist("advisor") if key.isdecimal() and len(key) < 19]


def _propose(consultation: ConsultationRequest, *, advisor: list[str], by: User) -> int:
    return offers.propose(consultation, advisors=map(int, advisor), by=by)


def _line_up(consultation: ConsultationRequest, *, advisor: list[str], by: User) -> int:
    return substitutes.line_up(consultation, advisors=map(int, advisor), by=by)


SEND = desk.Button(
    "Angebote senden",
    "Alle Vorgemerkten bekommen das Angebot per E-Mail. Wer zuerst zusagt, bekommt den Platz.",
    offers.send,
    heeds=TEAMWORK,
)
RESIZE = desk.Button(
    "Größe des Teams ändern",
    "Ist das Team mit den Zusagen, die es schon gibt, vollständig, endet die Suche und alle werden benachrichtigt.",
    offers.resize,
    AcceptForm,
    heeds=TEAMWORK,
)
WITHDRAW = desk.Button(
    "Angebot zurücknehmen", "Wer schon angefragt wurde, bekommt eine E-Mail.", offers.withdraw, heeds=TEAMWORK
)
CANCEL = desk.Button(
    "Zusage aufheben",
    "Die Person steigt aus. War das Team vollständig, beginnt die Suche wieder. Alle Beteiligten erfahren es.",
    offers.cancel,
    NoteForm,
    weighty=True,
    heeds=TEAMWORK,
)
PROPOSE = desk.Button(
    "Ausgewählte vormerken",
    "Die Ausgewählten werden für diese Anfrage vorgemerkt. Angebote gehen noch nicht hinaus.",
    _propose,
    ProposeForm,
    heeds=TEAMWORK,
)
LINE_UP = desk.Button(
    "Ausgewählte als Ersatz vormerken",
    "Die Ausgewählten stehen bereit, falls ein Platz frei wird. Auch dann wird niemand von allein angefragt.",
    _line_up,
    ProposeForm,
    heeds=TEAMWORK,
)
RELEASE = desk.Button(
    "Ersatz anfragen",
    "Ein Platz ist frei: Diese Person bekommt jetzt das Angebot per E-Mail.",
    substitutes.release,
    heeds=TEAMWORK,
)

ARRANGE = desk.Button(
    "Termin vereinbaren",
    "Kommune und Team sind sich einig. Beide bekommen den Termin per E-Mail.",
    appointments.arrange,
    ArrangeForm,
    heeds=TEAMWORK,
)
PROPOSE_DATES = desk.Button(
    "Termine vorschlagen",
    "Die Kommune bekommt eine E-Mail und wählt auf ihrer Seite einen der Termine aus, oder sagt, dass keiner passt. "
    "Was für dieselbe Art Termin noch zur Wahl steht, gilt dann nicht mehr.",
    proposals.propose,
    DatesForm,
    heeds=TEAMWORK,
)
WITHDRAW_DATES = desk.Button(
    "Vorschläge zurücknehmen",
    "Die Termine stehen nicht mehr zur Wahl. Die Kommune erfährt es per E-Mail.",
    proposals.withdraw,
    heeds=TEAMWORK,
)
OF_APPOINTMENT = {
    "move": desk.Button(
        "Termin verlegen",
        "Es gilt ein anderer Tag, eine andere Uhrzeit oder ein anderer Ort. Kommune und Team erfahren es per E-Mail.",
        appointments.move,
        MoveForm,
        heeds=TEAMWORK,
    ),
    "cancel": desk.Button(
        "Termin absagen",
        "Der Termin fällt aus. Kommune und Team erfahren es per E-Mail.",
        appointments.cancel,
        CancelForm,
        weighty=True,
        heeds=TEAMWORK,
    ),
    "record": desk.Button(
        "Ergebnis festhalten",
        "Der Termin hat stattgefunden. Die Zahl der Teilnehmenden geht in die Auswertung ein.",
        appointments.record,
        RecordForm,
        heeds=TEAMWORK,
    ),
}


def _with_team(name: str, command: Callable[..., ConsultationRequest]) -> Callable[..., ConsultationRequest]:
    @transaction.atomic
    def act(consultation: ConsultationRequest, **arguments: Any) -> ConsultationRequest:
        consultation = command(consultation, **arguments)
        offers.settle(consultation, move=name)
        return consultation

    return act


@admin.register(ConsultationRequest)
class CaseAdmin(ResultsOfCase, RecordingAdmin):
    """The case file with its team: suggestions, offers, answers."""

    change_form_template = "admin/advisors/case.html"
    waiting = WAITING

    def case_context(self, request: HttpRequest, consultation: ConsultationRequest) -> dict[str, Any]:
        context = super().case_context(request, consultation)
        found = Offer.objects.filter(consultation=consultation).select_related("advisor", "reason")
        context["offers"] = list(found)
        elsewhere = matching.asked_elsewhere(consultation) if context["offers"] else {}
        context["team"] = [(offer, elsewhere.get(offer.advisor_id)) for offer in _substitutes_last(context["offers"])]
        context["appointments"] = list(consultation.appointments.select_related("by"))
        context["proposals"] = list(
            consultation.date_proposals.exclude(state=DateProposal.State.WITHDRAWN)
            .select_related("by", "of_team__advisor")
            .prefetch_related("options")
        )
        context |= self.results_context(consultation)
        context["free_places"] = offers.free_places(consultation)
        context["may_release"] = _may_release(consultation, context["offers"])
        context["may_line_up"] = substitutes.may_have(consultation)
        context["has_proposals"] = any(offer.state == Offer.State.PROPOSED for offer in context["offers"])
        context["may_coordinate"] = self.may_coordinate(request, consultation)
        context["suggested"] = None
        wants_substitutes = context["may_line_up"] and "ersatz" in request.GET
        if context["may_coordinate"] and (consultation.state == CaseState.SEARCHING or wants_substitutes):
            context["suggested"] = suggested_for(consultation, everybody="alle" in request.GET)
            reading.listed(context["suggested"].people, by=cast(User, request.user), page=reading.Page.SUGGESTIONS)
        first = context["primary"]
        if context["may_coordinate"] and (first is None or first["name"] in desk.SUGGESTED.values()):
            step = next_step.of_team(consultation, context["offers"], context["appointments"], context["proposals"])
            context |= {"primary": step, "next_step": step["words"]} if step else {}
        return context

    def history_of(self, consultation: ConsultationRequest, transitions: list[Transition] | None = None) -> list[Line]:
        lines = super().history_of(consultation, transitions)
        return case_history.newest_first(
            [*lines, *history.lines(consultation), *history.results(consultation), *history.told(consultation)]
        )

    def opened_now(self, consultation: ConsultationRequest) -> case_history.Opened:
        moves = {case_history.MARK: case_history.latest(consultation)}
        return case_history.now(**moves, **history.marks(consultation))

    def button(self, name: str) -> desk.Button | None:
        """A move at the desk takes the team along, in the same transaction and in the same preview."""
        button = super().button(name)
        return button and replace(button, command=_with_team(name, button.command))

    def merge_into(self, absorbed: ConsultationRequest) -> Callable[..., ConsultationRequest]:
        return partial(offers.merge, absorbed=absorbed)

    def get_urls(self) -> list[URLPattern]:
        views = (
            ("<int:pk>/team/propose/", self.propose, "propose"),
            ("<int:pk>/team/line-up/", self.line_up, "line_up"),
            ("<int:pk>/team/send/", self.send, "send"),
            ("<int:pk>/team/resize/", self.resize, "resize"),
            ("<int:pk>/appointment/", self.arrange, "arrange"),
            ("<int:pk>/dates/", self.propose_dates, "propose_dates"),
            ("<int:pk>/dates/<int:proposal_pk>/withdraw/", self.withdraw_dates, "withdraw_dates"),
            ("<int:pk>/appointment/<int:appointment_pk>/<slug:name>/", self.appointment, "appointment"),
            ("<int:pk>/offer/<int:offer_pk>/withdraw/", self.withdraw, "withdraw_offer"),
            ("<int:pk>/offer/<int:offer_pk>/cancel/", self.cancel, "cancel_offer"),
            ("<int:pk>/offer/<int:offer_pk>/release/", self.release, "release_offer"),
            ("<int:pk>/offer/<int:offer_pk>/reorder/", self.reorder, "reorder_offer"),
        )
        own = [
            path(route, self.admin_site.admin_view(view), name=f"requests_consultationrequest_{name}")
            for route, view, name in views
        ]
        return own + super().get_urls()

    @method_decorator(require_POST)
    def propose(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._note(request, pk, PROPOSE, "Vorgemerkt: {}. Angebote sind noch nicht gesendet.")

    @method_decorator(require_POST)
    def line_up(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._note(request, pk, LINE_UP, "Als Ersatz vorgemerkt: {}. Niemand wird von allein angefragt.")

    def _note(self, request: HttpRequest, pk: int, button: desk.Button, done: str) -> HttpResponse:
        """Notes the chosen advisors; nobody is written to. A page comes in between only when others were faster."""
        consultation = self.case_for(request, pk)
        with transaction.atomic():
            workflow.lock(consultation)
            newer = desk.newer_than_opened(self.admin_site, request, consultation, heeds=button.heeds)
            if newer or "seen" in request.POST:
                response = desk.press(self.admin_site, request, consultation, button, target=consultation)
                response.status_code = 409 if newer else response.status_code
                return response
            chosen = _chosen(request.POST)
            unfit = matching.obstacles(consultation, chosen, but=None)
            self._try(request, lambda by: button.command(consultation, advisor=[*map(str, chosen)], by=by), done)
        if unfit:
            who = "; ".join(f"{advisor} ({why})" for advisor, why in unfit.items())
            messages.warning(request, f"Nicht vorgemerkt: {who}.")
        return redirect(desk.CASE, pk)

    def _try(self, request: HttpRequest, command: Callable[[User], Any], done: str) -> None:
        """`done` says what has come of it."""
        try:
            messages.success(request, done.format(command(cast(User, request.user))))
        except Refused as refusal:
            messages.error(request, str(refusal))

    @method_decorator(BUTTON_METHODS)
    def resize(self, request: HttpRequest, pk: int) -> HttpResponse:
        consultation = self.case_for(request, pk)
        return desk.press(self.admin_site, request, consultation, RESIZE, target=consultation)

    @method_decorator(BUTTON_METHODS)
    def send(self, request: HttpRequest, pk: int) -> HttpResponse:
        consultation = self.case_for(request, pk)
        return desk.press(self.admin_site, request, consultation, SEND, target=consultation)

    @method_decorator(BUTTON_METHODS)
    def withdraw(self, request: HttpRequest, pk: int, offer_pk: int) -> HttpResponse:
        return self._press_on_offer(request, pk, offer_pk, WITHDRAW)

    @method_decorator(BUTTON_METHODS)
    def cancel(self, request: HttpRequest, pk: int, offer_pk: int) -> HttpResponse:
        return self._press_on_offer(request, pk, offer_pk, CANCEL)

    @method_decorator(BUTTON_METHODS)
    def release(self, request: HttpRequest, pk: int, offer_pk: int) -> HttpResponse:
        return self._press_on_offer(request, pk, offer_pk, RELEASE)

    @method_decorator(require_POST)
    def reorder(self, request: HttpRequest, pk: int, offer_pk: int) -> HttpResponse:
        """Nobody is written to, and the page shows the new order: there is nothing to confirm."""
        consultation = self.case_for(request, pk)
        offer = get_object_or_404(Offer.objects.filter(consultation=consultation), pk=offer_pk)
        earlier = "earlier" in request.POST
        self._try(
            request,
            lambda by: substitutes.reorder(offer, earlier=earlier, by=by).advisor,
            f"{{}} wird jetzt {'früher' if earlier else 'später'} angefragt.",
        )
        return redirect(f"{reverse(desk.CASE, args=[pk])}#team")

    def _press_on_offer(self, request: HttpRequest, pk: int, offer_pk: int, button: desk.Button) -> HttpResponse:
        consultation = self.case_for(request, pk)
        offer = get_object_or_404(Offer.objects.filter(consultation=consultation), pk=offer_pk)
        return desk.press(self.admin_site, request, consultation, button, target=offer)

    @method_decorator(BUTTON_METHODS)
    def arrange(self, request: HttpRequest, pk: int) -> HttpResponse:
        consultation = self.case_for(request, pk)
        return desk.press(self.admin_site, request, consultation, ARRANGE, target=consultation)

    @method_decorator(BUTTON_METHODS)
    def propose_dates(self, request: HttpRequest, pk: int) -> HttpResponse:
        consultation = self.case_for(request, pk)
        return desk.press(self.admin_site, request, consultation, PROPOSE_DATES, target=consultation)

    @method_decorator(BUTTON_METHODS)
    def withdraw_dates(self, request: HttpRequest, pk: int, proposal_pk: int) -> HttpResponse:
        consultation = self.case_for(request, pk)
        found = get_object_or_404(DateProposal.objects.filter(consultation=consultation), pk=proposal_pk)
        return desk.press(self.admin_site, request, consultation, WITHDRAW_DATES, target=found)

    @method_decorator(BUTTON_METHODS)
    def appointment(self, request: HttpRequest, pk: int, appointment_pk: int, name: str) -> HttpResponse:
        consultation = self.case_for(request, pk)
        button = OF_APPOINTMENT.get(name)
        if button is None:
            raise Http404
        found = get_object_or_404(Appointment.objects.filter(consultation=consultation), pk=appointment_pk)
        return desk.press(self.admin_site, request, consultation, button, target=found, initial=initial_of(found))


def _may_release(consultation: ConsultationRequest, found: Iterable[Offer]) -> bool:
    """Whether a substitute could be asked now."""
    if consultation.state != CaseState.SEARCHING or all(offer.state != Offer.State.RESERVE for offer in found):
        return False
    return offers.unasked_places(consultation) > 0


def _substitutes_last(found: Iterable[Offer]) -> list[Offer]:
    """Substitutes in the order in which they would be asked, numbered without gaps for the page."""
    found = list(found)
    standing_by = [offer for offer in found if offer.state == Offer.State.RESERVE]
    standing_by.sort(key=lambda offer: offer.rank)
    for number, offer in enumerate(standing_by, start=1):
        offer.rank = number
    return [offer for offer in found if offer.state != Offer.State.RESERVE] + standing_by
