"""Every address of the portal with a row behind it: one list for all tests that go everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from miglobe.outbox.models import Mail
from requests.forms import STEPS
from tests.attacks import world
from tests.desk import test_roles as desk

LEFT_OUT = {"admin:None"}  # Django's ways from old addresses to new ones


@dataclass(frozen=True)
class Everywhere:
    people: dict[str, Any]
    """Who works at the desk, by what they are there (see tests/desk/test_roles.py)."""
    paths: list[tuple[str, str]]
    """Name and path, those behind links with links that open them."""
    party: world.Party


def build() -> Everywhere:
    made, party = desk.build(), world.party("Quittenbrot")
    return Everywhere(made.people, sorted(set(_paths(made, party))), party)


def _paths(made: desk.World, party: world.Party) -> Iterator[tuple[str, str]]:
    mail = Mail.objects.latest("pk")
    apart: dict[str, dict[str, Any]] = {
        "outbox:demo_mail": {"pk": mail.pk},
        "mfa_remove_webauthn": {"pk": 1},
        "admin:app_list": {"app_label": "requests"},
        "account_reset_password_from_key": {"uidb36": "1", "key": "kein-link"},
    }
    keys = {
        "advisors:feed": party.rows["advisor"].feed_key,
        "requests:receipt_pdf": party.rows["unconfirmed"].key,
    }
    for name, pattern in world.routes():
        if name in LEFT_OUT:
            continue
        parts = world.parts(pattern)
        if "token" in parts:
            yield name, party.path(name, pattern)
        elif name in apart or not parts:
            yield name, reverse(name, kwargs=apart.get(name))
        elif name.startswith("admin:"):
            for path in desk.tries(made, name.removeprefix("admin:"), pattern):
                yield name, path
        elif name == "requests:step":
            for step in STEPS:
                yield name, reverse(name, kwargs={"key": party.rows["draft"].key, "name": step})
        else:
            given = {"key": keys.get(name, party.rows["draft"].key), "file": party.files["draft"].key}
            yield name, reverse(name, kwargs={part: given[part] for part in parts})
