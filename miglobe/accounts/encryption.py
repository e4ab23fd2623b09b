"""What must be readable by us and by nobody who only holds the database: the secrets behind second factors."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


class Unreadable(Exception):
    """It was encrypted under a SECRET_KEY that is neither the present one nor among SECRET_KEY_FALLBACKS."""


def _key(secret: str) -> Fernet:
    derived = salted_hmac("miglobe.accounts.encryption", "", secret=secret, algorithm="sha256")
    return Fernet(base64.urlsafe_b64encode(derived.digest()))


def _keys() -> MultiFernet:
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def encrypt(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Raises Unreadable."""
    try:
        return _keys().decrypt(token.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def renewed(token: str) -> str:
    """The same under the present key; as it was when it already is, or cannot be read at all."""
    try:
        _key(settings.SECRET_KEY).decrypt(token.encode())
    except InvalidToken:
        try:
            return _keys().rotate(token.encode()).decode()
        except InvalidToken:
            return token
    return token
