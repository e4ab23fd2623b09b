"""The public form, from the first page to the receipt."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from miglobe.limits import limits
from miglobe.outbox.models import Mail
from miglobe.pages.models import Portal
from requests import access, drafts
from requests.models import ConsultationRequest, State
from tests.factories import CaseFactory, DraftFactory, LanguageFactory, MunicipalityFactory, RegionFactory, TopicFactory
from tests.periods import follow

pytestmark = pytest.mark.django_db


def url(case, name):
    return f"/anfrage/{case.key}/{name}/"


def valid():
    """One valid answer per step."""
    return {
        "kommune": {"municipality": MunicipalityFactory().pk},
        "anliegen": {"topics": [TopicFactory().pk], "concern": "Wir suchen Rat.", "hope": ""},
        "rahmen": {"place": "online"},
        "kontakt": {"contact_name": "Petra Beispiel", "contact_email": "petra@stadt.example"},
    }


def fill(client, case, **changes):
    for name, answers in (valid() | changes).items():
        response = client.post(url(case, name), answers)
        assert response.status_code == 302, name


def test_the_start_page_changes_nothing_and_a_post_begins_a_draft(client):
    assert client.get("/anfrage/").status_code == 200
    assert client.head("/anfrage/").status_code == 200
    assert not ConsultationRequest.objects.exists()
    response = client.post("/anfrage/")
    case = ConsultationRequest.objects.get()
    assert response["Location"] == url(case, "kommune")
    assert case.state == State.DRAFT


def test_the_whole_form_leads_to_a_receipt_and_a_mail(client):
    case = DraftFactory()
    partner = MunicipalityFactory()
    fill(
        client,
        case,
        kommune={"municipality": MunicipalityFactory().pk, "co_1": partner.pk, "co_3": partner.pk},
        kontakt={
            "contact_name": "Petra Beispiel",
            "contact_email": "petra@stadt.example",
            "contact_phone": "02921 / 5550-10",
        },
    )
    assert "Wir suchen Rat." in client.get(url(case, "pruefen")).content.decode()
    response = client.post(url(case, "pruefen"), follow=True)
    case.refresh_from_db()
    assert case.state == State.UNCONFIRMED
    assert case.draft == {}
    assert list(case.co_municipalities.all()) == [partner]
    assert case.reference in response.content.decode()
    mail = Mail.objects.get()
    assert (mail.template, mail.to) == ("requests/please_confirm", "petra@stadt.example")


def test_sending_twice_gives_one_case_one_mail_and_the_same_receipt(client):
    case = DraftFactory()
    fill(client, case)
    first = client.post(url(case, "pruefen"))
    second = client.post(url(case, "pruefen"))
    assert first["Location"] == second["Location"] == url(case, "eingang")
    assert client.get(url(case, "kommune"))["Location"] == url(case, "eingang")  # the back button
    assert Mail.objects.count() == ConsultationRequest.objects.count() == 1


def test_a_tab_left_open_cannot_change_what_was_sent(client):
    case = DraftFactory()
    fill(client, case)
    client.post(url(case, "pruefen"))
    response = client.post(url(case, "anliegen"), {"concern": "Etwas anderes"})
    assert response["Location"] == url(case, "eingang")
    case.refresh_from_db()
    assert case.concern == "Wir suchen Rat."


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(client):
    case = DraftFactory()
    response = client.post(url(case, "anliegen"), {"concern": "", "hope": "Einen Ratsbeschluss."})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Bitte wählen Sie mindestens ein Thema." in page
    assert "Einen Ratsbeschluss." in page
    assert "Fehler: " in page.partition("</title>")[0]


def test_going_back_keeps_even_what_is_not_valid(client):
    case = DraftFactory()
    response = client.post(url(case, "kontakt"), {"contact_name": "Petra", "contact_email": "petra@", "zurueck": "1"})
    assert response["Location"] == url(case, "rahmen")
    page = client.get(url(case, "kontakt")).content.decode()
    assert 'value="petra@"' in page
    assert 'value="Petra"' in page


def test_changing_one_section_leads_back_to_the_review(client):
    case = DraftFactory()
    fill(client, case)
    response = client.post(url(case, "rahmen") + "?aendern", {"place": "on_site"})
    assert response["Location"] == url(case, "pruefen")


def test_a_step_that_was_skipped_cannot_be_left_out(client):
    case = DraftFactory()
    response = client.post(url(case, "pruefen"))
    assert response["Location"] == url(case, "kommune")
    case.refresh_from_db()
    assert case.state == State.DRAFT
    assert not Mail.objects.exists()


def test_an_answer_that_has_become_invalid_is_asked_for_again(client):
    case = DraftFactory()
    topic = TopicFactory()
    fill(client, case, anliegen={"topics": [topic.pk], "concern": "Rat"})
    topic.active = False
    topic.save()
    assert client.post(url(case, "pruefen"))["Location"] == url(case, "anliegen")


@pytest.mark.parametrize("path", ["/anfrage/{}/kommune/", "/anfrage/{}/pruefen/", "/anfrage/{}/eingang/"])
def test_an_unknown_draft_leads_to_a_page_that_helps(client, path):
    response = client.get(path.format(uuid4()))
    assert response.status_code == 404
    assert "Neue Anfrage beginnen" in response.content.decode()


def test_an_unknown_step_leads_to_a_page_that_helps(client):
    response = client.post(url(DraftFactory(), "nirgends"), {})
    assert response.status_code == 404
    assert "Neue Anfrage beginnen" in response.content.decode()


def test_the_receipt_of_a_draft_leads_to_its_first_step(client):
    case = DraftFactory()
    assert client.get(url(case, "eingang"))["Location"] == url(case, "kommune")


NEXT_YEAR = timezone.localdate().year + 1
BACKWARDS = {"wished_from": f"{NEXT_YEAR}-02-01", "wished_until": f"{NEXT_YEAR}-01-01"}
BAD = [
    ("kommune", {"municipality": "99999999"}, "aus der Liste"),
    ("kommune", {"municipality": "x" * 50_000}, "aus der Liste"),
    ("kommune", {"municipality": ["05111000", "' OR 1=1"]}, "aus der Liste"),
    ("anliegen", {"topics": ["abc"], "concern": "Rat"}, "aus der Liste"),
    ("anliegen", {"topics": ["99999999999999999999999"], "concern": "Rat"}, "aus der Liste"),
    ("anliegen", {"concern": "x" * 4001}, "höchstens 4000"),
    ("anliegen", {"concern": "Rat\x07"}, "Steuerzeichen"),
    ("rahmen", {"place": "im Weltall"}, "keine gültige Auswahl|aus der Liste"),
    ("rahmen", {"place": "online", "wished_from": "gestern"}, "gültiges Datum"),
    ("rahmen", {"place": "online", "wished_from": "2026-13-45"}, "gültiges Datum"),
    ("rahmen", {"place": "online", "wished_until": "2001-01-01"}, "Vergangenheit"),
    ("rahmen", {"place": "online", "wished_from": "9999-12-31"}, "zehn Jahren"),
    ("rahmen", {"place": "online"} | BACKWARDS, "vor dem Beginn"),
    ("kontakt", {"contact_name": "P", "contact_email": "keine Adresse"}, "vollständige E-Mail-Adresse"),
    ("kontakt", {"contact_name": "P\r\nBcc: x@example.org", "contact_email": "p@stadt.example"}, "nur eine Zeile"),
    ("kontakt", {"contact_name": "P" * 121, "contact_email": "p@stadt.example"}, "höchstens 120"),
    ("kontakt", {"contact_name": "P", "contact_email": "p@stadt.example", "contact_phone": "ruf an"}, "Telefonnummer"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "answers", "words"), BAD)
def test_bad_input_is_a_field_error_and_nothing_is_sent(client, step, answers, words):
    import re

    case = DraftFactory()
    response = client.post(url(case, step), answers)
    assert response.status_code == 422
    assert re.search(words, response.content.decode())
    case.refresh_from_db()
    assert (case.state, case.municipality, case.contact_email) == (State.DRAFT, None, "")
    assert client.get(url(case, step)).status_code == 200


def test_a_nul_character_is_dropped_because_no_column_takes_it(client):
    case = DraftFactory()
    response = client.post(url(case, "anliegen"), {"topics": [TopicFactory().pk], "concern": "Ra\x00t"})
    assert response.status_code == 302
    case.refresh_from_db()
    assert case.draft["anliegen"]["concern"] == ["Rat"]


def test_fields_that_no_step_has_are_not_kept(client):
    case = DraftFactory()
    client.post(url(case, "rahmen"), {"place": "online", "state": "closed", "reference": "MG-1", "organisation": "1"})
    case.refresh_from_db()
    assert set(case.draft["rahmen"]) == {"place"}
    assert case.state == State.DRAFT


def test_a_form_without_its_token_is_refused_in_german():
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post("/anfrage/")
    assert response.status_code == 403
    assert "noch einmal" in response.content.decode()
    assert not ConsultationRequest.objects.exists()


def test_a_form_that_is_far_too_long_is_refused_in_german(client):
    case = DraftFactory()
    response = client.post(url(case, "anliegen"), {"concern": "x" * 600_000})
    assert response.status_code == 413
    assert "<h1" in response.content.decode()


def test_while_no_requests_are_taken_nobody_can_begin(client):
    Portal.objects.create(pk=1, takes_requests=False, pause_note="Wieder ab Januar.")
    assert "Wieder ab Januar." in client.get("/anfrage/").content.decode()
    assert client.post("/anfrage/").status_code == 409
    assert not ConsultationRequest.objects.exists()


def test_switched_off_entries_and_municipalities_are_not_offered(client):
    MunicipalityFactory(name="Altstadt", active=False)
    TopicFactory(name="Altes Thema", active=False)
    case = DraftFactory()
    assert "Altstadt" not in client.get(url(case, "kommune")).content.decode()
    assert "Altes Thema" not in client.get(url(case, "anliegen")).content.decode()


def test_the_form_offers_world_regions_and_the_usual_language_beforehand(client):
    LanguageFactory(name="Deutsch", position=0)
    LanguageFactory(name="Swahili", position=1)
    west = RegionFactory(name="Westafrika")
    RegionFactory(name="Ghana", part_of=west)
    page = client.get(url(DraftFactory(), "rahmen")).content.decode()
    assert "Westafrika" in page
    assert "Ghana" not in page
    assert page.count("checked") == 2  # Deutsch, and "beides ist möglich"


def test_the_number_of_queries_does_not_grow_with_the_municipalities(client, django_assert_num_queries):
    case = DraftFactory()
    for count in (1, 3):
        for _ in range(count):
            MunicipalityFactory()
        with django_assert_num_queries(3):  # portal, draft, municipalities
            client.get(url(case, "kommune"))


def test_nobody_can_fill_a_mailbox_with_confirmations(client):
    for number in range(5):
        limits.spend("confirmation", network="192.0.2.0/24", address=f"Petra+{number}@stadt.example")
    case = DraftFactory()
    fill(client, case)
    response = client.post(url(case, "pruefen"), REMOTE_ADDR="192.0.2.7")
    assert response.status_code == 429
    assert response["Retry-After"]
    assert "Ihre Angaben stehen noch hier." in response.content.decode()
    case.refresh_from_db()
    assert case.state == State.DRAFT


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-7", "idna"])
@pytest.mark.parametrize("path", ["/anfrage/", "/anfrage/link/", "/anmelden/"])
def test_a_form_in_a_foreign_encoding_is_refused_with_a_page(path, charset):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    response = browser.post(path, b"a=b", content_type=f"application/x-www-form-urlencoded; charset={charset}")
    assert response.status_code in (400, 403)
    assert "<h1" in response.content.decode()


def test_two_submissions_at_the_same_key_store_the_answers_once(client):
    case = DraftFactory()
    fill(client, case)
    stale = ConsultationRequest.objects.get(pk=case.pk)
    first = drafts.submit(case)
    second = drafts.submit(stale)
    assert first.reference == second.reference


def test_old_drafts_and_unconfirmed_requests_are_forgotten():
    old = timezone.now() - timedelta(days=15)
    kept = [DraftFactory(), CaseFactory(state=State.UNCONFIRMED), CaseFactory(state=State.WITHDRAWN)]
    gone = [DraftFactory(), CaseFactory(state=State.UNCONFIRMED)]
    gone.append(CaseFactory(state=State.WITHDRAWN, confirmed_at=None))
    ConsultationRequest.objects.filter(pk__in=[case.pk for case in gone]).update(updated_at=old, state_since=old)
    for case in (*kept[1:], *gone[1:]):
        Mail.objects.create(reference=case.reference, to=case.contact_email, subject="x", text="x")
    assert (follow("requests.drafts"), follow("requests.unconfirmed")) == (1, 2)
    assert set(ConsultationRequest.objects.all()) == set(kept)
    assert set(Mail.objects.values_list("reference", flat=True)) == {case.reference for case in kept[1:]}


def filed(client) -> ConsultationRequest:
    case = DraftFactory()
    fill(client, case)
    return drafts.submit(case)


def test_nothing_is_forgotten_before_the_mail_that_asks_has_been_out_for_the_whole_period(client):
    """The worker or the mail server was away for a week."""
    now, week = timezone.now(), timedelta(days=7)
    case = filed(client)
    ConsultationRequest.objects.update(state_since=now - 2 * week)
    mails = Mail.objects.filter(template="requests/please_confirm")
    for waiting in ("queued", "held"):
        mails.update(state=waiting)
        assert follow("requests.unconfirmed", now) == 0
    mails.update(state="sent", sent_at=now - timedelta(days=6))
    assert follow("requests.unconfirmed", now) == 0
    assert follow("requests.unconfirmed", now + timedelta(days=1, minutes=1)) == 1
    assert not ConsultationRequest.objects.filter(pk=case.pk).exists()


def test_asking_for_the_link_again_keeps_nothing_longer(client):
    now = timezone.now()
    case = filed(client)
    ConsultationRequest.objects.update(state_since=now - timedelta(days=8))
    Mail.objects.update(state="sent", sent_at=now - timedelta(days=8), created_at=now - timedelta(days=8))
    access.send_links(case.contact_email)
    assert Mail.objects.filter(state="queued", template="requests/please_confirm").count() == 1
    assert follow("requests.unconfirmed", now) == 1


@pytest.mark.parametrize("state", ["failed", "discarded"])
def test_a_mail_that_will_never_arrive_keeps_nothing_either(client, state):
    now = timezone.now()
    filed(client)
    ConsultationRequest.objects.update(state_since=now - timedelta(days=8))
    Mail.objects.update(state=state)
    assert follow("requests.unconfirmed", now) == 1
