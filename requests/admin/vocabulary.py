from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ..models import Format, Language, Municipality, Reason, Region, Topic


@admin.register(Topic, Format, Language)
class TermAdmin(admin.ModelAdmin):
    list_display: tuple[str, ...] = ("name", "name_en", "position", "active")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # switched off, not deleted


@admin.register(Region)
class RegionAdmin(TermAdmin):
    list_display = ("name", "name_en", "part_of", "position", "active")
    list_select_related = ("part_of",)


@admin.register(Reason)
class ReasonAdmin(TermAdmin):
    list_display = ("name", "name_en", "explanation", "position", "active")


@admin.register(Municipality)
class MunicipalityAdmin(admin.ModelAdmin):
    """Kept by `load_data` from the official list; here to look things up, and to switch one off."""

    list_display = ("name", "type", "district_name", "region", "ags", "active")
    list_filter = ("region", "type", "active")
    search_fields = ("name", "ags__startswith")
    readonly_fields = ("name", "type", "district_name", "region", "ags")
    fields = (*readonly_fields, "active")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Municipality | None = None) -> bool:
        return False
