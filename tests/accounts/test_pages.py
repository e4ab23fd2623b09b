"""Every page of getting in, also those that tests/pages_walk.py cannot reach: what they say, and how it is written."""

import re

import pytest
from django.urls import reverse

from tests.accounts.test_login import asks_for_link, logs_in, newest_link
from tests.conftest import HouseClient
from tests.factories import UserFactory
from tests.house.test_html import check
from tests.login import has_app, has_recovery_codes, signs_in
from tests.test_desk_german import Reader, english_in

pytestmark = pytest.mark.django_db

BEFORE = (
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_inactive",
    "account_reset_password_from_key_done",
)
WITHOUT_FACTOR = ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_change_password")
WITH_FACTOR = (
    "mfa_index",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_deactivate_totp",
    "mfa_reauthenticate",
    "account_reauthenticate",
    "account_logout",
)
INFORMAL = re.compile(r"\b(du|dein\w*|dich|dir|euch|eure?\w*)\b", re.IGNORECASE)
ASK = "/anmelden/zweiter-faktor/"


@pytest.fixture
def pages(coordinator, settings):
    """Name → response."""
    settings.SECOND_FACTOR = True
    shown = {name: HouseClient().get(reverse(name)) for name in BEFORE}
    shown["login with errors"] = logs_in(HouseClient(), "keine", "")
    shown["login refused"] = logs_in(HouseClient(), "niemand@example.org", "falsch")
    shown["dead link"] = HouseClient().get("/passwort/neu/zz-quatsch/")
    asks_for_link(HouseClient(), coordinator.email)
    guest, link = HouseClient(), newest_link(coordinator)
    shown["new password"] = guest.get(link, follow=True)
    address = shown["new password"].request["PATH_INFO"]
    shown["new password with errors"] = guest.post(address, {"password1": "1234", "password2": "4321"})

    own = HouseClient()
    signs_in(own, coordinator, "password")
    shown |= {f"{name} without factor": own.get(reverse(name)) for name in WITHOUT_FACTOR}
    shown["wrong code"] = own.post(reverse("mfa_activate_totp"), {"code": "000000"})
    shown["password with errors"] = own.post(reverse("account_change_password"), {"password1": "password1234"})
    has_app(coordinator)
    has_recovery_codes(coordinator)
    shown |= {name: own.get(reverse(name)) for name in WITH_FACTOR}
    asked = HouseClient()
    logs_in(asked, coordinator.email)
    shown["second factor"] = asked.get(ASK)
    shown["second factor with errors"] = asked.post(ASK, {"code": "1"})

    boss = HouseClient()
    signs_in(boss, UserFactory(is_superuser=True), "password", "mfa")
    for view in ("invite", "take_factor_away", "change"):
        shown[f"person {view}"] = boss.get(reverse(f"admin:accounts_user_{view}", args=[coordinator.pk]))
    shown["person add"] = boss.get(reverse("admin:accounts_user_add"))
    return shown


def test_every_page_says_sie_and_nothing_in_english(pages):
    for name, response in pages.items():
        page = response.content.decode()
        assert response.status_code == 200, name
        assert page.count("<h1") == 1, name
        assert english_in(page) == [], name
        reader = Reader()
        reader.feed(page)
        assert not INFORMAL.search(" ".join(reader.words)), name


def test_every_page_is_valid_and_kept_by_no_cache(pages, tmp_path):
    for name, response in pages.items():
        (tmp_path / f"{name}.html").write_bytes(response.content)
        if not name.startswith("person"):
            assert response["Cache-Control"] == "no-store, private", name
            assert '<meta name="robots" content="noindex">' in response.content.decode(), name
    assert check(tmp_path) == []
