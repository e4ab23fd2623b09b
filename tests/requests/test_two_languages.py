"""An English case: every mail to its municipality, and the vocabularies that the mails and pages name."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone, translation

from advisors import consents
from advisors import mails as team_mails
from advisors.models import DeclineReason, Purpose
from miglobe.codes.models import AccessCode
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import mails, reference, summary
from requests.models import KINDS, Format, Language, Municipality, Reason, Region, State, Topic
from tests.factories import (
    AppointmentFactory,
    CaseFactory,
    DateProposalFactory,
    MunicipalityFactory,
    OfferFactory,
    ReasonFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

GERMAN = re.compile(r"[äöüßÄÖÜ]|\b(?:der|die|das|und|Sie|wir|Ihr\w*|bitte|nicht|für|Anfrage|Guten|Grüße)\b")
TO_THE_MUNICIPALITY = {
    "please_confirm": (State.UNCONFIRMED, mails.please_confirm, {}),
    "received": (State.NEW, mails.received, {}),
    "address_corrected": (State.NEW, mails.address_corrected, {}),
    "status_link": (State.NEW, mails.status_link, {}),
    "asked": (State.INQUIRY, mails.asked, {"question": "Who will take part?"}),
    "message": (State.NEW, mails.message, {"text": "We have news."}),
    "accepted": (State.SEARCHING, mails.accepted, {}),
    "team_resized": (State.SEARCHING, mails.team_resized, {}),
    "rejected": (State.REJECTED, mails.rejected, {"note": "Ask again in spring."}),
    "referred": (State.REFERRED, mails.referred, {"note": "Please ask the eco office."}),
    "withdrawn": (State.WITHDRAWN, mails.withdrawn, {}),
    "closed": (State.CLOSED, mails.closed, {}),
    "resumed": (State.RUNNING, mails.resumed, {}),
    "reopened": (State.NEW, mails.reopened, {}),
    "reminded": (State.INQUIRY, mails.reminded, {}),
    "team_incomplete": (State.SEARCHING, team_mails.team_incomplete, {}),
}


TESTED_APART = {
    *("access_code", "team_complete", "recorded", "merged", "merged_elsewhere"),
    *("appointment_arranged", "appointment_moved", "appointment_cancelled", "appointment_reminded"),
    *("dates_proposed", "dates_withdrawn"),
    "follow_up_asked",  # tests/advisors/test_follow_up.py
}


def owed(case, write, **context):
    with transaction.atomic():
        write(case, **context)
    return Mail.objects.get(reference=case.reference, to=case.contact_email)


def english_case(state=State.NEW, **values):
    place = MunicipalityFactory(name="Kreis Ahaus", type="Kreis", is_district=True)
    reason = ReasonFactory(explanation_en="There is a better offer.") if state in ("rejected", "referred") else None
    return CaseFactory(state=state, language="en", municipality=place, contact_name="Kim Doe", reason=reason, **values)


def german_in(text):
    return GERMAN.findall(text.replace("Kreis Ahaus", ""))


@pytest.mark.parametrize("event", TO_THE_MUNICIPALITY)
def test_a_mail_to_an_english_case_is_english_and_leads_to_english_pages(event):
    state, write, context = TO_THE_MUNICIPALITY[event]
    mail = owed(english_case(state), write, **context)
    message = outbox.message(mail)
    assert message.subject.startswith(f"[{mail.reference}] ")
    assert german_in(message.subject + message.body) == []
    assert "/en/anfrage/" in message.body
    assert f"reference number {mail.reference}" in message.body
    assert message.body.rstrip().endswith("Kind regards\nYour MiGlobe team")
    assert 'lang="en"' in message.alternatives[0][0]


def test_no_mail_to_municipalities_is_missing_above():
    code = "".join(Path(module.__file__).read_text() for module in (mails, team_mails))
    sent = re.findall(r'(?:to_municipality\(\s*"\w+/|_to_everybody\(")(\w+)"', code)
    assert sorted(sent) == sorted({*TESTED_APART, *TO_THE_MUNICIPALITY})


@pytest.mark.parametrize("outcome", ["dialogue", "consulted", "abandoned"])
def test_every_end_is_told_in_english(outcome):
    mail = owed(english_case(State.CLOSED, outcome=outcome), mails.closed)
    assert german_in(mail.text) == []
    assert "request for Kreis Ahaus" in mail.text


@pytest.mark.parametrize("shown", [0, 1, 2])
def test_the_team_is_told_in_english_with_and_without_names(shown):
    case = english_case(State.STAFFED)
    offers = [OfferFactory(consultation=case, state="accepted", advisor__name=f"Ana {n}") for n in range(2)]
    for offer in offers[shown:]:
        consents.withdraw(offer.advisor, Purpose.SHOWN)
    with transaction.atomic():
        team_mails.team_complete(case, offers=offers)
    mail = Mail.objects.get(template="advisors/team_complete")
    assert german_in(mail.text) == []
    assert [f"Ana {n}" in mail.text for n in range(2)] == [shown > 0, shown > 1]


@pytest.mark.parametrize("contacted", [None, timezone.now()])
def test_who_asked_by_telephone_is_told_in_english(contacted):
    case = english_case(channel="phone", contacted_at=contacted, concern="We wish for advice.")
    assert german_in(owed(case, mails.recorded, by=UserFactory(organisation__name="Example")).text) == []


@pytest.mark.parametrize("address", ["kim@ahaus.example", "other@ahaus.example"])
def test_a_merger_is_told_in_english(address):
    stays = english_case(contact_email="kim@ahaus.example")
    absorbed = CaseFactory(
        language="en", municipality=stays.municipality, contact_name="Kim Doe", contact_email=address
    )
    with transaction.atomic():
        mails.merged(stays, absorbed=absorbed, note="")
    assert [german_in(mail.subject + mail.text) for mail in Mail.objects.all()] == [[]] * Mail.objects.count()
    assert Mail.objects.count() == (1 if address == stays.contact_email else 2)


@pytest.mark.parametrize("event", ["arranged", "moved", "cancelled", "reminded"])
def test_an_appointment_is_told_in_english(event):
    appointment = AppointmentFactory(consultation=english_case(State.RUNNING), place="Town hall", kind="workshop")
    more = {"moved": {"former": timezone.localtime()}, "cancelled": {"note": "Snow."}}.get(event, {})
    with transaction.atomic():
        getattr(team_mails, f"appointment_{event}")(appointment, offers=[], **more)
    mail = Mail.objects.get()
    assert german_in(mail.subject + mail.text) == []
    assert "Workshop" in mail.text and "Town hall" in mail.text


@pytest.mark.parametrize("event", ["proposed", "withdrawn"])
def test_dates_to_choose_from_are_told_in_english(event):
    proposal = DateProposalFactory(consultation=english_case(State.STAFFED), place="Town hall", word="Early, please.")
    more = {"proposed": {"replaces": True}}.get(event, {})
    with transaction.atomic():
        getattr(team_mails, f"dates_{event}")(proposal, options=list(proposal.options.all()), **more)
    mail = Mail.objects.get()
    assert german_in(mail.subject + mail.text) == []
    assert "/en/" in outbox.message(mail).body


def test_a_code_is_told_in_english():
    case = english_case()
    access = AccessCode.objects.create(purpose="requests.status", target=case.key)
    mail = owed(case, mails.access_code, access=access)
    assert german_in(mail.subject + mail.text) == []


def test_dates_are_written_as_each_language_writes_them():
    day = timezone.localtime() + timedelta(days=30)
    english = owed(english_case(state_since=day), mails.accepted).text
    german = owed(CaseFactory(state_since=day), mails.accepted).text
    assert re.search(r"by \w+day, \d+ [A-Z]\w+ \d{4}", english)
    assert re.search(r"[Bb]is \w+, \d+\. \w+ \d{4}", german)


def test_a_reason_without_english_words_is_told_in_german_rather_than_not_at_all():
    case = CaseFactory(state=State.REJECTED, language="en", reason=ReasonFactory(explanation="So ist es."))
    assert "So ist es." in owed(case, mails.rejected, note="").text


# --- Vocabularies ----------------------------------------------------------------------------------


def test_everything_that_is_seeded_has_both_names():
    call_command("load_data")
    for model in (Topic, Format, Language, Region, Reason, DeclineReason):
        assert not model.objects.filter(name_en="").exists(), model
    assert not Reason.objects.filter(explanation_en="").exists()


def test_loading_again_fills_in_english_and_leaves_what_was_edited():
    call_command("load_data")
    fair, twinning = Topic.objects.get(name="Fairer Handel und faire Beschaffung"), Topic.objects.first()
    Topic.objects.filter(pk=fair.pk).update(name_en="")
    Topic.objects.filter(pk=twinning.pk).update(name_en="Twinning")
    Reason.objects.filter(name="Keine Kommune").update(explanation="Anders.", explanation_en="")
    Reason.objects.filter(name="Doppelt gestellt").update(explanation_en="")
    call_command("load_data")
    assert Topic.objects.get(pk=fair.pk).name_en == "Fair trade and fair procurement"
    assert Topic.objects.get(pk=twinning.pk).name_en == "Twinning"
    assert Reason.objects.get(name="Keine Kommune").explanation_en == ""
    assert (
        Reason.objects.get(name="Doppelt gestellt").explanation_en
        == dict(reference.REASONS.values())[Reason.objects.get(name="Doppelt gestellt").explanation]
    )


def test_a_request_reads_in_the_language_of_its_reader():
    call_command("load_data")
    case = CaseFactory(place="on_site", wished_from="2027-03-01", topics=[Topic.objects.first()])
    case.refresh_from_db()
    with translation.override("en"):
        values = [row.value for row in summary.everything(case)]
    assert "1 March 2027" in values
    assert "Town twinning and project partnerships with the Global South" in values
    assert "1. März 2027" in [row.value for row in summary.everything(case)]


def test_english_names_a_municipality_without_german_grammar():
    place = MunicipalityFactory.build(name="Märkischer Kreis", type="Kreis", is_district=True)
    with translation.override("en"):
        assert (place.accusative, place.label) == ("Märkischer Kreis", "Märkischer Kreis")
    assert place.accusative == "den Märkischen Kreis"


def test_every_kind_of_municipality_has_a_word_to_translate():
    call_command("load_data")
    kinds = Municipality.objects.filter(is_district=False).values_list("type", flat=True).distinct().order_by()
    assert {kind.partition(" (")[0] for kind in kinds} == set(KINDS)
