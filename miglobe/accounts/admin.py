from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import ManyToManyField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from . import people, rights, second_factor
from .confirmation import freshly_confirmed
from .models import Organisation, User


class NewPersonForm(forms.ModelForm):
    """Without a password: nobody knows another's. The person sets it with the link of their invitation."""

    is_staff = forms.BooleanField(
        label="Zugang zum Schreibtisch", initial=True, required=False, help_text="Mit ihm geht die Einladung hinaus."
    )

    def save(self, commit: bool = True) -> Any:
        self.instance.set_unusable_password()
        return super().save(commit)


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
    form = forms.ModelForm
    add_form = NewPersonForm
    add_form_template = "admin/change_form.html"
    change_form_template = "admin/accounts/user/change_form.html"
    whole_fieldsets = (
        (None, {"fields": ("email",)}),
        ("Person", {"fields": ("first_name", "last_name", "organisation", "phone")}),
        ("Rechte", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    fieldsets = (
        (None, {"fields": ("email",)}),
        ("Person", {"fields": ("first_name", "last_name", "organisation", "phone")}),
        ("Rechte", {"fields": ("is_active", "is_staff", "groups")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "first_name", "last_name", "organisation", "phone", "is_staff", "groups")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        return self.whole_fieldsets if request.user.is_superuser else self.fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """What would make the account a way to rights that the person lacks, and the own way to the desk."""
        person = cast(User, request.user)
        if obj is None or person.is_superuser:
            return ()
        if obj == person:
            return ("email", "is_active", "is_staff", "groups")
        return () if rights.covers(person, obj) else ("email", "groups")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only the filters. Django also lets everybody look for the key of a session, letter by letter, and come in."""
        return lookup.partition("__")[0] in self.list_filter and super().lookup_allowed(lookup, value, request)

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups":
            field.queryset = rights.roles_to_give(cast(User, request.user))
            field.widget = forms.CheckboxSelectMultiple(choices=field.choices)
            field.label, field.help_text = "Rollen", "Sie vergeben nur Rollen, deren Rechte Sie selbst haben."
        return field

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or not obj.is_superuser or request.user.is_superuser
        )

    def get_urls(self) -> list[URLPattern]:
        """Ours instead of the page at which one person types another's password."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/einladen/", view(self.invite), name="accounts_user_invite"),
            path("<int:pk>/zweiter-faktor/", view(self.take_factor_away), name="accounts_user_take_factor_away"),
            *super(DjangoUserAdmin, self).get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            people.end_sessions(obj)  # else they would go on when the person is switched on again
        if not change and obj.is_staff:
            people.invite(obj)
            messages.info(request, f"Die Einladung an {obj.email} ist unterwegs.")

    def invite(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The link to set a password, once more."""
        person = self._colleague(request, pk)
        if request.method != "POST":
            return self._ask(request, person, "Link zum Passwort schicken", "invite")
        people.invite(person)
        self.log_change(request, person, "Link zum Passwort geschickt.")
        messages.success(request, f"Die E-Mail an {person.email} ist unterwegs.")
        return redirect("admin:accounts_user_change", person.pk)

    @freshly_confirmed
    def take_factor_away(self, request: HttpRequest, pk: int) -> HttpResponse:
        """For a colleague who lost phone, passkey and recovery codes."""
        person = self._colleague(request, pk)
        if request.method != "POST":
            return self._ask(request, person, "Zweiten Faktor zurücksetzen", "take_factor_away")
        second_factor.take_away(person)
        self.log_change(request, person, "Zweiter Faktor zurückgesetzt.")
        messages.success(request, "Der zweite Faktor ist zurückgesetzt. Die Person bekommt eine E-Mail.")
        return redirect("admin:accounts_user_change", person.pk)

    def _colleague(self, request: HttpRequest, pk: int) -> User:
        """Who may change a person may help them in."""
        person = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        return person

    def _ask(self, request: HttpRequest, person: User, label: str, does: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": label,
            "person": person,
            "label": label,
            "does": does,
        }
        return TemplateResponse(request, "admin/accounts/user/press.html", context)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # switched off: cases and their history name the person


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ("short_name", "name", "email", "phone")

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:
        return False
