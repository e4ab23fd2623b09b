from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from .. import earlier
from ..models import UNFILED, Municipality, State


class StateFilter(admin.SimpleListFilter):
    title = "Stand"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in State if state not in UNFILED]

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
        return queryset.filter(pk__in=earlier.involving(self.value())) if self.value() else queryset
