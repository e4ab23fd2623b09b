"""Who acts and where, for the history: the person and the view of a request, or the task of the worker.

A view is named by its route, never by its path: paths hold the tokens of links.
"""

from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any

import pghistory
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from procrastinate import App

SAFE = ("GET", "HEAD", "OPTIONS")


class Remember:
    """Middleware, after the one that knows the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with pghistory.context():
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Public pages that are only looked at do not ask who looks: it would cost a query and a cookie."""
        assert request.resolver_match
        knows: dict[str, Any] = {"route": request.resolver_match.view_name}
        if getattr(view, "login_required", True) or request.method not in SAFE:
            has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
            if has_session and request.user.is_authenticated:
                knows["user"] = request.user.pk
        pghistory.context(**knows)


def of_task(go_on: Callable[[], Any], context: Any, worker: Any) -> Any:
    """Middleware of the worker's tasks."""
    with pghistory.context(task=context.task.name):
        return go_on()


def remember_tasks(app: App) -> None:
    """Called when the queue is ready."""
    app.worker_defaults["task_middleware"] = [*app.worker_defaults.get("task_middleware", []), of_task]


def of_command(name: str) -> ContextDecorator:
    """For commands that people give on the server."""
    context: ContextDecorator = pghistory.context(command=name)
    return context
