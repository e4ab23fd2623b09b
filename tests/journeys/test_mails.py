"""Mails at the desk in a browser: a text block, a mail held back, edited and sent, with scripts and without."""

import pytest
from django.conf import settings
from django.test import Client

from miglobe.outbox.models import Mail
from requests.models import TextBlock
from tests.desk.case import move
from tests.factories import CaseFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_desk(walk, live_server, place):
    def enter(**options):
        client = Client()
        client.force_login(place)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        walker = walk(**options)
        walker.page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return walker

    return enter


def test_a_question_with_a_text_block_is_held_edited_and_sent(at_desk, place):
    block = TextBlock.objects.create(name="Rückruf", text="Guten Tag {{ Ansprechperson }}, rufen Sie uns gern an.")
    case = CaseFactory(person=place, organisation=place.organisation, contact_name="Petra Beispiel")
    desk = at_desk()
    desk.goes_to(move(case, "ask"))
    desk.fills("Ihre Frage an die Kommune", "Vorher. ")
    desk.page.get_by_label("Textbaustein").select_option(str(block.pk))
    desk.page.get_by_role("button", name="Einfügen").click()
    field = desk.page.get_by_label("Ihre Frage an die Kommune")
    assert field.input_value() == "Vorher. Guten Tag Petra Beispiel, rufen Sie uns gern an."
    desk.presses("Weiter zur Vorschau")
    desk.ticks("E-Mail zurückhalten")
    desk.presses("Rückfrage stellen")
    desk.reads("zurückgehalten")
    desk.follows("Eine Rückfrage zu Ihrer Anfrage")
    desk.page.get_by_role("link", name="Bearbeiten", exact=True).click()
    desk.looks()
    text = desk.page.get_by_label("Text")
    text.fill(text.input_value().replace("noch eine Frage", "eine letzte Frage"))
    desk.presses("Speichern")
    desk.presses("Jetzt senden")
    desk.reads("wartet auf Versand")
    mail = Mail.objects.get(template="requests/asked")
    assert "eine letzte Frage" in mail.text
    assert [step.what for step in mail.steps.all()] == ["held", "edited", "released"]


def test_a_text_block_needs_no_script_and_fits_a_phone(at_desk, place):
    block = TextBlock.objects.create(name="Rückruf", text="Rufen Sie uns gern an.")
    case = CaseFactory(person=place, organisation=place.organisation)
    desk = at_desk(java_script_enabled=False, viewport={"width": 360, "height": 740})
    desk.page.goto(desk.base + move(case, "reply"))
    desk.fills("Ihre Nachricht an die Kommune", "Getippt.")
    desk.page.get_by_label("Textbaustein").select_option(str(block.pk))
    desk.page.get_by_role("button", name="Einfügen").click()
    typed = desk.page.get_by_label("Ihre Nachricht an die Kommune").input_value()
    assert typed == "Getippt.\n\nRufen Sie uns gern an."
    desk.page.get_by_role("button", name="Weiter zur Vorschau").click()
    desk.reads("Diese E-Mail geht hinaus")
