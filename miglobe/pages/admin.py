from django.contrib import admin
from django.http import HttpRequest

from .models import Portal


@admin.register(Portal)
class PortalAdmin(admin.ModelAdmin):
    fieldsets = (
        ("Anfragen", {"fields": ("takes_requests", "pause_note", "pause_note_en")}),
        ("Kontakt", {"fields": ("contact_email", "contact_phone", "security_contact")}),
        (
            "Impressum",
            {
                "fields": (
                    "operator",
                    "address",
                    "represented_by",
                    "register_entry",
                    "vat_id",
                    "responsible_for_content",
                    "imprint",
                ),
                "description": "Angaben nach § 5 DDG. Betreiber, Anschrift, Vertretung und Kontakt sind Pflicht.",
            },
        ),
        (
            "Datenschutz",
            {
                "fields": ("privacy_officer", "privacy_officer_contact", "supervisory_authority"),
                "description": "Die gemeinsam Verantwortlichen stehen unter „Organisationen“.",
            },
        ),
        (
            "Barrierefreiheit",
            {
                "fields": (
                    "accessibility_checked_on",
                    "accessibility_method",
                    "accessibility_method_en",
                    "accessibility_answer_days",
                    "enforcement_body",
                    "sign_language_url",
                ),
                "description": "Was noch nicht barrierefrei ist, schreiben Sie in die Seite „Erklärung zur "
                "Barrierefreiheit“.",
            },
        ),
        ("Land", {"fields": ("land_de", "land_en")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Portal.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Portal | None = None) -> bool:
        return False
