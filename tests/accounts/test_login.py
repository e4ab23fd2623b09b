"""Getting in: password, limits, and what keeps others out."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from miglobe.accounts import people
from miglobe.accounts.models import Session
from miglobe.accounts.tasks import forget_attempts
from miglobe.limits.models import Tally
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from tests.conftest import HouseClient
from tests.factories import PASSWORD, CoordinatorFactory, UserFactory
from tests.journeys.conftest import link_in
from tests.login import signs_in

pytestmark = pytest.mark.django_db

LOGIN = "/anmelden/"
DESK = "/admin/"
NEW = "ganz-anders-und-lang-9"


def logs_in(client, address, password=PASSWORD):
    return client.post(LOGIN, {"login": address, "password": password})


def words(response):
    """What a page says, without what differs at every look."""
    return re.sub(r'value="[^"]*"', "", response.content.decode())


# --- In ---------------------------------------------------------------------------------------------


def test_a_coordinator_logs_in_with_the_mail_address_in_any_case(client, coordinator):
    response = logs_in(client, coordinator.email.upper())
    assert response["Location"] == DESK
    assert client.get(DESK).status_code == 200


def test_a_login_lasts_twelve_hours_whatever_happens_in_it(client, coordinator):
    logs_in(client, coordinator.email)
    assert settings.SESSION_COOKIE_AGE == 12 * 60 * 60
    assert 11.9 * 60 * 60 < client.session.get_expiry_age() <= 12 * 60 * 60
    session = client.session
    session["something"] = "new"
    ends = session.get_expiry_date()
    session.save()
    (saved,) = Session.objects.filter(user=coordinator)
    assert saved.expire_date == ends == client.session.get_expiry_date()
    Session.objects.update(expire_date=timezone.now())
    assert client.get(DESK).status_code == 302


def test_an_address_stored_in_capitals_is_one_and_the_same():
    person = CoordinatorFactory(email="Kim.Muster@Example.org")
    person.refresh_from_db()
    assert person.email == "kim.muster@example.org"


def test_the_desk_leads_to_the_login_and_the_login_back(client, coordinator):
    first = client.get("/admin/requests/consultationrequest/?state=new", follow=True)
    address, _ = first.redirect_chain[-1]
    assert address.startswith(LOGIN)
    page = first.content.decode()
    wanted = re.search(r'name="next" value="([^"]+)"', page)[1].replace("&amp;", "&")
    response = client.post(LOGIN, {"login": coordinator.email, "password": PASSWORD, "next": wanted})
    assert response["Location"] == "/admin/requests/consultationrequest/?state=new"


@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example",
        "https://evil.example/",
        "https:evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http://testserver/admin/",
        "///evil.example",
        " //evil.example",
    ],
)
def test_the_login_leads_nowhere_else(client, coordinator, evil):
    response = client.post(LOGIN, {"login": coordinator.email, "password": PASSWORD, "next": evil})
    assert response["Location"] == DESK
    assert client.get(LOGIN, {"next": evil})["Location"] == DESK
    assert client.get(reverse("admin:login"), {"next": evil})["Location"] == DESK
    assert HouseClient().get(reverse("admin:login"), {"next": evil})["Location"] == f"{LOGIN}?next=/admin/"


def test_who_has_no_business_at_the_desk_is_told_and_can_leave(client):
    person = UserFactory(is_staff=False)
    logs_in(client, person.email)
    response = client.get(DESK, follow=True)
    assert response.status_code == 403
    assert "öffnet den Schreibtisch nicht" in response.content.decode()
    client.post("/abmelden/")
    assert "_auth_user_id" not in client.session


def test_signup_and_addresses_of_ones_own_do_not_exist():
    for name in ("account_signup", "account_email", "account_confirm_email", "mfa_login_webauthn", "mfa_trust"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, coordinator):
    known = logs_in(client, coordinator.email, "falsch")
    unknown = logs_in(HouseClient(), "niemand@example.org", "falsch")
    off = logs_in(HouseClient(), UserFactory(is_active=False).email, "falsch")
    assert words(known) == words(unknown) == words(off)
    assert "E-Mail-Adresse oder Passwort stimmen nicht" in words(known)


def test_who_was_switched_off_is_told_after_the_right_password(client):
    person = CoordinatorFactory(is_active=False)
    response = logs_in(client, person.email)
    assert response["Location"] == reverse("account_inactive")
    assert client.get(DESK).status_code == 302


def test_who_is_switched_off_is_out_at_once(client, coordinator):
    logs_in(client, coordinator.email)
    coordinator.is_active = False
    coordinator.save()
    assert client.get(DESK).status_code == 302


# --- Limits -----------------------------------------------------------------------------------------


def test_after_five_wrong_passwords_the_right_one_waits_too(client, coordinator):
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")
    for _ in range(5):
        assert "stimmen nicht" in words(logs_in(HouseClient(), coordinator.email, "falsch"))
    assert "zu viele Fehlversuche" in words(logs_in(client, coordinator.email))
    assert "_auth_user_id" not in client.session
    other = CoordinatorFactory()
    assert logs_in(client, other.email).status_code == 302


def test_unknown_addresses_are_limited_alike(client):
    for _ in range(5):
        logs_in(client, "niemand@example.org", "falsch")
    assert "zu viele Fehlversuche" in words(logs_in(client, "niemand@example.org", "falsch"))


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_when_many_try_at_once(coordinator):
    """Each thread has a connection of its own, as each worker process has."""

    def guess(_):
        try:
            page = logs_in(Client(), coordinator.email, "falsch").content.decode()
        finally:
            connections.close_all()
        return "stimmen nicht" in page

    with ThreadPoolExecutor(8) as pool:
        guesses = list(pool.map(guess, range(16)))
    assert sum(guesses) <= 5


def test_one_network_address_cannot_try_for_ever(client):
    statuses = [logs_in(client, f"person{n}@example.org", "falsch").status_code for n in range(61)]
    assert statuses[:60] == [200] * 60
    assert statuses[60] == 429


def test_who_tried_is_forgotten_at_night(client):
    logs_in(client, "niemand@example.org", "falsch")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cache SET expires = now() - interval '1 second'")
        forget_attempts(timestamp=0)
        cursor.execute("SELECT count(*) FROM cache")
        assert cursor.fetchone() == (0,)


def test_forms_are_guarded_against_other_sites(coordinator):
    browser = Client(enforce_csrf_checks=True)
    assert logs_in(browser, coordinator.email).status_code == 403
    assert browser.post(reverse("account_reset_password"), {"email": coordinator.email}).status_code == 403


def test_no_log_names_who_logs_in(client, coordinator, caplog):
    with caplog.at_level("DEBUG"):
        logs_in(client, coordinator.email, "falsch")
        client.post(reverse("account_reset_password"), {"email": coordinator.email})
        logs_in(client, coordinator.email)
    assert coordinator.email not in caplog.text
    assert PASSWORD not in caplog.text


# --- Another password -------------------------------------------------------------------------------


def asks_for_link(client, address):
    return client.post(reverse("account_reset_password"), {"email": address}, follow=True)


def newest_link(person):
    mail = Mail.objects.filter(to=person.email).first()
    return link_in(outbox.as_text(mail, outbox.addresses(mail))).replace(settings.BASE_URL, "")


def sets_password(client, link, password=NEW):
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0] if form.redirect_chain else link
    return client.post(address, {"password1": password, "password2": password}, follow=True)


def test_a_forgotten_password_is_replaced_by_a_link_in_a_mail(client, coordinator):
    elsewhere = HouseClient()
    logs_in(elsewhere, coordinator.email)
    assert "sehen Sie in Ihr Postfach" in words(asks_for_link(client, coordinator.email.upper()))
    mail = Mail.objects.get()
    link = newest_link(coordinator)
    assert "http" not in mail.text and coordinator.email not in link
    assert "Passwort gespeichert" in words(sets_password(client, link))
    assert elsewhere.get(DESK).status_code == 302
    assert logs_in(HouseClient(), coordinator.email).status_code == 200
    assert logs_in(HouseClient(), coordinator.email, NEW).status_code == 302
    assert "gilt nicht mehr" in words(HouseClient().get(link, follow=True))
    changed = Mail.objects.filter(template="accounts/access_changed").get()
    assert "neues Passwort festgelegt" in changed.text


def test_setting_a_password_does_not_log_in(client, coordinator):
    asks_for_link(client, coordinator.email)
    sets_password(client, newest_link(coordinator))
    assert "_auth_user_id" not in client.session


def test_an_unknown_address_gets_the_same_page_and_no_mail(client, coordinator):
    known, unknown = asks_for_link(client, coordinator.email), asks_for_link(client, "niemand@example.org")
    assert words(known) == words(unknown)
    assert known.redirect_chain == unknown.redirect_chain
    off = CoordinatorFactory(is_active=False)
    asks_for_link(client, off.email)
    assert [mail.to for mail in Mail.objects.all()] == [coordinator.email]


def test_an_unknown_address_takes_as_long(client, coordinator):
    """As much is asked of the database, and what was done for nobody is undone."""
    asked = []
    for address in ("niemand@example.org", coordinator.email, "keiner@example.org"):
        with CaptureQueriesContext(connection) as queries:
            HouseClient().post(reverse("account_reset_password"), {"email": address})
        asked.append([word for query in queries for word in ("outbox_mail", "defer_jobs") if word in query["sql"]])
    assert asked[0] == asked[1] == asked[2]
    assert {*asked[0]} == {"outbox_mail", "defer_jobs"}
    assert [mail.to for mail in Mail.objects.all()] == [coordinator.email]


def test_nobody_fills_a_mailbox_with_links(client, coordinator):
    statuses = [asks_for_link(client, coordinator.email).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    Mail.objects.all().delete()
    Tally.objects.all().delete()
    for _ in range(people.RESETS_A_DAY + 2):
        people.forgot_password(coordinator)
    assert Mail.objects.count() == people.RESETS_A_DAY


def test_a_link_dies_when_the_address_changes(client, coordinator):
    asks_for_link(client, coordinator.email)
    link, mail = newest_link(coordinator), Mail.objects.get()
    coordinator.email = "neu@example.org"
    coordinator.save()
    assert "gilt nicht mehr" in words(client.get(link, follow=True))
    with pytest.raises(type(coordinator).DoesNotExist.__mro__[1]):
        outbox.addresses(mail)  # a mail that is sent late brings no link either


def test_a_mangled_link_leads_to_a_new_one(client):
    page = client.get("/passwort/neu/zz-quatsch/")
    assert page.status_code == 200
    assert "Neuen Link anfordern" in words(page)
    assert page["Cache-Control"] == "no-store, private"
    assert page["Referrer-Policy"] == "strict-origin"


@pytest.mark.parametrize("weak", ["kurz", "password1234", "Muster12345678"])
def test_a_weak_password_is_refused_in_german(client, weak):
    person = CoordinatorFactory(last_name="Muster12345678", email="m@example.org")
    asks_for_link(client, person.email)
    assert "errorlist" in words(sets_password(client, newest_link(person), weak))
    assert logs_in(HouseClient(), person.email, weak).status_code == 200


def test_a_changed_password_ends_the_other_sessions_and_is_mailed(client, coordinator):
    other = HouseClient()
    for browser in (client, other):
        logs_in(browser, coordinator.email)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert "bisherige Passwort stimmt nicht" in words(
        client.post(reverse("account_change_password"), form | {"oldpassword": "falsch"})
    )
    page = client.post(reverse("account_change_password"), form, follow=True)
    assert "Das neue Passwort ist gespeichert." in words(page)
    assert client.get(DESK).status_code == 200
    assert other.get(DESK).status_code == 302
    assert "Das Passwort wurde geändert." in Mail.objects.get().text


# --- Sessions ---------------------------------------------------------------------------------------


def test_people_see_and_end_their_own_sessions(client, coordinator):
    phone = HouseClient(headers={"user-agent": "Mozilla/5.0 (Android 15) Firefox/140.0"})
    third = HouseClient()
    for browser in (client, phone, third):
        logs_in(browser, coordinator.email)
    page = client.get(reverse("mfa_index"))
    assert "Firefox auf Android" in words(page)
    assert client.session.session_key not in page.content.decode()
    (on_phone,) = [s for s in page.context["sessions"] if s["browser"] == "Firefox auf Android"]
    client.post(reverse("end_session"), {"session": on_phone["handle"]})
    assert phone.get(DESK).status_code == 302
    assert third.get(DESK).status_code == 200
    client.post(reverse("end_session"), {"session": "others"})
    assert third.get(DESK).status_code == 302
    assert client.get(DESK).status_code == 200


def test_nobody_ends_the_session_of_another(client, coordinator):
    other = HouseClient()
    logs_in(other, CoordinatorFactory().email)
    (theirs,) = other.get(reverse("mfa_index")).context["sessions"]
    logs_in(client, coordinator.email)
    client.post(reverse("end_session"), {"session": theirs["handle"]})
    client.post(reverse("end_session"), {"session": "others"})
    assert other.get(DESK).status_code == 200
    assert client.get(reverse("end_session")).status_code == 405


@pytest.mark.parametrize("more", [0, 3])
def test_ones_own_page_asks_the_same_however_many_sessions(desk, coordinator, more, django_assert_num_queries):
    for _ in range(more):
        signs_in(HouseClient(), coordinator, "password")
    desk.get(reverse("mfa_index"))
    with django_assert_num_queries(8):
        desk.get(reverse("mfa_index"))


# --- A stranger locks nobody out ---------------------------------------------------------------------


def test_wrong_passwords_elsewhere_do_not_lock_out_a_known_browser(client, coordinator):
    at_home = HouseClient()
    assert logs_in(at_home, coordinator.email).status_code == 302
    at_home.post(reverse("account_logout"))
    for _ in range(6):
        locked = logs_in(client, coordinator.email, "falsch")
    assert "zu viele Fehlversuche" in words(locked)
    assert logs_in(at_home, coordinator.email.upper()).status_code == 302


def test_a_known_browser_has_no_more_tries_than_any_other(client, coordinator):
    logs_in(client, coordinator.email)
    client.post(reverse("account_logout"))
    pages = [words(logs_in(client, coordinator.email, "falsch")) for _ in range(6)]
    assert ["zu viele" in page for page in pages] == [False] * 5 + [True]


def test_a_browser_is_known_to_one_person_and_only_by_our_word(client, coordinator):
    other = CoordinatorFactory()
    logs_in(client, other.email)
    client.post(reverse("account_logout"))
    for cookie in (client.cookies["browser"].value, "gefunden", "a.b.c"):
        stranger = HouseClient()
        stranger.cookies["browser"] = cookie
        pages = [words(logs_in(stranger, coordinator.email, "falsch")) for _ in range(6)]
        assert "zu viele" in pages[-1]
    assert "zu viele" in words(logs_in(HouseClient(), coordinator.email))


def test_only_a_whole_login_makes_a_browser_known(client, coordinator):
    logs_in(client, coordinator.email, "falsch")
    assert "browser" not in client.cookies


@pytest.mark.parametrize("told", ["", "x", "203.0.113.9", "<script>", "1" * 400])
def test_whatever_a_header_says_of_where_somebody_comes_from_the_login_answers(client, settings, told):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    page = client.post(LOGIN, {"login": "niemand@example.org", "password": "falsch"}, headers={"X-Forwarded-For": told})
    assert page.status_code == 200
