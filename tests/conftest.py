import os
import re
from functools import cache
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.http import HttpResponse
from django.template import engines
from django.test import Client
from django.utils import translation
from hypothesis import settings as properties

from scripts import frontend
from tests import factories, jobs, pages_walk
from tests.login import signs_in

# The same examples at every run, and as long as a busy machine needs for them.
properties.register_profile("house", derandomize=True, deadline=None, database=None, max_examples=60)
properties.load_profile("house")


class Undefined(str):
    """Rendering a template variable that does not exist fails the test and names it."""

    __slots__ = ()

    def __contains__(self, item: object) -> bool:
        return True  # makes Django format the name into us

    def __mod__(self, name: Any) -> str:  # type: ignore[override]
        pytest.fail(f"Die Vorlage zeigt eine Variable, die es nicht gibt: {name}")


@pytest.fixture(autouse=True, scope="session")
def undefined_template_variables_fail():
    for engine in engines.all():
        engine.engine.string_if_invalid = Undefined("%s")  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """The databases of the tests begin as copies of the one that tests.postgres keeps: see there."""
    if template := os.environ.get("TEST_TEMPLATE"):
        connection.settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(autouse=True)
def plain_settings(settings, tmp_path_factory):
    """Static files without a manifest, the test server's addresses, passwords that are quick to check, and a folder.

    With autorefresh WhiteNoise looks for a file when it is asked for, not for all of them as each client begins.
    """
    settings.ATTACHMENTS_DIR = tmp_path_factory.getbasetemp() / "attachments"
    settings.WHITENOISE_AUTOREFRESH = True
    settings.FORM_SECONDS = 0  # tests are fast
    settings.ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def every_test_begins_in_german(settings):
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def a_link_is_the_same_a_second_later(monkeypatch):
    """A link holds the second in which it was signed. Tests compare links, and a busy machine needs its time."""
    begin = int(signing.time.time())

    def timestamp(signer: signing.TimestampSigner) -> str:
        hours = (int(signing.time.time()) - begin) // 3600  # a test that moves the clock finds it moved
        return signing.b62_encode(begin + hours * 3600)

    monkeypatch.setattr(signing.TimestampSigner, "timestamp", timestamp)


@pytest.fixture(autouse=True)
def no_jobs_left_behind(request):
    """procrastinate's tables are unmanaged, so a flush after a transactional test leaves their rows."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_workers CASCADE")
            cursor.execute("TRUNCATE cache")  # counted attempts


SHOWN_AS_IT_IS = re.compile(r"<(textarea|code)\b.*?</\1>|<div class=\"readonly\">.*?</div>", re.DOTALL)
INLINE = re.compile(
    r"\{\{|\{%|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>\s*\S|<style|\son[a-z]+=\"|\sstyle=\"|href=\"javascript:",
    re.IGNORECASE,
)


@cache
def classes_without_styles() -> set[str]:
    """KERN's classes that the stylesheet we serve was not made for (see scripts/frontend.py)."""
    kern = (frontend.MODULES / frontend.STYLES).read_text()
    return set(re.findall(r"\.(kern-[\w-]+)", kern)) - frontend.known_classes()


class HouseClient(Client):
    """Looks at every page it gets: nothing inline, nothing half-rendered, no class without styles, a strict policy.

    What was asked for is answered at once, unless `has_worker` is False.
    """

    has_worker = True

    def request(self, **request: Any) -> HttpResponse:  # type: ignore[override]
        with translation.override(translation.get_language()):  # an English page leaves the test in its language
            response = super().request(**request)
        if self.has_worker and request.get("REQUEST_METHOD") == "POST" and request["PATH_INFO"].endswith(jobs.PAGES):
            jobs.works_off()
        if response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming:
            page = SHOWN_AS_IT_IS.sub("", response.content.decode())
            assert not (found := INLINE.search(page)), (
                f"{request['PATH_INFO']}: {page[found.start() - 80 : found.end() + 80]}"
            )
            unstyled = classes_without_styles() & set(frontend.CLASS.findall(page))
            assert not unstyled, f"{request['PATH_INFO']}: {unstyled} gehören in PUT_TOGETHER in scripts/frontend.py"
            policy = response.headers["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
        return response


@pytest.fixture
def client() -> HouseClient:
    return HouseClient()


@pytest.fixture
def coordinator(db):
    return factories.CoordinatorFactory()


@pytest.fixture
def desk(coordinator) -> HouseClient:
    """A client at which a coordinator has just logged in."""
    client = HouseClient()
    signs_in(client, coordinator, "password")
    return client


@pytest.fixture
def stops(coordinator, settings) -> list[pages_walk.Stop]:
    """Every page of the portal with its rows, the error pages included."""
    settings.ROOT_URLCONF = "tests.error_urls"
    return pages_walk.everything(coordinator)


@pytest.fixture
def client_of(coordinator):
    """The client who may see a page: a coordinator for the desk, nobody in particular for all others."""
    at_the_desk = HouseClient()
    signs_in(at_the_desk, coordinator, "password")

    def choose(stop):
        client = at_the_desk if stop.desk else HouseClient()
        client.raise_request_exception = False
        return client

    return choose
