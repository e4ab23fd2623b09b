"""The list of pages that other tests look at holds them all, and each is what it says."""

import re

import pytest
from django.conf import settings

from miglobe import findable
from tests.house.test_house import PUBLIC

pytestmark = pytest.mark.django_db

NO_PAGES = {
    *("alive", "ready", "metrics", "robots", "sitemap", "security_txt"),  # for machines
    *("requests:draft_file", "requests:file_to_confirm", "requests:status_file", "advisors:offer_file"),
    *("requests:receipt_pdf", "requests:status_pdf"),
    "requests:throw_away",  # takes a form and leads on
    "advisors:save_report",  # for a script
    "advisors:activity_sheet",  # a PDF
    *("advisors:own_data_file", "privacy:own_file"),  # a ZIP
    *("advisors:feed", "advisors:calendar_file", "advisors:team_calendar_file"),  # for calendars
    "admin:login",  # leads on
    "mfa_authenticate",  # opens between a password and the second factor: see tests/accounts
}


def test_every_public_page_is_walked(stops):
    assert PUBLIC - NO_PAGES - {stop.view for stop in stops} == set()


def test_every_page_has_a_name_of_its_own(stops):
    names = [stop.name for stop in stops]
    assert sorted(names) == sorted(set(names))


def test_every_page_has_one_heading_and_a_title_and_only_findable_ones_want_to_be_found(stops, client_of):
    findable_names = set(findable.names())
    for stop in stops:
        for language in stop.languages:
            response = stop.fetched_by(client_of(stop), language)
            assert response.status_code == stop.status, (stop.name, language)
            page = response.content.decode()
            assert page.count("<h1") == 1, (stop.name, language)
            (title,) = re.findall("<title>([^<]+)</title>", page)
            assert "MiGlobe" in title and len(title) > len("MiGlobe") + 5, (stop.name, title)
            if stop.path.startswith("/admin/"):
                continue  # closed to search engines by robots.txt and, but for the first page, by the login
            hidden = "noindex" in page.split("</head>")[0]
            assert hidden != (stop.view in findable_names), (stop.name, language)
            assert settings.BASE_URL not in page.split("</head>")[0] or not hidden, stop.name


def test_a_page_with_errors_says_so_in_its_title(stops, client_of):
    wrong = [stop for stop in stops if stop.words.endswith("with errors")]
    assert len(wrong) > 5
    for stop in wrong:
        page = stop.fetched_by(client_of(stop)).content.decode()
        assert "<title>Fehler: " in page, stop.name
