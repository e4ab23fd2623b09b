"""allauth's forms in the words of this house, without grey example texts inside the fields."""

from datetime import timedelta
from textwrap import wrap
from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from . import people
from .encryption import Unreadable

CODE_SECONDS = 90  # an app's code counts before, in and after its half minute
UNREADABLE = "Ihr zweiter Faktor lässt sich nicht mehr prüfen. Bitte lassen Sie ihn von der Verwaltung zurücksetzen."


class Plain(forms.Form):
    words: dict[str, tuple[str, str]] = {}  # field → label, help

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        for name, (label, help_text) in self.words.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text


class LoginForm(Plain, account.LoginForm):
    words = {"login": ("E-Mail-Adresse", ""), "password": ("Passwort", "")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """For so long and no longer, whatever happens in the session; the second factor comes within that time."""
        response: HttpResponse = super().login(request, redirect_url)
        request.session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))
        return response


class ResetPasswordForm(Plain, account.ResetPasswordForm):
    words = {"email": ("E-Mail-Adresse", "")}

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        if not self.users:
            people.forgot_password_of_nobody(self.cleaned_data["email"])
        address: str = super().save(request, **kwargs)
        return address


RULES = "Mindestens 12 Zeichen. Am besten ist ein Satz, den niemand errät, oder was Ihr Passwortspeicher vorschlägt."


class NewPasswordForm(Plain, account.ResetPasswordKeyForm):
    words = {"password1": ("Neues Passwort", RULES), "password2": ("Neues Passwort noch einmal", "")}


class ChangePasswordForm(Plain, account.ChangePasswordForm):
    words = {"oldpassword": ("Bisheriges Passwort", ""), **NewPasswordForm.words}


class ReauthenticateForm(Plain, account.ReauthenticateForm):
    words = {"password": ("Passwort", "")}


class CodeForm(Plain):
    """A code opens once, as long as it counts. allauth's own memory of it is shorter than our tolerance."""

    user: Any

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except Unreadable:
            raise ValidationError(UNREADABLE) from None
        plain = "".join(filter(str.isalnum, code)).lower()  # "123-456" is the same code
        if not cache.add(f"accounts.code.{self.user.pk}.{plain}", "used", timeout=CODE_SECONDS):
            raise ValidationError("Dieser Code ist schon benutzt. Bitte warten Sie auf den nächsten.")
        return code


CODE = ("Code", "Die sechs Ziffern aus Ihrer App oder ein Wiederherstellungscode.")


class AuthenticateForm(CodeForm, mfa.AuthenticateForm):
    words = {"code": CODE}


class ReauthenticateByCodeForm(CodeForm, mfa.ReauthenticateForm):
    words = {"code": CODE}


class ActivateTOTPForm(Plain, totp.ActivateTOTPForm):
    words = {"code": ("Code aus der App", "Sechs Ziffern; alle 30 Sekunden kommen neue.")}

    @property
    def secret_to_type(self) -> str:
        return " ".join(wrap(self.secret, 4))


class AddPasskeyForm(Plain, webauthn.AddWebAuthnForm):
    words = {"name": ("Name des Passkeys", "Woran Sie das Gerät erkennen, zum Beispiel „Dienstrechner“.")}
