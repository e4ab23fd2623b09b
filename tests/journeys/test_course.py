"""From an invitation to what came of it: an advisor, a municipality and the desk, each in a browser of their own."""

from datetime import timedelta

import pytest
from django.utils import timezone

from advisors import follow_ups
from advisors.models import Advisor, Appointment, FollowUp, Report
from miglobe.outbox.models import Mail
from requests.models import ConsultationRequest, State
from tests.journeys.conftest import link_in
from tests.journeys.test_journeys import CLERK, PHONE, a_new_request, log_in

pytestmark = pytest.mark.django_db(transaction=True)

NURA = "nura@post.example"


def invites(kim):
    kim.goes_to("/admin/advisors/candidacy/")
    kim.follows("Jemanden einladen")
    kim.fills("Vor- und Nachname", "Nura Neuland")
    kim.fills("E-Mail-Adresse", NURA)
    kim.presses("Weiter zur Vorschau")
    kim.presses("Jemanden einladen")


def joins(nura, mailbox):
    nura.goes_to(link_in(mailbox(NURA)))
    nura.reads("Willkommen, Nura Neuland")
    nura.presses("Profil speichern und mitmachen")
    nura.reads("Bitte wählen Sie Ihren Wohnort aus der Liste.")
    nura.page.locator("#id_home[role=combobox]").fill("soes")
    nura.page.get_by_role("option", name="Soest (", exact=False).first.click()
    nura.page.get_by_label("Fairer Handel und faire Beschaffung").select_option(label="Schwerpunkt meiner Arbeit")
    nura.page.get_by_label("Deutsch", exact=True).select_option(label="verhandlungssicher (C2)")
    nura.ticks("Dialogforum")
    for box in nura.page.locator("[id^=einwilligung-] ~ * input[type=checkbox]").all():
        box.check()
    nura.presses("Profil speichern und mitmachen")
    nura.reads("Nura Neuland")


def finds_a_team(kim, case, *names):
    kim.goes_to(f"/admin/requests/consultationrequest/{case.pk}/change/")
    for name in names:
        kim.ticks(name)
    kim.presses("Ausgewählte vormerken")
    kim.follows("Angebote senden")
    kim.presses("Angebote senden")


def accepts(advisor, mail, word=""):
    advisor.goes_to(link_in(mail))
    if word:
        advisor.page.get_by_label("Möchten Sie der Koordination etwas dazu sagen?").fill(word)
    advisor.presses("Ja, ich übernehme den Einsatz")
    advisor.reads("Sie haben zugesagt")


def proposes_dates(nura):
    nura.follows("Termine vorschlagen")
    for number in (1, 2):
        day = timezone.localdate() + timedelta(days=7 * number)
        nura.fills(f"{number}. Tag", str(day))
        nura.fills(f"{number}. Beginn", "10:00")
        nura.fills(f"{number}. Ende", "12:00")
    nura.fills("Ort oder Zugang", "Rathaus Unna, Raum 3")
    nura.presses("Termine vorschlagen")
    nura.reads("steht zur Wahl")


def picks_a_date(clerk, mailbox):
    clerk.goes_to(link_in(mailbox(CLERK)))
    clerk.page.get_by_role("radio").nth(1).check()
    clerk.presses("Diesen Termin wählen")
    clerk.reads("Ihr Termin steht fest")


def writes_the_report(nura, mate):
    """One writes, while it is saved as she types, and signs; the other reads and signs."""
    nura.follows("Bericht schreiben")
    nura.fills("Was wurde verabredet?", "Ein Konzept bis zum Herbst.")
    nura.page.get_by_text("Gespeichert um").wait_for()
    assert Report.objects.get().agreed == "Ein Konzept bis zum Herbst."
    nura.fills("Ihre Tage", "2,5")
    nura.presses("Zeichnen und ans Team schicken")
    mate.page.reload()
    mate.follows("Bericht ansehen")
    mate.reads("Ein Konzept bis zum Herbst.")
    mate.page.get_by_role("textbox", name="Ihre Tage").fill("2")
    mate.presses("Bericht mitzeichnen")
    mate.reads("Der Bericht liegt der Koordination vor.")


def test_from_an_invitation_to_what_came_of_it(walk, place, two_advisors, mailbox):
    amina, _ = two_advisors
    case = a_new_request(state=State.SEARCHING, person=place, organisation=place.organisation, team_size=2)
    kim, nura, clerk, mate = walk(), walk(**PHONE), walk(), walk(color_scheme="dark")
    log_in(kim, place)
    invites(kim)
    joins(nura, mailbox)
    visitor = walk()
    visitor.goes_to("/berater-und-beraterinnen/")
    visitor.reads("Nura Neuland")

    finds_a_team(kim, case, "Nura Neuland", amina.name)
    accepts(nura, mailbox(NURA), word="Ab Mai auch vor Ort.")
    assert "Ab Mai auch vor Ort." in mailbox(place.email)
    accepts(mate, mailbox(amina.email))
    nura.page.reload()
    nura.reads(amina.name)

    proposes_dates(nura)
    picks_a_date(clerk, mailbox)
    assert all("BEGIN:VCALENDAR" in Mail.objects.filter(to=to).first().calendar for to in (CLERK, NURA, amina.email))

    weeks_later = timezone.now() - timedelta(days=1)
    Appointment.objects.update(starts_at=weeks_later, ends_at=weeks_later + timedelta(hours=2))
    nura.page.reload()
    nura.follows("Ergebnis festhalten")
    nura.fills("Wie viele haben teilgenommen?", "12")
    nura.fills("Ergebnis", "Ein Runder Tisch soll entstehen.")
    nura.presses("Ergebnis festhalten")

    kim.goes_to(f"/admin/requests/consultationrequest/{case.pk}/change/")
    kim.follows("Beratung beginnen")
    kim.fills("Ziele der Beratung", "Ein Konzept für faire Beschaffung.")
    kim.fills("Vereinbarte Tage", "4,5")
    kim.fills("Von", str(timezone.localdate()))
    kim.fills("Bis", str(timezone.localdate() + timedelta(days=120)))
    kim.presses("Weiter zur Vorschau")
    kim.presses("Beratung beginnen")
    nura.page.reload()
    nura.reads("Ein Konzept für faire Beschaffung.")

    writes_the_report(nura, mate)
    kim.page.reload()
    kim.follows("Bericht annehmen")
    kim.presses("Bericht annehmen")
    assert Report.objects.get().state == Report.State.ACCEPTED

    kim.follows("Abschließen")
    kim.page.get_by_label("Ergebnis").select_option(label="Beratung abgeschlossen")
    kim.presses("Weiter zur Vorschau")
    kim.presses("Abschließen")
    case.refresh_from_db()
    assert case.state == State.CLOSED

    clerk.goes_to(link_in(mailbox(CLERK)))
    clerk.follows("Rückmeldung geben")
    clerk.ticks("sehr zufrieden")
    clerk.presses("Rückmeldung senden")
    clerk.reads("Vielen Dank!")

    months_later = timezone.now() - timedelta(days=300)
    ConsultationRequest.objects.update(state_since=months_later)
    follow_ups.ask_due(timezone.now())
    clerk.goes_to(link_in(mailbox(CLERK)))
    clerk.ticks("das meiste")
    clerk.fills("Was haben Sie umgesetzt?", "Der Rat hat beschlossen.")
    clerk.presses("Antwort senden")
    kim.goes_to(f"/admin/requests/consultationrequest/{case.pk}/change/")
    for words in ("sehr zufrieden", "Der Rat hat beschlossen.", "Ein Runder Tisch soll entstehen."):
        kim.reads(words)
    assert FollowUp.objects.get().extent == FollowUp.Extent.MUCH
    assert Advisor.objects.filter(email=NURA).exists()
