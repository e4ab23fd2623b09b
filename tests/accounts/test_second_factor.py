"""The second factor, the fresh confirmation, and what becomes of the secrets behind them."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import NoReverseMatch, reverse

from miglobe.accounts import encryption, second_factor
from miglobe.outbox.models import Mail
from tests.accounts.test_login import DESK, LOGIN, logs_in, words
from tests.conftest import HouseClient
from tests.factories import PASSWORD, CoordinatorFactory, UserFactory
from tests.house.test_house import COMPLETE, manage
from tests.login import SECRET, code, has_app, has_recovery_codes, remembers, signs_in

pytestmark = pytest.mark.django_db

ME = "/mein-zugang/"
ASK = "/anmelden/zweiter-faktor/"


@pytest.fixture
def required(settings):
    settings.SECOND_FACTOR = True


@pytest.fixture
def administrator(client):
    person = UserFactory(is_superuser=True)
    signs_in(client, person, "password", "mfa")
    return person


# --- The desk ---------------------------------------------------------------------------------------


def desk_addresses():
    """Every address of the desk; numbers and names stand for rows that need not be there."""
    for pattern in admin.site.get_urls():
        for inner in getattr(pattern, "url_patterns", [pattern]):
            names = inner.pattern.converters
            filled = {
                name: "1" if type(kind).__name__ in ("IntConverter", "StringConverter", "PathConverter") else None
                for name, kind in names.items()
            }
            if not inner.name or None in filled.values() or "url" in filled:
                continue
            try:
                yield reverse(f"admin:{inner.name}", kwargs=filled)
            except NoReverseMatch:
                yield reverse(f"admin:{inner.name}", args=["accounts"])


def test_every_address_of_the_desk_refuses_a_session_without_second_factor(client, required):
    signs_in(client, UserFactory(is_superuser=True), "password")
    addresses = set(desk_addresses()) - {reverse("admin:login")}
    assert len(addresses) > 80
    for address in sorted(addresses):
        for method in ("get", "post"):
            response = getattr(client, method)(address)
            assert response.status_code == 302, (method, address)
            assert response["Location"].startswith(("/admin/login/?next=", "/admin/")), (method, address)
            assert "Location" in response and not response.content, (method, address)
    assert client.get("/admin/gibt/es/nicht/").status_code == 302


def test_without_a_second_factor_the_desk_leads_to_setting_one_up(client, coordinator, required):
    logs_in(client, coordinator.email)
    page = client.get(DESK, follow=True)
    assert page.redirect_chain[-1][0] == ME
    assert "Noch ein Schritt bis zum Schreibtisch" in words(page)
    assert "Anfragen" not in words(page)


def test_one_set_up_counts_only_once_it_was_used(client, coordinator, required, django_capture_on_commit_callbacks):
    logs_in(client, coordinator.email)
    form = client.get(reverse("mfa_activate_totp")).context["form"]
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(reverse("mfa_activate_totp"), {"code": code(form.secret)}, follow=True)
    assert page.redirect_chain[-1][0] == "/mein-zugang/codes/"
    assert len(re.findall(r"<code>\d{8}</code>", page.content.decode())) == 10
    asked = client.get(DESK, follow=True)
    assert asked.redirect_chain[-1][0] == "/bestaetigen/code/?next=%2Fadmin%2F"
    assert "Mit dem Passwort" not in words(asked)
    response = client.post(asked.redirect_chain[-1][0], {"code": code(form.secret)})
    assert response["Location"] == DESK
    assert client.get(DESK).status_code == 200
    told = Mail.objects.get(to=coordinator.email).text
    assert "App für Codes wurde als zweiter Faktor eingerichtet" in told


@pytest.mark.parametrize("has_passkey", [False, True])
def test_the_first_factor_ends_the_sessions_that_began_without_one(
    client, coordinator, has_passkey, django_capture_on_commit_callbacks
):
    if has_passkey:
        Authenticator.objects.create(user=coordinator, type="webauthn", data={})
    other = HouseClient()
    for browser in (other, client):
        signs_in(browser, coordinator, "password", "mfa")
    form = client.get(reverse("mfa_activate_totp")).context["form"]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": code(form.secret)})
    assert client.get("/mein-zugang/codes/").status_code == 200
    assert (other.get("/mein-zugang/codes/").status_code == 200) == has_passkey


def test_a_confirmed_password_does_not_open_the_desk(client, coordinator, required):
    has_app(coordinator)
    signs_in(client, coordinator, "password")
    client.post("/bestaetigen/passwort/", {"password": PASSWORD})
    assert client.get(DESK).status_code == 302


def test_once_set_up_a_password_alone_is_no_login(client, coordinator):
    """Also where it is voluntary."""
    has_app(coordinator)
    assert logs_in(client, coordinator.email)["Location"] == ASK
    assert "_auth_user_id" not in client.session
    assert client.get(ME).status_code == 302
    assert "stimmt" in words(client.post(ASK, {"code": "000000"}))
    assert client.post(ASK, {"code": code()})["Location"] == DESK
    assert client.get(DESK).status_code == 200


def test_the_way_goes_on_to_where_it_was_going(client, coordinator, required):
    has_app(coordinator)
    client.post(f"{LOGIN}?next=/admin/outbox/mail/", {"login": coordinator.email, "password": PASSWORD})
    assert client.post(ASK, {"code": code()})["Location"] == "/admin/outbox/mail/"


def test_the_step_of_the_second_factor_opens_only_after_the_password(client):
    assert client.get(ASK)["Location"] == LOGIN


def test_a_code_opens_once(coordinator):
    has_app(coordinator)
    shown = code()
    for browser, opens in ((HouseClient(), True), (HouseClient(), False)):
        logs_in(browser, coordinator.email)
        response = browser.post(ASK, {"code": f"{shown[:3]} {shown[3:]}"})
        assert (response.status_code == 302) == opens
    assert "schon benutzt" in words(response) or "stimmt" in words(response)


@pytest.mark.parametrize("written", ["{}-{}", "{}.{}", " {} {} "])
def test_a_code_written_another_way_is_the_same_code(coordinator, written, monkeypatch):
    """allauth forgets a used code before our tolerance does."""
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.TOTP._mark_code_used", lambda self, code: True)
    has_app(coordinator)
    shown = code()
    for typed, opens in ((shown, True), (written.format(shown[:3], shown[3:]), False)):
        browser = HouseClient()
        logs_in(browser, coordinator.email)
        assert (browser.post(ASK, {"code": typed}).status_code == 302) == opens


@pytest.mark.parametrize(("halves", "opens"), [(-1, True), (0, True), (1, True), (-4, False), (4, False)])
def test_codes_of_a_slightly_wrong_clock_count(client, coordinator, halves, opens):
    has_app(coordinator)
    logs_in(client, coordinator.email)
    assert (client.post(ASK, {"code": code(halves=halves)}).status_code == 302) == opens


def test_a_recovery_code_opens_once(coordinator):
    has_app(coordinator)
    kept = has_recovery_codes(coordinator).generate_codes()[3]
    for opens in (True, False):
        browser = HouseClient()
        logs_in(browser, coordinator.email)
        assert (browser.post(ASK, {"code": kept}).status_code == 302) == opens
    remembers(browser, coordinator, "password")
    browser.force_login(coordinator)
    assert browser.get(ME).context["codes_left"] == 9


def test_codes_cannot_be_guessed(client, coordinator):
    has_app(coordinator)
    logs_in(client, coordinator.email)
    for _ in range(5):
        client.post(ASK, {"code": "000000"})
    assert "zu viele Fehlversuche" in words(client.post(ASK, {"code": code()}))


def test_the_last_factor_stays_where_one_is_required(client, coordinator, settings):
    app = has_app(coordinator)
    signs_in(client, coordinator, "password", "mfa")
    settings.SECOND_FACTOR = True
    remove = reverse("mfa_deactivate_totp")
    assert "Sie brauchen einen zweiten Faktor" in words(client.post(remove))
    app.type = "webauthn"
    app.data = {"name": "Rechner", "credential": {}}
    app.save()
    page = client.post(reverse("mfa_remove_webauthn", args=[app.pk]), follow=True)
    assert "Sie brauchen einen zweiten Faktor" in words(page)
    assert Authenticator.objects.filter(pk=app.pk).exists()
    settings.SECOND_FACTOR = False
    page = client.post(reverse("mfa_remove_webauthn", args=[app.pk]), follow=True)
    assert "Der Passkey ist entfernt." in words(page)
    assert not Authenticator.objects.exists()


def test_nobody_touches_the_passkey_of_another(desk):
    theirs = Authenticator.objects.create(
        user=CoordinatorFactory(), type="webauthn", data={"name": "Rechner", "credential": {}}
    )
    assert desk.post(reverse("mfa_remove_webauthn", args=[theirs.pk])).status_code == 404


def test_new_recovery_codes_replace_the_old(client, coordinator):
    has_app(coordinator)
    before = has_recovery_codes(coordinator).generate_codes()
    signs_in(client, coordinator, "password", "mfa")
    page = client.post(reverse("mfa_generate_recovery_codes"), follow=True)
    after = re.findall(r"<code>(\d{8})</code>", page.content.decode())
    assert len(after) == 10 and not set(after) & set(before)
    file = client.get(reverse("mfa_download_recovery_codes"))
    assert file["Content-Disposition"].startswith("attachment")
    assert after[0] in file.content.decode() and file["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("environment", "required"), [({}, "True"), ({"DEMO": "1"}, "False"), ({"DEMO": "1", "SECOND_FACTOR": "1"}, "True")]
)
def test_it_is_required_everywhere_but_in_the_demonstration(environment, required):
    run = manage("shell", "-v0", "-c", "print(settings.SECOND_FACTOR)", **COMPLETE | environment)
    assert run.stdout.strip() == required, run.stderr


# --- Secrets ----------------------------------------------------------------------------------------


def test_secrets_are_not_in_the_database(client, coordinator):
    logs_in(client, coordinator.email)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    codes = Authenticator.objects.get(type="recovery_codes")
    assert secret not in str(Authenticator.objects.values_list("data", flat=True))
    assert secret not in str(client.session.items())
    assert codes.wrap().generate_codes()[0] not in str(codes.data)
    assert re.search("gAAAA", str(codes.data))


def test_a_former_secret_key_still_reads_until_all_is_renewed(client, coordinator, settings):
    has_app(coordinator), has_recovery_codes(coordinator)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "ein-neuer-schluessel" * 4
    settings.SECRET_KEY_FALLBACKS = [former]
    logs_in(client, coordinator.email)
    assert client.post(ASK, {"code": code()}).status_code == 302
    second_factor.renew_encryption()
    settings.SECRET_KEY_FALLBACKS = []
    assert encryption.decrypt(Authenticator.objects.get(type="totp").data["secret"]) == SECRET
    before = list(Authenticator.objects.values_list("data", flat=True))
    second_factor.renew_encryption()
    assert list(Authenticator.objects.values_list("data", flat=True)) == before


def test_a_secret_under_a_lost_key_says_what_to_do(client, coordinator, settings):
    has_app(coordinator), has_recovery_codes(coordinator)
    settings.SECRET_KEY = "ein-neuer-schluessel" * 4
    second_factor.renew_encryption()  # leaves what it cannot read
    logs_in(client, coordinator.email)
    assert "von der Verwaltung zurücksetzen" in words(client.post(ASK, {"code": code()}))
    signs_in(client, coordinator, "password", "mfa")
    for name in ("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"):
        page = client.get(reverse(name), follow=True)
        assert page.redirect_chain == [(ME, 302)] and "von der Verwaltung zurücksetzen" in words(page)


# --- Lost -------------------------------------------------------------------------------------------


def test_an_administrator_resets_a_lost_factor(client, administrator, coordinator):
    has_app(coordinator), has_recovery_codes(coordinator)
    elsewhere = HouseClient()
    signs_in(elsewhere, coordinator, "password", "mfa")
    address = reverse("admin:accounts_user_take_factor_away", args=[coordinator.pk])
    assert "Vergewissern Sie sich" in words(client.get(address))
    assert Authenticator.objects.count() == 2
    page = client.post(address, follow=True)
    assert "Der zweite Faktor ist zurückgesetzt" in words(page)
    assert not Authenticator.objects.exists()
    assert elsewhere.get(DESK).status_code == 302
    mail = Mail.objects.get()
    assert (mail.to, mail.template) == (coordinator.email, "accounts/second_factor_taken_away")
    assert LogEntry.objects.get().change_message == "Zweiter Faktor zurückgesetzt."
    assert LogEntry.objects.get().user == administrator


def test_only_who_may_change_people_resets_their_factor(desk, client):
    administrator, other = UserFactory(is_superuser=True), CoordinatorFactory()
    has_app(administrator), has_app(other)
    for person in (administrator, other):
        for method in ("get", "post"):
            address = reverse("admin:accounts_user_take_factor_away", args=[person.pk])
            assert getattr(desk, method)(address).status_code == 403
    assert Authenticator.objects.count() == 2


# --- Fresh confirmation -----------------------------------------------------------------------------


@pytest.fixture
def guarded(coordinator):
    """A page that wants a fresh confirmation."""
    return reverse("admin:accounts_user_take_factor_away", args=[coordinator.pk])


@pytest.mark.parametrize(
    ("method", "ago", "open_"),
    [("get", 60, True), ("get", 11 * 60, False), ("post", 30 * 60, True), ("post", 61 * 60, False)],
)
def test_a_confirmation_is_fresh_for_a_while(client, guarded, method, ago, open_):
    signs_in(client, UserFactory(is_superuser=True), "password", ago=ago)
    response = getattr(client, method)(f"{guarded}?a=1&b=2")
    asked = response.get("Location", "").startswith("/bestaetigen/passwort/?next=")
    assert asked != open_


def test_confirming_leads_back_and_keeps_no_post(client, guarded):
    signs_in(client, UserFactory(is_superuser=True), "password", ago=24 * 60 * 60)
    ask = client.post(f"{guarded}?a=1", {"typed": "privat"})["Location"]
    assert "privat" not in str(client.session.items())
    assert "Passwort stimmt nicht" in words(client.post(ask, {"password": "falsch"}))
    response = client.post(ask, {"password": PASSWORD})
    assert response["Location"] == f"{guarded}?a=1"
    assert client.get(guarded).status_code == 200
    assert not Mail.objects.exists()


def test_a_code_confirms_as_well(client, guarded):
    person = UserFactory(is_superuser=True)
    has_app(person)
    signs_in(client, person, "password", "mfa", ago=24 * 60 * 60)
    ask = client.get(guarded)["Location"]
    page = client.get(ask)
    assert "Mit einem Code" in words(page)
    response = client.post(ask.replace("passwort", "code"), {"code": code()})
    assert response["Location"] == guarded
    assert client.get(guarded).status_code == 200


def test_what_guards_the_account_itself_wants_it_fresh(client, coordinator):
    has_app(coordinator), has_recovery_codes(coordinator)
    signs_in(client, coordinator, "password", "mfa", ago=24 * 60 * 60)
    for name in ("mfa_add_webauthn", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"):
        assert client.get(reverse(name))["Location"].startswith("/bestaetigen/"), name
