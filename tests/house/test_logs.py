"""Whatever goes wrong, and whoever logs it: no token, no address, no name, no typed word reaches the log."""

import io
import json
import logging
import runpy
import smtplib
import time
from urllib.parse import quote

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import IntegrityError, OperationalError, connection, transaction
from django.http import Http404
from gunicorn.config import Config
from gunicorn.http.errors import InvalidRequestLine
from procrastinate.contrib.django import app

from advisors import links
from miglobe import logs
from miglobe.errors import Refused
from requests.models import Topic
from tests.conftest import HouseClient
from tests.factories import OfferFactory

TYPED = "petra.beispiel@stadt.example"
SECRETS = ("petra", "Beispiel", "stadt.example", "geheim", "203.0.113.9")
FIELDS = {
    "time",
    "level",
    "logger",
    "event",
    "request_id",
    "method",
    "route",
    "status",
    "duration_ms",
    "error",
    "task",
    "job",
}


@pytest.fixture(params=["json", "line"])
def written(request, settings):
    """What the portal's handler writes, as the settings make it."""
    handler = logging.StreamHandler(io.StringIO())
    settings.LOG_FORMAT = request.param
    handler.setFormatter(logs.formatter())
    handler.addFilter(logs.WithoutPaths())
    root = logging.getLogger()
    root.addHandler(handler)
    level, root.level = root.level, logging.INFO
    yield lambda: harmless(handler.stream.getvalue(), request.param)
    root.removeHandler(handler)
    root.level = level


def harmless(text, form):
    assert text
    for secret in SECRETS:
        assert secret.lower() not in text.lower(), text
    if form == "json":
        for line in text.splitlines():
            assert json.loads(line).keys() <= FIELDS
    return text


def failing(monkeypatch, error, status):
    """The page of an offer raises this while it shows somebody's data."""

    @login_not_required
    def render(*args, **kwargs):
        raise error

    monkeypatch.setattr("requests.views.behind_links.render", render)
    client = HouseClient(raise_request_exception=False, REMOTE_ADDR="203.0.113.9")
    response = client.get(f"/anfrage/link/gesendet/?email={TYPED}", HTTP_USER_AGENT="geheim", HTTP_REFERER="/geheim/")
    assert response.status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status", "traced"),
    [
        (ValueError(f"„{TYPED}“ ist keine Zahl"), 500, True),
        (KeyError(TYPED), 500, True),
        (TypeError(f"Field 'id' expected a number but got '{TYPED}'"), 500, True),
        (ExceptionGroup("geheim", [ValueError(TYPED)]), 500, True),
        (OperationalError(f"LINE 1: SELECT '{TYPED}'"), 503, True),
        (smtplib.SMTPRecipientsRefused({TYPED: (550, b"petra unknown")}), 500, True),
        (OSError(28, "geheim", "/geheim/petra"), 503, True),
        (PermissionDenied(TYPED), 403, False),
        (Refused(f"Zuständig ist {TYPED}."), 409, False),
        (Http404(TYPED), 404, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_page_that_fails(written, monkeypatch, error, status, traced):
    failing(monkeypatch, error, status)
    text = written()
    assert "requests:link_sent" in text
    assert ("test_logs.py" in text) == traced
    assert (type(error).__name__ in text) == traced


@pytest.mark.django_db
def test_a_suspicious_request_says_its_kind(written, monkeypatch):
    failing(monkeypatch, SuspiciousOperation(TYPED), 400)
    text = written()
    assert "test_logs.py" not in text
    assert "SuspiciousOperation" in text


@pytest.mark.django_db
def test_what_an_error_came_from_is_told_without_its_words(written, monkeypatch):
    try:
        try:
            raise ValueError(TYPED)
        except ValueError as cause:
            raise LookupError(TYPED) from cause
    except LookupError as error:
        failing(monkeypatch, error, 500)
    text = written()
    assert text.index("ValueError") < text.index("Daraus wurde") < text.index("LookupError")


@pytest.mark.django_db
def test_a_row_that_the_database_refuses(written, monkeypatch):
    Topic.objects.create(name=TYPED)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Topic.objects.create(name=TYPED)
    failing(monkeypatch, refused.value, 500)
    text = written()
    assert "23505" in text
    assert "requests_topic" in text


@pytest.mark.django_db
@pytest.mark.parametrize("tail", ["", "\u2026", "\n", ")\u00fc"])  # what mail programs append to a link
def test_links(written, client, tail):
    token = links.token(OfferFactory())
    client.get(f"/angebot/{token}/")
    client.get(f"/angebot/geheimes-token{quote(tail)}/")
    client.get(f"/geheim/{token}{quote(tail)}/")
    assert token not in written()
    assert token.split(":")[0] not in written()
    assert "advisors:offer" in written()


@pytest.mark.django_db
def test_forms(written):
    client = HouseClient(enforce_csrf_checks=True)
    client.post("/anfrage/link/", {"email": TYPED})
    HouseClient().post("/anfrage/link/", {"email": TYPED})
    HouseClient().post("/anmelden/", {"login": TYPED, "password": "geheim"})
    HouseClient().post("/anfrage/link/", {"email": TYPED * 30_000})
    HouseClient().get("/impressum/", headers={"host": "fremd.example"})
    written()


@pytest.mark.django_db
def test_whoever_may_not_see_a_page_of_the_desk_makes_one_line(written, client, coordinator):
    client.force_login(coordinator)
    assert client.get("/admin/hintergrund/").status_code == 403
    assert "Traceback" not in written()
    assert ".py" not in written()


@pytest.mark.django_db(transaction=True)
def test_the_worker(written, monkeypatch):
    """Neither what a job was given, nor the words of the error with which it fails for good."""
    monkeypatch.setattr("miglobe.codes.tasks.typed", lambda asked: {}[asked])
    app.configure_task("codes.send").defer(asked=f"({TYPED})")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET attempts = 20")
    with app.replace_connector(app.connector.get_worker_connector()) as worker:
        worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    text = written()
    assert "codes.send[" in text
    assert "KeyError" in text


def test_the_web_server(settings):
    """gunicorn writes addresses and paths where a request is not even HTTP, or where the portal itself gives up."""
    server = runpy.run_path(str(settings.BASE_DIR / "gunicorn.conf.py"))
    assert server["accesslog"] is None
    log = server["logger_class"](Config())
    (handler,) = (handler for handler in log.error_log.handlers if getattr(handler, "_gunicorn", False))
    settings.LOG_FORMAT = "json"
    log.setup(log.cfg)
    (handler,) = (handler for handler in log.error_log.handlers if getattr(handler, "_gunicorn", False))
    handler.stream = io.StringIO()
    log.warning(f"Invalid request from ip=203.0.113.9: {InvalidRequestLine('GET /angebot/geheim')}")
    try:
        raise ValueError(TYPED)
    except ValueError:
        log.exception("Error handling request %s %s", "GET", "/angebot/geheim/")
    log.error_log.removeHandler(handler)
    lines = [json.loads(line) for line in harmless(handler.stream.getvalue(), "json").splitlines()]
    assert [line["event"] for line in lines] == ["Invalid request", "Error handling request"]


@pytest.mark.parametrize("part", ["a", "a.", "a@", "a:", "a.aaaaaa", "-"])
def test_no_header_is_long_enough_to_keep_the_log_busy(part):
    """As large as gunicorn takes one. With time that grows with the square of it, this would be seconds."""
    record = logging.makeLogRecord({"name": "django.security.DisallowedHost", "msg": (part * 8000)[:8000]})
    begun = time.process_time()
    logs.event_of(record)
    assert time.process_time() - begun < 0.25


@pytest.mark.django_db
def test_every_answer_has_a_line_and_a_number(client, settings):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.AsJson())
    logger = logging.getLogger("miglobe.request")
    logger.addHandler(handler)
    level, logger.level = logger.level, logging.INFO
    response = client.get("/impressum/?email=petra")
    client.get("/-/health/live/")
    logger.removeHandler(handler)
    logger.level = level
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert line["route"] == "pages:imprint"
    assert (line["status"], line["method"]) == (200, "GET")
    assert line["request_id"] == response["X-Request-ID"]
    assert line["duration_ms"] >= 0


def test_the_settings_use_what_is_tested_here(settings):
    (handler,) = settings.LOGGING["handlers"].values()
    assert handler["filters"] == ["no_paths"]
    made = {name: spec["()"] for name, spec in settings.LOGGING["formatters"].items()}
    assert made == {"line": "miglobe.logs.WithoutWords", "json": "miglobe.logs.AsJson"}
