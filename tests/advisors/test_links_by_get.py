"""Every page of the advisors' part, by GET and HEAD as mail scanners do it: nothing is written."""

import hashlib
from collections import defaultdict

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from advisors import links as offer_links
from advisors import urls
from advisors.models import Appointment, Offer
from tests import factories, pages_walk
from tests.conftest import HouseClient

pytestmark = pytest.mark.django_db

WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")


def addresses(coordinator) -> dict[str, set[str]]:
    """By the name of the view: where the walk through all pages goes, and what is no page."""
    found = defaultdict(set)
    for stop in pages_walk.everything(coordinator):
        if stop.view.startswith("advisors:"):
            found[stop.view.removeprefix("advisors:")].add(stop.path)
    offer = Offer.objects.at_work().filter(consultation__appointments__isnull=False).first()
    token = pages_walk._offer(offer)
    found["offer_file"].add(f"{token}anlage/{offer.key}/")
    found["team_calendar_file"].add(f"{token}termin/{offer.consultation.appointments.first().key}.ics")
    own = offer_links.token_of(offer.advisor)
    found["activity_sheet"].add(f"/mein-bereich/{own}/taetigkeit/{timezone.localdate().year}/")
    found["save_report"].add(f"{token}bericht/speichern/")
    return found


def everything_stored() -> dict[str, str]:
    """A fingerprint of each table."""
    stored = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')  # noqa: S608
            stored[table] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return stored


def test_looking_at_any_page_changes_nothing(coordinator, settings):
    settings.ROOT_URLCONF = "tests.error_urls"
    found = addresses(coordinator)
    unseen = {pattern.name for pattern in urls.urlpatterns} - found.keys() - APART.keys()
    assert unseen == set(), "a new page belongs into tests/pages_walk.py, a file into this list"
    before = everything_stored()
    for paths in found.values():
        for path in paths:
            for method in ("get", "head"):
                with CaptureQueriesContext(connection) as queries:
                    response = getattr(HouseClient(), method)(path)
                assert response.status_code < 500, path
                written = [query["sql"] for query in queries if query["sql"].upper().startswith(WRITES)]
                assert written == [], path
    assert everything_stored() == before


APART = {
    "calendar_file": "test_files_for_calendars_change_nothing",
    "feed": "test_files_for_calendars_change_nothing",
    "own_data_file": "test_own_data.py: it takes nothing but a POST",
}


def test_files_for_calendars_change_nothing(client):
    from django.urls import reverse

    from requests import links as request_links

    appointment = factories.AppointmentFactory()
    advisor = factories.AdvisorFactory(feed_key="11111111-2222-4333-8444-555555555555")
    factories.OfferFactory(consultation=appointment.consultation, advisor=advisor, state="accepted")
    case = request_links.token(request_links.STATUS, appointment.consultation)
    paths = {
        "calendar_file": {"token": case, "appointment": appointment.key},
        "feed": {"key": advisor.feed_key},
    }
    before = everything_stored()
    for name, kwargs in paths.items():
        for method in ("get", "head"):
            response = getattr(client, method)(reverse(f"advisors:{name}", kwargs=kwargs))
            assert response.status_code == 200, name
            b"".join(response) if response.streaming else response.content
    assert everything_stored() == before
    assert Appointment.objects.count() == 1
