from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from miglobe.errors import Refused
from miglobe.lists import LongList, ReadOnly

from .. import outbox
from ..models import Delivery

if TYPE_CHECKING:
    from miglobe.accounts.models import User

OCCASIONS = {
    "requests": "Anfrage",
    "advisors": "Angebot und Team",
    "pages": "Gemeldete Barriere",
    "accounts": "Zugang",
    "outbox": "Test",
}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, LongList, admin.ModelAdmin):
    """Whether mails arrive. A list and nothing behind it: texts and addresses are for those who see the cases."""

    list_display = ("__str__", "reference", "occasion", "server", "state", "created_at", "sent_at", "attempts", "said")
    list_display_links = None
    change_list_template = "admin/outbox/mails.html"
    list_filter = ("state",)
    search_fields = ("reference__exact",)
    search_help_text = "Aktenzeichen, vollständig"
    sortable_by = ("created_at",)
    actions = ("resend",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        deliveries: QuerySet[Any] = super().get_queryset(request).defer("text", "subject", "links")
        return deliveries

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Django lets everybody look for any field of the row; then the address would guess what is not shown."""
        return lookup in ("state", "state__exact")

    @admin.display(description="Anlass", empty_value="Sonstiges")
    def occasion(self, delivery: Delivery) -> str | None:
        return OCCASIONS.get(delivery.template.partition("/")[0])

    @admin.display(description="Mailserver")
    def server(self, delivery: Delivery) -> str:
        return delivery.recipient

    @admin.display(description="Antwort des Servers")
    def said(self, delivery: Delivery) -> str:
        return delivery.server_words

    def has_view_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return obj is None and super().has_view_permission(request)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.resend_mail")

    @admin.action(description="Erneut senden, was nicht zugestellt werden konnte", permissions=("resend",))
    def resend(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        for delivery in queryset:
            try:
                outbox.resend(delivery, by=cast("User", request.user))
            except Refused as refusal:
                self.message_user(request, f"{delivery}: {refusal}", messages.WARNING)
            else:
                self.message_user(request, f"{delivery} wird erneut gesendet.", messages.SUCCESS)
