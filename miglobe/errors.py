"""The one exception that carries a sentence for people, and the pages for what went wrong."""

import errno
import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template import loader


class Refused(Exception):
    """A rule of the house forbids what was asked; `str()` of it is a sentence for the person."""


class TooOften(Refused):
    """Asked more often than is good for others. `seconds` until it may be asked again."""

    seconds = 60 * 60


class Explain:
    """Middleware: a whole page for a `Refused` that no view has shown, and for a method that an address does not take.

    A view that can show the refusal beside what was typed does so itself; this is for all others.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refused(request, exception) if isinstance(exception, Refused) else None


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A whole page for a refusal: 429 when it was asked too often, else 409."""
    status = 429 if isinstance(refusal, TooOften) else 409
    page = render(request, f"{status}.html", {"refusal": str(refusal)}, status=status)
    if isinstance(refusal, TooOften):
        page["Retry-After"] = str(refusal.seconds)
    return page


def shown_with(request: HttpRequest, template: str, context: dict[str, Any], refusal: TooOften) -> HttpResponse:
    """The page that was sent, with what was typed, and above it why not now and when."""
    page = render(request, template, {**context, "too_often": str(refusal)}, status=429)
    page["Retry-After"] = str(refusal.seconds)
    return page


def too_often(request: HttpRequest) -> HttpResponse:
    """For limits that know no sentence of their own: those of the login."""
    refusal = TooOften("Das waren zu viele Versuche in kurzer Zeit. Bitte warten Sie fünf Minuten.")
    refusal.seconds = 5 * 60
    return refused(request, refusal)


def too_large(request: HttpRequest) -> HttpResponse:
    """For what must not even be read: this page asks nothing of the body."""
    return render(request, "413.html", status=413)


def refuse_floods(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what is larger than any form of ours with all its files is not even read."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.MOST_BODY:
            return too_large(request)
        return get_response(request)

    return middleware


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's own asks for the CSRF token, and so reads the very body that could not be read."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return too_large(request)
    return render(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 page; 503 when the database is away or a disk is full; 400 for what no column takes (a NUL character).

    The first two need nothing that may be broken: no database, no catalogue, no manifest of static files.
    """
    error = sys.exc_info()[1]
    if isinstance(error, DataError):
        return bad_request(request, error)
    if isinstance(error, OperationalError | InterfaceError) or _is_full(error):
        response = HttpResponse(loader.get_template("503.html").render(_again(request)), status=503)
        response["Retry-After"] = "60"
        response["Cache-Control"] = "no-store, private"
        return response
    return HttpResponse(loader.get_template("500.html").render(), status=500)


def _is_full(error: BaseException | None) -> bool:
    """The disk on which uploads arrive, for example."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _again(request: HttpRequest) -> dict[str, Any]:
    """For the page: what was typed, so that one press sends it again. No password is ever written into a page.

    Browsers forget a form that must not be stored, so going back would lose it. Reads nothing that was not read yet.
    """
    typed = getattr(request, "_post", None)  # Django's own, where the body has been read
    if request.method != "POST" or not typed or any("password" in name for name in typed):
        return {}
    fields = [(name, value) for name, values in typed.lists() for value in values]
    return {"action": request.get_full_path(), "fields": fields, "had_files": bool(request.FILES)}
