"""The list of cases: searched, filtered, sorted, in pages."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR, ChangeList
from django.db.models import BooleanField, ExpressionWrapper, F, OrderBy, Q, QuerySet
from django.http import HttpRequest

from miglobe.lists import LongChangeList, LongList

from .. import search
from ..models import ConsultationRequest
from .filters import CASE_FILTERS

PLACES = ("municipality__sort_key", "municipality__district_name")
NEWEST = "all=1"  # the plain list, also for those who have chosen another view to begin with


class CaseList(LongChangeList):
    filled = ("confirmed_at", "state_since", "reference", *PLACES)
    plain_list = f"?{NEWEST}"
    asked: search.Query | None
    has_nothing_to_look_for = False

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        self._read_order()
        self.asked = search.understand(self.query)
        if self.asked and self.asked.reference:
            meant = ExpressionWrapper(Q(reference=self.asked.reference), BooleanField())
            self.root_queryset = self.root_queryset.annotate(is_meant=meant)
        cases = super().get_queryset(request, exclude_parameters)
        if self.query.strip():
            self.has_nothing_to_look_for = self.asked is None
            cases = search.found(cases, self.asked) if self.asked else cases.none()
        for name in PLACES:
            if any(part in (name, f"-{name}") for part in cases.query.order_by):
                cases = cases.filter(**{f"{name}__gte": ""})  # true of all, and says so: sorting may begin with places
        return cases

    def _read_order(self) -> None:
        """`o` may name columns: their numbers differ between people who may do more or less."""
        if wanted := self.params.get(ORDER_VAR):
            numbers = {name: str(number) for number, name in enumerate(self.list_display)}
            parts = (part.rpartition("-") for part in wanted.split("."))
            order = ".".join(f"{'-' if sign else ''}{numbers.get(name, name)}" for _, sign, name in parts)
            self.params[ORDER_VAR], self.filter_params[ORDER_VAR] = order, [order]

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """The case whose reference was typed comes first; those with nothing due come last, whatever the direction."""
        parts = [
            OrderBy(F("due_at"), descending=True, nulls_last=True) if part == "-due_at" else part
            for part in super().get_ordering(request, queryset)
        ]
        return ["-is_meant", *parts] if self.asked and self.asked.reference else parts

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if self.asked:
            snippets = search.snippets(self.result_list, self.asked)
            for case in self.result_list:
                case.snippet = snippets.get(case.pk)

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        query = super().get_query_string(new_params, remove)
        return f"?{NEWEST}" if query == "?" else query


class Finding(LongList, admin.ModelAdmin):
    """How cases are found."""

    list_filter = CASE_FILTERS
    search_fields = ("search_entry",)  # by `requests.search`
    search_help_text = (
        "Wörter oder ihr Anfang, aus Angaben, Nachrichten und Notizen. "
        "Genaues in Anführungszeichen; ein Minus davor schließt aus: Fest -Woche"
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CaseList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Our own filters take care of their parameters, whatever they are called."""
        known = {name for own in CASE_FILTERS for name in own.parameters()}
        return lookup in known or super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return queryset, False  # the list does it

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        return (*shown, "found_in") if request.GET.get(SEARCH_VAR, "").strip() else shown

    @admin.display(description="Fundstelle")
    def found_in(self, consultation: ConsultationRequest) -> Any:
        return getattr(consultation, "snippet", None)
