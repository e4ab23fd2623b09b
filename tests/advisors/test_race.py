"""Several advisors press the button at the same moment. Real threads, a real database."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from advisors import offers
from advisors.models import Offer
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import State
from tests.factories import CaseFactory, OfferFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 50


def at_once(*commands):
    """Runs all commands in threads of their own that start together; returns "ok" or the sentence of each."""
    barrier = Barrier(len(commands))

    def run(command):
        try:
            barrier.wait(timeout=10)
            command()
        except Refused as refusal:
            return str(refusal)
        else:
            return "ok"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(run, commands))


def test_two_advisors_for_the_last_place_one_gets_it():
    by = UserFactory()
    for _ in range(ROUNDS):
        case = CaseFactory(state=State.SEARCHING, team_size=2, person=by)
        OfferFactory(consultation=case, state=Offer.State.ACCEPTED, by=by)
        rivals = [OfferFactory(consultation=case, by=by) for _ in range(2)]
        results = at_once(*(partial(offers.accept, rival) for rival in rivals))
        assert results.count("ok") == 1
        assert Offer.objects.accepted().filter(consultation=case).count() == 2
        case.refresh_from_db()
        assert case.state == State.STAFFED
        mails = Mail.objects.filter(reference=case.reference)
        assert mails.filter(template="advisors/team_complete").count() == 1
        assert mails.filter(template="advisors/place_taken").count() == 1


def test_accepting_and_withdrawing_at_once_end_in_one_truth():
    by = UserFactory()
    for _ in range(10):
        case = CaseFactory(state=State.SEARCHING, team_size=1, person=by)
        offer = OfferFactory(consultation=case, by=by)
        accepted, _ = at_once(partial(offers.accept, offer), partial(workflow.withdraw, case))
        case.refresh_from_db()
        offer.refresh_from_db()
        assert case.state == State.WITHDRAWN
        assert (offer.state == Offer.State.ACCEPTED) == (accepted == "ok")
