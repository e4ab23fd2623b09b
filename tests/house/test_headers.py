"""What every response says to the browser: pages, errors, redirects, downloads and static files alike."""

import json
import re

import pytest
from django.conf import settings as house
from django.urls import reverse

from advisors import links as advisor_links
from miglobe import headers
from miglobe.pages.models import Portal
from requests import links
from requests.models import State
from tests import error_urls
from tests.conftest import HouseClient
from tests.factories import PASSWORD, AdvisorFactory, CaseFactory, CoordinatorFactory, DraftFactory
from tests.house.test_house import COMPLETE, manage, views
from tests.requests.test_form import fill, url

pytestmark = pytest.mark.django_db

REFERRER = {"same-origin", "strict-origin"}


def check(response, what) -> None:
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, what
    assert not re.search(r"unsafe|\*|https?:|nonce|strict-dynamic", policy), what
    assert response["X-Content-Type-Options"] == "nosniff", what
    assert response["Cross-Origin-Opener-Policy"] == "same-origin", what
    assert response["Cross-Origin-Resource-Policy"] == "same-origin", what
    assert response["Referrer-Policy"] in REFERRER, what
    assert response["X-Frame-Options"] == "DENY", what
    assert response["Permissions-Policy"] in (headers.NO_FEATURES, headers.WITH_PASSKEYS), what


def put_away(response) -> None:
    """A static file is open. `close` would end the database's connection too."""
    for close in response._resource_closers:
        close()


def is_kept_from_all(response) -> bool:
    return "no-store" in response["Cache-Control"] and "noindex" in response["X-Robots-Tag"]


def test_every_page_of_the_walk(stops, client_of):
    for stop in stops:
        response = stop.fetched_by(client_of(stop))
        check(response, stop.name)
        if response.status_code >= 300:
            assert is_kept_from_all(response), stop.name


@pytest.mark.parametrize("status", [*error_urls.ERRORS, 405])
def test_every_error(client, settings, status):
    settings.ROOT_URLCONF = "tests.error_urls"
    client.raise_request_exception = False
    response = client.get(f"/fehler/{status}/")
    assert response.status_code == status
    check(response, status)
    assert is_kept_from_all(response)


def test_what_is_too_large_to_read_and_what_comes_without_its_token():
    client = HouseClient(enforce_csrf_checks=True)
    for response in (client.post("/anfrage/", CONTENT_LENGTH=str(2 * house.MOST_BODY)), client.post("/anfrage/")):
        assert response.status_code in (413, 403)
        check(response, response.status_code)


def test_what_is_for_machines_and_what_is_downloaded(client, desk):
    Portal.objects.update_or_create(pk=1, defaults={"security_contact": "sicherheit@example.org"})
    case = CaseFactory(state=State.NEW)
    advisor = AdvisorFactory()
    status = links.token(links.STATUS, case)
    own = advisor_links.token_of(advisor)
    for path in (
        "/-/health/live/",
        "/robots.txt",
        "/sitemap.xml",
        f"/anfrage/stand/{status}/anfrage.pdf",
        "/.well-known/security.txt",
        "/static/css/portal.css",
        "/static/favicon.svg",
    ):
        response = client.get(path)
        assert response.status_code == 200, path
        check(response, path)
        put_away(response)
    file = client.post(f"/mein-bereich/{own}/daten/datei/")
    assert file.status_code == 200
    check(file, "own data")
    for path in (reverse("admin:figures_csv"), reverse("admin:index"), "/admin/nirgendwo/"):
        check(desk.get(path), path)


@pytest.mark.parametrize("path", ["/anfrage", "/admin/", "/anfrage/nirgendwo", "/anfrage/link"])
def test_redirects(client, path):
    response = client.get(path)
    assert response.status_code in (301, 302, 404)
    check(response, path)
    assert is_kept_from_all(response)


def test_without_tls_everybody_is_led_to_it(settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    response = HouseClient().get("/anfrage/")
    assert response["Location"] == "https://testserver/anfrage/"
    check(response, "redirect")
    for path in ("/anfrage/", "/nirgendwo/", "/static/favicon.svg", "/admin/"):
        response = HouseClient().get(path, secure=True)
        assert response["Strict-Transport-Security"].startswith("max-age=60; include")
        put_away(response)


# --- Secret addresses ------------------------------------------------------------------------------------


def secret_paths() -> list[str]:
    case, advisor, draft = CaseFactory(state=State.NEW), AdvisorFactory(), DraftFactory()
    return [
        f"/anfrage/stand/{links.token(links.STATUS, case)}/",
        f"/anfrage/stand/{links.token(links.STATUS, case)}/zurueckziehen/",
        f"/mein-bereich/{advisor_links.token_of(advisor)}/",
        f"/anfrage/{draft.key}/kommune/",
    ]


def test_whatever_answers_at_a_secret_address_is_kept_by_no_cache_and_found_by_nobody(client, settings):
    for path in secret_paths():
        for response in (
            client.get(path),
            client.get(f"{path}nirgendwo/"),
            client.get(path[:-1]),
            client.delete(path),
            HouseClient(enforce_csrf_checks=True).post(path),
            client.post(path, {"x": "y" * 600_000}),
            client.get(f"{path[:-4]}/"),
        ):
            assert is_kept_from_all(response), (path, response.status_code)


def test_every_address_with_a_token_is_secret():
    """Whoever adds a page behind a link finds out here that it needs `secret_page`."""
    for name, view in views():
        if name.startswith(("requests:", "advisors:", "codes:", "mailbox:")):
            pattern = reverse_pattern(name)
            if "token" in pattern or "key" in pattern:
                assert getattr(view, "is_secret", False), name


def reverse_pattern(name: str) -> list[str]:
    from django.urls import get_resolver

    space, _, rest = name.partition(":")
    resolver = get_resolver()
    _prefix, found = resolver.namespace_dict[space]
    for possibilities in found.reverse_dict.getlist(rest):
        return [parameter for _, parameters in possibilities[0] for parameter in parameters]
    return []


# --- Passkeys --------------------------------------------------------------------------------------------


def test_only_pages_with_passkeys_may_use_them(client, desk):
    assert desk.get(reverse("mfa_add_webauthn"))["Permissions-Policy"] == headers.WITH_PASSKEYS
    for path in (reverse("mfa_index"), reverse("admin:index")):
        assert desk.get(path)["Permissions-Policy"] == headers.NO_FEATURES
    assert "publickey-credentials-get=()" in client.get("/")["Permissions-Policy"]
    assert "camera=()" in headers.WITH_PASSKEYS


# --- Cookies ---------------------------------------------------------------------------------------------


NAMES = """
    SESSION_COOKIE_NAME CSRF_COOKIE_NAME MESSAGE_COOKIE_NAME BROWSER_COOKIE_NAME SESSION_COOKIE_SECURE
    CSRF_COOKIE_SECURE SESSION_COOKIE_HTTPONLY CSRF_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE CSRF_COOKIE_SAMESITE
    SESSION_COOKIE_DOMAIN CSRF_COOKIE_DOMAIN SESSION_COOKIE_PATH CSRF_COOKIE_PATH SECURE_HSTS_SECONDS
    SECURE_HSTS_PRELOAD SECURE_SSL_REDIRECT ALLAUTH_TRUSTED_PROXY_COUNT DEBUG SECOND_FACTOR
"""


def production() -> dict:
    wanted = f"{{name: getattr(s, name) for name in {NAMES.split()}}}"
    code = f"import json; from django.conf import settings as s; print(json.dumps({wanted}))"
    run = manage("shell", "-v0", "-c", code, **COMPLETE)
    assert run.returncode == 0, run.stderr
    found: dict = json.loads(run.stdout)
    return found


def test_in_production_every_cookie_is_bound_to_this_host_and_to_tls(settings):
    """The settings of production, and then a client that lives under them."""
    values = production()
    assert values["SECURE_HSTS_SECONDS"] >= 365 * 24 * 60 * 60
    assert values["SECURE_SSL_REDIRECT"] and values["SECURE_HSTS_PRELOAD"] and values["SECOND_FACTOR"]
    assert values["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1 and not values["DEBUG"]
    for name in (name for name in values if "COOKIE" in name):
        setattr(settings, name, values[name])
    client = HouseClient()
    coordinator = CoordinatorFactory()
    client.get("/anmelden/", secure=True)
    client.post("/anmelden/", {"login": coordinator.email, "password": PASSWORD}, secure=True)
    draft = DraftFactory()
    client.get(url(draft, "pruefen"), secure=True)  # leads to the first step that is missing, with a message
    cookies = {name: morsel for name, morsel in client.cookies.items() if morsel.value}
    expected = {f"__Host-{name}" for name in ("sessionid", "csrftoken", "browser", "messages")}
    assert set(cookies) == expected
    for name, cookie in cookies.items():
        assert cookie["secure"] and cookie["httponly"], name
        assert cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["domain"], name
    read = client.get(url(draft, "kommune"), secure=True)
    assert "Es fehlen noch Angaben" in read.text
    assert read.cookies["__Host-messages"].value == "" and read.cookies["__Host-messages"]["secure"]


def test_who_only_reads_gets_no_cookie(client):
    for path in ("/", "/ablauf/", "/impressum/", "/en/", "/robots.txt"):
        assert not client.get(path).cookies, path


def test_filling_in_a_request_needs_no_cookie_but_the_token(client):
    fill(client, DraftFactory())
    assert set(client.cookies) <= {"csrftoken"}
