"""A draft that is continued later or thrown away, and what the last page says before sending."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import attachments
from requests.models import Attachment, ConsultationRequest, State
from tests.factories import CaseFactory, DraftFactory, MunicipalityFactory, TopicFactory
from tests.periods import follow
from tests.requests.test_form import fill, url

pytestmark = pytest.mark.django_db

ADDRESS = "petra@stadt.example"


def page(case, name):
    return reverse(f"requests:{name}", kwargs={"key": case.key})


def link(mail: Mail) -> str:
    return outbox.addresses(mail)["link"].removeprefix("http://localhost:8000")


def pause(client, case, email=ADDRESS):
    return client.post(page(case, "pause"), {"email": email})


# --- Continuing later --------------------------------------------------------------------------------


def test_what_is_typed_is_kept_valid_or_not(client):
    case = DraftFactory()
    response = client.post(url(case, "kontakt"), {"contact_email": "petra@", "spaeter": "1"})
    assert response["Location"] == page(case, "pause")
    assert "petra@" in client.get(url(case, "kontakt")).text


def test_the_address_of_the_contact_is_suggested(client):
    case = DraftFactory()
    client.post(url(case, "kontakt"), {"contact_email": ADDRESS})
    assert f'value="{ADDRESS}"' in client.get(page(case, "pause")).text


@pytest.mark.parametrize("typed", [[], [ADDRESS, ADDRESS]])
def test_the_address_may_have_come_in_any_number(client, typed):
    case = DraftFactory()
    client.post(url(case, "kontakt"), {"contact_email": typed})
    assert client.get(page(case, "pause")).status_code == 200


def test_the_link_leads_to_the_first_step_that_is_open(client):
    case = DraftFactory()
    client.post(url(case, "kommune"), {"municipality": MunicipalityFactory().pk})
    assert pause(client, case)["Location"] == page(case, "paused")
    mail = Mail.objects.get()
    assert mail.to == ADDRESS
    for _ in range(2):  # opening it burns nothing
        assert url(case, "anliegen") in client.get(link(mail)).text
    fill(client, case)
    assert page(case, "review") in client.get(link(mail)).text


def test_pausing_twice_keeps_both_links(client):
    case = DraftFactory()
    pause(client, case)
    pause(client, case, "kollegin@stadt.example")
    assert all(client.get(link(mail)).status_code == 200 for mail in Mail.objects.all())
    assert Mail.objects.count() == 2


def test_the_promised_day_is_kept(client, settings):
    case = DraftFactory()
    nearly_over = timezone.now() - timedelta(days=settings.DRAFT_DAYS - 1)
    ConsultationRequest.objects.filter(pk=case.pk).update(updated_at=nearly_over)
    pause(client, case)
    assert follow("requests.drafts", timezone.now() + timedelta(days=settings.DRAFT_DAYS - 1)) == 0
    assert follow("requests.drafts", timezone.now() + timedelta(days=settings.DRAFT_DAYS + 1)) == 1
    assert not Mail.objects.exists()


def test_the_mail_says_nothing_of_what_was_typed(client):
    case = DraftFactory()
    fill(client, case)
    pause(client, case, "irgendwer@example.org")
    mail = Mail.objects.get()
    assert "Wir suchen Rat." not in mail.text
    assert "Petra" not in mail.text + mail.subject


def test_nobody_can_fill_a_mailbox_with_links(client):
    for _ in range(5):
        assert pause(client, DraftFactory()).status_code == 302
    refused = pause(client, DraftFactory(), ADDRESS.upper())
    assert refused.status_code == 429
    assert refused["Retry-After"]
    assert ADDRESS.upper() in refused.text
    assert Mail.objects.count() == 5


def test_a_wrong_address_is_said_beside_the_field_and_kept(client):
    response = pause(client, DraftFactory(), "petra@")
    assert response.status_code == 422
    assert "petra@" in response.text
    assert not Mail.objects.exists()


def test_the_link_of_a_sent_draft_leads_to_the_receipt(client):
    case = DraftFactory()
    fill(client, case)
    pause(client, case)
    address = link(Mail.objects.get())
    client.post(url(case, "pruefen"))
    assert client.get(address)["Location"] == page(case, "receipt")
    assert client.get(page(case, "pause"))["Location"] == page(case, "receipt")
    assert pause(client, case)["Location"] == page(case, "receipt")


def test_an_english_draft_gets_an_english_link(client):
    case = DraftFactory(language="en")
    pause(client, case)
    mail = Mail.objects.get()
    assert mail.subject == "Your draft of a request to MiGlobe"
    assert link(mail).startswith("/en/")


# --- Throwing away -----------------------------------------------------------------------------------


def test_a_draft_can_be_deleted_with_files_and_mails(client, django_capture_on_commit_callbacks):
    case = DraftFactory()
    attachments.add(case, SimpleUploadedFile("a.pdf", b"%PDF-1.7\n%%EOF\n"))
    stored = Attachment.objects.get().file
    pause(client, case)
    other = DraftFactory()
    pause(client, other)
    assert client.get(page(case, "throw_away")).status_code == 405
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(page(case, "throw_away")).status_code == 302
    assert not stored.storage.exists(stored.name)
    assert list(ConsultationRequest.objects.all()) == [other]
    assert Mail.objects.count() == 1
    assert client.get(page(case, "pause")).status_code == 404
    assert client.post(page(case, "throw_away")).status_code == 302


def test_what_was_sent_cannot_be_thrown_away(client):
    case = CaseFactory(state=State.UNCONFIRMED)
    assert client.post(page(case, "throw_away"))["Location"] == page(case, "receipt")
    assert ConsultationRequest.objects.filter(pk=case.pk).exists()


def test_a_draft_that_is_gone_has_a_page_that_helps(client):
    for name in ("pause", "paused"):
        response = client.get(reverse(f"requests:{name}", kwargs={"key": uuid4()}))
        assert response.status_code == 404
        assert "Diesen Entwurf gibt es nicht mehr" in response.text


# --- Before sending ------------------------------------------------------------------------------------


def ready(client, municipality, topic, **contact):
    case = DraftFactory()
    answers = {"topics": [topic.pk], "concern": "Wir suchen Rat.", "hope": ""}
    kontakt = {"contact_name": "Petra Beispiel", "contact_email": ADDRESS} | contact
    fill(client, case, kommune={"municipality": municipality.pk}, anliegen=answers, kontakt=kontakt)
    return case


def test_open_requests_of_the_same_municipality_are_mentioned_without_their_people(client):
    place, topic, other = MunicipalityFactory(name="Ahlen"), TopicFactory(), TopicFactory()
    CaseFactory(municipality=place, topics=[topic, other], contact_name="Gerda Geheim", concern="Vertraulich.")
    text = client.get(page(ready(client, place, topic), "review")).text
    assert "Für Ahlen liegt uns schon eine Anfrage vor" in text
    assert f"Gemeinsame Themen: {topic}." in text
    for closed in ("Gerda", "Vertraulich", str(other)):
        assert closed not in text


def test_a_joint_request_counts_for_each_of_its_municipalities(client):
    place = MunicipalityFactory(name="Ahlen")
    CaseFactory(municipality=MunicipalityFactory(name="Beckum")).co_municipalities.add(place)
    text = client.get(page(ready(client, place, TopicFactory()), "review")).text
    assert "Für Beckum liegt uns schon eine Anfrage vor" in text
    assert "Gemeinsame Themen" not in text


@pytest.mark.parametrize("state", [State.UNCONFIRMED, State.CLOSED, State.WITHDRAWN, State.REJECTED])
def test_what_nobody_has_confirmed_or_what_has_ended_is_not_mentioned(client, state):
    place = MunicipalityFactory()
    CaseFactory(municipality=place, state=state)
    assert "schon eine Anfrage" not in client.get(page(ready(client, place, TopicFactory()), "review")).text


def test_the_same_topics_come_first_and_the_cost_is_constant(client, django_assert_max_num_queries):
    place, topic = MunicipalityFactory(), TopicFactory()
    case = ready(client, place, topic)
    counts = []
    for number in (1, 5):
        for _ in range(number):
            CaseFactory(municipality=place, topics=[topic])
        with django_assert_max_num_queries(30) as queries:
            text = client.get(page(case, "review")).text
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert text.count("liegt uns schon eine Anfrage vor") == 3


def test_a_private_address_is_mentioned_and_never_refused(client):
    place, topic = MunicipalityFactory(), TopicFactory()
    case = ready(client, place, topic, contact_email="petra@web.de")
    assert "Ist das Ihre dienstliche E-Mail-Adresse?" in client.get(page(case, "review")).text
    assert client.post(page(case, "review"))["Location"] == page(case, "receipt")
    assert "dienstliche E-Mail-Adresse?" not in client.get(page(ready(client, place, topic), "review")).text


def test_the_desk_sees_what_the_domain_looks_like(desk):
    case = CaseFactory(municipality=MunicipalityFactory(name="Unna"), contact_email="p@stadt-unna.de")
    text = desk.get(reverse("admin:requests_consultationrequest_change", args=[case.pk])).text
    assert "sieht nach der Kommune aus" in text
