"""allauth's pages at German addresses: only those that this house opens, with the names that allauth knows them by."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path, re_path, reverse_lazy

from miglobe.headers import with_passkeys
from miglobe.links import secret_page

from . import views
from .views import at_the_desk

urlpatterns = [
    path("anmelden/", at_the_desk(account.login), name="account_login"),
    path("anmelden/zweiter-faktor/", with_passkeys(at_the_desk(mfa.authenticate)), name="mfa_authenticate"),
    path("anmelden/abgeschaltet/", at_the_desk(account.account_inactive), name="account_inactive"),
    path("abmelden/", at_the_desk(account.logout), name="account_logout"),
    path("passwort/vergessen/", at_the_desk(account.password_reset), name="account_reset_password"),
    path("passwort/verschickt/", at_the_desk(account.password_reset_done), name="account_reset_password_done"),
    re_path(
        "^passwort/neu/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$",
        secret_page(at_the_desk(account.password_reset_from_key)),
        name="account_reset_password_from_key",
    ),
    path(
        "passwort/gespeichert/",
        at_the_desk(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("bestaetigen/passwort/", at_the_desk(account.reauthenticate), name="account_reauthenticate"),
    path("bestaetigen/code/", at_the_desk(mfa.reauthenticate), name="mfa_reauthenticate"),
    path(
        "bestaetigen/passkey/",
        with_passkeys(at_the_desk(webauthn.reauthenticate_webauthn)),
        name="mfa_reauthenticate_webauthn",
    ),
    path("mein-zugang/", at_the_desk(views.me), name="mfa_index"),
    path("mein-zugang/anmeldungen/", views.end_session, name="end_session"),
    path("mein-zugang/passwort/", at_the_desk(account.password_change), name="account_change_password"),
    path("mein-zugang/app/", at_the_desk(totp.activate_totp), name="mfa_activate_totp"),
    path("mein-zugang/app/entfernen/", at_the_desk(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("mein-zugang/passkey/", with_passkeys(at_the_desk(webauthn.add_webauthn)), name="mfa_add_webauthn"),
    path(
        "mein-zugang/passkey/<int:pk>/entfernen/",
        at_the_desk(views.RemovePasskey.as_view(success_url=reverse_lazy("mfa_index"))),
        name="mfa_remove_webauthn",
    ),
    path("mein-zugang/codes/", at_the_desk(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "mein-zugang/codes/neu/",
        at_the_desk(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "mein-zugang/codes/herunterladen/",
        at_the_desk(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]
