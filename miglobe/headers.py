"""What every response says to the browser, whoever made it: a view, an error, a redirect or the static files."""

import functools
from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase

PASSKEYS = ("publickey-credentials-create", "publickey-credentials-get")
UNUSED = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
NOT_MODIFIED = 304


def _policy(passkeys: str) -> str:
    return ", ".join([*(f"{name}=()" for name in UNUSED), *(f"{name}={passkeys}" for name in PASSKEYS)])


NO_FEATURES, WITH_PASSKEYS = _policy("()"), _policy("(self)")


def harden(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, the outermost: browsers' features are off, other origins load nothing of ours, and what is no page
    (an error, a redirect) is kept by no cache and found by no search engine: its address may be a secret one.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", NO_FEATURES)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if response.status_code >= 300 and response.status_code != NOT_MODIFIED:
            response["Cache-Control"] = "no-store, private"
            response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return middleware


def with_passkeys[View: Callable[..., HttpResponseBase]](view: View) -> View:
    """A page on which a passkey is made or used."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Permissions-Policy"] = WITH_PASSKEYS
        return response

    return cast(View, wrapper)
