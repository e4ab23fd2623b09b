"""What anybody can set off tells nothing of what they typed, and stops when its reader says "Das war ich nicht"."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from advisors import candidacies
from advisors import links as advisor_links
from advisors.models import Candidacy
from miglobe import links
from miglobe.codes import codes
from miglobe.outbox import kinds, outbox, suppression
from miglobe.outbox.models import Mail, MailStep, Suppression
from miglobe.privacy import asking
from miglobe.privacy.models import DataRequest
from requests import access
from requests import links as request_links
from requests.models import ConsultationRequest, State
from tests.factories import AdvisorFactory, CandidacyFactory, CaseFactory, DraftFactory
from tests.periods import follow
from tests.requests.test_form import fill, url

pytestmark = pytest.mark.django_db

ADDRESS = "petra@stadt.example"
MARK = "Zwetschgenmus"  # stands in no text of ours


def stop_page(mail: Mail) -> str:
    return outbox.addresses(mail)["stop"].partition("://")[2].partition("/")[2].join(("/", ""))


def mails_by_anybody(client) -> list[Mail]:
    """Every field that strangers can fill holds the mark; every mail that they set off for ADDRESS."""
    asks_for_data()  # nobody knows the address yet
    draft = DraftFactory()
    fill(client, draft, kontakt={"contact_name": MARK, "contact_email": ADDRESS, "contact_role": MARK,
                                 "contact_phone": "0211 5550 1"})  # fmt: skip
    client.post(url(draft, "anliegen"), {**_typed(draft, "anliegen"), "concern": MARK, "hope": MARK})
    client.post(url(draft, "spaeter"), {"email": ADDRESS})
    client.post(url(draft, "pruefen"))
    client.post("/beraten/", {"key": uuid4(), "name": MARK, "email": ADDRESS, "about": MARK, "agreed": "on"})
    client.post("/barrierefreiheit/melden/", {"key": uuid4(), "barrier": MARK, "page": f"/{MARK}", "email": ADDRESS})
    asks_for_data()
    return list(Mail.objects.filter(to=ADDRESS).order_by("pk"))


def asks_for_data() -> None:
    asking.ask(ADDRESS, language="de")
    asking.answer(DataRequest.objects.latest("pk").pk)


def _typed(draft: ConsultationRequest, step: str) -> dict:
    draft.refresh_from_db()
    return dict(draft.draft[step])


def test_mails_that_anybody_can_set_off_echo_nothing(client):
    mails = mails_by_anybody(client)
    assert {mail.template for mail in mails} == {kind.template for kind in kinds.all_by_anybody()}
    for mail in mails:
        message = outbox.message(mail)
        html = message.alternatives[0][0]
        assert MARK not in message.subject + message.body + html + mail.reply_to, mail.template
        assert "5550" not in message.body
        assert message.body.count("/keine-mails/") == 1, mail.template
        assert ADDRESS not in message.body, mail.template


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_link_in_the_mail_stops_further_ones(client, language):
    prefix = "" if language == "de" else "/en"
    client.post(f"{prefix}{url(DraftFactory(language=language), 'spaeter')}", {"email": ADDRESS})
    page = stop_page(Mail.objects.get())
    assert page.startswith(f"{prefix}/keine-mails/")
    assert client.get(page).status_code == 200
    assert not Suppression.objects.exists(), "a scanner opens links"
    for _ in range(2):
        done = client.post(page, follow=True)
    assert "nicht mehr" in done.text if language == "de" else "any more" in done.text
    assert Suppression.objects.count() == 1

    client.post(url(DraftFactory(), "spaeter"), {"email": "PETRA+neu@stadt.example"})
    unwanted = Mail.objects.latest("pk")
    assert unwanted.state == Mail.State.DISCARDED
    assert "Das war ich nicht" in MailStep.objects.get(mail=unwanted).note
    outbox.deliver(unwanted.pk)
    assert Mail.objects.latest("pk").sent_at is None

    client.post(page, {"erlauben": "1"})
    client.post(url(DraftFactory(), "spaeter"), {"email": ADDRESS})
    assert Mail.objects.latest("pk").state == Mail.State.QUEUED


def test_all_that_anybody_can_set_off_stops_and_nobody_sees_the_difference(client):
    before = [mail.template for mail in mails_by_anybody(client)]
    suppression.stop_for(ADDRESS)
    pages = [client.get(path).text for path in ("/anfrage/link/gesendet/", "/beraten/gesendet/")]
    Mail.objects.all().delete()
    Candidacy.objects.all().delete()
    mails = mails_by_anybody(client)
    assert {mail.template for mail in mails} <= set(before)
    assert {mail.state for mail in mails} == {Mail.State.DISCARDED}
    assert pages == [client.get(path).text for path in ("/anfrage/link/gesendet/", "/beraten/gesendet/")]


def test_who_takes_part_in_a_case_still_gets_its_mails(client):
    suppression.stop_for(ADDRESS)
    case = CaseFactory(contact_email=ADDRESS)
    access.send_links(ADDRESS)
    codes.send(case.reference, ADDRESS)
    advisor = AdvisorFactory(email="amara@example.net")
    suppression.stop_for(advisor.email)
    client.post("/angebot/link/", {"email": advisor.email})
    assert {mail.template: mail.state for mail in Mail.objects.all()} == {
        "requests/status_link": "queued",
        "requests/access_code": "queued",
        "advisors/own_page_again": "queued",
    }


def test_an_unconfirmed_request_is_not_asked_for_again(client):
    CaseFactory(contact_email=ADDRESS, state=State.UNCONFIRMED)
    suppression.stop_for(ADDRESS)
    access.send_links(ADDRESS)
    assert Mail.objects.get().state == Mail.State.DISCARDED


def test_the_page_that_confirms_can_throw_away_and_stop(client):
    case = CaseFactory(contact_email=ADDRESS, state=State.UNCONFIRMED)
    page = f"/anfrage/bestaetigen/{request_links.token(request_links.CONFIRM, case)}/"
    assert "Das war ich nicht" in client.get(page).text
    done = client.post(page, {"fremd": "1"}, follow=True)
    case.refresh_from_db()
    assert case.state == State.WITHDRAWN
    assert suppression.holds(ADDRESS)
    assert "Wir schreiben Ihnen nicht mehr" in done.text


def test_throwing_away_alone_stops_nothing(client):
    case = CaseFactory(contact_email=ADDRESS, state=State.UNCONFIRMED)
    client.post(f"/anfrage/bestaetigen/{request_links.token(request_links.CONFIRM, case)}/", {"verwerfen": "1"})
    assert not suppression.holds(ADDRESS)


def test_the_same_for_an_application(client):
    candidacy = CandidacyFactory(state=Candidacy.State.UNCONFIRMED, email=ADDRESS)
    page = f"/beraten/{advisor_links.token_for(candidacy, advisor_links.CONFIRM)}/"
    done = client.post(page, {"fremd": "1"}, follow=True)
    assert not Candidacy.objects.exists()
    assert suppression.holds(ADDRESS)
    assert "Wir schreiben Ihnen nicht mehr" in done.text
    candidacies.apply(uuid4(), name="Petra", email=ADDRESS, phone="", about="")
    assert Mail.objects.get().state == Mail.State.DISCARDED


def test_no_address_stands_in_the_table_or_in_the_link():
    token = suppression.stop_for(ADDRESS)
    row = str(list(Suppression.objects.values_list()))
    assert not re.search("petra|stadt", token + row, re.IGNORECASE)


@pytest.mark.parametrize("token", ["x", "a.b.c", "0" * 64])
def test_a_mangled_link_helps(client, token):
    page = client.post(f"/keine-mails/{token}/")
    assert page.status_code == 404
    assert "gilt nicht mehr" in page.text
    assert not Suppression.objects.exists()


def test_the_token_of_another_link_opens_nothing():
    foreign = links.token("requests.status", uuid4(), bound="x")
    with pytest.raises(links.Dead):
        suppression.mailbox(foreign)


def test_it_ends_after_its_days_and_is_forgotten(settings):
    suppression.stop_for(ADDRESS)
    Suppression.objects.update(until=timezone.now() - timedelta(minutes=1))
    assert not suppression.holds(ADDRESS)
    follow("suppressions")
    assert not Suppression.objects.exists()


def test_it_goes_on_under_a_new_key_while_the_old_one_is_known(settings):
    token = suppression.stop_for(ADDRESS)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    assert suppression.holds(ADDRESS)
    suppression.allow(suppression.mailbox(token))
    assert not suppression.holds(ADDRESS)


def test_a_coordinator_who_is_called_can_send_the_mail_whose_link_lifts_it(client, coordinator):
    suppression.stop_for(ADDRESS)
    client.post(url(DraftFactory(), "spaeter"), {"email": ADDRESS})
    mail = Mail.objects.get()
    assert "hebt es auf" in MailStep.objects.get(mail=mail).note
    outbox.send_now(outbox.hold(mail, by=coordinator), by=coordinator)
    mail.refresh_from_db()
    assert mail.state == Mail.State.QUEUED
    assert "E-Mails wieder erlauben" in client.get(stop_page(mail)).text
    client.post(stop_page(mail), {"erlauben": "1"})
    assert not suppression.holds(ADDRESS)
