"""Who has read whose record."""

from django.contrib import admin

from miglobe.lists import LongList, ReadOnly

from ..models import AdvisorAccess


@admin.register(AdvisorAccess)
class AdvisorAccessAdmin(ReadOnly, LongList, admin.ModelAdmin):
    """Who has read whose record. For the lead, and for nobody to write in."""

    list_display = ("at", "by", "page", "whose")
    list_display_links = None
    list_filter = ("by", "page", "at")
    list_select_related = ("by", "advisor")
    sortable_by = ("at",)
    show_facets = admin.ShowFacets.NEVER
    actions = None

    @admin.display(description="Berater*in")
    def whose(self, access: AdvisorAccess) -> str:
        if access.advisor:
            return str(access.advisor)
        return "1 Person" if access.count == 1 else f"{access.count} Personen"
