"""The status page: the one place where a municipality reads, writes, and withdraws."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from miglobe.outbox.models import Mail
from requests import attachments, links, workflow
from requests.models import ENDED, ConsultationRequest, Message, State, Transition
from tests.factories import CaseFactory, UserFactory

pytestmark = pytest.mark.django_db

FILED = [state for state in State.values if state not in ("draft", "unconfirmed", "merged")]


def status_url(case, language=""):
    return f"{language}/anfrage/stand/{links.token(links.STATUS, case)}/"


def typed_in(response):
    return re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", response.content.decode(), re.DOTALL)[1]


# --- Messages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in FILED if state != "inquiry"])
def test_the_municipality_writes_at_any_time(client, state):
    case = CaseFactory(state=state, person=UserFactory())
    response = client.post(status_url(case), {"text": "Der <b>Termin</b> passt nicht."}, follow=True)
    page = response.content.decode()
    assert "bei uns angekommen" in page
    assert "Der &lt;b&gt;Termin&lt;/b&gt; passt nicht." in page
    assert "liegt der Koordination vor" in page
    case.refresh_from_db()
    assert case.state == state
    assert (case.messages.get().move, case.messages.get().by) == ("write", None)
    assert Mail.objects.get().to == case.person.email


def test_a_question_is_shown_apart_and_answered_on_the_page(client):
    case = CaseFactory()
    workflow.ask(case, question="Wer nimmt <b>teil</b>?", by=UserFactory())
    page = client.get(status_url(case)).content.decode()
    assert "Wer nimmt &lt;b&gt;teil" in page
    assert "Unsere Frage an Sie" in page
    assert "Ihre Antwort" in page
    response = client.post(status_url(case), {"antwort": "1", "text": "Das Schulamt."}, follow=True)
    page = response.content.decode()
    assert "angekommen" in page
    assert "Unsere Frage an Sie" not in page  # it has been answered
    case.refresh_from_db()
    assert case.state == State.NEW
    assert case.messages.last().text == "Das Schulamt."


def test_what_the_desk_noted_of_a_talk_is_shown_as_such(client):
    case = CaseFactory(state=State.INQUIRY)
    workflow.answer(case, text="Am Telefon: alle.", by=UserFactory())
    page = client.get(status_url(case)).content.decode()
    assert "Sie, von der Koordination notiert" in page
    assert "Am Telefon: alle." in page


def test_internal_notes_stay_at_the_desk(client):
    case, by = CaseFactory(), UserFactory()
    workflow.contact(case, note="Wirkt unentschlossen.", by=by)
    workflow.accept(case, team_size=2, by=by)
    assert "unentschlossen" not in client.get(status_url(case)).content.decode()


@pytest.mark.parametrize(
    ("state", "sent", "words"),
    [
        (State.NEW, {}, "Bitte schreiben Sie Ihre Nachricht"),
        (State.INQUIRY, {"antwort": "1"}, "Bitte schreiben Sie Ihre Antwort"),
        (State.NEW, {"text": "   "}, "Bitte schreiben Sie Ihre Nachricht"),
        (State.NEW, {"text": "x" * 4001}, "höchstens"),
        (State.NEW, {"text": "un\u202esichtbar"}, "Steuerzeichen"),
    ],
)
def test_what_cannot_be_sent_stays_in_its_field_with_the_reason(client, state, sent, words):
    case = CaseFactory(state=state)
    response = client.post(status_url(case), sent)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert "Fehler: " in response.content.decode()
    assert typed_in(response) == sent.get("text", "")
    assert not Message.objects.exists()


def test_sending_a_message_twice_shows_it_once(client):
    case = CaseFactory(person=UserFactory())
    for _ in range(2):
        assert client.post(status_url(case), {"text": "Hallo!"}).status_code == 302
    assert Message.objects.count() == Mail.objects.count() == Transition.objects.count() == 1


def test_an_answer_that_comes_too_late_can_be_sent_as_a_message(client):
    case = CaseFactory(state=State.SEARCHING, person=UserFactory())
    response = client.post(status_url(case), {"antwort": "1", "text": "Mein langer Text."})
    assert response.status_code == 409
    assert "Unsere Frage ist inzwischen geklärt" in response.content.decode()
    assert typed_in(response) == "Mein langer Text."
    assert 'name="antwort"' not in response.content.decode()
    assert not Message.objects.exists()
    assert client.post(status_url(case), {"text": "Mein langer Text."}).status_code == 302
    assert Message.objects.get().move == "write"


def test_a_message_that_crosses_our_question_can_be_sent_as_the_answer(client):
    case = workflow.ask(CaseFactory(), question="Wer nimmt teil?", by=UserFactory())
    response = client.post(status_url(case), {"text": "Mein langer Text."})
    assert response.status_code == 409
    assert "inzwischen eine Frage gestellt" in response.content.decode()
    assert typed_in(response) == "Mein langer Text."
    assert client.post(status_url(case), {"antwort": "1", "text": "Mein langer Text."}).status_code == 302
    case.refresh_from_db()
    assert case.state == State.NEW


def test_nobody_writes_before_the_mailbox_is_confirmed_and_yet_loses_no_text(client):
    for case in (CaseFactory(state=State.UNCONFIRMED), CaseFactory(state=State.WITHDRAWN, confirmed_at=None)):
        assert "<textarea" not in client.get(status_url(case)).content.decode()
        response = client.post(status_url(case), {"text": "Mein langer Text."})
        assert response.status_code == 409
        assert "Mein langer Text." in response.content.decode()
    assert not Message.objects.exists()


@pytest.mark.parametrize("state", [State.NEW, State.INQUIRY])
def test_changing_the_language_keeps_what_was_typed_and_sends_nothing(client, state):
    case = CaseFactory(state=state)
    response = client.post(status_url(case, "/en"), {"text": "\u202eunfertig", "sprache": "en"})
    assert response.status_code == 200
    assert '<html lang="en">' in response.content.decode()
    assert typed_in(response) == "\u202eunfertig"
    assert not Message.objects.exists()


def test_the_page_needs_the_same_queries_for_one_and_three_messages(client):
    case = CaseFactory(person=UserFactory())
    path = status_url(case)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            number = Message.objects.count()
            workflow.reply(case, text=f"Nachricht {number}", by=UserFactory())
            file = attachments.add(case, pdf(more=b"%d" % number))
            workflow.write(case, text=f"Antwort {number}", files=[file.key])
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- Files with a message ---------------------------------------------------------------------------------

PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n%%EOF\n"


def pdf(name="Plan.pdf", more=b""):
    return SimpleUploadedFile(name, PDF + more)


def kept_in(response):
    return re.findall(r'name="anlage" value="([^"]+)"', response.content.decode())


@pytest.mark.parametrize("state", [State.NEW, State.INQUIRY, State.RUNNING])
def test_files_come_with_a_message_and_are_found_in_the_thread_and_at_the_desk(client, coordinator, state):
    case = CaseFactory(state=state, person=UserFactory())
    answer = {"antwort": "1"} if state == State.INQUIRY else {}
    sent = {"text": "Anbei.", "uploads": [pdf(), pdf("Liste.pdf", b"2")], **answer}
    page = client.post(status_url(case), sent, follow=True).content.decode()
    files = list(case.messages.get().attachments.values_list("name", "key"))
    assert [name for name, _ in files] == ["Plan.pdf", "Liste.pdf"]
    thread = page.partition('class="portal-thread"')[2].partition("</ol>")[0]
    for _, key in files:
        assert f"/anlage/{key}/" in thread
    assert "Anlagen: Plan.pdf, Liste.pdf" in Mail.objects.get().text
    client.force_login(coordinator)
    desk = client.get(f"/admin/requests/consultationrequest/{case.pk}/change/").content.decode()
    thread = desk.partition('class="desk-thread"')[2].partition("</ol>")[0]
    for _, key in files:
        assert f"/file/{key}/" in thread


def test_a_file_that_fails_keeps_the_text_and_the_other_files(client):
    case = CaseFactory(person=UserFactory())
    bad = SimpleUploadedFile("seite.html", b"<html>")
    response = client.post(status_url(case), {"text": "Anbei.", "uploads": [pdf(), bad]})
    assert response.status_code == 422
    page = response.content.decode()
    assert page.count("seite.html: Diese Art von Datei") == 2  # summary and field
    assert typed_in(response) == "Anbei."
    assert not Message.objects.exists()
    (key,) = kept_in(response)
    client.post(status_url(case), {"text": "Anbei.", "anlage": key})
    assert [str(file.key) for file in Message.objects.get().attachments.all()] == [key]


def test_a_text_that_fails_keeps_the_files(client):
    case = CaseFactory(person=UserFactory())
    response = client.post(status_url(case), {"text": "", "uploads": [pdf()]})
    assert response.status_code == 422
    keys = kept_in(response)
    response = client.post(status_url(case, "/en"), {"text": "Anbei", "anlage": keys, "sprache": "en"})
    assert kept_in(response) == keys
    client.post(status_url(case), {"text": "Anbei.", "anlage": keys, "uploads": [pdf(), pdf("Neu.pdf", b"2")]})
    assert {file.name for file in Message.objects.get().attachments.all()} == {"Plan.pdf", "Neu.pdf"}


def test_files_that_come_with_an_overtaken_answer_are_kept(client):
    case = CaseFactory(state=State.SEARCHING, person=UserFactory())
    response = client.post(status_url(case), {"antwort": "1", "text": "Alle.", "uploads": [pdf()]})
    assert response.status_code == 409
    assert len(kept_in(response)) == 1


def test_nobody_takes_along_the_files_of_another_message_or_case(client):
    case, other = CaseFactory(person=UserFactory()), CaseFactory(person=UserFactory())
    foreign = attachments.add(other, pdf())
    client.post(status_url(case), {"text": "Eins.", "uploads": [pdf()]})
    mine = case.messages.get().attachments.get()
    client.post(status_url(case), {"text": "Zwei.", "anlage": [foreign.key, mine.key, "Unsinn", "\x00"]})
    assert case.messages.get(text="Eins.").attachments.get() == mine
    assert not case.messages.get(text="Zwei.").attachments.exists()


def test_what_was_sent_with_the_form_stays_what_it_was(client):
    case = CaseFactory(state=State.DRAFT, submitted_at=None)
    of_the_form = attachments.add(case, pdf())
    ConsultationRequest.objects.filter(pk=case.pk).update(
        state=State.NEW, submitted_at=timezone.now(), confirmed_at=timezone.now()
    )
    client.post(status_url(case), {"text": "", "uploads": [pdf("Neu.pdf", b"2")]})  # has arrived and is not sent
    assert list(case.attachments.of_the_form()) == [of_the_form]
    client.post(status_url(case), {"text": "Noch einmal.", "uploads": [pdf()], "anlage": of_the_form.key})
    assert list(case.attachments.of_the_form()) == [of_the_form]


def test_the_same_words_with_another_file_are_another_message(client):
    case = CaseFactory(person=UserFactory())
    for file in (pdf(), pdf("Neu.pdf", b"2")):
        client.post(status_url(case), {"text": "Anbei.", "uploads": [file]})
    assert [message.attachments.get().name for message in case.messages.all()] == ["Plan.pdf", "Neu.pdf"]


def test_after_the_end_there_are_messages_without_files(client):
    case = CaseFactory(state=State.CLOSED, person=UserFactory())
    assert 'type="file"' not in client.get(status_url(case)).content.decode()
    response = client.post(status_url(case), {"text": "Anbei.", "uploads": [pdf()]})
    assert response.status_code == 422
    assert "keine Dateien mehr" in response.content.decode()
    assert typed_in(response) == "Anbei."


def test_sending_a_message_with_a_file_twice_keeps_both_once(client):
    case = CaseFactory(person=UserFactory())
    for _ in range(2):
        assert client.post(status_url(case), {"text": "Anbei.", "uploads": [pdf()]}).status_code == 302
    assert case.messages.get().attachments.get() == case.attachments.get()


# --- Withdrawing -------------------------------------------------------------------------------------------


def withdraw_url(case, language=""):
    return status_url(case, language) + "zurueckziehen/"


@pytest.mark.parametrize("state", ["unconfirmed", "new", "inquiry", "searching", "staffed", "running"])
def test_withdrawing_is_a_page_that_says_what_it_means_and_does_it_by_post(client, state):
    case = CaseFactory(state=state, person=UserFactory())
    assert "zurueckziehen/" in client.get(status_url(case)).content.decode()
    page = client.get(withdraw_url(case)).content.decode()
    assert "Was dann geschieht" in page
    case.refresh_from_db()
    assert case.state == state
    for _ in range(2):
        response = client.post(withdraw_url(case), {"note": "Haushaltssperre"})
        assert response["Location"].startswith(f"/anfrage/stand/{case.key.hex}.")
    case.refresh_from_db()
    assert case.state == State.WITHDRAWN
    assert case.transitions.get().note == "Haushaltssperre"
    told = {"requests/withdrawn", "requests/withdrawn_desk"} if state != "unconfirmed" else set()
    assert set(Mail.objects.values_list("template", flat=True)) == told


@pytest.mark.parametrize("state", ENDED)
def test_what_has_ended_says_so_kindly(client, state):
    case = CaseFactory(state=state)
    assert "zurückziehen" not in client.get(status_url(case)).content.decode()
    page = client.get(withdraw_url(case)).content.decode()
    assert "Hier ist nichts mehr zurückzuziehen" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("state", [State.CLOSED, State.REJECTED, State.REFERRED])
def test_what_has_ended_meanwhile_is_not_withdrawn_and_the_reason_not_lost(client, state):
    case = CaseFactory(state=state)
    response = client.post(withdraw_url(case), {"note": "Wir haben es uns anders überlegt."})
    assert response.status_code == 409
    assert "Wir haben es uns anders überlegt." in response.content.decode()
    case.refresh_from_db()
    assert case.state == state


def test_a_reason_that_cannot_be_stored_stays_in_its_field(client):
    case = CaseFactory()
    response = client.post(withdraw_url(case), {"note": "un\u202esichtbar"})
    assert response.status_code == 422
    assert typed_in(response) == "un\u202esichtbar"
    case.refresh_from_db()
    assert case.state == State.NEW


def test_changing_the_language_withdraws_nothing_and_keeps_the_reason(client):
    case = CaseFactory()
    response = client.post(withdraw_url(case, "/en"), {"note": "Haushalt", "sprache": "en"})
    assert response.status_code == 200
    assert typed_in(response) == "Haushalt"
    case.refresh_from_db()
    assert case.state == State.NEW


def test_a_lost_link_page_keeps_the_address_when_the_language_changes(client):
    for path, status in (("/en/anfrage/link/", 200), ("/en/anfrage/stand/quatsch/", 404)):
        response = client.post(path, {"email": "petra@", "sprache": "en"})
        assert response.status_code == status
        assert 'value="petra@"' in response.content.decode()
    assert not Mail.objects.exists()
