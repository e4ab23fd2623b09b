import smtplib

import pytest
from django.conf import settings
from django.core import mail as django_mail
from django.db import connection, transaction
from django.db.models import Model

from miglobe.errors import Refused
from miglobe.outbox import outbox, tasks
from miglobe.outbox.models import Mail
from requests import links, mails, workflow
from requests.models import State
from tests.factories import CaseFactory, OrganisationFactory, ReasonFactory, UserFactory


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'outbox.deliver'")
        (count,) = cursor.fetchone()
        return int(count)


def owed(case=None) -> Mail:
    mails.status_link(case or CaseFactory())
    return Mail.objects.get()


# --- Owing -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_outbox_refuses_to_work_outside_a_transaction():
    case = CaseFactory()
    with pytest.raises(RuntimeError, match="Transaktion"):
        mails.status_link(case)
    assert not Mail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rollback_owes_no_mail_and_leaves_no_job():
    OrganisationFactory()
    case = CaseFactory(state=State.UNCONFIRMED)
    with transaction.atomic():
        workflow.confirm(case)
        assert Mail.objects.count() == jobs() == 2
        transaction.set_rollback(True)
    case.refresh_from_db()
    assert case.state == State.UNCONFIRMED
    assert Mail.objects.count() == jobs() == 0


@pytest.mark.django_db(transaction=True)
def test_a_commit_leaves_one_job_per_mail():
    OrganisationFactory()
    workflow.confirm(CaseFactory(state=State.UNCONFIRMED))
    assert Mail.objects.count() == jobs() == 2


@pytest.mark.django_db
def test_rehearsing_shows_the_mails_and_changes_nothing():
    case = CaseFactory()
    by = UserFactory()
    shown = outbox.rehearse(lambda: workflow.reject(case, reason=ReasonFactory(), by=by))
    assert [mail.template for mail in shown] == ["requests/rejected"]
    assert "(Link)" in outbox.as_preview(shown[0])
    case.refresh_from_db()
    assert case.state == State.NEW
    assert Mail.objects.count() == jobs() == 0


# --- What a mail looks like ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_mail_has_text_and_html_with_the_same_link():
    case = CaseFactory()
    message = outbox.message(owed(case))
    (html, kind) = message.alternatives[0]
    token = links.token(links.STATUS, case)
    assert kind == "text/html"
    assert token in message.body
    assert f'href="{settings.BASE_URL}/anfrage/stand/{token}/"' in html
    assert "[[" not in message.body + html
    assert message.subject == f"[{case.reference}] Der Link zu Ihrer Anfrage"


@pytest.mark.django_db
def test_what_people_typed_is_harmless_in_both_parts():
    case = CaseFactory(
        contact_name="<script>alert(1)</script>",
        person=UserFactory(first_name="A&B"),
        concern="{{ settings.SECRET_KEY }}",
    )
    mails.asked(case, question='<img src=x onerror="x"> [[link|Klick]] [[other|x]] {{ consultation.pk }} {% now "Y" %}')
    message = outbox.message(Mail.objects.get())
    html = message.alternatives[0][0]
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;img src=x onerror=&quot;x&quot;&gt;" in html
    assert "{{ consultation.pk }}" in message.body  # shown as typed, never executed
    assert "[[other|x]]" in message.body
    assert "A&B" in message.body


@pytest.mark.django_db
def test_no_subject_holds_anything_personal_or_typed():
    case = CaseFactory(contact_name="Petra\r\nBcc: alle@example.org", concern="Geheim")
    mail = owed(case)
    assert "\n" not in mail.subject
    assert "Petra" not in mail.subject
    assert "Bcc" not in outbox.message(mail).message()


@pytest.mark.django_db
def test_a_second_attempt_carries_the_same_message_id():
    mail = owed()
    assert outbox.message(mail).message()["Message-ID"] == outbox.message(mail).message()["Message-ID"]
    assert outbox.message(mail).message()["Auto-Submitted"] == "auto-generated"


# --- Delivering -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_delivering_marks_the_mail_and_doing_it_again_sends_nothing():
    mail = owed()
    tasks.deliver(mail_id=mail.pk)
    tasks.deliver(mail_id=mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (Mail.State.SENT, 1)
    assert mail.sent_at is not None
    assert [message.to for message in django_mail.outbox] == [[mail.to]]


def server_says(monkeypatch, error):
    def send(self, *args, **kwargs):
        raise error

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", send)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("abgelehnt"),
        TimeoutError("keine Antwort"),
        smtplib.SMTPServerDisconnected("weg"),
        smtplib.SMTPRecipientsRefused({"x": (450, b"spaeter")}),
        smtplib.SMTPDataError(451, b"spaeter"),
        smtplib.SMTPAuthenticationError(535, b"Passwort"),
    ],
)
def test_a_passing_fault_is_retried_and_its_words_are_kept(monkeypatch, error):
    mail = owed()
    server_says(monkeypatch, error)
    with pytest.raises(outbox.NotYetDelivered):
        outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (Mail.State.QUEUED, 1)
    assert mail.error


@pytest.mark.django_db
def test_an_error_of_our_own_counts_too_and_is_logged_without_its_words(monkeypatch, caplog):
    mail = owed()
    server_says(monkeypatch, ValueError(f"kann {mail.to} nicht schreiben"))
    with pytest.raises(outbox.NotYetDelivered):
        outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.attempts, mail.error) == (1, f"kann {mail.to} nicht schreiben")
    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "ValueError" in line.getMessage()
    assert "in _hand_over" in line.getMessage()
    assert mail.to not in line.getMessage()


@pytest.mark.django_db
def test_a_refusal_is_kept_in_the_servers_own_words(monkeypatch):
    mail = owed()
    server_says(monkeypatch, smtplib.SMTPRecipientsRefused({mail.to: (550, b"5.1.1 unknown user")}))
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.error == "550 5.1.1 unknown user"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [smtplib.SMTPRecipientsRefused({"x": (550, b"unbekannt")}), smtplib.SMTPDataError(554, b"abgelehnt")],
)
def test_a_final_refusal_is_not_retried(monkeypatch, error):
    mail = owed()
    server_says(monkeypatch, error)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == Mail.State.FAILED


@pytest.mark.django_db
def test_words_that_no_row_can_hold_leave_no_mail_in_the_queue_for_ever(monkeypatch):
    mail = owed()
    server_says(monkeypatch, smtplib.SMTPDataError(554, b"5.7.1 \x00" + b"spam " * 2000))
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, len(mail.error)) == (Mail.State.FAILED, 1, outbox.MOST_WORDS)
    assert mail.error.startswith("554 5.7.1 spam spam")


@pytest.mark.django_db
def test_after_the_last_attempt_the_mail_comes_back_to_a_person_who_can_send_it_again(monkeypatch):
    mail = owed()
    Mail.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    with monkeypatch.context() as patch:
        server_says(patch, ConnectionRefusedError("abgelehnt"))
        outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.error) == (Mail.State.FAILED, "abgelehnt")
    outbox.resend(mail)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.error) == (Mail.State.SENT, "")


@pytest.mark.django_db
def test_only_a_failed_mail_can_be_sent_again():
    mail = owed()
    with pytest.raises(Refused, match="nicht zugestellt"):
        outbox.resend(mail)


@pytest.mark.django_db
def test_a_mail_whose_case_is_gone_fails_with_a_sentence():
    case = CaseFactory()
    mail = owed(case)
    Model.delete(case)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == Mail.State.FAILED
    assert "besteht nicht mehr" in mail.error


# --- The pages of the demonstration ----------------------------------------------------------------------


@pytest.mark.django_db
def test_the_demonstration_shows_mails_with_working_links(client):
    case = CaseFactory()
    mail = owed(case)
    assert mail.subject in client.get("/postausgang/").content.decode()
    page = client.get(f"/postausgang/{mail.pk}/").content.decode()
    token = links.token(links.STATUS, case)
    assert f"/anfrage/stand/{token}/" in page
    assert client.get(f"/anfrage/stand/{token}/").status_code == 200


@pytest.mark.django_db
def test_the_list_of_mails_needs_the_same_queries_for_one_and_three(client, django_assert_num_queries):
    for count in (1, 2):
        for _ in range(count):
            mails.status_link(CaseFactory())
        with django_assert_num_queries(3):  # count, mails, portal
            client.get("/postausgang/")
