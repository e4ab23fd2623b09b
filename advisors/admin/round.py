"""Rounds at the desk: all cases that look for a team, planned at once and noted one by one."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.lists import LongList
from requests import rights
from requests.admin import BUTTON_METHODS
from requests.models import ConsultationRequest

from .. import reading, rounds
from ..models import Round
from .round_page import Marks, RoundPage, summary

PAGE = "admin:advisors_round_change"
SEND = "admin:requests_consultationrequest_send"


class PlanForm(forms.Form):
    per_person = forms.IntegerField(
        label="Neue Einsätze je Person höchstens",
        min_value=1,
        max_value=10,
        initial=2,
        help_text="Damit sich die Arbeit verteilt: Auch wer mehr Einsätze frei hat, wird in dieser Runde für höchstens "
        "so viele Fälle vorgesehen. Wer seltener gefragt werden möchte, wird es nur einmal.",
    )


@admin.register(Round)
class RoundAdmin(LongList, admin.ModelAdmin):
    change_list_template = "admin/advisors/rounds.html"
    list_display = ("created_at", "full_teams", "per_person", "by")
    list_select_related = ("by",)
    sortable_by = ("created_at",)
    show_facets = admin.ShowFacets.NEVER
    actions = None

    @admin.display(description="Volle Teams")
    def full_teams(self, a_round: Round) -> str:
        return f"{a_round.figures['full']} von {len(a_round.figures['cases'])}"

    def has_change_permission(self, request: HttpRequest, obj: Round | None = None) -> bool:
        return False  # a new one is planned

    def has_delete_permission(self, request: HttpRequest, obj: Round | None = None) -> bool:
        return False  # time deletes them

    def get_urls(self) -> list[URLPattern]:
        views = (("<int:pk>/again/", self.again, "again"), ("<int:pk>/note/<int:case_pk>/", self.note, "note"))
        own = [
            path(route, self.admin_site.admin_view(view), name=f"advisors_round_{name}") for route, view, name in views
        ]
        return own + super().get_urls()

    @method_decorator(BUTTON_METHODS)
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PlanForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            made = self._plan(request, form)
            if isinstance(made, Round):
                return redirect(PAGE, made.pk)
            return self._show(request, "admin/advisors/round_new.html", "Neue Runde", form, refusal=made)
        return self._show(request, "admin/advisors/round_new.html", "Neue Runde", form)

    @method_decorator(require_safe)
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        a_round = self._found(request, object_id)
        return self._page(request, a_round, Marks.of(a_round), PlanForm(initial={"per_person": a_round.per_person}))

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another plan, by the marks on the page; they are kept when it cannot be made."""
        a_round = self._found(request, pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, marks = PlanForm(request.POST), Marks.sent(request.POST)
        made = self._plan(request, form, marks) if form.is_valid() else ""
        if isinstance(made, Round):
            return redirect(PAGE, made.pk)
        return self._page(request, a_round, marks, form, refusal=made)

    @method_decorator(require_POST)
    def note(self, request: HttpRequest, pk: int, case_pk: int) -> HttpResponse:
        """Leads to the page that sends the offers: it shows them first."""
        a_round = self._found(request, pk)
        planned = ConsultationRequest.objects.filter(pk__in=a_round.places.values("consultation"))
        consultation = get_object_or_404(planned, pk=case_pk)
        if not rights.may_act(request.user, consultation):
            raise PermissionDenied(rights.why_not(cast(User, request.user), consultation))
        try:
            count = rounds.note(a_round, consultation, by=cast(User, request.user))
        except Refused as refusal:
            messages.error(request, f"{consultation.reference}: {refusal}")
            return redirect(f"{reverse(PAGE, args=[pk])}#fall-{case_pk}")
        messages.success(request, f"Vorgemerkt: {count}. Angebote sind noch nicht gesendet.")
        return redirect(SEND, case_pk)

    def _found(self, request: HttpRequest, pk: int | str) -> Round:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Round = get_object_or_404(Round.objects.select_related("by"), pk=pk if str(pk).isdecimal() else None)
        return found

    def _plan(self, request: HttpRequest, form: PlanForm, marks: Marks | None = None) -> Round | str:
        """Why not, where nothing can be planned."""
        marks = marks or Marks(frozenset(), frozenset())
        try:
            return rounds.plan(
                by=cast(User, request.user),
                per_person=form.cleaned_data["per_person"],
                pinned=marks.pinned,
                forbidden=marks.forbidden,
            )
        except Refused as refusal:
            return str(refusal)

    def _page(
        self, request: HttpRequest, a_round: Round, marks: Marks, form: PlanForm, refusal: str = ""
    ) -> HttpResponse:
        page = RoundPage(a_round, marks)
        reading.listed(page.people, by=cast(User, request.user), page=reading.Page.SUGGESTIONS)
        cases = page.cases()
        context = {
            "round": a_round,
            "summary": summary(a_round.figures, cases),
            "cases": [(case, rights.may_act(request.user, case.consultation)) for case in cases],
            "more": page.more,
            "may_plan": self.has_add_permission(request),
        }
        return self._show(request, "admin/advisors/round.html", str(a_round), form, refusal=refusal, **context)

    def _show(
        self, request: HttpRequest, template: str, title: str, form: PlanForm, *, refusal: str = "", **context: Any
    ) -> HttpResponse:
        everything = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "form": form,
            "refusal": refusal,
            **context,
        }
        status = 422 if refusal or (form.is_bound and not form.is_valid()) else 200
        return TemplateResponse(request, template, everything, status=status)
