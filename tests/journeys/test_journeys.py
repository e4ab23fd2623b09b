"""The three ways through the portal, each by its own people in a real browser."""

import pytest

from advisors import offers
from requests.models import ConsultationRequest, State, Topic
from tests.factories import PASSWORD, CaseFactory, DeclineReasonFactory
from tests.journeys.conftest import link_in

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"viewport": {"width": 360, "height": 740}}
CLERK = "petra.beispiel@unna.example"


CONCEPT = {"name": "Konzept.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
NOT_A_PICTURE = {"name": "Bild.png", "mimeType": "image/png", "buffer": b"<html>"}


def file_a_request(clerk, *, script=True):
    clerk.goes_to("/anfrage/")
    clerk.presses("Anfrage beginnen")
    clerk.presses("Weiter")
    clerk.reads("Bitte wählen Sie Ihre Kommune aus der Liste.")
    if script:
        combobox = clerk.page.locator("#id_municipality[role=combobox]")
        combobox.fill("Neustadt an der Ahr")
        clerk.presses("Weiter")
        clerk.reads("Wir finden keine Kommune „Neustadt an der Ahr“.")
        assert combobox.input_value() == "Neustadt an der Ahr"
        combobox.fill("unn")
        clerk.page.get_by_role("option", name="Unna (Große kreisangehörige Stadt").click()
    else:
        clerk.page.get_by_label("Für welche Kommune fragen Sie an?").select_option(
            label="Unna (Große kreisangehörige Stadt, Kreis Unna)"
        )
    clerk.presses("Weiter")
    clerk.ticks("Fairer Handel und faire Beschaffung")
    clerk.fills("Worum geht es Ihnen?", "Wir möchten fair beschaffen.")
    clerk.presses("Weiter")
    clerk.page.get_by_label("Dateien auswählen").set_input_files([CONCEPT, NOT_A_PICTURE])
    clerk.presses("Hochladen")
    clerk.reads("Bild.png: Diese Art von Datei nehmen wir nicht an.")
    clerk.reads("Hochgeladen: 1 von 10")
    clerk.presses("Weiter")
    clerk.ticks("Dialogforum")
    clerk.presses("Zurück")
    clerk.reads("Konzept.pdf")
    clerk.presses("Zurück")
    assert clerk.page.get_by_label("Worum geht es Ihnen?").input_value() == "Wir möchten fair beschaffen."
    clerk.presses("Weiter")
    clerk.presses("Weiter")
    assert clerk.page.get_by_label("Dialogforum").is_checked()
    clerk.presses("Weiter")
    clerk.fills("Vor- und Nachname", "Petra Beispiel")
    clerk.fills("Dienstliche E-Mail-Adresse", "petra.beispiel@")
    clerk.presses("Weiter")
    clerk.reads("Bitte prüfen Sie Ihre Angaben")
    clerk.fills("Dienstliche E-Mail-Adresse", CLERK)
    clerk.presses("Weiter")
    clerk.reads("Was mit Ihren Angaben geschieht")
    with clerk.page.expect_download() as download:
        clerk.page.get_by_role("link", name="Konzept.pdf").click()
    assert download.value.suggested_filename == "Konzept.pdf"
    clerk.page.get_by_role("link", name="ändern").nth(1).click()
    clerk.fills("Was erhoffen Sie sich", "Einen Ratsbeschluss.")
    clerk.presses("Speichern und zurück")
    clerk.reads("Einen Ratsbeschluss.")
    clerk.presses("Anfrage absenden")
    clerk.reads("Fast fertig")


@pytest.mark.parametrize("options", [{}, PHONE, {"color_scheme": "dark"}], ids=["desktop", "phone", "dark"])
def test_a_clerk_files_confirms_and_follows_a_request(walk, place, mailbox, options):
    clerk = walk(**options)
    file_a_request(clerk)
    clerk.page.go_back()  # the back button after sending
    clerk.page.reload()
    clerk.reads("Fast fertig")
    clerk.goes_to(link_in(mailbox(CLERK)))
    assert ConsultationRequest.objects.get().state == State.UNCONFIRMED
    clerk.presses("Anfrage bestätigen")
    clerk.reads("Ihre Anfrage ist bei uns")
    clerk.goes_to(link_in(mailbox(CLERK)))
    clerk.fills("Nachricht an die Koordination", "Unser Haushalt ist gesperrt.")
    clerk.presses("Nachricht senden")
    clerk.reads("Ihre Nachricht ist bei uns angekommen")
    clerk.follows("Anfrage zurückziehen")
    clerk.fills("Möchten Sie uns einen Grund nennen?", "Haushaltssperre")
    clerk.presses("Anfrage endgültig zurückziehen")
    clerk.reads("Ihre Anfrage ist zurückgezogen")


def test_the_form_works_without_scripts(chromium, live_server, place, mailbox):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    from tests.journeys.conftest import Walker

    clerk = Walker(page, live_server.url)
    clerk.looks = lambda: None  # axe is a script
    file_a_request(clerk, script=False)
    clerk.goes_to(link_in(mailbox(CLERK)))
    clerk.presses("Anfrage bestätigen")
    clerk.reads("Ihre Anfrage ist bei uns")
    context.close()


def test_the_form_works_by_keyboard(walk, place):
    clerk = walk()
    clerk.goes_to("/anfrage/")
    keyboard = clerk.page.keyboard
    clerk.page.get_by_role("button", name="Anfrage beginnen").focus()
    keyboard.press("Enter")
    clerk.page.locator("#id_municipality[role=combobox]").focus()  # once it is enhanced
    keyboard.type("Kreis Unna")
    clerk.page.get_by_role("option", name="Kreis Unna", exact=True).wait_for()
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    clerk.page.get_by_role("button", name="Weiter", exact=True).focus()
    keyboard.press("Enter")
    clerk.page.get_by_role("heading", name="Ihr Anliegen").wait_for()
    keyboard.press("Tab")
    assert clerk.page.evaluate("document.activeElement.textContent") == "Zum Inhalt springen"
    clerk.page.get_by_role("button", name="Weiter", exact=True).focus()
    keyboard.press("Enter")
    clerk.page.get_by_role("alert").wait_for()
    assert clerk.page.evaluate("document.activeElement.matches('[role=alert]')")


def log_in(person, user):
    person.goes_to("/admin/")
    person.fills("E-Mail-Adresse", user.email)
    person.fills("Passwort", PASSWORD)
    person.presses("Anmelden")


def a_new_request(**changes):
    case = CaseFactory(contact_email=CLERK, topics=list(Topic.objects.all()[:2]), **changes)
    case.municipality.name = "Unna"
    return case


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}], ids=["light", "dark"])
def test_a_coordinator_triages_and_sends_offers(walk, place, two_advisors, mailbox, options):
    case = a_new_request()
    kim = walk(**options)
    log_in(kim, place)
    kim.goes_to("/admin/requests/consultationrequest/")
    kim.follows(case.reference)
    kim.reads(case.concern)
    kim.follows("Übernehmen")
    kim.presses("Übernehmen")
    kim.follows("Rückfrage stellen")
    kim.fills("Ihre Frage an die Kommune", "Wer nimmt teil?")
    kim.presses("Weiter zur Vorschau")
    kim.reads("Wer nimmt teil?")
    kim.presses("Rückfrage stellen")
    assert "Wer nimmt teil?" in mailbox(CLERK)

    clerk = walk(**PHONE)
    clerk.goes_to(link_in(mailbox(CLERK)))
    clerk.fills("Ihre Antwort", "Alle Fachbereiche.")
    clerk.presses("Antwort senden")
    assert "Alle Fachbereiche." in mailbox(place.email)

    kim.page.reload()
    kim.reads("Alle Fachbereiche.")
    kim.follows("Nachricht schreiben")
    kim.fills("Ihre Nachricht an die Kommune", "Danke, das hilft.")
    kim.presses("Weiter zur Vorschau")
    kim.presses("Nachricht schreiben")
    kim.reads("Danke, das hilft.")
    clerk.goes_to(link_in(mailbox(CLERK)))
    clerk.reads("Danke, das hilft.")
    kim.follows("In die Teamsuche annehmen")
    kim.presses("Weiter zur Vorschau")
    kim.presses("In die Teamsuche annehmen")
    for advisor in two_advisors:
        kim.ticks(advisor.name)
    kim.presses("Ausgewählte vormerken")
    kim.follows("Angebote senden")
    kim.presses("Angebote senden")
    for advisor in two_advisors:
        assert "Möchten Sie den Einsatz übernehmen" in mailbox(advisor.email)
    kim.goes_to("/admin/advisors/advisor/")
    kim.goes_to("/admin/outbox/mail/")
    kim.goes_to("/admin/requests/consultationrequest/?state=searching")
    kim.reads(case.reference)


def test_the_desk_fits_a_phone(walk, place, two_advisors):
    case = a_new_request(state=State.SEARCHING)
    kim = walk(**PHONE)
    log_in(kim, place)
    kim.goes_to("/admin/requests/consultationrequest/")
    kim.follows(case.reference)
    kim.follows("Ablehnen")
    kim.presses("Weiter zur Vorschau")
    kim.reads("Bitte prüfen Sie Ihre Angaben")


def test_two_advisors_accept_and_everybody_knows(walk, place, two_advisors, mailbox):
    DeclineReasonFactory()
    case = a_new_request(state=State.SEARCHING, person=place, organisation=place.organisation)
    offers.propose(case, advisors=[advisor.pk for advisor in two_advisors], by=place)
    offers.send(case, by=place)
    amina, bruno = two_advisors

    first = walk(**PHONE)
    first.goes_to(link_in(mailbox(amina.email)))
    assert CLERK not in first.page.content()
    first.presses("Nein, ich sage ab")
    first.reads("Bitte wählen Sie einen Grund.")
    first.presses("Ja, ich übernehme den Einsatz")
    first.reads("Sie haben zugesagt")
    first.reads(CLERK)

    second = walk()
    second.goes_to(link_in(mailbox(bruno.email)))
    second.presses("Ja, ich übernehme den Einsatz")
    second.reads(amina.name)
    case.refresh_from_db()
    assert case.state == State.STAFFED
    assert bruno.email in mailbox(amina.email)
    assert "vollständig" in mailbox(place.email)

    clerk = walk(**PHONE)
    clerk.goes_to(link_in(mailbox(CLERK)))
    clerk.reads("Ihr Team steht fest")
    clerk.reads(amina.name)
    clerk.reads(bruno.name)


def test_dead_ends_are_accessible_and_lead_on(walk, place):
    somebody = walk(**PHONE)
    for path in ("/anfrage/stand/quatsch/", "/angebot/quatsch/", "/anfrage/keine-kommune/", "/nirgendwo/"):
        somebody.goes_to(path)
    somebody.goes_to("/anfrage/link/")
    trap = somebody.page.locator(".portal-trap").bounding_box()
    assert trap and trap["width"] <= 1 and trap["height"] <= 1, "only programs meet it"
    somebody.fills("Ihre E-Mail-Adresse", "niemand@example.org")
    somebody.presses("Link zusenden")
    somebody.reads("Bitte sehen Sie in Ihr Postfach")
    for path in ("/datenschutz/", "/impressum/", "/postausgang/"):
        somebody.goes_to(path)
