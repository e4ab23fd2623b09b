from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import PermissionDenied
from django.db.models import ManyToManyField
from django.forms import CheckboxSelectMultiple, ModelForm
from django.http import HttpRequest, HttpResponse

from . import rights
from .models import Organisation, User


class NewPersonForm(ModelForm):
    """Without a password: nobody knows another's. The person sets it with a link that goes to the mailbox."""

    def save(self, commit: bool = True) -> Any:
        self.instance.set_unusable_password()
        return super().save(commit)


class PersonForm(UserChangeForm):
    password = None  # type: ignore[assignment]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Who works at the desk, and with which role. Nobody gives rights that are not among the own: see `rights`."""

    list_display = ("email", "last_name", "first_name", "organisation", "is_active")
    list_select_related = ("organisation",)
    list_filter = ("organisation", "is_active", "groups")
    search_fields = ("email", "last_name", "first_name")
    ordering = ("last_name", "first_name")
    filter_horizontal = ()
    actions = None
    whole_fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "organisation", "phone")}),
        ("Rechte", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    fieldsets = (
        (None, {"fields": ("email",)}),
        ("Person", {"fields": ("first_name", "last_name", "organisation", "phone")}),
        ("Rechte", {"fields": ("is_active", "is_staff", "groups")}),
    )
    whole_add_fieldsets = (
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
    add_fieldsets = ((None, {"fields": ("email", "first_name", "last_name", "organisation")}),)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if request.user.is_superuser:
            return self.whole_fieldsets if obj else self.whole_add_fieldsets
        return self.fieldsets if obj else self.add_fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if not request.user.is_superuser:
            kwargs["form"] = PersonForm if obj else NewPersonForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """What would make the account a way to rights that the person lacks, and the own way to the desk."""
        person = cast(User, request.user)
        if obj is None or person.is_superuser:
            return ()
        if obj == person:
            return ("email", "is_active", "is_staff", "groups")
        return () if rights.covers(person, obj) else ("email", "groups")

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups":
            field.queryset = rights.roles_to_give(cast(User, request.user))
            field.widget = CheckboxSelectMultiple(choices=field.choices)
            field.label, field.help_text = "Rollen", "Sie vergeben nur Rollen, deren Rechte Sie selbst haben."
        return field

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or not obj.is_superuser or request.user.is_superuser
        )

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # switched off: cases and their history name the person

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Who forgets a password gets a link; setting it for somebody would be a way into the account."""
        if not request.user.is_superuser:
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ("short_name", "name", "email", "phone")

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:
        return False
