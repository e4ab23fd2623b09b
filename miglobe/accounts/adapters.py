"""Where allauth asks the house how it is done here (`settings.ACCOUNT_ADAPTER`, `settings.MFA_ADAPTER`)."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from miglobe.limits import networks

from . import browsers, encryption, mails, people, second_factor
from .confirmation import confirmed_within
from .models import User

CHANGES = {  # allauth's names of what it tells the person
    "account/email/password_changed": "Das Passwort wurde geändert.",
    "account/email/password_reset": "Über den Link in einer E-Mail wurde ein neues Passwort festgelegt.",
    "mfa/email/totp_activated": "Eine App für Codes wurde als zweiter Faktor eingerichtet.",
    "mfa/email/totp_deactivated": "Die App für Codes wurde als zweiter Faktor entfernt.",
    "mfa/email/webauthn_added": "Ein Passkey wurde als zweiter Faktor eingerichtet.",
    "mfa/email/webauthn_removed": "Ein Passkey wurde entfernt.",
    "mfa/email/recovery_codes_generated": "Neue Wiederherstellungscodes wurden erzeugt; die alten gelten nicht mehr.",
}
FACTOR_ADDED = ("mfa/email/totp_activated", "mfa/email/webauthn_added")


class Accounts(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_ajax(self, request: HttpRequest) -> bool:
        return False  # our pages are for people

    def is_safe_url(self, url: str) -> bool:
        """Only an address of this portal, and without naming it."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None) and url.startswith("/")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not confirmed_within(self.request, settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)

    def get_client_ip(self, request: HttpRequest) -> str:
        """As all our limits see it. What is no address is one and the same for all."""
        return str(networks.ip_of(request) or "0.0.0.0")  # noqa: S104 (nothing listens here)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """A known browser counts for itself: whoever types wrong passwords elsewhere locks out nobody who is at home.

        Who steals such a cookie has no more tries than anybody.
        """
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        browser = browsers.known(request, credentials.get("email", ""))
        return f"{key}:{browser}" if browser else key

    def set_password(self, user: User, password: str) -> None:
        own = self.request.user.pk == user.pk
        people.set_password(user, password, here=self.request.session.session_key if own else None)
        self._forget_failures(user)

    def _forget_failures(self, user: User) -> None:
        key = self._get_login_attempts_cache_key(self.request, email=user.email)
        ratelimit.clear(self.request, app="allauth.account", action="login_failed", key=key)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        people.forgot_password(user)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        with transaction.atomic():
            if template_prefix in FACTOR_ADDED and second_factor.is_first(user):
                people.end_sessions(user, but=self.request.session.session_key)  # they got in without one
            mails.access_changed(user, CHANGES[template_prefix])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        raise NotImplementedError(template_prefix)  # what is owed goes through the outbox

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        request.session[browsers.KEY] = browsers.note(request)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        browsers.remember(response, user.email)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")


class SecondFactors(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not (settings.SECOND_FACTOR and second_factor.is_last(authenticator))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}
