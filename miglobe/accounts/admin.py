from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from .models import Organisation, User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    list_display = ("email", "last_name", "first_name", "organisation", "is_active")
    list_select_related = ("organisation",)
    list_filter = ("organisation", "is_active", "groups")
    search_fields = ("email", "last_name", "first_name")
    ordering = ("last_name", "first_name")
    filter_horizontal = ()
    actions = None
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "organisation", "phone")}),
        ("Rechte", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "email",
                    "first_name",
                    "last_name",
                    "organisation",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
    )

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # switched off: cases and their history name the person


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ("short_name", "name", "email", "phone")

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:
        return False
