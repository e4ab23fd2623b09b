"""Several advisors press the button at the same moment. Real threads, a real database."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection

from advisors import offers, reports
from advisors.models import Offer, Report
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
            barrier.wait(timeout=60)
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


def test_two_mates_who_sign_at_once_hand_in_one_report():
    by = UserFactory()
    for _ in range(ROUNDS // 5):
        case = CaseFactory(state=State.CLOSED, team_size=3, person=by)
        team = [OfferFactory(consultation=case, state=Offer.State.ACCEPTED, by=by) for _ in range(3)]
        text = {"agreed": "Ein Runder Tisch", "options": "", "recommendations": ""}
        for offer in team:
            reports.save(offer, texts=text, seen={}, work={"days": 1})
        seen = {name: reports.fingerprint(words) for name, words in text.items()}
        reports.send(team[0], seen=seen)
        assert at_once(*(partial(reports.sign, mate, seen=seen) for mate in team[1:])) == ["ok", "ok"]
        assert Report.objects.get(consultation=case).state == Report.State.SIGNED
        told = Mail.objects.filter(reference=case.reference, template="advisors/report_signed_desk")
        assert told.count() == 1


def test_of_two_mates_who_save_at_once_nobody_loses_a_word():
    by = UserFactory()
    for _ in range(ROUNDS // 5):
        case = CaseFactory(state=State.CLOSED, person=by)
        team = [OfferFactory(consultation=case, state=Offer.State.ACCEPTED, by=by) for _ in range(2)]
        empty = {name: reports.fingerprint("") for name in reports.TEXTS}
        kept = []

        def write(offer, empty=empty, kept=kept):
            kept.append(reports.save(offer, texts={"agreed": f"Von {offer.pk}"}, seen=empty, work={"days": 1}))

        assert at_once(*(partial(write, offer) for offer in team)) == ["ok", "ok"]
        assert sorted(len(saved.conflicts) for saved in kept) == [0, 1]
        assert Report.objects.get(consultation=case).work.count() == 2
