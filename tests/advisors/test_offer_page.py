"""The page behind the link in an advisor's mail."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from advisors import links, offers
from advisors.models import Offer, Purpose
from miglobe.outbox.models import Mail
from requests.models import ConsultationRequest, State
from tests.factories import AdvisorFactory, CaseFactory, DeclineReasonFactory, OfferFactory, UserFactory

pytestmark = pytest.mark.django_db

OfferState = Offer.State
SENT_STATES = [state for state in OfferState.values if state not in Offer.UNSENT]


def url(offer):
    return f"/angebot/{links.token(offer)}/"


def snapshot():
    return list(Offer.objects.values_list()), list(ConsultationRequest.objects.values_list()), Mail.objects.count()


@pytest.fixture
def offer():
    return OfferFactory(consultation=CaseFactory(state=State.SEARCHING, person=UserFactory(), concern="Partnerschaft"))


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("state", SENT_STATES)
def test_opening_the_link_changes_nothing(client, state, method):
    offer = OfferFactory(state=state)
    before = snapshot()
    for _ in range(2):
        assert getattr(client, method)(url(offer)).status_code == 200
    assert snapshot() == before


def test_the_page_tells_the_case_without_the_contact(client, offer):
    page = client.get(url(offer)).content.decode()
    case = offer.consultation
    assert "Partnerschaft" in page
    assert case.municipality.name in page
    for secret in (case.contact_name, case.contact_email, case.contact_phone):
        assert secret not in page


def test_accepting_shows_the_contact_and_the_team(client, offer):
    mate = OfferFactory(consultation=offer.consultation, state=OfferState.ACCEPTED)
    address = url(offer)
    response = client.post(address, {"answer": "accept"}, follow=True)
    page = response.content.decode()
    assert response.redirect_chain == [(address, 302)]
    assert "Sie haben zugesagt" in page
    for shown in (offer.consultation.contact_email, offer.consultation.contact_name, mate.advisor.name):
        assert shown in page


def test_declining_needs_a_reason_and_is_recorded(client, offer):
    response = client.post(url(offer), {"answer": "decline", "note": "Leider Urlaub."})
    assert response.status_code == 422
    assert "Bitte wählen Sie einen Grund." in response.content.decode()
    assert "Leider Urlaub." in response.content.decode()
    reason = DeclineReasonFactory()
    response = client.post(
        url(offer), {"answer": "decline", "reason": reason.pk, "note": "Leider Urlaub."}, follow=True
    )
    assert "Sie haben abgesagt" in response.content.decode()
    offer.refresh_from_db()
    assert (offer.state, offer.reason, offer.note) == (OfferState.DECLINED, reason, "Leider Urlaub.")


def test_a_repeated_answer_shows_the_recorded_one(client, offer):
    for _ in range(2):
        assert client.post(url(offer), {"answer": "accept"}).status_code == 302
    assert Mail.objects.filter(template="advisors/accepted").count() == 1


def test_another_answer_than_the_recorded_one_changes_nothing_and_says_so(client, offer):
    client.post(url(offer), {"answer": "accept"})
    response = client.post(url(offer), {"answer": "decline", "reason": DeclineReasonFactory().pk})
    assert response.status_code == 409
    assert "Sie haben zugesagt" in response.content.decode()
    offer.refresh_from_db()
    assert offer.state == OfferState.ACCEPTED


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (OfferState.EXPIRED, "Antwortfrist ist vorbei"),
        (OfferState.WITHDRAWN, "hat sich erledigt"),
        (OfferState.CANCELLED, "Einsatz ist beendet"),
        (OfferState.DECLINED, "Sie haben abgesagt"),
    ],
)
def test_too_late_says_so(client, state, words):
    offer = OfferFactory(consultation=CaseFactory(state=State.SEARCHING), state=state)
    response = client.post(url(offer), {"answer": "accept"})
    assert response.status_code == 409
    assert words in response.content.decode()
    assert "übernehme" not in response.content.decode()


def test_after_the_due_date_the_page_says_so_before_the_clock_has_come_round(client):
    offer = OfferFactory(consultation=CaseFactory(state=State.SEARCHING), due_at=timezone.now() - timedelta(minutes=1))
    assert "Antwortfrist ist vorbei" in client.get(url(offer)).content.decode()
    assert client.post(url(offer), {"answer": "accept"}).status_code == 409


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.REJECTED, State.STAFFED])
def test_a_request_that_went_another_way_says_so(client, state):
    offer = OfferFactory(consultation=CaseFactory(state=state))
    response = client.post(url(offer), {"answer": "accept"})
    assert response.status_code == 409
    assert "hat sich erledigt" in response.content.decode()


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.REJECTED])
def test_who_had_accepted_sees_at_once_that_the_request_has_ended(client, state):
    offer = OfferFactory(consultation=CaseFactory(state=state), state=OfferState.ACCEPTED)
    page = client.get(url(offer)).content.decode()
    assert "hat sich erledigt" in page
    assert "zugesagt" not in page
    assert offer.consultation.contact_email not in page


@pytest.mark.parametrize("answer", ["", "maybe", "ACCEPT"])
def test_an_unknown_answer_is_refused(client, offer, answer):
    response = client.post(url(offer), {"answer": answer})
    assert response.status_code == 400
    assert "zusagen oder absagen" in response.content.decode()
    offer.refresh_from_db()
    assert offer.state == OfferState.SENT


def test_forged_links_lead_to_a_page_that_helps(client, offer):
    other = OfferFactory()
    good = links.token(offer)
    key, _, rest = good.partition(".")
    for token in ("quatsch", good[:-2], f"{other.key.hex}.{rest}", key, f"{'0' * 32}.{rest}"):
        for response in (client.get(f"/angebot/{token}/"), client.post(f"/angebot/{token}/", {"answer": "accept"})):
            assert response.status_code == 404
            assert "Neuen Link anfordern" in response.content.decode()
    offer.refresh_from_db()
    assert offer.state == OfferState.SENT


def test_a_proposal_that_was_never_sent_has_no_page(client):
    assert client.get(url(OfferFactory(state=OfferState.PROPOSED))).status_code == 404


def test_an_expired_link_helps_on(client, offer, monkeypatch):
    import time

    path = url(offer)
    later = time.time() + (settings.LINK_DAYS + 1) * 86400
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert client.get(path).status_code == 404


def test_a_lost_link_is_sent_again_to_the_known_address_only(client, offer):
    OfferFactory(advisor=offer.advisor, state=OfferState.DECLINED)
    known = client.post("/angebot/link/", {"email": offer.advisor.email.upper()}, follow=True)
    unknown = client.post("/angebot/link/", {"email": "niemand@example.com"}, follow=True)
    assert known.content == unknown.content
    client.post("/angebot/link/", {"email": offer.advisor.email})
    mails = sorted(Mail.objects.values_list("to", "template"))
    assert mails == [(offer.advisor.email, f"advisors/{event}") for event in ("link_again", "own_page_again")]
    assert client.post("/angebot/link/", {"email": "x"}).status_code == 422


def test_a_form_without_its_token_is_refused(offer):
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post(url(offer), {"answer": "accept"}).status_code == 403
    offer.refresh_from_db()
    assert offer.state == OfferState.SENT


def test_the_municipality_sees_its_team_by_name_on_its_page(client):
    from requests import links as request_links

    case = CaseFactory(state=State.SEARCHING, team_size=3)
    shown = AdvisorFactory(name="Amina Offen")
    hidden = AdvisorFactory(name="Hedi Verborgen", consents=[Purpose.MATCHING])
    for advisor in (shown, hidden):
        offers.accept(OfferFactory(consultation=case, advisor=advisor))
    OfferFactory(consultation=case, advisor=AdvisorFactory(name="Vera Vielleicht"))
    page = client.get(f"/anfrage/stand/{request_links.token(request_links.STATUS, case)}/").content.decode()
    assert "Amina Offen" in page
    assert "Hedi" not in page
    assert "Vera" not in page
    assert "weitere Person stellt sich" in page
