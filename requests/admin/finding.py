"""The list of cases: searched, filtered, sorted, in pages."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR, ChangeList
from django.db.models import BooleanField, ExpressionWrapper, F, OrderBy, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property

from miglobe.accounts import saved_views
from miglobe.accounts.models import SavedView, User
from miglobe.lists import LongChangeList, LongList

from .. import search
from ..models import ConsultationRequest
from .filters import CASE_FILTERS
from .saved_views import SavedViews, kept

PLACES = ("municipality__sort_key", "municipality__district_name")
NEWEST = "all=1"  # the plain list, also for those who have chosen another view to begin with


def _renamed(order: str, names: dict[str, str]) -> str:
    """The columns of an order by other names: "-8.2" is "-due.place_name"."""
    parts = (part.rpartition("-") for part in order.split("."))
    return ".".join(f"{'-' if sign else ''}{names.get(name, name)}" for _, sign, name in parts)


class CaseList(LongChangeList):
    filled = ("confirmed_at", "state_since", "reference", *PLACES)
    plain_list = f"?{NEWEST}"
    asked: search.Query | None
    has_nothing_to_look_for = False

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        self.person = cast(User, request.user)
        self._read_order()
        self.asked = search.understand(self.query)
        if self.asked and self.asked.reference:
            meant = ExpressionWrapper(Q(reference=self.asked.reference), BooleanField())
            self.root_queryset = self.root_queryset.annotate(is_meant=meant)
        cases = super().get_queryset(request, exclude_parameters)
        if self.query.strip():
            self.has_nothing_to_look_for = self.asked is None
            cases = self._with_words(cases) if self.asked else cases.none()
        for name in PLACES:
            if any(part in (name, f"-{name}") for part in cases.query.order_by):
                cases = cases.filter(**{f"{name}__gte": ""})  # true of all, and says so: sorting may begin with places
        return cases

    @cached_property
    def kept(self) -> str:
        """This view, as it can be saved."""
        query = QueryDict(mutable=True)
        for name, values in self.filter_params.items():
            query.setlist(name, values)
        return kept(query)

    @cached_property
    def views(self) -> list[SavedView]:
        return list(saved_views.visible(self.person))

    @property
    def shown_view(self) -> SavedView | None:
        return next((view for view in self.views if view.query == self.kept), None)

    def _read_order(self) -> None:
        """Addresses name columns; their numbers, with which Django works, differ between people and searches."""
        if order := self.params.get(ORDER_VAR):
            names = self._with_names(order)
            numbers = {str(name): str(number) for number, name in enumerate(self.list_display)}
            self.params[ORDER_VAR], self.filter_params[ORDER_VAR] = _renamed(names, numbers), [names]

    def _with_names(self, order: str) -> str:
        return _renamed(order, {str(number): str(name) for number, name in enumerate(self.list_display)})

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """The case whose reference was typed comes first; those with nothing due come last, whatever the direction."""
        parts = [
            OrderBy(F("due_at"), descending=True, nulls_last=True) if part == "-due_at" else part
            for part in super().get_ordering(request, queryset)
        ]
        # What is equal in the first column comes newest first anyway, by the key that the indexes end with.
        parts = [part for number, part in enumerate(parts) if number == 0 or part != "-confirmed_at"]
        return ["-is_meant", *parts] if self.asked and self.asked.reference else parts

    def _with_words(self, cases: QuerySet[Any]) -> QuerySet[Any]:
        assert self.asked
        few = search.keys(self.asked)
        if few is None:
            self.is_long = not self.has_active_filters
            self.to_count = search.to_count(cases, self.asked)
        return search.found(cases, self.asked, few)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if self.asked:
            snippets = search.snippets(self.result_list, self.asked)
            for case in self.result_list:
                case.snippet = snippets.get(case.pk)

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        if new_params and new_params.get(ORDER_VAR):
            new_params = new_params | {ORDER_VAR: self._with_names(new_params[ORDER_VAR])}
        query = super().get_query_string(new_params, remove)
        return f"?{NEWEST}" if query == "?" else query


class Finding(SavedViews, LongList, admin.ModelAdmin):
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
        """With a search, where it was found; the topics make room for it."""
        first, *others = super().get_list_display(request)
        if not request.GET.get(SEARCH_VAR, "").strip():
            return (first, *others)
        return (first, "found_in", *(name for name in others if name != "topic_names"))

    @admin.display(description="Fundstelle")
    def found_in(self, consultation: ConsultationRequest) -> Any:
        return getattr(consultation, "snippet", None)
