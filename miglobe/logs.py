"""Logs name what happened, never whom it concerns."""

import logging
import re
from typing import Any

from django.core.exceptions import PermissionDenied

from .errors import Refused

NOT_LOGGED = "(nicht protokolliert)"


class WithoutPaths(logging.Filter):
    """Replaces a request's path by its route: paths hold the secret tokens of links."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", None)
        if path and isinstance(record.args, tuple):
            match = getattr(request, "resolver_match", None)
            route = match.view_name if match else "(unbekannte Adresse)"
            written = (path, path.encode("unicode_escape").decode())  # as Django writes it into its log
            record.args = tuple(
                route if isinstance(arg, str) and any(way in arg for way in written) else arg for arg in record.args
            )
        return True


class WithoutRows(logging.Formatter):
    """PostgreSQL's errors quote the row that they refuse, and our own refusals may name people."""

    def formatException(self, ei: Any) -> str:
        text = super().formatException(ei)
        if isinstance(ei[1], PermissionDenied | Refused) and str(ei[1]):
            text = text.replace(str(ei[1]), NOT_LOGGED)
        return re.sub(r"^DETAIL:.*", f"DETAIL: {NOT_LOGGED}", text, flags=re.MULTILINE)
