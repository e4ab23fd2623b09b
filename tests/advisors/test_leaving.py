"""Leaving the pool, what is left behind, and coming back."""

import uuid

import pytest
from django.utils import timezone

from advisors import links, matching, pool
from advisors.models import Advisor, Consent, Offer, Purpose
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests.models import State as CaseState
from tests.factories import AdvisorFactory, CaseFactory, OfferFactory, consent_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def advisor():
    for purpose in Purpose:
        consent_text(purpose)
    return AdvisorFactory(consents=list(Purpose), feed_key=uuid.uuid4())


def page_of(advisor):
    return f"/mein-bereich/{links.token_of(advisor)}/abschied/"


def templates():
    return sorted(name.partition("/")[2] for name in Mail.objects.values_list("template", flat=True))


def test_opening_changes_nothing_and_tells_what_runs(client, advisor):
    case = CaseFactory(state=CaseState.RUNNING)
    offer = OfferFactory(consultation=case, advisor=advisor, state=Offer.State.ACCEPTED)
    for method in (client.get, client.head):
        page = method(page_of(advisor))
        assert page.status_code == 200
    page = client.get(page_of(advisor)).content.decode()
    assert f"/angebot/{offer.key.hex}." in page
    advisor.refresh_from_db()
    assert advisor.active and advisor.left_at is None and not Mail.objects.exists()


def test_leaving_ends_consents_offers_and_calendar_and_tells_everybody_once(client, advisor):
    running = OfferFactory(
        consultation=CaseFactory(state=CaseState.RUNNING), advisor=advisor, state=Offer.State.ACCEPTED
    )
    asked = OfferFactory(advisor=advisor)
    for _ in range(2):
        page = client.post(page_of(advisor), {"answer": "leave"}, follow=True).content.decode()
        assert "Sie haben den Pool verlassen" in page and f"/angebot/{running.key.hex}." in page
    advisor.refresh_from_db()
    assert (advisor.active, advisor.feed_key) == (False, None) and advisor.left_at
    assert not advisor.consents.standing().exists()
    assert [Offer.objects.get(pk=offer.pk).state for offer in (running, asked)] == ["accepted", "withdrawn"]
    sent = templates()
    assert set(sent) == {"left", "left_desk", "offer_dropped_desk"}
    assert sent.count("left") == 1 and len(set(Mail.objects.values_list("to", "template"))) == len(sent)
    assert "Sie haben noch laufende Einsätze." in Mail.objects.get(template="advisors/left").text
    case = CaseFactory(state=CaseState.SEARCHING, municipality=advisor.home)
    assert matching.suggest(case)[0] == []


def test_whoever_has_left_still_gets_in_and_comes_back_without_consents(client, advisor):
    pool.leave(advisor)
    assert client.get(f"/mein-bereich/{links.token_of(advisor)}/").status_code == 200
    consent_page = client.get(f"/mein-bereich/{links.token_of(advisor)}/einwilligungen/").content.decode()
    assert "Sie haben den Pool verlassen." in consent_page and 'value="give"' not in consent_page
    for _ in range(2):
        response = client.post(page_of(advisor), {"answer": "return"}, follow=True)
        assert response.redirect_chain[-1][0].endswith("/einwilligungen/")
    advisor.refresh_from_db()
    assert advisor.active and advisor.left_at is None
    assert not advisor.consents.standing().exists()
    assert (templates().count("returned"), templates().count("returned_desk")) == (1, 1)
    case = CaseFactory(state=CaseState.SEARCHING, municipality=advisor.home)
    assert matching.suggest(case)[0] == []


def test_whoever_has_left_gives_no_consent_before_coming_back(client, advisor):
    pool.leave(advisor)
    answers = {"purpose": "matching", "answer": "give", "text": consent_text(Purpose.MATCHING).pk}
    response = client.post(f"/mein-bereich/{links.token_of(advisor)}/einwilligungen/", answers)
    assert response.status_code == 409
    assert not Consent.objects.standing().exists()


def test_whom_the_desk_has_switched_off_does_not_switch_on_again(client):
    advisor = AdvisorFactory(active=False)
    assert client.post(page_of(advisor), {"answer": "return"}).status_code == 409
    with pytest.raises(Refused, match="sprechen Sie die Koordination an"):
        pool.come_back(advisor)
    assert not Advisor.objects.get().active


@pytest.mark.parametrize("answer", ["", "maybe", "LEAVE"])
def test_what_is_no_answer_changes_nothing(client, advisor, answer):
    assert client.post(page_of(advisor), {"answer": answer}).status_code == 400
    advisor.refresh_from_db()
    assert advisor.active


def test_the_desk_takes_somebody_back_by_the_box(desk, advisor):
    Advisor.objects.filter(pk=advisor.pk).update(active=False, left_at=timezone.now())
    record = f"/admin/advisors/advisor/{advisor.pk}/change/"
    page = desk.get(record)
    form = page.context["adminform"].form
    typed = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    for inline in page.context["inline_admin_formsets"]:
        management = inline.formset.management_form
        typed |= {management.add_prefix(name): management[name].value() for name in management.fields}
    response = desk.post(record, typed | {"active": "on"})
    assert response.status_code == 302, response.context["errors"]
    advisor.refresh_from_db()
    assert advisor.active and advisor.left_at is None
