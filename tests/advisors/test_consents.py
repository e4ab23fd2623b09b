"""The three consents on the own page and at the desk: giving, new words, withdrawing, and what works at once."""

import re

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from advisors import consents, links, matching, offers, pool
from advisors.models import Advisor, Consent, ConsentText, Offer, Purpose
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests import links as request_links
from requests.models import State as CaseState
from tests.factories import AdvisorFactory, CaseFactory, ConsentFactory, OfferFactory, UserFactory, consent_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def words():
    for purpose in Purpose:
        consent_text(purpose)


@pytest.fixture
def advisor():
    return AdvisorFactory()


def page_of(advisor):
    return f"/mein-bereich/{links.token_of(advisor)}/einwilligungen/"


def give(client, advisor, purpose, text=None, **options):
    text = consents.current_text(purpose).pk if text is None else text
    return client.post(page_of(advisor), {"purpose": purpose, "answer": "give", "text": text}, **options)


def withdraw(client, advisor, purpose, **options):
    return client.post(page_of(advisor), {"purpose": purpose, "answer": "withdraw"}, **options)


def snapshot():
    return [list(model.objects.order_by("pk").values_list()) for model in (Advisor, Consent, ConsentText, Offer)] + [
        Mail.objects.count()
    ]


# --- The own page ----------------------------------------------------------------------------------------------


def test_the_page_shows_each_with_its_words_version_time_and_way(client, advisor):
    Consent.objects.filter(purpose=Purpose.SHOWN).update(text=None, way="desk")
    page = client.get(page_of(advisor)).content.decode()
    given = timezone.localtime(advisor.consents.get(purpose=Purpose.MATCHING).given_at)
    assert f"am {given:%d.%m.%Y, %H:%M} Uhr, auf der persönlichen Seite, zur Fassung 1." in page
    assert "der Koordination erklärt, bevor das Portal den Wortlaut aufbewahrt hat." in page
    assert page.count("Sie haben nicht eingewilligt.") == 1
    for effect in consents.EFFECTS.values():
        assert str(effect.withdrawn) in page


def test_opening_changes_nothing(client, advisor):
    before = snapshot()
    for method in (client.get, client.head):
        assert method(page_of(advisor)).status_code == 200
    assert snapshot() == before


def test_giving_and_withdrawing_is_kept_with_time_way_and_words_and_confirmed_once(client, advisor):
    for _ in range(2):
        page = give(client, advisor, Purpose.PUBLIC, follow=True).content.decode()
        assert "Ihre Einwilligung ist gespeichert." in page
    consent = advisor.consents.get(purpose=Purpose.PUBLIC)
    assert (consent.way, consent.by, consent.text) == ("link", None, consent_text(Purpose.PUBLIC))
    for _ in range(2):
        assert "Ihr Widerruf gilt ab sofort." in withdraw(client, advisor, Purpose.PUBLIC, follow=True).content.decode()
    consent.refresh_from_db()
    assert consent.withdrawn_at and (consent.withdrawn_way, consent.withdrawn_by) == ("link", None)
    sent = list(Mail.objects.order_by("pk").values_list("template", "to"))
    assert sent == [("advisors/consent_given", advisor.email), ("advisors/consent_withdrawn", advisor.email)]
    assert "Frühere Einwilligungen" in client.get(page_of(advisor)).content.decode()


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"purpose": "matching"},
        {"purpose": "matching", "answer": "maybe"},
        {"purpose": "everything", "answer": "withdraw"},
        {"answer": "withdraw"},
    ],
)
def test_what_is_no_answer_changes_nothing(client, advisor, answers):
    before = snapshot()
    assert client.post(page_of(advisor), answers).status_code == 400
    assert snapshot() == before


def test_words_that_changed_between_showing_and_answering_are_not_agreed_to(client, advisor):
    seen = consents.current_text(Purpose.PUBLIC).pk
    consents.reword(Purpose.PUBLIC, text="Neuer Wortlaut.")
    other = consents.current_text(Purpose.SHOWN).pk
    for text in (seen, other, "x", "", "9" * 20):
        response = give(client, advisor, Purpose.PUBLIC, text=text)
        assert response.status_code == 409
        page = response.content.decode()
        assert "hat sich inzwischen geändert" in page and "Neuer Wortlaut." in page
    assert not advisor.consents.filter(purpose=Purpose.PUBLIC).exists()


def test_new_words_are_offered_and_the_old_consent_holds_until_then(client, advisor):
    old = consent_text(Purpose.MATCHING)
    new = consents.reword(Purpose.MATCHING, text="Neuer Wortlaut.", text_en="New words.")
    page = client.get(page_of(advisor)).content.decode()
    assert "Dem haben Sie zugestimmt:" in page and old.text in page and "Neuer Wortlaut." in page
    assert "New words." in client.get(f"/en{page_of(advisor)}").content.decode()
    assert advisor.consents_to(Purpose.MATCHING)
    give(client, advisor, Purpose.MATCHING)
    standing = advisor.consents.standing().get(purpose=Purpose.MATCHING)
    replaced = advisor.consents.get(purpose=Purpose.MATCHING, text=old)
    assert (standing.text, replaced.withdrawn_at) == (new, standing.given_at)
    assert "Dem haben Sie zugestimmt:" not in client.get(page_of(advisor)).content.decode()


def test_words_are_added_and_never_changed():
    text = consent_text(Purpose.MATCHING)
    assert consents.reword(Purpose.MATCHING, text=text.text) == text
    assert consents.reword(Purpose.MATCHING, text="Anders.").version == 2
    for change in (ConsentText.objects.filter(pk=text.pk).delete, lambda: ConsentText.objects.update(text="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize("token", ["quatsch", "0" * 32])
def test_dead_links_help_on(client, token):
    for path in (f"/mein-bereich/{token}/einwilligungen/", f"/mein-bereich/{token}/abschied/"):
        for response in (client.get(path), client.post(path)):
            assert response.status_code == 404
            assert "Neuen Link anfordern" in response.content.decode()


def test_nobody_answers_for_somebody_else(client, advisor):
    other = AdvisorFactory()
    _, _, rest = links.token_of(advisor).partition(".")
    path = f"/mein-bereich/{other.key.hex}.{rest}/einwilligungen/"
    assert client.post(path, {"purpose": "matching", "answer": "withdraw"}).status_code == 404
    assert other.consents_to(Purpose.MATCHING)


def test_a_list_of_consents_costs_the_same(client, advisor, django_assert_num_queries):
    for number in (1, 3):
        for _ in range(number):
            ConsentFactory(advisor=advisor, purpose=Purpose.PUBLIC, withdrawn_at=timezone.now(), withdrawn_way="link")
        with django_assert_num_queries(5):
            client.get(page_of(advisor))


# --- What a withdrawal brings about ------------------------------------------------------------------------------


def test_who_withdraws_the_first_is_out_of_suggestions_and_offers_in_the_same_request(client, advisor):
    coordinator = UserFactory()
    asked, noted, running = (CaseFactory(state=CaseState.SEARCHING, person=coordinator) for _ in range(3))
    sent = OfferFactory(consultation=asked, advisor=advisor)
    unsent = [
        OfferFactory(consultation=noted, advisor=advisor, state=Offer.State.PROPOSED),
        OfferFactory(consultation=running, advisor=advisor, state=Offer.State.ACCEPTED),
    ]
    other = OfferFactory(consultation=asked)
    withdraw(client, advisor, Purpose.MATCHING)
    free = CaseFactory(state=CaseState.SEARCHING, municipality=advisor.home)
    assert [s.excluded for s in matching.suggest(free)[1] if s.advisor == advisor] == [
        "ohne Einwilligung in die Vermittlung"
    ]
    states = [Offer.objects.get(pk=offer.pk).state for offer in (sent, *unsent, other)]
    assert states == ["withdrawn", "withdrawn", "accepted", "sent"]
    with pytest.raises(offers.OfferClosed):
        offers.accept(sent)
    told = Mail.objects.filter(template="advisors/offer_dropped_desk")
    assert sorted(told.values_list("to", "reference")) == sorted(
        [(coordinator.email, asked.reference), (coordinator.email, noted.reference)]
    )
    assert Mail.objects.filter(template="advisors/consent_withdrawn_desk").exists()
    confirmation = Mail.objects.get(to=advisor.email)
    assert "Was noch offen war, haben wir geschlossen" in confirmation.text


def test_who_withdraws_the_second_is_off_the_status_page_in_the_same_request(client, advisor):
    case = CaseFactory(state=CaseState.STAFFED)
    OfferFactory(consultation=case, advisor=advisor, state=Offer.State.ACCEPTED)
    path = f"/anfrage/stand/{request_links.token(request_links.STATUS, case)}/"
    assert advisor.name in client.get(path).content.decode()
    withdraw(client, advisor, Purpose.SHOWN)
    assert advisor.name not in client.get(path).content.decode()
    assert not Mail.objects.filter(template="advisors/consent_withdrawn_desk").exists()


def test_the_desk_may_not_send_what_was_noted_for_somebody_who_has_withdrawn(client, advisor):
    case = CaseFactory(state=CaseState.SEARCHING, municipality=advisor.home)
    offers.propose(case, advisors=[advisor.pk], by=UserFactory())
    consents.withdraw(advisor, Purpose.MATCHING)
    with pytest.raises(Refused, match="ohne Einwilligung"):
        offers.send(case, by=UserFactory())


# --- The desk ----------------------------------------------------------------------------------------------------


def press(desk, path, **answers):
    preview = desk.post(path, answers)
    return desk.post(path, answers | {"seen": preview.context["seen"]})


def test_the_register_is_on_the_profile_and_the_desk_records_what_it_is_told(desk, coordinator, advisor):
    record = f"/admin/advisors/advisor/{advisor.pk}/"
    page = desk.get(f"{record}change/").content.decode()
    assert "Einwilligung festhalten" in page and "Widerruf festhalten" in page
    path = f"{record}consent/public/give/"
    text = consents.current_text(Purpose.PUBLIC)
    assert text.text in desk.get(path).content.decode()
    assert desk.post(path, {"text": text.pk}).status_code == 422  # nobody has read it to them
    assert press(desk, path, text=text.pk, told="on").status_code == 302
    consent = advisor.consents.get(purpose=Purpose.PUBLIC)
    assert (consent.way, consent.by, consent.text) == ("desk", coordinator, text)
    assert press(desk, f"{record}consent/public/withdraw/").status_code == 302
    consent.refresh_from_db()
    assert (consent.withdrawn_way, consent.withdrawn_by) == ("desk", coordinator)
    assert "Beendet" in desk.get(f"{record}change/").content.decode()


def test_the_desk_records_no_words_that_are_not_the_current_ones(desk, advisor):
    old = consents.current_text(Purpose.PUBLIC)
    consents.reword(Purpose.PUBLIC, text="Neu.")
    path = f"/admin/advisors/advisor/{advisor.pk}/consent/public/give/"
    response = desk.post(path, {"text": old.pk, "told": "on"})
    assert response.status_code == 409
    assert "hat sich inzwischen geändert" in response.content.decode()
    assert not advisor.consents.filter(purpose=Purpose.PUBLIC).exists()


@pytest.mark.parametrize("path", ["public/steal", "everything/give"])
def test_there_are_no_other_buttons(desk, advisor, path):
    assert desk.get(f"/admin/advisors/advisor/{advisor.pk}/consent/{path}/").status_code == 404


def test_looking_at_a_button_of_the_desk_changes_nothing(desk, advisor):
    before = snapshot()
    for name in ("give", "withdraw"):
        assert desk.get(f"/admin/advisors/advisor/{advisor.pk}/consent/matching/{name}/").status_code == 200
    assert snapshot() == before


def test_the_lead_writes_new_words_and_nobody_changes_old_ones(client):
    from django.contrib.auth.models import Group

    from miglobe.desk import roles
    from tests.login import signs_in

    roles.load()
    lead = UserFactory()
    lead.groups.add(Group.objects.get(name=roles.LEAD))
    signs_in(client, lead, "password")
    add = "/admin/advisors/consenttext/add/"
    text = consents.current_text(Purpose.SHOWN)
    assert text.text in client.get(f"{add}?purpose=shown").content.decode()
    response = client.post(add, {"purpose": "shown", "text": "Neuer Wortlaut.", "text_en": ""})
    assert response.status_code == 302
    newest = consents.current_text(Purpose.SHOWN)
    assert (newest.version, newest.text, newest.by) == (2, "Neuer Wortlaut.", lead)
    old = f"/admin/advisors/consenttext/{text.pk}/change/"
    assert not re.search(r"<textarea", client.get(old).content.decode())
    client.post(old, {"purpose": "shown", "text": "Gefälscht."})
    assert ConsentText.objects.get(pk=text.pk).text == text.text


def test_giving_again_to_the_same_words_changes_nothing(advisor):
    text = consents.current_text(Purpose.MATCHING)
    before = advisor.consents.get(purpose=Purpose.MATCHING)
    assert pool.agree(advisor, Purpose.MATCHING, text=text) == before
    assert not Mail.objects.exists()
