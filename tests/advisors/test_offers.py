from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from advisors import consents, offers
from advisors.models import Offer, Purpose
from miglobe import workdays
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import State
from tests.factories import AdvisorFactory, CaseFactory, OfferFactory, UserFactory

pytestmark = pytest.mark.django_db

OfferState = Offer.State


def mails() -> list[tuple[str, str]]:
    return sorted(Mail.objects.values_list("template", "to"))


def searching(**changes):
    return CaseFactory(state=State.SEARCHING, person=UserFactory(), **changes)


def test_two_who_are_kept_apart_are_not_both_asked():
    case, by = searching(), UserFactory()
    anna, berta = AdvisorFactory(name="Anna"), AdvisorFactory(name="Berta")
    anna.apart.add(berta)
    offers.propose(case, advisors=[anna.pk, berta.pk], by=by)
    with pytest.raises(Refused, match=r"Anna \(nicht gemeinsam mit Berta\); Berta \(nicht gemeinsam mit Anna\)"):
        offers.send(case, by=by)
    offers.withdraw(Offer.objects.get(advisor=berta), by=by)
    offers.send(case, by=by)
    assert mails() == [("advisors/offered", anna.email)]
    with pytest.raises(Refused):
        offers.propose(case, advisors=[berta.pk], by=by)


def test_the_way_of_a_team_of_two():
    case = searching()
    anna, berta, clara = (AdvisorFactory() for _ in range(3))
    by = UserFactory()
    offers.propose(case, advisors=[anna.pk, berta.pk, clara.pk], by=by)
    assert mails() == []
    offers.send(case, by=by)
    assert mails() == sorted(("advisors/offered", advisor.email) for advisor in (anna, berta, clara))
    Mail.objects.all().delete()

    first = offers.accept(Offer.objects.get(advisor=anna))
    assert first.state == OfferState.ACCEPTED
    assert mails() == sorted([("advisors/accepted", anna.email), ("advisors/accepted_desk", case.person.email)])
    assert case.contact_email in Mail.objects.get(to=anna.email).text
    Mail.objects.all().delete()

    offers.accept(Offer.objects.get(advisor=berta))
    case.refresh_from_db()
    assert case.state == State.STAFFED
    assert mails() == sorted(
        [
            ("advisors/accepted", berta.email),
            ("advisors/mate_joined", anna.email),
            ("advisors/place_taken", clara.email),
            ("advisors/accepted_desk", case.person.email),
            ("advisors/team_complete", case.contact_email),
        ]
    )
    complete = Mail.objects.get(template="advisors/team_complete")
    assert anna.name in complete.text
    assert berta.name in complete.text
    assert Offer.objects.get(advisor=clara).state == OfferState.WITHDRAWN


def test_a_mail_that_asks_tells_nothing_of_the_contact():
    case = searching(contact_name="Petra Geheim", contact_office="Amt Geheim")
    offers.propose(case, advisors=[AdvisorFactory().pk], by=UserFactory())
    offers.send(case, by=UserFactory())
    for mail in Mail.objects.filter(template="advisors/offered"):
        for secret in ("Geheim", case.contact_email, case.contact_phone):
            assert secret not in mail.subject + mail.text


def test_who_must_not_be_named_is_not_named_to_the_municipality():
    case = searching(team_size=1)
    advisor = AdvisorFactory(name="Nora Namenlos", consents=[Purpose.MATCHING])
    offers.accept(OfferFactory(consultation=case, advisor=advisor))
    mail = Mail.objects.get(template="advisors/team_complete")
    assert "Nora" not in mail.text
    assert "stellen sich Ihnen selbst vor" in mail.text


def test_nobody_can_answer_after_the_due_date_even_before_the_clock_has_closed_the_offer():
    offer = OfferFactory(consultation=searching(), due_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(offers.OfferClosed):
        offers.accept(offer)


def test_the_database_allows_one_live_offer_per_advisor_and_case():
    offer = OfferFactory()
    with pytest.raises(IntegrityError, match="one_live_offer"), transaction.atomic():
        OfferFactory(consultation=offer.consultation, advisor=offer.advisor)
    offers.withdraw(offer, by=UserFactory())
    OfferFactory(consultation=offer.consultation, advisor=offer.advisor)


# --- Proposing and sending -----------------------------------------------------------------------


def test_only_those_who_may_be_matched_can_be_proposed():
    case = searching()
    without_consent = AdvisorFactory(consents=[])
    with pytest.raises(Refused, match="infrage"):
        offers.propose(case, advisors=[without_consent.pk, 10**9], by=UserFactory())
    assert not Offer.objects.exists()


def test_proposing_twice_proposes_once():
    case, advisor = searching(), AdvisorFactory()
    offers.propose(case, advisors=[advisor.pk], by=UserFactory())
    with pytest.raises(Refused):
        offers.propose(case, advisors=[advisor.pk], by=UserFactory())
    assert Offer.objects.count() == 1


def test_sending_needs_somebody_to_send_to():
    with pytest.raises(Refused, match="niemand"):
        offers.send(searching(), by=UserFactory())


@pytest.mark.parametrize("state", [State.NEW, State.STAFFED, State.CLOSED])
def test_offers_are_made_only_while_a_team_is_searched(state):
    case = CaseFactory(state=state)
    for command in (
        lambda: offers.propose(case, advisors=[1], by=UserFactory()),
        lambda: offers.send(case, by=UserFactory()),
    ):
        with pytest.raises(Refused, match="Team"):
            command()


def test_whoever_can_no_longer_be_asked_is_not_asked():
    case, advisor = searching(), AdvisorFactory(name="Nora Beispiel")
    offers.propose(case, advisors=[advisor.pk], by=UserFactory())
    consents.withdraw(advisor, Purpose.MATCHING)
    with pytest.raises(Refused, match="Nora Beispiel"):
        offers.send(case, by=UserFactory())
    assert mails() == []


def test_a_reopened_request_begins_with_an_empty_team():
    case = CaseFactory(state=State.STAFFED, person=UserFactory())
    old = [OfferFactory(consultation=case, state=OfferState.ACCEPTED) for _ in range(2)]
    unanswered = OfferFactory(consultation=case)
    workflow.withdraw(case)
    workflow.reopen(case, note="Irrtum", by=UserFactory())
    case = workflow.accept(case, team_size=2, by=UserFactory())  # before the clock has come round
    assert offers.free_places(case) == 2
    assert offers.team(case) == []
    with pytest.raises(offers.OfferClosed):
        offers.accept(unanswered)
    assert offers.close_orphaned() == 3
    for offer in (*old, unanswered):
        offer.refresh_from_db()
        assert offer.state == OfferState.WITHDRAWN
    for _ in range(2):
        offers.accept(OfferFactory(consultation=case))
    case.refresh_from_db()
    assert case.state == State.STAFFED


def test_one_offer_that_fails_does_not_stop_the_others(monkeypatch):
    broken, fine = (OfferFactory(consultation=searching(), due_at=timezone.now() - timedelta(days=1)) for _ in range(2))
    sent = offers.mails.expired

    def expired(offer):
        if offer.pk == broken.pk:
            raise ZeroDivisionError
        sent(offer)

    monkeypatch.setattr("advisors.mails.expired", expired)
    assert offers.expire_overdue(timezone.now()) == 1
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.state, fine.state) == (OfferState.SENT, OfferState.EXPIRED)


def test_an_offer_is_due_after_working_days():
    case = searching()
    offers.propose(case, advisors=[AdvisorFactory().pk], by=UserFactory())
    offers.send(case, by=UserFactory())
    offer = Offer.objects.get()
    due = timezone.localdate(offer.due_at)
    assert due == workdays.shift(timezone.localdate(), settings.OFFER_WORKDAYS)
    assert workdays.is_workday(due)


def test_taking_back_a_proposal_is_silent_and_taking_back_an_offer_is_not():
    case = searching()
    offers.withdraw(OfferFactory(consultation=case, state=OfferState.PROPOSED), by=UserFactory())
    assert mails() == []
    asked, by = OfferFactory(consultation=case), UserFactory()
    assert offers.withdraw(asked, by=by).by == by
    assert mails() == [("advisors/offer_withdrawn", asked.advisor.email)]


# --- Dropping out ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.STAFFED, State.RUNNING])
def test_who_drops_out_reopens_the_search_and_everybody_is_told(state):
    case = CaseFactory(state=state, person=UserFactory())
    leaver, mate = (OfferFactory(consultation=case, state=OfferState.ACCEPTED) for _ in range(2))
    offers.cancel(leaver, note="krank", by=UserFactory())
    case.refresh_from_db()
    assert case.state == State.SEARCHING
    assert mails() == sorted(
        [
            ("advisors/offer_cancelled", leaver.advisor.email),
            ("advisors/mate_left", mate.advisor.email),
            ("advisors/team_incomplete", case.contact_email),
        ]
    )
    assert offers.free_places(case) == 1


def test_the_team_of_an_ended_case_stays_as_it_was():
    offer = OfferFactory(consultation=CaseFactory(state=State.CLOSED), state=OfferState.ACCEPTED)
    with pytest.raises(offers.OfferClosed):
        offers.cancel(offer, note="?", by=UserFactory())


# --- What time brings ------------------------------------------------------------------------------


def test_one_reminder_then_expiry_and_the_coordinator_is_told():
    case = searching()
    offer = OfferFactory(consultation=case, due_at=timezone.now() + timedelta(days=1))
    far = OfferFactory(consultation=case, due_at=timezone.now() + timedelta(days=30))
    now = timezone.now()
    assert (offers.remind_due(now), offers.remind_due(now)) == (1, 0)
    assert mails() == [("advisors/reminded", offer.advisor.email)]
    Mail.objects.all().delete()
    later = now + timedelta(days=2)
    assert (offers.expire_overdue(later), offers.expire_overdue(later)) == (1, 0)
    assert mails() == sorted([("advisors/expired", offer.advisor.email), ("advisors/expired_desk", case.person.email)])
    far.refresh_from_db()
    assert far.state == OfferState.SENT


@pytest.mark.parametrize("state", [Mail.State.QUEUED, Mail.State.HELD])
def test_the_time_to_answer_begins_when_the_offer_goes_out(state):
    offer = OfferFactory(consultation=searching(), state=OfferState.PROPOSED)
    offers.send(offer.consultation, by=offer.consultation.person)
    Mail.objects.update(state=state)
    weeks_later = timezone.now() + timedelta(weeks=5)
    assert (offers.await_mails(weeks_later), offers.await_mails(weeks_later)) == (1, 0)
    assert offers.expire_overdue(weeks_later) == 0
    offer.refresh_from_db()
    assert offer.due_at == workdays.due(weeks_later, settings.OFFER_WORKDAYS)

    Mail.objects.update(state=Mail.State.SENT, sent_at=weeks_later)
    assert offers.await_mails(offer.due_at) == 0
    assert offers.expire_overdue(offer.due_at) == 1


@pytest.mark.parametrize("state", [State.REJECTED, State.REFERRED, State.WITHDRAWN, State.NEW])
def test_the_offers_of_a_request_that_went_another_way_are_closed_with_a_mail(state):
    case = CaseFactory(state=state)
    proposed = OfferFactory(consultation=case, state=OfferState.PROPOSED)
    asked = OfferFactory(consultation=case)
    accepted = OfferFactory(consultation=case, state=OfferState.ACCEPTED)
    OfferFactory(consultation=case, state=OfferState.DECLINED)
    assert (offers.close_orphaned(), offers.close_orphaned()) == (3, 0)
    assert mails() == sorted(("advisors/case_ended", offer.advisor.email) for offer in (asked, accepted))
    proposed.refresh_from_db()
    assert proposed.state == OfferState.WITHDRAWN


@pytest.mark.parametrize("state", [State.SEARCHING, State.STAFFED, State.RUNNING, State.CLOSED])
def test_accepted_offers_of_cases_at_work_or_closed_stay(state):
    OfferFactory(consultation=CaseFactory(state=state), state=OfferState.ACCEPTED)
    assert offers.close_orphaned() == 0


def test_a_withdrawn_request_cannot_be_accepted_before_the_clock_has_come_round():
    case = searching()
    offer = OfferFactory(consultation=case)
    workflow.withdraw(case)
    with pytest.raises(offers.OfferClosed):
        offers.accept(offer)
