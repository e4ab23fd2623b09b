"""Getting in: password, second factor, and what keeps others out."""

import pytest
from django.urls import reverse

from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

LOGIN = "/anmelden/"
DESK = "/admin/"


def logs_in(client, person, password=PASSWORD, **query):
    return client.post(LOGIN, {"login": person.email, "password": password, **query})


def test_a_coordinator_logs_in_with_the_mail_address_in_any_case(client, coordinator):
    response = client.post(LOGIN, {"login": coordinator.email.upper(), "password": PASSWORD})
    assert response["Location"] == DESK
    assert client.get(DESK).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_reset_password",
        "account_reset_password_done",
        "account_inactive",
        "account_reset_password_from_key_done",
    ],
)
def test_pages_before_the_desk_open_for_everybody(client, name):
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "mfa_index",
        "account_change_password",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_generate_recovery_codes",
        "account_logout",
        "account_reauthenticate",
    ],
)
def test_own_pages_open(desk, name):
    assert desk.get(reverse(name)).status_code == 200
