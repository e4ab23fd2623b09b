from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from miglobe import references
from miglobe.accounts.models import User
from miglobe.errors import Refused

from .. import desk, duplicates, merging, rights, summary, workflow
from ..desk_forms import MergeForm
from ..models import ConsultationRequest, State, Transition
from .case import BUTTON_METHODS, ConsultationRequestAdmin
from .case_file import WHAT, WHO

MEANING = (
    "{goes} geht in {stays} auf. {brought} Themen, Formate und weitere Kommunen aus beiden gelten zusammen. Das "
    "Aktenzeichen {goes} führt danach zu {stays}, ebenso seine Links, wenn die E-Mail-Adresse dieselbe ist. Gelöscht "
    "wird nichts. Rückgängig machen lässt sich das nicht."
)


class DuplicatesAdmin(ConsultationRequestAdmin):
    """The case file, which also suggests and merges what the municipality has asked twice."""

    def case_context(self, request: HttpRequest, consultation: ConsultationRequest) -> dict[str, Any]:
        return super().case_context(request, consultation) | {
            "duplicates": duplicates.suggest(consultation) if rights.may_act_at_all(request.user) else [],
            "absorbed": consultation.absorbed.order_by("confirmed_at"),
        }

    # --- Where an old reference leads ------------------------------------------------------------------

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """Django's hook for a row that is not among those shown: what was merged is still known."""
        if object_id.isdecimal() and len(object_id) < 19 and self.has_view_permission(request):
            into = ConsultationRequest.objects.filter(absorbed=int(object_id)).first()
            if into:
                return self._lead_to(request, into)
        return cast(HttpResponse, super()._get_obj_does_not_exist_redirect(request, opts, object_id))  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        sought = references.find(request.GET.get("q", ""))
        if sought and self.has_view_permission(request):
            into = ConsultationRequest.objects.filter(absorbed__reference=sought).first()
            if into:
                return self._lead_to(request, into)
        return super().changelist_view(request, extra_context)

    def _lead_to(self, request: HttpRequest, into: ConsultationRequest) -> HttpResponse:
        messages.info(request, f"Diese Anfrage ist in {into.reference} aufgegangen. Sie sehen jetzt {into.reference}.")
        return redirect(desk.CASE, into.pk)

    def case_to_see(self, request: HttpRequest, pk: int) -> ConsultationRequest:
        try:
            return super().case_to_see(request, pk)
        except Http404:
            raise _gone(pk) from None

    def case_to_note(self, request: HttpRequest, pk: int) -> ConsultationRequest:
        try:
            return super().case_to_note(request, pk)
        except Http404:
            raise _gone(pk) from None

    # --- Comparing and merging -------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        views = (
            ("<int:pk>/duplicates/", self.duplicates, "duplicates"),
            ("<int:pk>/duplicates/<int:other>/", self.compare, "compare"),
            ("<int:pk>/merge/<int:other>/", self.merge, "merge"),
        )
        own = [
            path(route, self.admin_site.admin_view(view), name=f"requests_consultationrequest_{name}")
            for route, view, name in views
        ]
        return own + super().get_urls()

    @method_decorator(require_safe)
    def duplicates(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All cases of the municipality with what speaks for being the same, to be compared."""
        consultation = self.case_to_see(request, pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Andere Anfragen dieser Kommune",
            "consultation": consultation,
            "found": duplicates.all_of_the_place(consultation),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/requests/duplicates.html", context)

    @method_decorator(require_safe)
    def compare(self, request: HttpRequest, pk: int, other: int) -> HttpResponse:
        """Two cases side by side; of two that were merged, what each was."""
        cases = self._pair(request, pk, other)
        sides = [_side(case) for case in cases]
        context = {
            **self.admin_site.each_context(request),
            "title": f"{cases[0].reference} und {cases[1].reference} vergleichen",
            "consultation": cases[0],
            "other": cases[1],
            "sides": sides,
            "rows": [
                (left.label, left.value, right.value) for left, right in zip(*(s.rows for s in sides), strict=True)
            ],
            "merged": State.MERGED in (cases[0].state, cases[1].state),
            "ways": _ways(request, *cases),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/requests/compare.html", context)

    @method_decorator(BUTTON_METHODS)
    def merge(self, request: HttpRequest, pk: int, other: int) -> HttpResponse:
        """The button's page: what of `other` comes over to `pk`, and who is told."""
        survivor, absorbed = self.case_for(request, pk), get_object_or_404(ConsultationRequest, pk=other)
        if absorbed.merged_into_id == survivor.pk:  # pressed twice, or by two
            return self._lead_to(request, survivor)
        absorbed = self.case_for(request, other)
        if why := merging.obstacle(survivor, absorbed):
            messages.error(request, why)
            return redirect("admin:requests_consultationrequest_compare", pk, other)
        says = MEANING.format(
            goes=absorbed.reference, stays=survivor.reference, brought=merging.what_comes(absorbed).sentence
        )
        button = desk.Button(
            f"{absorbed.reference} mit {survivor.reference} zusammenführen",
            says,
            self.merge_into(absorbed),
            MergeForm,
            True,
            touches=absorbed,
        )
        return desk.press(self.admin_site, request, survivor, button, target=survivor)

    def merge_into(self, absorbed: ConsultationRequest) -> Callable[..., ConsultationRequest]:
        """The command of the button: (survivor, *, note, by)."""
        return partial(merging.merge, absorbed=absorbed)

    def _pair(self, request: HttpRequest, pk: int, other: int) -> tuple[ConsultationRequest, ConsultationRequest]:
        consultation = self.case_to_see(request, pk)
        known = ConsultationRequest.objects.filed() | ConsultationRequest.objects.filter(merged_into=consultation)
        second = get_object_or_404(known.select_related(*self.list_select_related), pk=other)
        if second.pk == pk:
            raise Http404
        return consultation, second


@dataclass(frozen=True)
class Side:
    case: ConsultationRequest
    rows: list[summary.Row]
    brings: merging.Brought
    history: list[tuple[str, Transition]]


def _side(case: ConsultationRequest) -> Side:
    history = [(workflow.MOVES[line.move].label, line) for line in case.transitions.select_related("by")]
    return Side(case, summary.of_case((*WHO, *WHAT), case), merging.what_comes(case), history)


@dataclass(frozen=True)
class Way:
    """One of the two ways to merge a pair."""

    survivor: ConsultationRequest
    absorbed: ConsultationRequest
    obstacle: str
    suggested: bool


def _ways(request: HttpRequest, one: ConsultationRequest, other: ConsultationRequest) -> list[Way]:
    """Both ways, each with what stands in its way; none for who may not act on both cases."""
    person = cast(User, request.user)
    if State.MERGED in (one.state, other.state):
        return []
    denied = rights.why_not(person, one) or rights.why_not(person, other)
    better = merging.better_survivor(one, other)
    return [
        Way(survivor, absorbed, denied or merging.obstacle(survivor, absorbed), survivor == better)
        for survivor, absorbed in ((one, other), (other, one))
    ]


def _gone(pk: int) -> Exception:
    into = ConsultationRequest.objects.filter(absorbed=pk).first()
    if into is None:
        return Http404()
    return Refused(f"Diese Anfrage ist inzwischen in {into.reference} aufgegangen. Bitte arbeiten Sie dort weiter.")
