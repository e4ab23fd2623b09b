"""Every answer to an offer in every state, of the offer and of its case: done, nothing, or refused with a sentence."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from advisors import offers, substitutes
from advisors.models import Advisor, Offer
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests.models import ConsultationRequest, State
from tests.factories import CaseFactory, DeclineReasonFactory, OfferFactory, UserFactory

pytestmark = pytest.mark.django_db

S = Offer.State
CASES = [state for state in State.values if state != State.DRAFT]
AT_WORK = {State.SEARCHING, State.STAFFED, State.RUNNING}
AHEAD, PAST = timedelta(days=20), timedelta(days=-3)

ANSWERS = {
    "accept": lambda offer: offers.accept(offer, word="Gern."),
    "decline": lambda offer: offers.decline(offer, reason=DeclineReasonFactory()),
    "undo": offers.undo,
    "drop out": lambda offer: offers.cancel(offer, note="krank"),
    "cancel": lambda offer: offers.cancel(offer, note="krank", by=UserFactory()),
    "release": lambda offer: substitutes.release(offer, by=UserFactory()),
    "reorder": lambda offer: substitutes.reorder(offer, earlier=True, by=UserFactory()),
    "withdraw": lambda offer: offers.withdraw(offer, by=UserFactory()),
    "remind": lambda offer: offers.remind_due(timezone.now()) and _fresh(offer),
    "expire": lambda offer: offers.expire_overdue(timezone.now()) and _fresh(offer),
    "close": lambda offer: offers.close_orphaned() and _fresh(offer),
}
DONE = {
    # (answer, state of the offer, whether its day is ahead): states of the case in which it is done, and what then is
    ("accept", S.SENT, True): ({State.SEARCHING}, S.ACCEPTED),
    ("decline", S.SENT, True): ({State.SEARCHING}, S.DECLINED),
    ("undo", S.ACCEPTED, True): ({State.SEARCHING}, S.SENT),
    ("undo", S.DECLINED, True): ({State.SEARCHING}, S.SENT),
    ("drop out", S.ACCEPTED, True): (AT_WORK, S.CANCELLED),
    ("drop out", S.ACCEPTED, False): (AT_WORK, S.CANCELLED),
    ("cancel", S.ACCEPTED, True): (AT_WORK, S.CANCELLED),
    ("release", S.RESERVE, True): ({State.SEARCHING}, S.SENT),
    ("withdraw", S.PROPOSED, True): (set(CASES), S.WITHDRAWN),
    ("withdraw", S.RESERVE, True): (set(CASES), S.WITHDRAWN),
    ("withdraw", S.SENT, True): (set(CASES), S.WITHDRAWN),
    ("expire", S.SENT, False): ({State.SEARCHING}, S.EXPIRED),
    ("close", S.PROPOSED, True): (set(CASES) - {State.SEARCHING}, S.WITHDRAWN),
    ("close", S.SENT, True): (set(CASES) - {State.SEARCHING}, S.WITHDRAWN),
    ("close", S.RESERVE, True): (set(CASES) - AT_WORK, S.WITHDRAWN),
    ("close", S.ACCEPTED, True): (
        {State.NEW, State.REJECTED, State.REFERRED, State.WITHDRAWN, State.MERGED},
        S.WITHDRAWN,
    ),
}
NOTHING = {  # repeated, or asked for by the clock: no change and no refusal
    ("accept", S.ACCEPTED): set(CASES),
    ("decline", S.DECLINED): set(CASES),
    ("undo", S.SENT): {State.SEARCHING},
    ("drop out", S.CANCELLED): set(CASES),
    ("reorder", S.RESERVE): set(CASES),
    **{(clock, state): set(CASES) for clock in ("remind", "expire", "close") for state in S.values},
}
SILENT = {("withdraw", S.PROPOSED), ("withdraw", S.RESERVE), ("close", S.PROPOSED), ("close", S.RESERVE)}


def _fresh(offer: Offer) -> Offer:
    return Offer.objects.get(pk=offer.pk)


def rows():
    return [list(model.objects.order_by("pk").values_list()) for model in (Offer, ConsultationRequest, Advisor, Mail)]


def an_offer(state, case_state, *, ahead=True):
    """The only one of a team of two."""
    case = CaseFactory(state=case_state, person=UserFactory())
    due = {"rank": 1} if state in Offer.UNSENT else {"due_at": timezone.now() + (AHEAD if ahead else PAST)}
    return OfferFactory(consultation=case, state=state, **due)


def expect(answer, offer, *, ahead=True):
    state, case_state = offer.state, offer.consultation.state
    cases, after = DONE.get((answer, state, ahead), (set(), ""))
    before = rows()
    if case_state in cases:
        ANSWERS[answer](offer)
        assert _fresh(offer).state == after, case_state
        assert Mail.objects.exists() != ((answer, state) in SILENT)
        return
    idle = case_state in NOTHING.get((answer, state), set()) and (ahead or answer != "undo")
    if idle:
        ANSWERS[answer](offer)
    else:
        with pytest.raises(Refused) as refusal:
            ANSWERS[answer](offer)
        assert str(refusal.value)
    assert rows() == before, case_state


def over_all_cases(answer, state, *, ahead=True):
    """One test for all states of a case: some two thousand combinations would take a quarter of an hour."""
    for case_state in CASES:
        with transaction.atomic():
            expect(answer, an_offer(state, case_state, ahead=ahead), ahead=ahead)
            transaction.set_rollback(True)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("state", S.values)
def test_every_answer_to_every_offer_of_every_case(state, answer):
    over_all_cases(answer, state)


@pytest.mark.parametrize("answer", ["accept", "decline", "undo", "drop out", "expire"])
@pytest.mark.parametrize("state", [state for state in S.values if state not in Offer.UNSENT])
def test_every_answer_after_the_day_on_which_it_was_due(state, answer):
    over_all_cases(answer, state, ahead=False)
