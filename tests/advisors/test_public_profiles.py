"""The public page of the advisors who consented to it."""

import pytest
from django.utils import timezone

from advisors import consents, profiles
from advisors.models import Advisor, LanguageSkill, Purpose, TopicSkill
from advisors.views.public_profiles import PER_PAGE
from miglobe import findable
from tests.factories import (
    AdvisorFactory,
    FormatFactory,
    LanguageFactory,
    OrganisationFactory,
    RegionFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db
PAGE = "/berater-und-beraterinnen/"
ALL = [Purpose.MATCHING, Purpose.SHOWN, Purpose.PUBLIC]


def a_public(**changes):
    return AdvisorFactory(**{"consents": ALL} | changes)


def shown(client, query=""):
    return client.get(PAGE + query).content.decode()


def test_only_those_who_consented_to_it_are_shown(client):
    a_public(name="Amara Öffentlich")
    AdvisorFactory(name="Bo Nur-Vermittlung")
    AdvisorFactory(name="Cleo Ohne", consents=[])
    a_public(name="Dora Ruhend", active=False)
    a_public(name="Emil Weg", active=False, left_at=timezone.now())
    page = shown(client)
    assert "Amara Öffentlich" in page and "1 Profil<" in page
    for name in ("Bo Nur", "Cleo", "Dora", "Emil"):
        assert name not in page


def test_withdrawing_takes_the_profile_down_in_the_next_request(client):
    advisor = a_public(name="Amara Öffentlich")
    assert "Amara Öffentlich" in shown(client)
    consents.withdraw(advisor, Purpose.PUBLIC)
    assert "Amara Öffentlich" not in shown(client)


def test_nobody_may_keep_a_copy_or_find_the_page_elsewhere(client):
    a_public()
    response = client.get(PAGE)
    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Robots-Tag"] == "noindex, noarchive"
    assert '<meta name="robots" content="noindex, noarchive">' in response.content.decode()
    assert "advisors:public_profiles" not in findable.names()


def test_a_profile_says_what_the_consent_names_and_nothing_else(client):
    advisor = a_public(name="Amara Muster", about="Ich kenne\nPartnerschaften.", phone="0211 5550 123")
    TopicSkill.objects.create(advisor=advisor, topic=TopicFactory(name="Fairer Handel"), level=3)
    LanguageSkill.objects.create(advisor=advisor, language=LanguageFactory(name="Swahili"), level=2)
    advisor.regions.add(RegionFactory(name="Ostafrika"))
    advisor.formats.add(FormatFactory(name="Impulsvortrag"))
    page = shown(client)
    for words in ("Amara Muster", "Partnerschaften.", "Fairer Handel", "Schwerpunkt", "Swahili", "Ostafrika"):
        assert words in page
    assert "Impulsvortrag" in page
    for secret in (advisor.email, advisor.phone, advisor.home.name, str(advisor.key)):
        assert secret not in page


def test_what_people_write_of_themselves_is_only_text(client):
    a_public(about="<b>fett</b>")
    assert "&lt;b&gt;fett" in shown(client)


def test_topic_and_language_narrow_the_list(client):
    topic, language = TopicFactory(), LanguageFactory()
    both, one = a_public(name="Amara Beides"), a_public(name="Bo Nur-Thema")
    for advisor in (both, one):
        TopicSkill.objects.create(advisor=advisor, topic=topic)
    LanguageSkill.objects.create(advisor=both, language=language)
    a_public(name="Cleo Anderes")
    page = shown(client, f"?thema={topic.pk}")
    assert "Amara Beides" in page and "Bo Nur-Thema" in page and "Cleo" not in page
    page = shown(client, f"?thema={topic.pk}&arbeitssprache={language.pk}")
    assert "Amara Beides" in page and "Bo Nur-Thema" not in page
    assert f'<option value="{topic.pk}" selected>' in page


@pytest.mark.parametrize(
    "query", ["?thema=x", "?thema=999999", "?arbeitssprache=-1", "?seite=x", "?seite=99", "?seite=-1"]
)
def test_what_is_not_on_offer_is_no_error(client, query):
    a_public(name="Amara Öffentlich")
    response = client.get(PAGE + query)
    assert response.status_code == 200
    assert "Amara Öffentlich" in response.content.decode()


def test_the_other_language_keeps_the_filter(client):
    topic = TopicFactory()
    assert f'href="/en{PAGE}?thema={topic.pk}"' in shown(client, f"?thema={topic.pk}")
    page = client.get(f"/en{PAGE}?thema={topic.pk}").content.decode()
    assert f'<option value="{topic.pk}" selected>' in page


def test_an_empty_page_says_so(client):
    assert "Zurzeit gibt es kein öffentliches Profil." in shown(client)
    a_public()
    assert "Dazu gibt es zurzeit kein öffentliches Profil." in shown(client, f"?thema={TopicFactory().pk}")


def test_long_lists_come_in_pages_that_keep_the_filter(client):
    topic = TopicFactory()
    for number in range(PER_PAGE + 1):
        advisor = a_public(name=f"Person {number:02d}")
        TopicSkill.objects.create(advisor=advisor, topic=topic)
    first, second = shown(client, f"?thema={topic.pk}"), shown(client, f"?thema={topic.pk}&seite=2")
    assert "Person 23" in first and "Person 24" not in first
    assert f"?thema={topic.pk}&amp;seite=2" in first
    assert "Person 24" in second and "Person 23" not in second


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_as_often_for_one_as_for_three(client, number, django_assert_num_queries):
    OrganisationFactory()
    for _ in range(number):
        advisor = a_public()
        TopicSkill.objects.create(advisor=advisor, topic=TopicFactory())
        LanguageSkill.objects.create(advisor=advisor, language=LanguageFactory())
        advisor.regions.add(RegionFactory())
        advisor.formats.add(FormatFactory())
    with django_assert_num_queries(11):
        client.get(PAGE)


def test_the_way_to_the_profiles_stands_where_there_are_any(client):
    assert PAGE not in client.get("/ueber-uns/").content.decode()
    advisor = a_public()
    assert PAGE in client.get("/ueber-uns/").content.decode()
    consents.withdraw(advisor, Purpose.PUBLIC)
    assert PAGE not in client.get("/ueber-uns/").content.decode()


def test_a_changed_profile_shows_at_once(client):
    advisor = a_public(about="Früher")
    values = {"topics": {}, "languages": {}, "regions": [], "formats": [], "biased_for": []}
    profiles.change(Advisor.objects.get(pk=advisor.pk), about="Heute", **values)
    page = shown(client)
    assert "Heute" in page and "Früher" not in page
