"""What the start page tells about requests: an order, from five requests on, and a map."""

import re

import pytest
from django.template import engines
from django.urls import reverse

from miglobe.pages.models import Portal
from requests import districts, links, statistics
from requests.models import State, Topic
from tests.factories import CaseFactory, MunicipalityFactory, TopicFactory

pytestmark = pytest.mark.django_db


def ask(topic, times, **options):
    for _ in range(times):
        CaseFactory(**{"state": State.NEW} | options, topics=[topic])


def names(topics):
    return [topic.name for topic in topics]


def test_a_topic_counts_as_asked_from_five_requests_on_and_the_most_asked_comes_first():
    few, five, seven, off = (TopicFactory(name=name) for name in ("Wenige", "Fünf", "Sieben", "Abgeschaltet"))
    for topic, times in ((few, 4), (five, 5), (seven, 7), (off, 6)):
        ask(topic, times)
    Topic.objects.filter(pk=off.pk).update(active=False)

    found = statistics.topics_by_interest()

    assert names(found.asked) == ["Sieben", "Fünf"]
    assert names(found.offered) == ["Wenige"]


def test_a_request_with_several_topics_counts_once_for_each():
    one, other = TopicFactory(name="Eins"), TopicFactory(name="Zwei")
    for _ in range(4):
        CaseFactory(state=State.NEW, topics=[one, other])
    assert statistics.topics_by_interest().asked == []
    ask(other, 1)
    assert names(statistics.topics_by_interest().asked) == ["Zwei"]


def test_what_nobody_has_confirmed_is_not_counted():
    topic = TopicFactory(name="Nur Entwürfe")
    ask(topic, 5, state=State.UNCONFIRMED)
    assert names(statistics.topics_by_interest().offered) == ["Nur Entwürfe"]


def test_only_the_newest_requests_count(monkeypatch):
    monkeypatch.setattr(statistics, "NEWEST", 5)
    old, new = TopicFactory(name="Früher"), TopicFactory(name="Jetzt")
    ask(old, 5)
    assert names(statistics.topics_by_interest().asked) == ["Früher"]
    ask(new, 5)
    assert names(statistics.topics_by_interest().asked) == ["Jetzt"]


@pytest.mark.parametrize("topics", [1, 3])
def test_the_order_costs_two_queries(django_assert_num_queries, topics):
    for _ in range(topics):
        ask(TopicFactory(), 5)
    with django_assert_num_queries(2):
        statistics.topics_by_interest()


def test_the_start_page_tells_no_numbers(client):
    ask(TopicFactory(name="Faire Beschaffung"), 6)
    TopicFactory(name="Feste")
    page = client.get("/").content.decode()
    first, second = page.index("Faire Beschaffung"), page.index("Feste")
    assert page.index("am häufigsten angefragt") < first < page.index("Auch dazu beraten wir") < second
    assert not re.search(r"Faire Beschaffung\W*\d", page)


def test_the_start_page_leads_to_the_form_only_while_requests_are_taken(client):
    assert client.get("/").content.decode().count("Beratung anfragen") == 2
    Portal.objects.update_or_create(pk=1, defaults={"takes_requests": False, "pause_note": "Wieder ab Mai."})
    for path in ("/", "/anfrage/"):
        page = client.get(path).content.decode()
        assert "Wieder ab Mai." in page
        assert "kern-btn--primary" not in page


# --- The map ------------------------------------------------------------------------------------


def drawn(words):
    return engines["django"].from_string("{% load places %}" + words).render()


def test_the_map_has_every_district_and_weighs_little():
    drawing = districts.current()
    assert len(drawing.districts) == 53
    assert len({district.ags for district in drawing.districts}) == 53
    assert all(re.fullmatch(r"(M[\d ]+l[-\d ]+z)+", district.outline) for district in drawing.districts)
    assert len(drawing.outlines) < 15_000


def test_the_map_has_words_for_those_who_do_not_see_it_and_names_its_source():
    whole, one = drawn("{% nrw_map %}"), drawn('{% nrw_map highlight="05978" %}')
    assert 'role="img" aria-label="Karte des Landes mit 53 Kreisen und kreisfreien Städten"' in whole
    assert "portal-map__here" not in whole
    assert "hervorgehoben: Kreis Unna" in one
    assert districts.current().district("05978").outline in one.split("portal-map__here")[1]
    for words in (whole, one):
        assert "© GeoBasis-DE / BKG 2017 (Daten verändert)" in words
    assert 'aria-label="Unser Land"' in drawn('{% nrw_map label="Unser Land" %}')


def test_a_district_that_is_not_on_the_map_shows_none():
    assert drawn('{% nrw_map highlight="99999" %}').strip() == ""
    assert "<svg" in drawn('{% nrw_map highlight="" %}')


def test_the_status_page_shows_where_the_municipality_lies(client):
    case = CaseFactory(state=State.NEW, municipality=MunicipalityFactory(district_ags="05978"))
    page = client.get(reverse("requests:status", kwargs={"token": links.token(links.STATUS, case)})).content.decode()
    assert "hervorgehoben: Kreis Unna" in page


def test_a_land_without_a_drawing_shows_none(settings):
    settings.LAND = "BW"
    assert districts.current() is None
    assert drawn("{% nrw_map %}").strip() == ""
