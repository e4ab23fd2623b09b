"""Nobody gets a mail that is meant for another: every mail to an advisor holds their own links, and of others nothing
but what mates know of each other."""

import pytest
from django.db import transaction

from advisors.models import Advisor, Offer
from miglobe.codes.models import AccessCode
from miglobe.errors import Refused
from miglobe.outbox import kinds
from miglobe.outbox.models import Audience, Mail
from requests.models import State
from tests.advisors.test_answers import ANSWERS
from tests.factories import (
    AdvisorFactory,
    AppointmentFactory,
    CandidacyFactory,
    CaseFactory,
    DateProposalFactory,
    DeclineReasonFactory,
    OfferFactory,
    ReportFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

S = Offer.State


def a_crowd(case_state) -> list[Offer]:
    """An offer in every state, each to somebody else; of the accepted ones two."""
    case = CaseFactory(state=case_state, person=UserFactory(), team_size=3)
    return [
        OfferFactory(consultation=case, state=state, advisor=AdvisorFactory(name=f"Frau Nummer{number:03}"), rank=1)
        for number, state in enumerate([*S.values, S.ACCEPTED])
    ]


def mates_of(advisor: Advisor) -> set[int]:
    """Who is in a team with them, or was the moment before."""
    mine = Offer.objects.filter(advisor=advisor, state__in=(S.ACCEPTED, S.CANCELLED)).values("consultation")
    return set(Offer.objects.accepted().filter(consultation__in=mine).values_list("advisor", flat=True))


def check(mail: Mail, offers: list[Offer]) -> None:
    me = Advisor.objects.filter(email=mail.to).first()
    if me is None:
        return  # to the desk or to the municipality
    own_keys = {str(me.key), *(str(key) for key in me.offers.values_list("key", flat=True))}
    said = mail.subject + mail.text
    for name, (purpose, key) in mail.links.items():
        if purpose.startswith("codes."):
            key = str(AccessCode.objects.get(pk=key).target) if purpose == "codes.code" else key
        assert key in own_keys, (mail.template, name, purpose)
    for other in {offer.advisor for offer in offers} - {me}:
        private = (other.email, other.phone, str(other.key), other.name, other.home.name)
        if other.pk in mates_of(me):
            private = (str(other.key), other.home.name)
        for secret in private:
            assert secret not in said, (mail.template, secret)


@pytest.mark.parametrize("case_state", [State.SEARCHING, State.STAFFED, State.RUNNING, State.CLOSED, State.WITHDRAWN])
@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_in_a_crowd_writes_to_each_of_their_own_only(answer, case_state):
    crowd = a_crowd(case_state)
    for offer in crowd:
        with transaction.atomic():
            try:
                ANSWERS[answer](offer)
            except Refused:
                assert not Mail.objects.exists()
            for mail in Mail.objects.all():
                check(mail, crowd)
            transaction.set_rollback(True)


def test_every_kind_of_mail_to_an_advisor_is_for_that_person():
    """By the examples that the desk previews: a new kind of mail joins by itself."""
    crowd = a_crowd(State.RUNNING)
    case = crowd[0].consultation
    AppointmentFactory(consultation=case)
    DateProposalFactory(consultation=case)
    ReportFactory(consultation=case)
    CandidacyFactory()
    DeclineReasonFactory()
    found = kinds.of(Audience.ADVISOR)
    assert len(found) > 15
    for kind in found:
        with transaction.atomic():
            example = kind.example(case.reference or "") if kind.example else None
            if example is not None and kind.owe is not None:
                kind.owe(example)
                for mail in Mail.objects.all():
                    check(mail, crowd)
            transaction.set_rollback(True)
