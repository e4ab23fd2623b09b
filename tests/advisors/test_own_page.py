"""The advisor's own pages behind the personal link."""

from datetime import timedelta

import pytest
from django.utils import timezone

from advisors import links, pauses
from advisors.models import Advisor, LanguageSkill, Offer, Pause, Purpose, TopicSkill
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests.models import State
from tests.advisors.test_profile import typed
from tests.factories import (
    AdvisorFactory,
    AppointmentFactory,
    CaseFactory,
    LanguageFactory,
    OfferFactory,
    ReportFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

PAGES = ("", "profil/", "pausen/", "wuensche/", "daten/")
IN_THE_POOL = ("profil/", "pausen/", "wuensche/")


def url(advisor, page=""):
    return f"/mein-bereich/{links.token_of(advisor)}/{page}"


def day(number):
    return timezone.localdate() + timedelta(days=number)


def snapshot():
    models = (Advisor, TopicSkill, LanguageSkill, Pause, Offer, Mail, Advisor.only_topics.through)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


@pytest.fixture
def advisor():
    return AdvisorFactory(name="Amara Muster")


# --- Every page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("page", PAGES)
def test_opening_a_page_changes_nothing_and_is_kept_nowhere(client, advisor, page, method):
    OfferFactory(advisor=advisor)
    Pause.objects.create(advisor=advisor, starts_on=day(3))
    before = snapshot()
    for _ in range(2):
        response = getattr(client, method)(url(advisor, page))
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]
    assert snapshot() == before


@pytest.mark.parametrize("page", PAGES)
def test_no_other_link_opens_a_page(client, advisor, page):
    offer = OfferFactory(advisor=advisor)
    other = AdvisorFactory()
    key = links.token_of(advisor).partition(".")[0]
    foreign = key + "." + links.token_of(other).partition(".")[2]
    for token in ("kein-link", foreign, links.token(offer)):
        response = client.get(f"/mein-bereich/{token}/{page}")
        assert response.status_code == 404
        assert "Amara" not in response.content.decode()
        assert client.post(f"/mein-bereich/{token}/{page}", {"wants_fewer": "on"}).status_code in (404, 405)
    address = url(advisor, page)
    Advisor.objects.filter(pk=advisor.pk).update(email="neu@example.com")
    assert client.get(address).status_code == 404
    assert not Advisor.objects.get(pk=advisor.pk).wants_fewer


@pytest.mark.parametrize("page", IN_THE_POOL)
def test_who_has_left_is_told_and_changes_nothing(client, page):
    advisor = AdvisorFactory(active=False, left_at=timezone.now())
    before = snapshot()
    for method in (client.get, client.post):
        address = url(advisor)
        response = method(address + page, {"wants_fewer": "on", "starts_on": str(day(1))})
        assert (response.status_code, response.url) == (302, address)
    assert snapshot() == before
    shown = client.get(url(advisor)).content.decode()
    assert "Sie haben den Pool verlassen" in shown
    assert "Profil</a>" not in shown
    assert client.get(url(advisor, "daten/")).status_code == 200


def test_navigating_keeps_the_link_that_the_person_came_with(client, advisor):
    address = url(advisor)
    page = client.get(address).content.decode()
    for part in PAGES[:5]:
        assert f'href="{address}{part}"' in page


# --- The overview ----------------------------------------------------------------------------------


def test_the_overview_says_what_waits_what_runs_and_what_was(client, advisor):
    waiting = OfferFactory(advisor=advisor)
    running = OfferFactory(advisor=advisor, state="accepted", consultation=CaseFactory(state=State.RUNNING))
    meeting = AppointmentFactory(consultation=running.consultation, place="Rathaus, Raum 7")
    gone = AppointmentFactory(consultation=running.consultation, place="Abgesagter Ort", state="cancelled")
    foreign = AppointmentFactory(place="Fremder Ort")
    declined = OfferFactory(advisor=advisor, state="declined")
    unsent = OfferFactory(advisor=advisor, state="proposed")
    page = client.get(url(advisor)).content.decode()
    for offer in (waiting, running, declined):
        assert offer.consultation.municipality.label in page
    assert f"Möchten Sie {waiting.consultation.municipality.label} beraten?" in page
    assert f"{declined.consultation.reference}, abgesagt" in page
    assert meeting.place in page
    assert gone.place not in page and foreign.place not in page
    assert unsent.consultation.municipality.label not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"active": False}, "Die Koordination hat Ihr Profil ruhend gestellt"),
        ({"consents": []}, "Dafür fehlt Ihre Einwilligung in die Vermittlung"),
    ],
)
def test_the_overview_says_why_nobody_asks(client, changes, words):
    assert words in client.get(url(AdvisorFactory(**changes))).content.decode()


def test_the_overview_says_that_there_is_a_pause(client, advisor):
    Pause.objects.create(advisor=advisor, starts_on=day(-1), ends_on=day(0))
    page = client.get(url(advisor)).content.decode()
    assert "Sie machen gerade Pause" in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_overview_asks_as_often_for_one_as_for_three(client, advisor, number, django_assert_num_queries):
    for _ in range(number):
        OfferFactory(advisor=advisor)
        OfferFactory(advisor=advisor, state="declined")
        running = OfferFactory(advisor=advisor, state="accepted", consultation=CaseFactory(state=State.RUNNING))
        AppointmentFactory(consultation=running.consultation)
        LanguageSkill.objects.create(advisor=advisor, language=LanguageFactory())
        advisor.only_topics.add(TopicFactory())
        ended = OfferFactory(advisor=advisor, state="accepted", consultation=CaseFactory(state=State.CLOSED))
        ReportFactory(consultation=ended.consultation, state="sent")
    with django_assert_num_queries(17):
        client.get(url(advisor))


# --- The profile -----------------------------------------------------------------------------------


def test_the_profile_is_kept(client, advisor):
    response = client.post(url(advisor, "profil/"), typed(name="Amara Neu", about="Ich berate gern."), follow=True)
    page = response.content.decode()
    assert "Ihr Profil ist gespeichert." in page
    advisor.refresh_from_db()
    assert (advisor.name, advisor.about) == ("Amara Neu", "Ich berate gern.")


def test_what_was_typed_stays_when_something_is_wrong(client, advisor):
    response = client.post(url(advisor, "profil/"), typed(name="", about="Lange getippt", travel_km="weit"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "Lange getippt" in page and 'value="weit"' in page
    assert '<option value="3" selected>' in page
    assert Advisor.objects.get(pk=advisor.pk).about == ""


def test_the_preview_shows_what_is_kept_and_nothing_private(client, advisor):
    advisor.about = "Ich kenne Partnerschaften."
    advisor.save()
    TopicSkill.objects.create(advisor=advisor, topic=TopicFactory(name="Fairer Handel"), level=3)
    page = client.get(url(advisor, "profil/")).content.decode()
    preview = page[page.index('id="vorschau"') :]
    assert "So sähe Ihr öffentliches Profil aus" in preview
    assert "Ich kenne Partnerschaften." in preview and "Fairer Handel" in preview
    assert advisor.home.name not in preview and advisor.email not in preview


# --- Pauses ----------------------------------------------------------------------------------------


def test_a_pause_is_added_and_shown(client, advisor):
    sent = {"starts_on": str(day(2)), "ends_on": str(day(5))}
    page = client.post(url(advisor, "pausen/"), sent, follow=True).content.decode()
    assert "Ihre Pause ist eingetragen" in page
    assert list(advisor.pauses.values_list("starts_on", "ends_on")) == [(day(2), day(5))]


@pytest.mark.parametrize(
    ("begins", "ends"), [(5, 9), (1, 2), (2, 5), (3, 4), (1, None), (5, None), (1, 9)], ids=lambda value: str(value)
)
def test_overlapping_pauses_are_refused_with_a_sentence(client, advisor, begins, ends):
    Pause.objects.create(advisor=advisor, starts_on=day(2), ends_on=day(5))
    sent = {"starts_on": str(day(begins)), "ends_on": "" if ends is None else str(day(ends))}
    response = client.post(url(advisor, "pausen/"), sent)
    assert response.status_code == 422
    assert "In dieser Zeit machen Sie schon Pause" in response.content.decode()
    assert advisor.pauses.count() == 1


def test_pauses_that_follow_each_other_and_those_of_others_are_fine(advisor):
    Pause.objects.create(advisor=AdvisorFactory(), starts_on=day(0))
    pauses.add(advisor, starts_on=day(2), ends_on=day(5))
    pauses.add(advisor, starts_on=day(6), ends_on=day(6))
    pauses.add(advisor, starts_on=day(7))
    with pytest.raises(Refused, match="bis auf Weiteres"):
        pauses.add(advisor, starts_on=day(900))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"starts_on": ""}, "Bitte geben Sie an, ab wann Sie Pause machen."),
        ({"starts_on": "bald"}, "Bitte geben Sie ein Datum ein"),
        ({"starts_on": "2001-01-01"}, "Dieses Datum liegt in der Vergangenheit."),
        ({"starts_on": "9999-01-01"}, "in den nächsten zehn Jahren"),
        ({"starts_on": str(day(3)), "ends_on": str(day(2))}, "Der letzte Tag liegt vor dem ersten."),
    ],
)
def test_what_is_no_pause_is_said_and_stays_typed(client, advisor, sent, words):
    for page in ("pausen/", "wuensche/"):
        if page == "wuensche/" and sent["starts_on"] == "":
            continue
        response = client.post(url(advisor, page), sent)
        assert response.status_code == 422
        shown = response.content.decode()
        assert words in shown
        assert all(f'value="{value}"' in shown for value in sent.values() if value)
    assert not advisor.pauses.exists()


def test_a_pause_ends_now_or_is_taken_back_and_twice_hurts_nobody(client, advisor):
    running = Pause.objects.create(advisor=advisor, starts_on=day(-5))
    coming = Pause.objects.create(advisor=advisor, starts_on=day(20), ends_on=day(21))
    foreign = Pause.objects.create(advisor=AdvisorFactory(), starts_on=day(-5))
    for _ in range(2):
        client.post(url(advisor, "pausen/"), {"pause": running.pk, "beenden": "1"})
        client.post(url(advisor, "pausen/"), {"pause": coming.pk, "streichen": "1"})
        client.post(url(advisor, "pausen/"), {"pause": foreign.pk, "beenden": "1"})
        client.post(url(advisor, "pausen/"), {"pause": "x", "beenden": "1"})
    assert list(advisor.pauses.values_list("starts_on", "ends_on")) == [(day(-5), day(-1))]
    foreign.refresh_from_db()
    assert foreign.ends_on is None


def test_a_pause_of_today_leaves_no_trace_when_it_ends(advisor):
    pause = pauses.add(advisor, starts_on=day(0))
    pauses.end(advisor, pause.pk)
    assert not advisor.pauses.exists()


def test_a_running_pause_cannot_be_taken_back(advisor):
    pause = Pause.objects.create(advisor=advisor, starts_on=day(-5))
    pauses.remove(advisor, pause.pk)
    assert advisor.pauses.get() == pause


# --- Wishes ----------------------------------------------------------------------------------------


def test_wishes_are_kept_together(client, advisor):
    topic = TopicFactory()
    sent = {"wants_fewer": "on", "only_topics": [topic.pk], "starts_on": str(day(1)), "ends_on": ""}
    page = client.post(url(advisor, "wuensche/"), sent, follow=True).content.decode()
    assert "Ihre Wünsche sind gespeichert." in page
    advisor.refresh_from_db()
    assert advisor.wants_fewer and list(advisor.only_topics.all()) == [topic]
    assert list(advisor.pauses.values_list("starts_on", "ends_on")) == [(day(1), None)]
    client.post(url(advisor, "wuensche/"), {})
    advisor.refresh_from_db()
    assert not advisor.wants_fewer and not advisor.only_topics.exists()


def test_a_refused_pause_leaves_the_other_wishes_as_they_were(client, advisor):
    pauses.add(advisor, starts_on=day(0))
    response = client.post(url(advisor, "wuensche/"), {"wants_fewer": "on", "starts_on": str(day(3))})
    assert response.status_code == 422
    assert "checked" in response.content.decode()
    advisor.refresh_from_db()
    assert not advisor.wants_fewer


def test_an_end_without_a_beginning_is_asked_for(client, advisor):
    response = client.post(url(advisor, "wuensche/"), {"ends_on": str(day(3))})
    assert response.status_code == 422
    assert "Bitte geben Sie an, ab wann Sie Pause machen." in response.content.decode()


def test_a_switched_off_topic_stays_a_wish(client, advisor):
    old, never = TopicFactory(active=False), TopicFactory(active=False)
    advisor.only_topics.add(old)
    client.post(url(advisor, "wuensche/"), {"only_topics": [old.pk]})
    assert list(advisor.only_topics.all()) == [old]
    assert client.post(url(advisor, "wuensche/"), {"only_topics": [never.pk]}).status_code == 422


@pytest.mark.parametrize("page", IN_THE_POOL)
def test_the_other_language_keeps_what_was_typed_and_saves_nothing(client, advisor, page):
    sent = {"sprache": "en", "starts_on": "bald", "wants_fewer": "on", "about": "Lange getippt"}
    before = snapshot()
    response = client.post(f"/en{url(advisor, page)}", sent)
    shown = response.content.decode()
    assert response.status_code == 200
    assert ("Lange getippt" if page == "profil/" else 'value="bald"') in shown
    assert snapshot() == before


# --- The way back ----------------------------------------------------------------------------------


def test_a_lost_link_is_mailed_without_any_offer(client, advisor):
    client.post("/angebot/link/", {"email": advisor.email.upper()})
    (mail,) = Mail.objects.all()
    assert (mail.to, mail.template) == (advisor.email, "advisors/own_page_again")
    assert mail.links["link"] == [links.OWN_PAGE, str(advisor.key)]
    client.post("/angebot/link/", {"email": advisor.email})
    assert Mail.objects.count() == 1  # at most once in ten minutes


def test_who_has_left_gets_the_link_too_and_strangers_nothing(client):
    AdvisorFactory(email="weg@example.com", active=False, left_at=timezone.now())
    for address in ("weg@example.com", "fremd@example.com"):
        response = client.post("/angebot/link/", {"email": address})
        assert response.status_code == 302
    assert [mail.to for mail in Mail.objects.all()] == ["weg@example.com"]


def test_offers_and_the_own_page_are_mailed_apart(client, advisor):
    OfferFactory(advisor=advisor, by=UserFactory())
    client.post("/angebot/link/", {"email": advisor.email})
    assert set(Mail.objects.values_list("template", flat=True)) == {"advisors/link_again", "advisors/own_page_again"}


def test_consents_show_at_a_glance(client):
    page = client.get(url(AdvisorFactory(consents=[Purpose.MATCHING]))).content.decode()
    assert page.count("<dd>erteilt</dd>") == 1 and page.count("<dd>nicht erteilt</dd>") == 2
