"""Lists of the desk that stay quick however long they grow.

A page begins after a row instead of at a number, and nobody counts further than anybody reads. Addresses hold the key
of that row alone: what it is sorted by may be a name.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib.admin import ListFilter
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ALL_VAR, SEARCH_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, OrderBy, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils.text import capfirst

AFTER, BEFORE = "after", "before"
COUNTED = 1000


class Order(NamedTuple):
    """One part of an ORDER BY."""

    name: str
    descending: bool
    nulls_first: bool
    nullable: bool

    def turned(self) -> "Order":
        return self._replace(descending=not self.descending, nulls_first=not self.nulls_first)

    def expression(self) -> OrderBy:
        nulls = {"nulls_first": True} if self.nulls_first else {"nulls_last": True}
        is_usual = self.nulls_first == self.descending  # as PostgreSQL has it: the plain words find the index
        return OrderBy(F(self.name), descending=self.descending, **({} if is_usual else nulls))

    def beyond(self, value: Any) -> Q | None:
        """What comes after this value; nothing when it is the last there can be."""
        if value is None:
            return Q((f"{self.name}__isnull", False)) if self.nulls_first else None
        later = Q((f"{self.name}__{'lt' if self.descending else 'gt'}", value))
        return later | self._nulls() if self.nullable and not self.nulls_first else later

    def same(self, value: Any) -> Q:
        return self._nulls() if value is None else Q((self.name, value))

    def from_here(self, value: Any) -> Q:
        """This value and what comes after: says the same as the rest, in words that an index understands."""
        if value is None:
            return Q() if self.nulls_first else self._nulls()
        here = Q((f"{self.name}__{'lte' if self.descending else 'gte'}", value))
        return here | self._nulls() if self.nullable and not self.nulls_first else here

    def _nulls(self) -> Q:
        return Q((f"{self.name}__isnull", True))


def orders(queryset: QuerySet[Any], filled: Collection[str] = ()) -> list[Order]:
    """What the rows are sorted by. Only names, no expressions. `filled` are never null, whatever the model says."""
    return [_order(queryset, part, filled) for part in queryset.query.order_by]


def _order(queryset: QuerySet[Any], part: Any, filled: Collection[str]) -> Order:
    if isinstance(part, OrderBy):
        assert isinstance(part.expression, F)
        name, descending = part.expression.name, part.descending  # type: ignore[attr-defined]
        nulls_first = part.nulls_first or (descending and not part.nulls_last)
    else:
        name, descending = part.removeprefix("-"), part.startswith("-")
        nulls_first = descending
    return Order(name, descending, bool(nulls_first), name not in filled and _is_nullable(queryset, name))


def _is_nullable(queryset: QuerySet[Any], name: str) -> bool:
    if name in queryset.query.annotations or name == "pk":
        return False
    model, nullable = queryset.model, False
    for step in name.split(LOOKUP_SEP):
        try:
            field = model._meta.get_field(step)
        except FieldDoesNotExist:
            return True
        nullable |= field.null
        model = getattr(field, "related_model", None) or model
    return nullable


def beyond(order: Sequence[Order], values: Sequence[Any]) -> Q:
    """The rows that come after the one with these values."""
    later, same = Q(pk__in=()), Q()
    for part, value in zip(order, values, strict=True):
        step = part.beyond(value)
        if step is not None:
            later |= same & step
        same &= part.same(value)
    return order[0].from_here(values[0]) & later


class Chip(NamedTuple):
    label: str
    without: str


class NamedFilter(ListFilter):
    """A filter with fields of its own in the list's form, for one value or for several."""

    template = "admin/filters/select.html"
    parameter_name = ""
    several = False
    any_word = "alle"

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        sent = [value for name in self.expected_parameters() for value in params.pop(name, [])]
        self.chosen = [value for value in dict.fromkeys(sent) if value][: None if self.several else 1]
        self.offered = dict(self.offers())

    def offers(self) -> Iterable[tuple[str, str]]:
        """Values and what people read."""
        raise NotImplementedError

    def narrowed(self, rows: QuerySet[Any], chosen: list[str]) -> QuerySet[Any]:
        raise NotImplementedError

    @classmethod
    def parameters(cls) -> list[str]:
        return [cls.parameter_name]

    def expected_parameters(self) -> list[Any]:
        return list(self.parameters())

    def has_output(self) -> bool:
        return bool(self.offered)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.chosen:
            return queryset
        known = [value for value in self.chosen if value in self.offered]
        return self.narrowed(queryset, known) if known else queryset.none()

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, label in self.offered.items():
            yield {"value": value, "display": label, "selected": value in self.chosen}

    def chips(self, changelist: ChangeList) -> Iterator[Chip]:
        for value in self.chosen:
            others = [other for other in self.chosen if other != value]
            without = changelist.get_query_string(
                {self.parameter_name: others} if others else {}, [] if others else self.expected_parameters()
            )
            yield Chip(f"{self.title}: {self.offered.get(value, 'unbekannt')}", without)


class LongChangeList(ChangeList):
    """Pages by keyset, a count that ends at a thousand."""

    filled: Collection[str] = ()
    to_count: QuerySet[Any] | None = None  # the same rows, where another way to them is quicker
    is_long = False  # longer than we count: known without counting
    result_list: list[Any]
    next_page = previous_page = first_page = ""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        for name in (AFTER, BEFORE, ALL_VAR):  # they say where in the list we are, not what is in it
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        self.show_all = False
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        to_count = self.queryset if self.to_count is None else self.to_count
        self.result_count = COUNTED + 1 if self.is_long else to_count.order_by().values("pk")[: COUNTED + 1].count()
        self.has_more_than_counted = self.result_count > COUNTED
        self.full_result_count, self.show_full_result_count, self.show_admin_actions = None, False, True
        self.can_show_all = self.multi_page = False  # Django's own numbers of pages stay away
        self.result_list = self._page(request.GET)

    def _page(self, asked: Mapping[str, Any]) -> list[Any]:
        order = orders(self.queryset, self.filled)
        rows: list[Any] = []
        has_more = has_before = False
        if AFTER in asked:
            rows, has_more = self._beyond(asked[AFTER], order)
            has_before = True
        elif BEFORE in asked:
            rows, has_before = self._beyond(asked[BEFORE], [part.turned() for part in order])
            rows, has_more = rows[::-1] if has_before else [], True
        if not rows:  # the beginning: asked for, reached, or what is left of a list that has changed
            rows, has_more = self._cut(self.queryset)
            has_before = False
        if rows and has_more:
            self.next_page = self.get_query_string({AFTER: quote(rows[-1].pk)})
        if rows and has_before:
            self.previous_page = self.get_query_string({BEFORE: quote(rows[0].pk)})
            self.first_page = self.get_query_string()
        return rows

    def _beyond(self, key: str, order: list[Order]) -> tuple[list[Any], bool]:
        """The rows after the one with this key, in this order. None when there is no such row."""
        values = self._values(key, order)
        if values is None:
            return [], False
        return self._cut(self.queryset.filter(beyond(order, values)).order_by(*(part.expression() for part in order)))

    def _cut(self, rows: QuerySet[Any]) -> tuple[list[Any], bool]:
        """A page of them, and whether there are more."""
        found = list(rows[: self.list_per_page + 1])
        return found[: self.list_per_page], len(found) > self.list_per_page

    def _values(self, key: str, order: list[Order]) -> Sequence[Any] | None:
        """Where the row stands now, also when the filters no longer show it. Nothing when there is no such row."""
        try:
            row = self.root_queryset.filter(pk=key).order_by().values_list(*(part.name for part in order)).first()
        except (ValueError, TypeError):
            return None
        return row

    def chips(self) -> Iterator[Chip]:
        """What narrows the list, each with the list without it."""
        if self.query:
            yield Chip(f"Suche: {self.query}", self.get_query_string(remove=[SEARCH_VAR]))
        for spec in self.filter_specs:
            if isinstance(spec, NamedFilter):
                yield from spec.chips(self)
            else:
                every, *others = spec.choices(self)
                for choice in others:
                    if choice["selected"]:
                        yield Chip(f"{capfirst(spec.title)}: {choice['display']}", str(every["query_string"]))


class LongList:
    """For a ModelAdmin whose list may grow long."""

    list_per_page = 50
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LongChangeList


class ReadOnly:
    """For a ModelAdmin of rows that are written elsewhere. Comes before it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
