from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from miglobe.errors import Refused

from . import outbox
from .models import Mail


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin):
    """What has gone out, what waits, what came back. Rows are written by the outbox alone."""

    list_display = ("subject", "reference", "to", "state", "created_at", "sent_at", "attempts")
    list_filter = ("state",)
    search_fields = ("reference__exact", "to__iexact")
    search_help_text = "Aktenzeichen oder E-Mail-Adresse, vollständig"
    show_full_result_count = False
    list_per_page = 50
    actions = ("resend",)
    fields = ("subject", "state", "to", "reply_to", "words", "created_at", "sent_at", "attempts", "error")

    @admin.display(description="Text")
    def words(self, mail: Mail) -> str:
        return outbox.as_preview(mail)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        return False

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.resend_mail")

    @admin.action(description="Erneut senden, was nicht zugestellt werden konnte", permissions=("resend",))
    def resend(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        for mail in queryset:
            try:
                outbox.resend(mail)
            except Refused as refusal:
                self.message_user(request, f"{mail.subject}: {refusal}", messages.WARNING)
            else:
                self.message_user(request, f"{mail.subject}: wird erneut gesendet.", messages.SUCCESS)
