from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from miglobe import workdays

from .. import earlier
from ..models import UNFILED, Municipality, State


class StateFilter(admin.SimpleListFilter):
    title = "Stand"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in State if state not in (*UNFILED, State.MERGED)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() else queryset


class DistrictFilter(admin.SimpleListFilter):
    title = "Kreis oder kreisfreie Stadt"
    parameter_name = "kreis"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        districts = Municipality.objects.values_list("district_ags", "district_name").distinct()
        return sorted(districts.order_by(), key=lambda district: district[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(municipality__district_ags=self.value()) if self.value() else queryset


class PlaceFilter(admin.SimpleListFilter):
    """Everything one municipality is part of. There are too many to choose from: links lead here."""

    title = "Kommune"
    parameter_name = "kommune"

    def has_output(self) -> bool:
        return bool(self.value())

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        place = Municipality.objects.filter(pk=request.GET.get(self.parameter_name, "")).first()
        return [(place.pk, place.label)] if place else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=earlier.involving(value)) if (value := self.value()) else queryset


class WaitingFilter(admin.SimpleListFilter):
    """The queues of the start page; `waiting` of the model's admin names them."""

    title = "Wartet auf uns"
    parameter_name = "waiting"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.waiting = model_admin.waiting
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, waiting.label) for name, waiting in self.waiting.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        waiting = self.waiting.get(self.value())
        return queryset.filter(waiting.condition(timezone.now())) if waiting else queryset


class OverdueFilter(admin.SimpleListFilter):
    title = "Überfällig"
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "nur überfällige")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(due_at__lt=timezone.now()) if self.value() == "1" else queryset


class DueFilter(admin.SimpleListFilter):
    """What is due on a day: one of the next ones, or any that the address names."""

    title = "Fällig am"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        days = {*workdays.ahead(timezone.localdate(), 5), *filter(None, [self.day()])}
        return [(day.isoformat(), date_format(day, "D, j. F Y")) for day in sorted(days)]

    def day(self) -> date | None:
        try:
            return date.fromisoformat(self.value() or "")
        except ValueError:
            return None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        day = self.day()
        if day is None or day == date.max:
            return queryset
        first, last = (timezone.make_aware(datetime.combine(at, time.min)) for at in (day, day + timedelta(days=1)))
        return queryset.filter(due_at__gte=first, due_at__lt=last)
