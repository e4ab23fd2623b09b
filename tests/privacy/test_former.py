"""Who was known otherwise before, or whose request goes on with somebody else: told and forgotten all the same."""

import pytest
from django.utils import timezone

from advisors.models import Advisor, Offer
from miglobe.accounts.models import User
from miglobe.outbox.models import Mail
from miglobe.privacy import holds, own_file
from requests import merging, notes, workflow
from requests.models import ConsultationRequest, Message, State
from tests.factories import (
    AdvisorFactory,
    CandidacyFactory,
    CaseFactory,
    OfferFactory,
    OrganisationFactory,
    UserFactory,
)
from tests.privacy.test_erasure import ADDRESS, erase
from tests.privacy.test_retention import PETRA, TRACES, where

pytestmark = pytest.mark.django_db

BO = {"contact_name": "Bo Neu", "contact_email": "bo@soest.example", "contact_phone": "02921 5550 11"}


def told(email):
    return own_file.as_json(own_file.everything(email)).decode()


def petras(**given):
    case = CaseFactory(state=State.RUNNING, concern="Bitte Frau Kranich anrufen.", **PETRA, **given)
    workflow.write(case, text="Viele Grüße, Petra Kranich, 02921 5550 77")
    notes.write(case, text="Frau Kranichs Amt ruft an", by=UserFactory())
    return case


def hand_over(case, **given):
    ConsultationRequest.objects.filter(pk=case.pk).update(**(BO | given))
    Mail.objects.all().delete()


def test_who_comes_after_reads_nothing_of_the_contact_before():
    hand_over(petras())
    text = told("bo@soest.example")
    assert "Frau [Ansprechperson] Amt ruft an" in text
    assert not any(word in text for word in TRACES)
    assert "Petra Kranich, 02921 5550 77" in (case_text := Message.objects.get().text), case_text


def test_a_contact_of_before_is_gone_from_the_texts_of_the_case(lead):
    case = petras()
    hand_over(case)
    erase(ADDRESS, lead)
    assert where(TRACES) == []
    case.refresh_from_db()
    assert case.concern == "Bitte Frau [entfernt] anrufen."
    assert Message.objects.get().text == "Viele Grüße, [entfernt], [entfernt]"


def test_who_has_only_another_address_now_keeps_the_name(lead):
    case = petras()
    hand_over(case, contact_name="Petra Kranich", contact_phone=PETRA["contact_phone"])
    erase(ADDRESS, lead)
    case.refresh_from_db()
    assert case.contact_name == "Petra Kranich" and case.concern == "Bitte Frau Kranich anrufen."
    assert where([ADDRESS]) == []


def test_a_surname_that_is_the_new_contacts_stays(lead):
    case = petras()
    hand_over(case, contact_name="Bo Kranich")
    erase(ADDRESS, lead)
    case.refresh_from_db()
    assert case.concern == "Bitte Frau Kranich anrufen."
    assert Message.objects.get().text == "Viele Grüße, [entfernt], [entfernt]"


def test_a_case_that_is_held_keeps_the_name_of_its_contact_before(lead):
    case = petras()
    hand_over(case)
    holds.place(case, reason="Prüfung", by=lead)
    CandidacyFactory(email=ADDRESS, name="Petra Kranich")
    erase(ADDRESS, lead)
    assert Message.objects.get().text == "Viele Grüße, Petra Kranich, 02921 5550 77"


def merged(by):
    survivor = CaseFactory(state=State.RUNNING, **BO)
    absorbed = petras(municipality=survivor.municipality)
    ConsultationRequest.objects.filter(pk=absorbed.pk).update(state=State.NEW)
    absorbed.refresh_from_db()
    return merging.merge(survivor, absorbed=absorbed, by=by)


def test_what_went_on_in_another_case_is_told_to_whom_it_belongs(lead):
    merged(lead)
    assert not any(word in told("bo@soest.example") for word in TRACES)
    own = told(ADDRESS)
    assert "Viele Grüße, Petra Kranich" in own and "Frau Kranichs Amt ruft an" in own
    assert "bo@soest.example" not in own and "Bo Neu" not in own


def test_the_contact_of_what_went_on_elsewhere_is_gone_from_there(lead):
    survivor = merged(lead)
    ConsultationRequest.objects.filter(pk=survivor.pk).update(state=State.CLOSED, outcome="consulted")
    erase(ADDRESS, lead)
    assert where(TRACES) == []
    survivor.refresh_from_db()
    assert survivor.contact_name == "Bo Neu" and survivor.messages.exists()


def test_an_advisor_is_told_and_forgotten_under_former_names_and_addresses(lead):
    advisor = AdvisorFactory(name="Amara Altmann", email="alt@example.net")
    case = CaseFactory(state=State.CLOSED)
    OfferFactory(advisor=advisor, state=Offer.State.ACCEPTED, consultation=case)
    notes.write(case, text="Frau Altmann ruft an", by=lead)
    now = timezone.now()
    Mail.objects.create(
        to="alt@example.net", audience="advisor", reference=case.reference, text="Hallo", state="sent", sent_at=now
    )
    Advisor.objects.filter(pk=advisor.pk).update(name="Amara Neumann", email="neu@example.net")
    assert "Hallo" in told("neu@example.net") and "Frau Altmann ruft an" in told("neu@example.net")
    erase("neu@example.net", lead)
    assert where(["alt@example.net", "Altmann", "Neumann"]) == []


def test_a_former_address_that_is_somebody_elses_now_stays_theirs(lead):
    advisor = AdvisorFactory(name="Amara Okoro", email="verein@example.net")
    OfferFactory(advisor=advisor, state=Offer.State.ACCEPTED, consultation=CaseFactory(state=State.CLOSED))
    Advisor.objects.filter(pk=advisor.pk).update(email="okoro@example.net")
    AdvisorFactory(name="Bo Fremd", email="verein@example.net")
    mail = Mail.objects.create(to="verein@example.net", audience="advisor", text="Für Bo")
    assert "Für Bo" not in told("okoro@example.net")
    erase("okoro@example.net", lead)
    assert Mail.objects.filter(pk=mail.pk).exists()


def test_a_candidate_is_named_to_nobody_and_forgotten_by_name(lead):
    CandidacyFactory(name="Bo Ahrens", email="ahrens@example.net")
    case = CaseFactory(state=State.RUNNING)
    notes.write(case, text="Bo Ahrens bewirbt sich", by=lead)
    assert "[Bewerber*in] bewirbt sich" in told(case.contact_email)
    erase("ahrens@example.net", lead)
    assert where(["ahrens"]) == []


def desk_mail(to):
    return Mail.objects.create(to=to, audience="desk", subject="Hinweis", text="Neue Anfrage")


def colleague_of_before():
    made = UserFactory(first_name="Jana", last_name="Wiechers", email="wiechers@example.org", phone="0228 5550 77")
    User.objects.filter(pk=made.pk).update(last_name="Mühl", email="muehl@example.org", phone="0228 5550 78")
    notes.write(CaseFactory(state=State.CLOSED), text="Jana Wiechers ruft an, 0228 5550 77", by=UserFactory())
    desk_mail("wiechers@example.org")
    return made


def test_a_colleague_is_told_and_forgotten_under_former_names_and_addresses(lead):
    colleague_of_before()
    assert "Neue Anfrage" in told("muehl@example.org")
    erase("muehl@example.org", lead)
    assert where(("wiechers", "Mühl", "muehl", "5550 77", "5550 78")) == []
    assert not Mail.objects.filter(text="Neue Anfrage").exists()


def test_a_former_mailbox_that_an_organisation_reads_now_stays_its(lead):
    colleague_of_before()
    OrganisationFactory(email="Wiechers@example.org")
    assert "Neue Anfrage" not in told("muehl@example.org")
    erase("muehl@example.org", lead)
    assert Mail.objects.get(text="Neue Anfrage").to == "wiechers@example.org"
