"""Many ask at the same moment for mails to one address. Real threads, a real database."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from advisors import access as advisor_access
from miglobe.errors import TooOften
from miglobe.outbox.models import Mail
from requests import access, drafts
from tests.factories import CaseFactory, DraftFactory, OfferFactory

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 14  # more than the ten mails of a day
ADDRESS = "petra@stadt.example"


def at_once(commands):
    barrier = Barrier(len(commands))

    def run(command):
        barrier.wait(timeout=10)
        try:
            with suppress(TooOften):
                command()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(commands)) as pool:
        list(pool.map(run, commands))


def test_the_cap_on_draft_links_holds():
    at_once([partial(drafts.pause, DraftFactory(), email=ADDRESS) for _ in range(THREADS)])
    assert Mail.objects.filter(template="requests/draft_link").count() == 10


def test_a_lost_link_is_sent_once():
    CaseFactory(contact_email=ADDRESS)
    at_once([partial(access.send_links, ADDRESS)] * THREADS)
    assert Mail.objects.filter(template="requests/status_link").count() == 1


def test_a_lost_link_to_an_offer_is_sent_once():
    offer = OfferFactory()
    at_once([partial(advisor_access.send_links, offer.advisor.email)] * THREADS)
    assert Mail.objects.filter(template="advisors/link_again").count() == 1
