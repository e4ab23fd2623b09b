"""Getting in with a second factor, in a browser: an app's codes, a passkey, a recovery code."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core.management import call_command

from miglobe.accounts import people
from miglobe.accounts.models import User
from miglobe.desk import roles
from tests.factories import PASSWORD, CoordinatorFactory, OrganisationFactory
from tests.journeys.conftest import link_in
from tests.login import code

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"viewport": {"width": 360, "height": 740}}
NEW = "ein-Satz-den-niemand-errät"


@pytest.fixture
def required(settings, live_server):
    settings.SECOND_FACTOR = True
    call_command("load_data")


@pytest.fixture
def newcomer(required):
    person = User(email="kim@example.org", first_name="Kim", last_name="Neu", is_staff=True)
    person.organisation = OrganisationFactory()
    person.set_unusable_password()
    person.save()
    person.groups.add(Group.objects.get(name=roles.COORDINATION))
    return people.invite(person)


def logs_in(walker, person, password=PASSWORD):
    walker.goes_to("/admin/")
    walker.fills("E-Mail-Adresse", person.email)
    walker.fills("Passwort", password)
    walker.presses("Anmelden")


def with_authenticator(walker):
    """A device that says yes by itself: fingerprint and all."""
    devtools = walker.page.context.new_cdp_session(walker.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def answers(walker, button, address):
    """Presses the button by which the page asks the device, and sees where the answer leads."""
    walker.page.get_by_role("button", name=button).click()
    walker.page.wait_for_url(address)
    walker.looks()


def test_an_invited_person_gets_in_on_a_phone_with_an_app_and_later_with_a_recovery_code(walk, newcomer, mailbox):
    kim = walk(**PHONE)
    kim.goes_to(link_in(mailbox(newcomer.email)))
    kim.fills("Neues Passwort:", "kurz")
    kim.fills("Neues Passwort noch einmal", "kurz")
    kim.presses("Passwort speichern")
    kim.reads("zu kurz")
    kim.fills("Neues Passwort:", NEW)
    kim.fills("Neues Passwort noch einmal", NEW)
    kim.presses("Passwort speichern")
    kim.follows("Anmelden")
    logs_in(kim, newcomer, "falsch")
    kim.reads("E-Mail-Adresse oder Passwort stimmen nicht")
    logs_in(kim, newcomer, NEW)
    kim.reads("Noch ein Schritt bis zum Schreibtisch")

    kim.follows("App einrichten")
    secret = kim.page.locator(".access-secret").inner_text()
    kim.fills("Code aus der App", "000000")
    kim.presses("Einrichten")
    kim.reads("Das hat nicht gestimmt")
    assert kim.page.locator(".access-secret").inner_text() == secret
    kim.fills("Code aus der App", code(secret))
    kim.presses("Einrichten")
    kept = kim.page.locator(".access-codes code").all_inner_texts()
    assert len(kept) == 10
    kim.follows("Weiter zum Schreibtisch")
    kim.fills("Code", code(secret))
    kim.presses("Bestätigen")
    kim.follows("Anfragen")

    kim.follows("Mein Zugang")
    kim.reads("noch 10 Codes")
    kim.reads("diese Anmeldung")
    kim.follows("Codes ansehen")
    kim.presses("Abmelden")
    kim.reads("Sie sind abgemeldet")
    logs_in(kim, newcomer, NEW)
    kim.fills("Code", kept[0])
    kim.presses("Anmelden")
    kim.follows("Mein Zugang")
    kim.reads("noch 9 Codes")

    kim.follows("Passwort ändern")
    kim.fills("Bisheriges Passwort", NEW)
    kim.fills("Neues Passwort:", PASSWORD)
    kim.fills("Neues Passwort noch einmal", PASSWORD)
    kim.presses("Passwort ändern")
    kim.reads("Das neue Passwort ist gespeichert")


def test_a_passkey_opens_the_desk_and_confirms(walk, required, coordinator):
    walker = walk()
    devtools, device = with_authenticator(walker)
    logs_in(walker, coordinator)
    walker.follows("Passkey einrichten")
    walker.fills("Name des Passkeys", "Dienstrechner")
    answers(walker, "Passkey einrichten", "**/mein-zugang/codes/")
    walker.follows("Weiter zum Schreibtisch")
    answers(walker, "Passkey verwenden", "**/admin/")

    walker.presses("Abmelden")
    logs_in(walker, coordinator)
    answers(walker, "Passkey verwenden", "**/admin/")
    walker.follows("Mein Zugang")
    walker.reads("Passkey „Dienstrechner“")
    walker.follows("Entfernen")
    walker.reads("Sie brauchen einen zweiten Faktor")

    walker.follows("Passkey einrichten")
    walker.page.get_by_role("button", name="Passkey einrichten").click()
    walker.page.get_by_text("Dieses Gerät ist schon als Passkey eingerichtet.").wait_for()
    walker.looks()
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_a_cancelled_passkey_says_so(walk, required, coordinator):
    walker = walk(**PHONE)
    logs_in(walker, coordinator)
    walker.follows("Passkey einrichten")
    refuse = "() => { navigator.credentials.create = () => Promise.reject(new DOMException('', 'NotAllowedError')) }"
    walker.page.evaluate(refuse)
    walker.page.get_by_role("button", name="Passkey einrichten").click()
    walker.page.get_by_text("Das hat nicht geklappt").wait_for()
    walker.looks()


def test_without_javascript_the_app_is_enough(walk, required, coordinator):
    walker = walk(java_script_enabled=False)
    walker.looks = walker.page.wait_for_load_state  # axe needs JavaScript
    logs_in(walker, coordinator)
    walker.follows("App einrichten")
    secret = walker.page.locator(".access-secret").inner_text()
    walker.fills("Code aus der App", code(secret))
    walker.presses("Einrichten")
    walker.follows("Weiter zum Schreibtisch")
    walker.fills("Code", code(secret))
    walker.presses("Bestätigen")
    walker.follows("Anfragen")
    walker.goes_to("/mein-zugang/passkey/")
    walker.reads("Dafür braucht Ihr Browser JavaScript.")


def test_a_lost_password_and_a_lost_factor_are_replaced(walk, required, mailbox):
    person, administrator = CoordinatorFactory(), CoordinatorFactory(is_superuser=True)
    walker = walk()
    walker.goes_to("/anmelden/")
    walker.follows("Passwort vergessen?")
    walker.fills("E-Mail-Adresse", person.email)
    walker.presses("Link anfordern")
    link = link_in(mailbox(person.email))
    walker.goes_to(link)
    walker.fills("Neues Passwort:", NEW)
    walker.fills("Neues Passwort noch einmal", NEW)
    walker.presses("Passwort speichern")
    walker.goes_to(link)
    walker.reads("Dieser Link gilt nicht mehr")
    walker.follows("Zur Anmeldung")

    boss = walk(**PHONE)
    logs_in(boss, administrator)
    boss.follows("App einrichten")
    secret = boss.page.locator(".access-secret").inner_text()
    boss.fills("Code aus der App", code(secret))
    boss.presses("Einrichten")
    boss.follows("Weiter zum Schreibtisch")
    boss.fills("Code", code(secret))
    boss.presses("Bestätigen")
    boss.goes_to(f"/admin/accounts/user/{person.pk}/change/")
    boss.follows("Zweiten Faktor zurücksetzen")
    boss.reads("Vergewissern Sie sich vorher")
    boss.presses("Zweiten Faktor zurücksetzen")
    boss.reads("Der zweite Faktor ist zurückgesetzt")
    assert "wurde von der Verwaltung des Portals zurückgesetzt" in mailbox(person.email)
    boss.goes_to("/admin/accounts/user/add/")
    boss.fills("E-Mail-Adresse", "noch.jemand@example.org")
    boss.page.get_by_role("button", name="Sichern").or_(boss.page.locator("input[name=_save]")).first.click()
    boss.looks()
    boss.reads("Die Einladung an noch.jemand@example.org ist unterwegs")
