"""The second factor: an app's codes, a passkey, or one of the recovery codes kept for the day both are lost."""

from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from . import encryption, mails
from .models import Session, User

MAIN = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes alone are none


def was_used(request: HttpRequest) -> bool:
    """In this session. Having set one up is not yet having used it."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)


def opens_the_desk(request: HttpRequest) -> bool:
    return not settings.SECOND_FACTOR or was_used(request)


def way_to(page: str, user: User) -> str:
    """Where somebody goes who may see the page once they have used their factor: to using it, or to getting one."""
    kinds = set(Authenticator.objects.filter(user=user, type__in=MAIN).values_list("type", flat=True))
    if not kinds:
        return reverse("mfa_index")
    ask = "mfa_reauthenticate" if Authenticator.Type.TOTP in kinds else "mfa_reauthenticate_webauthn"
    return f"{reverse(ask)}?{urlencode({REDIRECT_FIELD_NAME: page})}"


def is_last(authenticator: Authenticator) -> bool:
    return not Authenticator.objects.filter(user=authenticator.user_id, type__in=MAIN).exclude(pk=authenticator.pk)


def is_first(user: User) -> bool:
    """Whether the person has set up one and no other."""
    return bool(Authenticator.objects.filter(user=user, type__in=MAIN).count() == 1)


@transaction.atomic
def take_away(user: User) -> None:
    """All factors of a colleague who lost them, and every session: whoever found them is out. The person is told."""
    Authenticator.objects.filter(user=user).delete()
    Session.objects.filter(user=user).delete()
    mails.second_factor_taken_away(user)


@transaction.atomic
def renew_encryption() -> int:
    """Once SECRET_KEY has changed, brings every secret under it, so that the former key may go. Returns how many."""
    changed = 0
    for authenticator in Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN):
        (name,) = {"secret", "seed"} & set(authenticator.data)
        renewed = encryption.renewed(authenticator.data[name])
        if renewed != authenticator.data[name]:
            authenticator.data[name] = renewed
            authenticator.save(update_fields=["data"])
            changed += 1
    return changed
