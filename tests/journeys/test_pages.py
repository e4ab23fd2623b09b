"""The public texts and reported barriers, in a browser without JavaScript."""

import pytest
from django.core.management import call_command

from miglobe.pages.models import AccessibilityReport, Page
from tests.factories import PASSWORD, CoordinatorFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_the_desk(walk):
    call_command("load_data")
    coordinator = CoordinatorFactory()
    walker = walk()
    walker.goes_to("/admin/")
    walker.fills("E-Mail-Adresse", coordinator.email)
    walker.fills("Passwort", PASSWORD)
    walker.presses("Anmelden")
    return walker


def test_a_text_is_looked_at_before_it_is_saved_and_comes_back_from_an_old_version(at_the_desk):
    desk = at_the_desk
    desk.goes_to("/admin/pages/page/")
    desk.follows("Fragen und Antworten (Deutsch)")
    desk.fills("Überschrift", "Ganz neue Fragen")
    with desk.page.expect_popup() as opened:
        desk.page.get_by_role("button", name="Vorschau").click()
    assert opened.value.locator("h1").inner_text() == "Ganz neue Fragen"
    opened.value.close()
    assert not Page.objects.filter(title="Ganz neue Fragen").exists()

    desk.presses("Speichern und weiterarbeiten")
    assert Page.objects.filter(title="Ganz neue Fragen").exists()
    desk.page.locator("#fassungen + ol a").last.click()
    desk.looks()
    desk.presses("Diese Fassung wiederherstellen")
    desk.reads("Die Fassung ist wiederhergestellt")
    assert not Page.objects.filter(title="Ganz neue Fragen").exists()


def test_a_barrier_is_reported_on_a_phone_and_answered_at_the_desk(walk, at_the_desk, mailbox):
    phone = walk(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    phone.looks = phone.page.wait_for_load_state  # axe needs JavaScript
    phone.goes_to("/ablauf/")
    phone.follows("Barriere melden")
    assert phone.page.get_by_label("Auf welcher Seite?").input_value() == "/ablauf/"
    phone.fills("Welche Barriere", "Das Bild hat keinen Text.")
    phone.page.get_by_role("link", name="English").or_(phone.page.get_by_role("button", name="English")).click()
    assert phone.page.locator("textarea").input_value() == "Das Bild hat keinen Text."
    phone.page.go_back()
    phone.fills("Welche Barriere", "Das Bild hat keinen Text.")
    phone.fills("Ihre E-Mail-Adresse", "ida@example.org")
    phone.presses("Meldung absenden")
    report = AccessibilityReport.objects.get()
    phone.reads(report.reference)

    at_the_desk.goes_to("/admin/")
    at_the_desk.follows("Gemeldete Barrieren")
    at_the_desk.follows(report.reference)
    at_the_desk.reads("Das Bild hat keinen Text.")
    at_the_desk.fills("Antwort:", "Jetzt hat es einen.")
    at_the_desk.presses("Antwort senden")
    assert "Jetzt hat es einen." in mailbox("ida@example.org")
