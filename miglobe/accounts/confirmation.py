"""Whoever takes much out of the portal, or deletes for good, has just shown that it is them."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

POST_SECONDS = 60 * 60  # so long may a form stand open that was reached with a fresh confirmation


def confirmed_within(request: HttpRequest, seconds: int) -> bool:
    """Whether the person typed their password or used their second factor so recently; logging in counts."""
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < seconds for record in records)


def freshly_confirmed[View: Callable[..., Any]](view: View) -> View:
    """Asks for password or second factor when the last time is more than ten minutes ago, then leads back.

    For a view, or a method of an admin class, behind the login. Put it on the page whose GET leads to the export:
    what a POST brings is never kept aside, so a form is taken for an hour after its page was opened.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> HttpResponseBase:
        request = next(argument for argument in args if isinstance(argument, HttpRequest))
        fresh = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        if confirmed_within(request, fresh if request.method in ("GET", "HEAD") else POST_SECONDS):
            response: HttpResponseBase = view(*args, **kwargs)
            return response
        return confirm(request)

    return wrapper  # type: ignore[return-value]


def confirm(request: HttpRequest) -> HttpResponseBase:
    """To the page that asks, and from there to this very address."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    if not ways:
        raise PermissionDenied
    return redirect(f"{ways[0]['url']}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}")
