"""The personal calendar behind its secret address."""

from datetime import timedelta
from uuid import uuid4

import pytest
import vobject
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from advisors import appointments, consents, feed, links
from advisors.models import Appointment, Offer, Purpose
from miglobe.errors import Refused
from requests.models import State
from tests.factories import AdvisorFactory, AppointmentFactory, OfferFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def advisor():
    return AdvisorFactory(feed_key=uuid4())


def in_team(advisor, **fields):
    return OfferFactory(advisor=advisor, state=Offer.State.ACCEPTED, consultation__state=State.RUNNING, **fields)


def address(advisor):
    return reverse("advisors:feed", kwargs={"key": advisor.feed_key})


def own_page(advisor):
    return reverse("advisors:calendar", kwargs={"token": links.token_of(advisor)})


def events(client, advisor):
    response = client.get(address(advisor))
    assert response.status_code == 200
    calendar = vobject.readOne(response.content.decode())
    return {event.uid.value.partition("@")[0]: event for event in calendar.contents.get("vevent", [])}


def test_it_holds_the_appointments_of_the_persons_cases_and_no_others(client, advisor):
    mine = AppointmentFactory(consultation=in_team(advisor).consultation)
    past = AppointmentFactory(consultation=in_team(advisor).consultation, starts_at=timezone.now() - timedelta(days=90))
    AppointmentFactory(consultation=in_team(AdvisorFactory()).consultation)
    left = OfferFactory(advisor=advisor, state=Offer.State.CANCELLED, consultation__state=State.SEARCHING)
    AppointmentFactory(consultation=left.consultation)
    reopened = in_team(advisor).consultation
    reopened.reopened_at = timezone.now()
    reopened.save()
    AppointmentFactory(consultation=reopened)
    assert set(events(client, advisor)) == {str(mine.key), str(past.key)}


def test_what_was_called_off_stays_for_a_while_as_called_off(client, advisor, coordinator):
    case = in_team(advisor).consultation
    soon = AppointmentFactory(consultation=case)
    AppointmentFactory(consultation=case, state="cancelled", starts_at=timezone.now() - timedelta(days=90))
    before = events(client, advisor)[str(soon.key)]
    appointments.cancel(soon, note="Krank", by=coordinator)
    (after,) = events(client, advisor).values()
    assert (before.status.value, after.status.value) == ("CONFIRMED", "CANCELLED")
    assert before.uid.value == after.uid.value
    assert int(after.sequence.value) > int(before.sequence.value)


def test_without_news_it_stays_letter_by_letter(client, advisor):
    AppointmentFactory(consultation=in_team(advisor).consultation)
    assert client.get(address(advisor)).content == client.get(address(advisor)).content


def test_it_is_kept_by_nobody_and_says_nothing_of_persons(client, advisor):
    offer = in_team(advisor)
    AppointmentFactory(consultation=offer.consultation)
    response = client.get(address(advisor))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Cache-Control"] == "no-store, private"
    assert "noindex" in response["X-Robots-Tag"]
    assert "set-cookie" not in {name.lower() for name in response.headers}
    text = response.content.decode().replace("\r\n ", "")
    assert "ATTENDEE" not in text and "ORGANIZER" not in text and "http" not in text
    for word in (advisor.name, advisor.email, offer.consultation.contact_name, str(advisor.feed_key)):
        assert word not in text
    assert client.post(address(advisor)).status_code == 405
    assert client.head(address(advisor)).status_code == 200


def test_it_asks_as_often_for_three_appointments_as_for_one(client, advisor):
    asked = []
    for more in (1, 2):
        for _ in range(more):
            AppointmentFactory(consultation=in_team(advisor).consultation)
        with CaptureQueriesContext(connection) as queries:
            assert len(events(client, advisor)) >= more
        asked.append(len(queries))
    assert asked == [3, 3]


def test_withdrawing_the_consent_closes_it_at_once_as_if_it_had_never_been(client, advisor):
    assert client.get(address(advisor)).status_code == 200
    consents.withdraw(advisor, Purpose.MATCHING)
    gone, unknown = (client.get(f"/kalender/{key}.ics") for key in (advisor.feed_key, uuid4()))
    assert (gone.status_code, unknown.status_code) == (404, 404)
    assert len(gone.content) == len(unknown.content)


@pytest.mark.parametrize("changes", [{"active": False}, {"active": False, "left_at": timezone.now()}])
def test_whoever_is_not_in_the_pool_has_none(client, advisor, changes):
    for name, value in changes.items():
        setattr(advisor, name, value)
    advisor.save()
    assert client.get(address(advisor)).status_code == 404
    with pytest.raises(Refused, match="solange Sie im Pool sind"):
        feed.renew(advisor)


def test_there_is_none_until_it_is_wanted_and_looking_makes_none(client, settings):
    advisor = AdvisorFactory()
    assert ".ics" not in client.get(own_page(advisor)).content.decode()
    advisor.refresh_from_db()
    assert advisor.feed_key is None
    response = client.post(own_page(advisor), {"neu": "1"}, follow=True)
    advisor.refresh_from_db()
    whole = f"{settings.BASE_URL}{address(advisor)}"
    assert whole in response.content.decode()
    assert whole.replace("http://", "webcal://") in response.content.decode()
    assert "Ihr Kalender ist eingerichtet." in response.content.decode()
    assert client.get(address(advisor)).status_code == 200


def test_a_new_address_ends_the_old_one_and_switching_off_ends_all(client, advisor):
    old = address(advisor)
    assert (
        "Die frühere öffnet nichts mehr" in client.post(own_page(advisor), {"neu": "1"}, follow=True).content.decode()
    )
    advisor.refresh_from_db()
    assert client.get(old).status_code == 404
    assert client.get(address(advisor)).status_code == 200
    new = address(advisor)
    client.post(own_page(advisor), {"aus": "1"})
    client.post(own_page(advisor), {"aus": "1"})
    advisor.refresh_from_db()
    assert advisor.feed_key is None
    assert client.get(new).status_code == 404


def test_posting_nothing_changes_nothing(client, advisor):
    key = advisor.feed_key
    client.post(own_page(advisor), {})
    advisor.refresh_from_db()
    assert advisor.feed_key == key
    assert not Appointment.objects.exists()


def test_a_mangled_link_leads_to_the_page_that_helps(client):
    assert client.get("/mein-bereich/kein-link/kalender/").status_code == 404
    assert client.get("/kalender/kein-schluessel.ics").status_code == 404


def test_without_the_consent_the_page_offers_none(client):
    advisor = AdvisorFactory(consents=[])
    shown = client.get(own_page(advisor)).content.decode()
    assert 'name="neu"' not in shown
    client.post(own_page(advisor), {"neu": "1"})
    advisor.refresh_from_db()
    assert advisor.feed_key is None
