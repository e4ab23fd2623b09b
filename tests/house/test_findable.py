"""Search engines: what they may find, and what they are told."""

import html
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from miglobe import findable
from miglobe.pages.models import Portal
from tests.house.test_house import PUBLIC

pytestmark = pytest.mark.django_db

LANGUAGES = [code for code, _ in settings.LANGUAGES]
FINDABLE = list(findable.names())
SITEMAP = {"": "http://www.sitemaps.org/schemas/sitemap/0.9", "xhtml": "http://www.w3.org/1999/xhtml"}


def path(name, language):
    with translation.override(language):
        return reverse(name)


def tags(page, pattern):
    return [html.unescape(found) for found in re.findall(pattern, page.split("</head>")[0])]


def test_only_public_pages_without_secrets_are_findable():
    assert set(FINDABLE) <= PUBLIC
    assert {"requests:start", "requests:no_municipality", "pages:imprint", "pages:privacy"} <= set(FINDABLE)
    assert len(FINDABLE) == len(set(FINDABLE))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FINDABLE)
def test_a_findable_page_says_where_it_lives_in_which_languages(client, name, language):
    page = client.get(f"{path(name, language)}?utm_source=x").content.decode()

    home = settings.BASE_URL + path(name, language)
    assert tags(page, r'<link rel="canonical" href="([^"]+)"') == [home]
    assert dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"', page)) == {
        "de": settings.BASE_URL + path(name, "de"),
        "en": settings.BASE_URL + path(name, "en"),
        "x-default": settings.BASE_URL + path(name, "de"),
    }
    assert tags(page, r'<meta property="og:url" content="([^"]+)"') == [home]
    assert tags(page, r'<meta property="og:locale" content="([^"]+)"') == [{"de": "de_DE", "en": "en_GB"}[language]]
    assert tags(page, r'<meta property="og:title" content="([^"]+)"') == tags(page, "<title>([^<]+)</title>")
    assert tags(page, r'<meta property="og:image" content="([^"]+)"') == [f"{settings.BASE_URL}/static/img/share.png"]
    assert "noindex" not in page


def test_the_picture_for_sharing_is_small():
    assert (settings.BASE_DIR / "static/img/share.png").stat().st_size < 30_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_findable_pages_have_titles_and_descriptions_of_their_own(client, language):
    pages = {name: client.get(path(name, language)).content.decode() for name in FINDABLE}

    for pattern, shortest, longest in (
        ("<title>([^<]+)</title>", 15, 75),
        ('<meta name="description" content="([^"]+)"', 50, 200),
    ):
        words = {name: tags(page, pattern)[0] for name, page in pages.items()}
        assert len(set(words.values())) == len(words), words
        assert not {name: text for name, text in words.items() if not shortest <= len(text) <= longest}


@pytest.mark.parametrize("path", ["/anfrage/link/", "/anfrage/link/gesendet/", "/angebot/link/", "/postausgang/"])
def test_all_other_pages_ask_not_to_be_found(client, path):
    head = client.get(path).content.decode().split("</head>")[0]

    assert '<meta name="robots" content="noindex">' in head
    assert "canonical" not in head and "hreflang" not in head and "og:" not in head


def test_the_sitemap_names_every_findable_page_in_every_language(client):
    response = client.get("/sitemap.xml")

    assert response["Content-Type"] == "application/xml; charset=utf-8"
    urls = ElementTree.fromstring(response.content).findall("url", SITEMAP)  # noqa: S314  # ours
    assert [url.findtext("loc", namespaces=SITEMAP) for url in urls] == [
        settings.BASE_URL + path(name, language) for name in FINDABLE for language in LANGUAGES
    ]
    for url in urls:
        others = {link.get("hreflang"): link.get("href") for link in url.findall("xhtml:link", SITEMAP)}
        assert set(others) == {"de", "en", "x-default"}
        assert url.findtext("loc", namespaces=SITEMAP) in others.values()


def test_robots_learn_the_sitemap_and_no_secret(client):
    response = client.get("/robots.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /postausgang/",
        "",
        f"Sitemap: {settings.BASE_URL}/sitemap.xml",
    ]


def test_security_txt_names_whom_to_tell_and_expires_within_a_year(client):
    Portal.objects.update_or_create(pk=1, defaults={"contact_email": "kontakt@example.org"})

    response = client.get("/.well-known/security.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    expires = datetime.fromisoformat(fields.pop("Expires"))
    assert timedelta(days=90) < expires - datetime.now(UTC) < timedelta(days=365)
    assert fields == {
        "Contact": "mailto:kontakt@example.org",
        "Preferred-Languages": "de, en",
        "Canonical": f"{settings.BASE_URL}/.well-known/security.txt",
    }


def test_security_txt_is_missing_while_there_is_nobody_to_tell(client):
    assert client.get("/.well-known/security.txt").status_code == 404
