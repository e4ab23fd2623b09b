"""What somebody reads when something went wrong: every page, through everything that stands before a view."""

import html
import logging
import re

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.template import loader
from django.utils import translation

from miglobe.errors import Refused, TooOften
from miglobe.pages.models import Portal
from tests.conftest import HouseClient
from tests.factories import DraftFactory, TopicFactory

pytestmark = pytest.mark.django_db


def fails(error):
    def view(*args, **kwargs):
        raise error

    return view


@pytest.fixture
def failing(client, monkeypatch):
    """`failing(error)` gives the page that comes when that error leaves a view."""

    def get(error, path="/anfrage/link/gesendet/"):
        monkeypatch.setattr("requests.views.behind_links.render", fails(error))
        client.raise_request_exception = False
        return client.get(path)

    return get


def posted_without_token(path="/anfrage/link/"):
    client = HouseClient()
    client.handler.enforce_csrf_checks = True
    return client.post(path)


PAGES = {
    400: lambda client, failing: failing(SuspiciousOperation()),
    403: lambda client, failing: failing(PermissionDenied()),
    404: lambda client, failing: client.get("/nirgendwo/"),
    405: lambda client, failing: client.delete("/impressum/"),
    409: lambda client, failing: failing(Refused("Ihre Anfrage ist schon abgesendet.")),
    413: lambda client, failing: client.post("/anfrage/link/", {"email": "x" * 600_000}),
    429: lambda client, failing: failing(TooOften("Bitte warten Sie bis morgen.")),
    500: lambda client, failing: failing(RuntimeError()),
    503: lambda client, failing: failing(OperationalError()),
}


@pytest.mark.parametrize("status", PAGES)
def test_an_error_has_a_page_that_helps_and_that_nobody_finds(client, failing, status):
    response = PAGES[status](client, failing)

    page = response.content.decode()
    assert response.status_code == status
    assert page.count("<h1") == 1
    assert page.count("<p") >= 3, "was geschehen ist, ob etwas verloren ist, was zu tun ist"
    assert '<meta name="robots" content="noindex">' in page
    assert "canonical" not in page and "hreflang=" not in page.split("</head>")[0]


def test_a_method_that_an_address_does_not_take_is_explained(client):
    response = client.delete("/impressum/")

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert "nichts geändert" in response.content.decode()


def test_a_form_without_its_token_says_that_nothing_was_stored(client):
    page = posted_without_token().content.decode()

    assert "nicht gespeichert" in page
    assert '<meta name="robots" content="noindex">' in page


@pytest.mark.parametrize("body", [{"email": "x" * 600_000}, {f"feld{n}": "" for n in range(600)}], ids=["long", "many"])
@pytest.mark.parametrize("encoding", ["multipart", "urlencoded"])
def test_what_is_too_large_is_not_read_and_says_what_is_lost(client, body, encoding):
    if encoding == "urlencoded":
        body = {
            "data": "&".join(f"{name}={value}" for name, value in body.items()),
            "content_type": "application/x-www-form-urlencoded",
        }
    else:
        body = {"data": body}

    response = client.post("/anfrage/link/", **body)

    assert response.status_code == 413
    assert "Davon wurde nichts gespeichert" in response.content.decode()


def test_a_refusal_that_no_view_shows_becomes_a_page_with_its_sentence(failing):
    page = failing(Refused("Ihre Anfrage ist <schon> abgesendet.")).content.decode()

    assert "Ihre Anfrage ist &lt;schon&gt; abgesendet." in page
    assert "Es wurde nichts geändert." in page


def test_who_asks_too_often_learns_when_to_come_again(failing):
    class Tomorrow(TooOften):
        seconds = 86_400

    response = failing(Tomorrow("Bitte warten Sie bis morgen."))

    assert response["Retry-After"] == "86400"
    assert "Bitte warten Sie bis morgen." in response.content.decode()


def test_an_error_page_names_whom_to_ask(client):
    Portal.objects.update_or_create(pk=1, defaults={"contact_email": "hilfe@example.org"})

    assert "mailto:hilfe@example.org" in client.get("/nirgendwo/").content.decode().split("<footer")[0]


@pytest.mark.parametrize("name", ["500.html", "503.html"])
def test_the_last_two_pages_need_nothing_and_speak_both_languages(name, django_assert_num_queries, settings):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "there.is.None"}}
    with django_assert_num_queries(0), translation.override(None):
        page = loader.get_template(name).render()

    assert '<html lang="de">' in page and '<section lang="en">' in page
    assert "noch einmal" in page and "try again" in page
    assert re.findall(r'(?:src|href)="([^"]+)"', page) == ["/static/favicon.svg", "/static/css/error.css"]


HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def test_what_was_typed_when_the_database_was_away_is_sent_again_with_one_press(client, monkeypatch):
    draft = DraftFactory()
    path = f"/anfrage/{draft.key}/anliegen/?aendern"
    typed = {"topics": [TopicFactory().pk, TopicFactory().pk], "concern": '<b>"Rat" & Tat</b>\nbald', "hope": ""}
    with monkeypatch.context() as patch:
        patch.setattr("requests.drafts.store", fails(OperationalError()))
        client.raise_request_exception = False
        response = client.post(path, typed)
    page = response.content.decode()
    assert (response.status_code, response["Cache-Control"]) == (503, "no-store, private")
    assert f'action="{path}"' in page
    assert "Noch einmal senden" in page and "Send again" in page
    assert "<b>" not in page

    again = {}
    for name, value in HIDDEN.findall(page):
        again.setdefault(name, []).append(html.unescape(value))
    assert client.post(path, again).status_code == 302
    draft.refresh_from_db()
    assert draft.draft["anliegen"]["topics"] == [str(pk) for pk in typed["topics"]]
    assert draft.draft["anliegen"]["concern"] == [typed["concern"]]


def test_files_that_were_with_it_are_chosen_again(client, monkeypatch):
    monkeypatch.setattr("requests.drafts.store", fails(OperationalError()))
    client.raise_request_exception = False
    upload = {"uploads": SimpleUploadedFile("Konzept.pdf", b"%PDF-1.7\n"), "hochladen": "1"}
    page = client.post(f"/anfrage/{DraftFactory().key}/unterlagen/", upload).content.decode()
    assert "noch einmal aus" in page and "must be chosen again" in page
    assert [name for name, _ in HIDDEN.findall(page)] == ["hochladen"]


def test_no_password_is_ever_written_into_a_page(client, monkeypatch):
    monkeypatch.setattr("miglobe.accounts.forms.LoginForm.is_valid", fails(OperationalError()))
    client.raise_request_exception = False
    response = client.post("/anmelden/", {"login": "a@example.org", "password": "ganz geheim 123"})
    page = response.content.decode()
    assert response.status_code == 503
    assert "ganz geheim" not in page and "<form" not in page


def test_our_own_error_is_recorded(failing, caplog):
    with caplog.at_level(logging.ERROR):
        failing(RuntimeError("kaputt"))

    assert [record.exc_info[1].args for record in caplog.records if record.exc_info] == [("kaputt",)]


def test_an_unknown_page_speaks_the_language_of_its_address(client):
    assert '<html lang="en">' in client.get("/en/nowhere/").content.decode()


def test_the_language_of_an_unknown_page_can_be_switched(client):
    assert 'href="/en/nirgendwo/" hreflang="en"' in client.get("/nirgendwo/").content.decode()
    assert 'href="/nirgendwo/" hreflang="de"' in client.get("/en/nirgendwo/").content.decode()


@pytest.mark.parametrize("path", ["/en//elsewhere.example/", "/en/%2Felsewhere.example/", "/en///elsewhere.example"])
def test_the_switch_on_an_unknown_page_never_leads_to_another_host(client, path):
    (german,) = re.findall(r'href="([^"]*)" hreflang="de"', client.get(path).content.decode())
    assert german.startswith("/%2F")
