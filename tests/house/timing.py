"""How long answers take for those we know and those we do not: `python -m pytest tests/house/timing.py -s -n 0`.

Not part of `make test`, because a busy machine decides it: test_enumeration.py says the same without a clock.
"""

import statistics
import sys
import time
from uuid import uuid4

import pytest
from django.core.cache import cache

from advisors.models import Advisor
from miglobe.codes.models import AccessCode
from miglobe.limits.models import Tally
from miglobe.outbox.models import Mail
from tests.conftest import HouseClient
from tests.factories import AdvisorFactory, CaseFactory, CoordinatorFactory, OfferFactory
from tests.house.test_enumeration import apply_typed

pytestmark = pytest.mark.django_db

ROUNDS = 30


@pytest.fixture(autouse=True)
def slow_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]


def forget() -> None:
    """Each address is asked about for the first time."""
    for model in (Tally, Mail, AccessCode):
        model.objects.all().delete()
    cache.clear()


def median(path, known, unknown) -> tuple[float, float]:
    taken: tuple[list[float], list[float]] = ([], [])
    client = HouseClient()
    client.has_worker = False
    for number in range(2 * ROUNDS + 4):
        forget()
        typed = (known, unknown)[number % 2](number)
        begin = time.perf_counter()
        client.post(path, typed)
        if number >= 4:  # the first ones fill caches
            taken[number % 2].append(1000 * (time.perf_counter() - begin))
    return statistics.median(taken[0]), statistics.median(taken[1])


def test_how_long_it_takes():
    cases = [CaseFactory(contact_email="petra@unna.example") for _ in range(5)]
    offers = [OfferFactory() for _ in range(3)]
    advisor: Advisor = AdvisorFactory(email="amara@example.net")
    person = CoordinatorFactory()
    reference = cases[0].reference
    pages = {
        "Anfrage: Link verloren": ("/anfrage/link/", lambda n: {"email": "petra@unna.example"}, _nobody),
        "Beratung: Link verloren": ("/angebot/link/", lambda n: {"email": offers[0].advisor.email}, _nobody),
        "Code": (
            "/zugang/",
            lambda n: {"reference": reference, "email": "petra@unna.example"},
            lambda n: {"reference": reference, **_nobody(n)},
        ),
        "Bewerbung": (
            "/beraten/",
            lambda n: apply_typed(uuid4(), advisor.email),
            lambda n: apply_typed(uuid4(), f"n{n}@example.org"),
        ),
        "Anmeldung": (
            "/anmelden/",
            lambda n: {"login": person.email, "password": "falsch"},
            lambda n: {"login": f"n{n}@example.org", "password": "falsch"},
        ),
        "Passwort vergessen": ("/passwort/vergessen/", lambda n: {"email": person.email}, _nobody),
    }
    sys.stdout.write("\n")
    for name, page in pages.items():
        known, unknown = median(*page)
        sys.stdout.write(f"{name:26} bekannt {known:6.1f} ms   unbekannt {unknown:6.1f} ms\n")


def _nobody(number: int) -> dict[str, str]:
    return {"email": f"niemand{number}@example.org"}
