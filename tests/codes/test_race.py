"""Guesses and wishes that arrive at the same moment. Real threads, a real database."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from miglobe.codes import codes
from miglobe.codes.models import AccessCode
from miglobe.outbox.models import Mail
from tests.factories import CaseFactory

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


def at_once(command):
    """What each of the threads got."""
    barrier = Barrier(THREADS)

    def run(number):
        try:
            barrier.wait(timeout=60)
            return command(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_guessing_at_once_gives_no_more_than_five_tries(monkeypatch):
    case = CaseFactory()
    compared = []
    fits = codes._fits
    monkeypatch.setattr(codes, "_fits", lambda access, typed: compared.append(typed) or fits(access, typed))
    for _ in range(10):
        AccessCode.objects.all().delete()
        compared.clear()
        key = codes.send(case.reference, case.contact_email)
        assert at_once(lambda number, key=key: codes.redeem(key, f"00000{number}")) == [None] * THREADS
        assert len(compared) == AccessCode.objects.get().tries == codes.TRIES


def test_asking_at_once_brings_no_more_mails_than_one_after_the_other(monkeypatch):
    monkeypatch.setattr(codes, "MOST_AN_HOUR", 5)
    for _ in range(5):
        case = CaseFactory()
        keys = at_once(lambda number, case=case: codes.send(case.reference, case.contact_email))
        assert len(set(keys)) == THREADS
        assert Mail.objects.filter(reference=case.reference).count() == codes.MOST_AN_HOUR
