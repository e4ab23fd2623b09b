"""Signed links: a row's random key, the moment of signing, and what must still be true of the row.

A link dies by itself when `bound` (an e-mail address, for example) is no longer what it was at signing.
Nothing personal stands in it. One `purpose` never opens the door of another.
"""

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import translation


class Dead(Exception):
    """The link is mangled, forged, expired, or its row has moved on."""


def _signer(purpose: str, bound: str) -> TimestampSigner:
    return TimestampSigner(salt=f"{purpose}:{bound.lower()}", sep=".")


def token(purpose: str, key: UUID, *, bound: str) -> str:
    return _signer(purpose, bound).sign(key.hex)


def key_of(token: str) -> UUID:
    """The key that a token claims, to find the row by. Only `verify` says whether the claim holds."""
    try:
        return UUID(hex=token.partition(".")[0])
    except ValueError:
        raise Dead from None


def verify(purpose: str, token: str, *, bound: str) -> None:
    """Raises Dead unless the token was signed by us for this purpose and `bound`, and is young enough."""
    try:
        _signer(purpose, bound).unsign(token, max_age=timedelta(days=settings.LINK_DAYS))
    except BadSignature:
        raise Dead from None


def absolute(view: str, *, language: str = settings.LANGUAGE_CODE, **kwargs: str) -> str:
    """The address for a mail; it never depends on a request's Host header."""
    with translation.override(language):
        return settings.BASE_URL + reverse(view, kwargs=kwargs)


def secret_page[View: Callable[..., HttpResponseBase]](view: View) -> View:
    """A page behind a secret address: kept by no cache, found by no search engine, its path told to nobody.

    Not "no-referrer": under it browsers send `Origin: null` with a form, which CSRF protection must refuse.
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["Referrer-Policy"] = "strict-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    wrapper.is_secret = True  # type: ignore[attr-defined]  # for the test that finds pages without
    return cast(View, wrapper)
