"""The case file in a browser: two people look at it, a note is written without scripts, and it is put on paper."""

import pytest
from django.conf import settings
from django.test import Client

from requests import looks, notes
from requests.models import Note, State
from tests.desk.case import page as address_of
from tests.factories import CaseFactory, CoordinatorFactory, OfferFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(place):
    return CaseFactory(state=State.SEARCHING, person=place, organisation=place.organisation)


@pytest.fixture
def at_desk(walk, live_server):
    """A browser in which this person has logged in."""

    def enter(person, **options):
        client = Client()
        client.force_login(person)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        walker = walk(**options)
        walker.page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return walker

    return enter


def test_who_has_the_case_open_is_told_when_a_colleague_opens_it_too(at_desk, place, case):
    desk = at_desk(place)
    desk.page.clock.install()
    desk.goes_to(address_of(case))
    status = desk.page.locator("[data-looking]")
    assert status.get_attribute("role") == "status"
    assert status.inner_text() == ""
    colleague = CoordinatorFactory(first_name="Aylin", last_name="Kavakli")
    looks.at(case, by=colleague)
    desk.page.clock.fast_forward(60_000)
    desk.page.get_by_text("Zurzeit auch geöffnet von Aylin Kavakli seit").wait_for()
    desk.looks()


def test_a_note_mentions_a_colleague_without_scripts_on_a_phone(at_desk, place, case):
    colleague = CoordinatorFactory(first_name="Aylin", last_name="Kavakli")
    desk = at_desk(place, java_script_enabled=False, viewport={"width": 360, "height": 740})
    desk.page.goto(desk.base + address_of(case))
    desk.page.get_by_label("Neue Notiz").fill("Bitte anrufen.")
    desk.page.get_by_text("Kolleg*innen in der Liste auswählen").click()
    desk.page.get_by_label("Aylin Kavakli").check()
    desk.page.get_by_role("button", name="Notiz speichern").click()
    desk.reads("Eine E-Mail bekommt: Aylin Kavakli.")
    assert list(Note.objects.get().mentioned.all()) == [colleague]


def test_the_contents_lead_to_the_sections_by_keyboard_and_hide_nothing(at_desk, place, case):
    desk = at_desk(place)
    desk.goes_to(address_of(case))
    entry = desk.page.get_by_role("navigation", name="In dieser Akte").get_by_role("link", name="Verlauf")
    entry.focus()
    desk.page.keyboard.press("Enter")
    heading = desk.page.locator("#verlauf")
    contents = desk.page.locator(".case-contents")
    desk.page.wait_for_function("scrollY > 0 || document.body.scrollHeight <= innerHeight")
    assert heading.bounding_box()["y"] >= contents.bounding_box()["y"] + contents.bounding_box()["height"] - 1


def test_paper_shows_everything_unfolded_and_no_buttons(at_desk, place, case):
    OfferFactory(consultation=case)
    notes.take_back(notes.write(case, text="Das war falsch.", by=place), by=place)
    desk = at_desk(place)
    desk.goes_to(address_of(case))
    folded = desk.page.get_by_text("Das war falsch.")
    assert not folded.is_visible()
    desk.page.emulate_media(media="print")
    assert folded.is_visible()
    assert desk.page.get_by_text(f"Fallakte {case.reference}").is_visible()
    for role in ("button", "textbox", "navigation"):
        assert [one.inner_text() for one in desk.page.get_by_role(role).all() if one.is_visible()] == [], role
