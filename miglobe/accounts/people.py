"""How somebody gets in: nobody ever types or knows another person's password."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils.http import int_to_base36

from miglobe import links
from miglobe.errors import Refused
from miglobe.outbox import outbox

from . import mails
from .models import Session, User

RESETS_A_DAY = 10  # mails to one address: anybody can type anybody's


@transaction.atomic
def invite(user: User) -> User:
    """Owes the mail with the link to set a password: the first, or a new one. Also again, when that has expired."""
    if not user.is_active:
        raise Refused("Dieser Zugang ist abgeschaltet.")
    if user.has_usable_password():
        mails.password_forgotten(user)
    else:
        mails.invited(user)
    return user


@transaction.atomic
def create_administrator(email: str) -> User:
    """A person who may do everything and chooses a password by the link of the mail; raises Refused."""
    user = User.objects.filter(email=email).first() or User(email=email.lower())
    if user.pk and not (user.is_active and user.is_superuser):
        raise Refused(
            "Zu dieser Adresse gibt es schon einen Zugang. Seine Rechte vergibt am Schreibtisch, wer alles darf."
        )
    if user.pk and user.has_usable_password():
        raise Refused(
            "Diese Person verwaltet das Portal schon. Ein neues Passwort bekommt sie mit „Passwort vergessen?“."
        )
    user.is_staff = user.is_superuser = True
    user.set_unusable_password()
    user.save()
    return invite(user)


@transaction.atomic
def forgot_password(user: User) -> None:
    """Owes the mail with the link to a new password. Above ten a day it owes none, and nobody sees the difference."""
    if outbox.may_send(user.email, "accounts/password_forgotten", a_day=RESETS_A_DAY):
        mails.password_forgotten(user)


@transaction.atomic
def forgot_password_of_nobody(email: str) -> None:
    """Does the same for an address that nobody has, and leaves nothing: the answer takes as long."""
    forgot_password(User(email=email))
    transaction.set_rollback(True)


@transaction.atomic
def set_password(user: User, password: str, *, here: str | None = None) -> None:
    """Ends every session but the one with the key `here`."""
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user, but=here)


def end_sessions(user: User, *, but: str | None = None) -> None:
    Session.objects.filter(user=user).exclude(session_key=but or "").delete()


def password_link(user: User) -> str:
    """Opens once, for PASSWORD_RESET_TIMEOUT: it is bound to password, address and last login."""
    return links.absolute(
        "account_reset_password_from_key",
        uidb36=int_to_base36(user.pk),
        key=default_token_generator.make_token(user),
    )


def _link_in_mail(key: str, to: str) -> str:
    user = User.objects.get(pk=key, is_active=True)
    if user.email.lower() != to.lower():
        raise ObjectDoesNotExist  # the address has changed since: a stranger may read the old one by now
    return password_link(user)


def register() -> None:
    outbox.register_link("accounts.password", _link_in_mail)
    outbox.register_link("accounts.login", lambda key, to: links.absolute(settings.LOGIN_URL))
