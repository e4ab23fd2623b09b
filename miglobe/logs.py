"""Logs name what happened, never whom it concerns: no path (it may hold the token of a link), no address, no words that
somebody typed. An error is told by its kind and by the lines of code that it went through.
"""

import errno
import json
import logging
import os
import re
import secrets
import smtplib
import time
import traceback
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist

from .errors import Refused

UNKNOWN_ROUTE = "(unbekannte Adresse)"
NO_FAULT = (PermissionDenied, Refused, Http404, SuspiciousOperation)
"""Answered with a page that says so; where in the code it was decided helps nobody."""
TELLING = (AttributeError, ImportError, NameError, ImproperlyConfigured, TemplateDoesNotExist)
"""Errors whose words speak of code. Those of all others may quote what somebody typed."""
NAMED = ("django.security.csrf", "django.security.DisallowedHost")
"""Of Django's complaints about requests those that quote nothing, or the name of a host at most."""
UNNOTED = ("alive", "ready", "metrics")  # asked every few seconds

# Each takes a word whole, whether or not it goes on as an address or a token does: tried anew from every letter, one of
# eight thousand letters, as a header may bring it, would take seconds.
_ADDRESS = re.compile(r"([\w.+-]++)(@[\w-]+(?:\.[\w-]+)+)?")
_TOKEN = re.compile(r"([\w-]++)(([.:])[\w-]{6,}\3[\w-]{20,})?")  # as django.core.signing writes it
_OF_THE_SERVER = re.compile(r"(Invalid request|Error handling request)\b.*", re.DOTALL)
_ARGUMENTS = re.compile(r"(\w+\.\w+\[\d+\])\(.*\)", re.DOTALL)  # of a job
_request_id: ContextVar[str] = ContextVar("request_id", default="")
log = logging.getLogger("miglobe.request")


class WithoutPaths(logging.Filter):
    """Replaces a request's path by its route: paths hold the secret tokens of links."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", None)
        if path and isinstance(record.args, tuple):
            written = (path, path.encode("unicode_escape").decode())  # as Django writes it into its log
            record.args = tuple(
                route_of(request) if isinstance(arg, str) and any(way in arg for way in written) else arg
                for arg in record.args
            )
        return True


class WithoutWords(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another formatter may have told more
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = event_of(record)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        return "" if isinstance(ei[1], NO_FAULT) else told(ei[1])


class AsJson(WithoutWords):
    """An object in a line for programs. Holds these fields and no others, whatever a library adds to its records."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": event_of(record),
            **_of_request(record),
            **_of_job(record),
        }
        if record.exc_info and (text := self.formatException(record.exc_info)):
            said["error"] = text
        return json.dumps(said, ensure_ascii=False)


def formatter() -> logging.Formatter:
    """The one that the settings choose, for servers that bring their own handlers."""
    if settings.LOG_FORMAT == "json":
        return AsJson()
    return WithoutWords("{asctime} {levelname} {name} {message}", style="{")


def note_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a line for each answer. Its number also stands in the lines between and in the answer's header."""

    def middleware(request: HttpRequest) -> HttpResponse:
        begun, number = time.monotonic(), secrets.token_hex(8)
        request.META["miglobe.request_id"] = number  # what Django logs at the very end is outside of the block below
        token = _request_id.set(number)
        try:
            response = get_response(request)
            response["X-Request-ID"] = number
            if route_of(request) not in UNNOTED:
                took = round((time.monotonic() - begun) * 1000)
                said = {"request": request, "status_code": response.status_code, "duration_ms": took}
                log.info("%s %s", request.method, route_of(request), extra=said)
            return response
        finally:
            _request_id.reset(token)

    return middleware


def route_of(request: Any) -> str:
    match = getattr(request, "resolver_match", None)
    return str(match.view_name) if match else UNKNOWN_ROUTE


def event_of(record: logging.LogRecord) -> str:
    """The message, without what only libraries would write into it."""
    words = record.getMessage()
    if record.name.startswith("django.security.") and record.name not in NAMED:
        words = record.name.rpartition(".")[2]  # the kind; the words may quote what was sent
    if record.name.startswith("gunicorn"):
        words = _OF_THE_SERVER.sub(r"\1", words)  # goes on with the visitor's address and what they asked for
    if record.name.startswith("procrastinate"):
        words = _ARGUMENTS.sub(r"\1", words)
    return _hidden(_TOKEN, "(Token)", _hidden(_ADDRESS, "(E-Mail-Adresse)", words))


def _hidden(pattern: re.Pattern[str], name: str, words: str) -> str:
    return pattern.sub(lambda found: name if found[2] else found[0], words)


def told(error: BaseException) -> str:
    """What was raised, after what it came from: as Python does, without the words."""
    return "\n".join(_told(error, set()))


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before and id(before) not in seen:
        yield from _told(before, seen)
        yield "Daraus wurde:" if error.__cause__ else "Dabei kam hinzu:"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    kind = type(error)
    yield f"{kind.__module__}.{kind.__qualname__}{_words_of(error)}"
    for part in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _told(part, seen)


def _words_of(error: BaseException) -> str:
    diagnosis: Any = getattr(error, "diag", None)  # of psycopg
    if diagnosis is not None and diagnosis.sqlstate:
        names = (diagnosis.sqlstate, diagnosis.table_name, diagnosis.column_name, diagnosis.constraint_name)
        return f": {' '.join(name for name in names if name)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f": {error.smtp_code}"
    if isinstance(error, OSError) and error.errno is not None and error.errno in errno.errorcode:
        return f": {os.strerror(error.errno)}"
    return f": {error}" if isinstance(error, TELLING) else ""


def _of_request(record: logging.LogRecord) -> dict[str, Any]:
    request = getattr(record, "request", None)
    meta = getattr(request, "META", {})
    said = {"request_id": meta.get("miglobe.request_id") or _request_id.get()}
    if request is not None:
        said |= {"method": request.method, "route": route_of(request)}
    said |= {"status": getattr(record, "status_code", None), "duration_ms": getattr(record, "duration_ms", None)}
    return {name: value for name, value in said.items() if value not in (None, "")}


def _of_job(record: logging.LogRecord) -> dict[str, Any]:
    """Procrastinate adds the whole job with its arguments; its name and number are enough."""
    job = getattr(record, "job", None)
    return {"task": job.get("task_name"), "job": job.get("id")} if isinstance(job, dict) else {}
