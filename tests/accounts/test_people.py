"""Who gets in for the first time: by a link, never by a password that somebody else typed."""

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from miglobe.accounts.models import User
from miglobe.outbox.models import Mail
from tests.accounts.test_login import DESK, NEW, logs_in, newest_link, sets_password, words
from tests.conftest import HouseClient
from tests.factories import CoordinatorFactory, OrganisationFactory, UserFactory
from tests.login import signs_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    person = UserFactory(is_superuser=True)
    signs_in(client, person, "password", "mfa")
    return person


def test_a_new_person_is_invited_and_chooses_the_password(client, administrator):
    form = {"email": "Neu@example.org", "first_name": "Neu", "last_name": "Mensch", "is_staff": "on"}
    form["organisation"] = OrganisationFactory().pk
    page = client.post(reverse("admin:accounts_user_add"), form, follow=True)
    assert "Die Einladung an neu@example.org ist unterwegs." in words(page)
    person = User.objects.get(email="neu@example.org")
    assert not person.has_usable_password() and person.is_staff
    mail = Mail.objects.get()
    assert (mail.to, mail.template) == ("neu@example.org", "accounts/invited")
    assert "Neu Mensch" in mail.text and "3 Tage" in mail.text
    guest = HouseClient()
    assert "Passwort gespeichert" in words(sets_password(guest, newest_link(person)))
    assert logs_in(guest, person.email, NEW)["Location"] == DESK


def test_an_account_without_the_desk_is_not_invited(client, administrator):
    client.post(reverse("admin:accounts_user_add"), {"email": "neu@example.org", "first_name": "", "last_name": ""})
    assert User.objects.filter(email="neu@example.org", is_staff=False).exists()
    assert not Mail.objects.exists()


def test_an_address_is_taken_whatever_its_case(client, administrator):
    page = client.post(reverse("admin:accounts_user_add"), {"email": administrator.email.upper(), "is_staff": "on"})
    assert page.status_code == 200 and "errorlist" in words(page)


def test_the_invitation_goes_out_again(client, administrator):
    person = UserFactory()
    person.set_unusable_password()
    person.save()
    address = reverse("admin:accounts_user_invite", args=[person.pk])
    assert "E-Mail mit einem Link" in words(client.get(address))
    assert not Mail.objects.exists()
    client.post(address)
    assert (Mail.objects.get().to, Mail.objects.get().template) == (person.email, "accounts/invited")
    assert address in words(client.get(reverse("admin:accounts_user_change", args=[person.pk])))


def test_who_has_a_password_gets_a_link_to_a_new_one(client, administrator):
    person = UserFactory()
    client.post(reverse("admin:accounts_user_invite", args=[person.pk]))
    assert Mail.objects.get().template == "accounts/password_forgotten"


def test_who_was_switched_off_is_not_invited(client, administrator):
    person = UserFactory(is_active=False)
    assert client.post(reverse("admin:accounts_user_invite", args=[person.pk])).status_code == 409
    assert not Mail.objects.exists()


def test_who_was_switched_off_and_on_again_has_to_log_in(client, administrator):
    person, browser = CoordinatorFactory(), HouseClient()
    logs_in(browser, person.email)
    assert browser.get(DESK).status_code == 200
    form = {name: getattr(person, name) for name in ("email", "first_name", "last_name")}
    form |= {"organisation": person.organisation_id, "is_staff": "on"}
    form["groups"] = list(person.groups.values_list("pk", flat=True))
    for state in ({}, {"is_active": "on"}):
        page = client.post(reverse("admin:accounts_user_change", args=[person.pk]), form | state)
        assert page.status_code == 302
        person.refresh_from_db()
        assert person.is_active == bool(state)
        assert browser.get(DESK).status_code == 302


def test_only_who_may_change_people_invites_them(desk):
    person = CoordinatorFactory()
    for method in ("get", "post"):
        assert getattr(desk, method)(reverse("admin:accounts_user_invite", args=[person.pk])).status_code == 403
    assert not Mail.objects.exists()


def says(*arguments):
    out = io.StringIO()
    call_command("create_administrator", *arguments, stdout=out)
    return out.getvalue()


def test_the_first_administrator_comes_by_a_command(client, settings):
    settings.SECOND_FACTOR = True
    said = says("Erste@example.org")
    person = User.objects.get()
    assert (person.email, person.is_staff, person.is_superuser) == ("erste@example.org", True, True)
    assert not person.has_usable_password()
    assert Mail.objects.get().to == "erste@example.org"
    for word in ("zweiten Faktor", "/anmelden/", "Angaben zum Portal", "Personen mit Zugang", "3 Tage"):
        assert word in said
    link = re.search(r"https?://\S+/passwort/neu/\S+", said)[0].replace(settings.BASE_URL, "")
    assert "Passwort gespeichert" in words(sets_password(client, link))
    logs_in(client, person.email, NEW)
    assert client.get(DESK, follow=True).redirect_chain[-1][0] == "/mein-zugang/"


def test_the_command_gives_a_new_link_until_there_is_a_password():
    first, second = says("erste@example.org"), says("ERSTE@example.org")
    assert "/passwort/neu/" in first and "/passwort/neu/" in second
    person = User.objects.get()
    person.set_password(NEW)
    person.save()
    with pytest.raises(CommandError, match="Passwort vergessen"):
        says("erste@example.org")


def test_the_command_gives_nobody_rights_who_is_here_already():
    person = CoordinatorFactory()
    with pytest.raises(CommandError, match="schon einen Zugang"):
        says(person.email)
    person.refresh_from_db()
    assert not person.is_superuser


def test_the_command_wants_an_address():
    with pytest.raises(CommandError, match="keine E-Mail-Adresse"):
        says("erste")
    assert not User.objects.exists()
