from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.text import Truncator

from ..models import TextBlock
from ..text_blocks import PLACEHOLDERS, plain


@admin.register(TextBlock)
class TextBlockAdmin(admin.ModelAdmin):
    """Everybody who coordinates writes and uses the same blocks."""

    list_display = ("name", "begins", "in_english", "position", "active")
    list_filter = ("active",)
    actions = None
    list_per_page = 50
    show_full_result_count = False

    def get_fieldsets(self, request: HttpRequest, obj: TextBlock | None = None) -> Any:
        names = format_html_join(
            ", ", "<code>{}</code> ({})", ((f"{{{{ {name} }}}}", says) for name, (says, _) in PLACEHOLDERS.items())
        )
        fields = ("name", "text", "text_en", "position", "active")
        return ((None, {"fields": fields, "description": f"Beim Einfügen wird ausgefüllt: {names}."}),)

    @admin.display(description="Text")
    def begins(self, block: TextBlock) -> str:
        return Truncator(plain(block.text)).chars(90)

    @admin.display(description="Englisch", boolean=True)
    def in_english(self, block: TextBlock) -> bool:
        return bool(block.text_en)

    def has_delete_permission(self, request: HttpRequest, obj: TextBlock | None = None) -> bool:
        return False  # switched off, not deleted
