"""What people do with a mail that waits or came back, and the worker at the same moment."""

import re
import threading

import pytest
from django.core import mail as django_mail
from django.db import connection, transaction
from django.utils import timezone

from advisors import links as offer_links
from miglobe import links as signed
from miglobe.accounts.models import Organisation
from miglobe.errors import Refused
from miglobe.outbox import outbox, owners, reasons
from miglobe.outbox.models import Audience, Mail, MailStep
from requests import links, mails, workflow
from requests.models import State
from tests.factories import AdvisorFactory, CaseFactory, OfferFactory, OrganisationFactory, ReasonFactory, UserFactory
from tests.outbox.test_outbox import jobs, owed, server_says

S = Mail.State


def fail(mail, error="550 5.1.1 unknown user"):
    Mail.objects.filter(pk=mail.pk).update(state=S.FAILED, error=error, attempts=1)
    mail.refresh_from_db()
    return mail


def scheduled():
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'mail_id', scheduled_at FROM procrastinate_jobs ORDER BY id")
        return cursor.fetchall()


# --- Holding, editing, discarding, sending -------------------------------------------------------------


@pytest.mark.django_db
def test_a_held_mail_is_not_delivered_until_somebody_sends_it():
    mail, by = owed(), UserFactory()
    outbox.hold(mail, by=by)
    outbox.hold(mail, by=by)  # again changes nothing
    outbox.deliver(mail.pk)
    assert django_mail.outbox == []
    outbox.send_now(mail, by=by)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == S.SENT
    assert [(step.what, step.by) for step in mail.steps.all()] == [("held", by), ("released", by)]


@pytest.mark.django_db
def test_what_came_back_is_held_and_sent_has_all_its_attempts_again(monkeypatch):
    mail, by = owed(), UserFactory()
    Mail.objects.update(state=S.FAILED, attempts=outbox.MAX_ATTEMPTS)
    outbox.send_now(outbox.hold(mail, by=by), by=by)
    server_says(monkeypatch, ConnectionRefusedError("gerade nicht"))
    with pytest.raises(outbox.NotYetDelivered):
        outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (S.QUEUED, 1)


@pytest.mark.django_db
def test_an_edited_mail_goes_out_with_its_links_and_says_who_edited_it():
    case, by = CaseFactory(), UserFactory()
    mail = outbox.hold(owed(case), by=by)
    text = mail.text.replace("Hier ist er:", "Hier kommt er:")
    outbox.edit(mail, subject=f"[{case.reference}] Neu", text=text, seen=outbox.fingerprint([mail]), by=by)
    step = mail.steps.last()
    assert (step.what, step.by, step.note) == ("edited", by, "Betreff, Text")
    outbox.send_now(mail, by=by)
    outbox.deliver(mail.pk)
    (sent,) = django_mail.outbox
    assert sent.subject == f"[{case.reference}] Neu"
    assert "Hier kommt er:" in sent.body
    assert links.token(links.STATUS, case).partition(".")[0] in sent.body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": "Ohne Link."}, r"\[\[link\|"),
        ({"subject": "Ohne Aktenzeichen"}, "Aktenzeichen"),
        ({"subject": "[{reference}] petra@stadt.example"}, "Adresse"),
        ({"text": "[[link|Ansehen]] \x1b[31m"}, "Steuerzeichen"),
        ({"subject": "[{reference}] \u202eNeu"}, "Steuerzeichen"),
    ],
)
def test_what_an_edited_mail_must_keep(changes, says):
    by = UserFactory()
    mail = outbox.hold(owed(), by=by)
    given = {"subject": mail.subject, "text": mail.text} | changes
    given["subject"] = given["subject"].format(reference=mail.reference)
    with pytest.raises(Refused, match=says):
        outbox.edit(mail, **given, seen=outbox.fingerprint([mail]), by=by)


@pytest.mark.django_db
def test_an_edited_subject_is_one_line_and_brings_no_header():
    by = UserFactory()
    mail = outbox.hold(owed(), by=by)
    subject = f"[{mail.reference}] Neu\r\nBcc: fremde\u2028Zeile"
    outbox.edit(mail, subject=subject, text=mail.text, seen=outbox.fingerprint([mail]), by=by)
    outbox.send_now(mail, by=by)
    outbox.deliver(mail.pk)
    (sent,) = django_mail.outbox
    assert sent.subject == f"[{mail.reference}] Neu Bcc: fremde Zeile"
    assert "Bcc" not in sent.message()


@pytest.mark.django_db
def test_two_who_edit_the_same_mail_do_not_overwrite_each_other():
    by = UserFactory()
    mail = outbox.hold(owed(), by=by)
    seen = outbox.fingerprint([mail])
    outbox.edit(mail, subject=mail.subject, text=f"Erste.\n{mail.text}", seen=seen, by=by)
    with pytest.raises(Refused, match="inzwischen bearbeitet"):
        outbox.edit(mail, subject=mail.subject, text=f"Zweite.\n{mail.text}", seen=seen, by=by)


@pytest.mark.django_db
def test_only_a_held_mail_can_be_edited():
    mail = owed()
    with pytest.raises(Refused, match="zuerst zurück"):
        outbox.edit(mail, subject=mail.subject, text="x", seen=outbox.fingerprint([mail]), by=UserFactory())


@pytest.mark.django_db
def test_a_discarded_mail_never_goes_out_and_keeps_its_reason():
    mail, by = owed(), UserFactory()
    outbox.discard(mail, reason="Schon am Telefon gesagt.", by=by)
    outbox.deliver(mail.pk)
    assert django_mail.outbox == []
    assert mail.steps.get().note == "Schon am Telefon gesagt."
    with pytest.raises(Refused, match="verworfen"):
        outbox.send_now(mail, by=by)
    assert outbox.hold(mail, by=by).state == S.HELD  # who erred takes it back


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["hold", "discard", "send_now"])
def test_what_has_gone_out_stays(act):
    mail = owed()
    outbox.deliver(mail.pk)
    given = {"reason": "x"} if act == "discard" else {}
    with pytest.raises(Refused, match="versandt"):
        getattr(outbox, act)(mail, **given, by=UserFactory())
    assert not MailStep.objects.exists()


@pytest.mark.django_db
def test_what_is_owed_while_holding_waits_for_a_person():
    by, case = UserFactory(), CaseFactory()
    with outbox.holding(by):
        workflow.reject(case, reason=ReasonFactory(), by=by)
    mail = Mail.objects.get()
    assert (mail.state, mail.steps.get().by, jobs()) == (S.HELD, by, 0)
    workflow.reopen(case, note="Irrtum", by=by)
    assert Mail.objects.filter(state=S.QUEUED).count() == jobs() == 1


@pytest.mark.django_db
def test_mails_wait_as_long_as_the_setting_says_but_codes_and_our_own_do_not(settings):
    settings.MAIL_DELAY_SECONDS = 300
    OrganisationFactory()
    case = CaseFactory(state=State.UNCONFIRMED)
    workflow.confirm(case)
    waits = {int(key): moment is not None for key, moment in scheduled()}
    assert {mail.audience: waits[mail.pk] for mail in Mail.objects.all()} == {"municipality": True, "desk": False}
    mail = Mail.objects.get(audience="municipality")
    outbox.send_now(mail, by=UserFactory())
    assert scheduled()[-1] == (str(mail.pk), None)
    from miglobe.codes import codes

    codes.send(case.reference, case.contact_email)
    assert scheduled()[-1] == (str(Mail.objects.latest("pk").pk), None)


# --- The worker at the same moment ------------------------------------------------------------------------


def in_thread(act):
    raised = []

    def run():
        try:
            act()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def owed_for_good():
    with transaction.atomic():
        return owed()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["hold", "discard", "send_now"])
def test_while_the_worker_sends_nobody_waits_and_nothing_is_lost(monkeypatch, act):
    mail, by = owed_for_good(), UserFactory()
    sending, finish = threading.Event(), threading.Event()

    def slowly(self, *args, **kwargs):
        sending.set()
        assert finish.wait(20)

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", slowly)
    worker, raised = in_thread(lambda: outbox.deliver(mail.pk))
    assert sending.wait(20)
    given = {"reason": "x"} if act == "discard" else {}
    with pytest.raises(Refused, match="wird gerade versandt"):
        getattr(outbox, act)(mail, **given, by=by)
    finish.set()
    worker.join(20)
    mail.refresh_from_db()
    assert (raised, mail.state, mail.steps.count()) == ([], S.SENT, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["hold", "discard"])
def test_a_worker_that_comes_while_a_person_decides_finds_nothing_to_send(monkeypatch, act):
    mail, by = owed_for_good(), UserFactory()
    sent = []
    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", lambda self: sent.append(self))
    given = {"reason": "x"} if act == "discard" else {}
    with transaction.atomic():
        getattr(outbox, act)(mail, **given, by=by)
        worker, raised = in_thread(lambda: outbox.deliver(mail.pk))
        worker.join(0.5)
        assert worker.is_alive()  # it waits for our row
    worker.join(20)
    mail.refresh_from_db()
    assert (raised, sent, mail.attempts) == ([], [], 0)
    assert mail.state in (S.HELD, S.DISCARDED)


@pytest.mark.django_db(transaction=True)
def test_in_many_rounds_a_mail_is_either_held_or_sent(monkeypatch):
    by = UserFactory()
    sent = []
    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", lambda self: sent.append(self))
    case = CaseFactory()
    for _ in range(20):
        with transaction.atomic():
            mails.status_link(case)
        mail = Mail.objects.latest("pk")
        sent.clear()
        worker, _ = in_thread(lambda pk=mail.pk: outbox.deliver(pk))
        person, refused = in_thread(lambda held=mail: outbox.hold(held, by=by))
        worker.join(20)
        person.join(20)
        mail.refresh_from_db()
        assert len(sent) == (mail.state == S.SENT)
        assert bool(refused) == (mail.state == S.SENT)
        assert mail.state in (S.SENT, S.HELD)


# --- Corrected addresses ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_corrected_address_gets_what_came_back_with_links_of_its_own():
    case, by = CaseFactory(contact_email="falsch@stadt.example"), UserFactory()
    mail = fail(owed(case))
    mails.received(case)
    other = fail(Mail.objects.latest("pk"))
    mails.received(CaseFactory(contact_email="falsch@stadt.example"))
    elsewhere = fail(Mail.objects.latest("pk"))
    sent = owners.correct_and_resend(mail, to="richtig@stadt.example", by=by)
    assert sent == [mail, other]
    case.refresh_from_db()
    assert case.contact_email == "richtig@stadt.example"
    outbox.deliver(mail.pk)
    (message,) = django_mail.outbox
    token = message.body.partition("/anfrage/stand/")[2].partition("/")[0]
    assert message.to == ["richtig@stadt.example"]
    signed.verify(links.STATUS, token, bound="richtig@stadt.example")
    elsewhere.refresh_from_db()
    assert elsewhere.state == S.FAILED
    assert case.transitions.get(move="correct").note == "E-Mail-Adresse"
    assert mail.steps.get().what == "redirected"


@pytest.mark.django_db
def test_a_mistyped_address_that_was_never_confirmed_is_corrected_and_asked_to_confirm():
    case = CaseFactory(state=State.UNCONFIRMED, contact_email="petra@stad.example")
    with transaction.atomic():
        mails.please_confirm(case)
    mail = fail(Mail.objects.get())
    assert owners.correct_and_resend(mail, to="petra@stadt.example", by=UserFactory()) == [mail]
    assert Mail.objects.count() == 1
    case.refresh_from_db()
    assert (case.state, case.contact_email) == (State.UNCONFIRMED, "petra@stadt.example")
    token = re.search(r"/anfrage/bestaetigen/([^/\s]+)/", outbox.message(Mail.objects.get()).body)[1]
    assert links.find(links.CONFIRM, token) == case


@pytest.mark.django_db
@pytest.mark.parametrize("has_link", [True, False])
def test_an_advisors_address_is_corrected_in_the_pool(has_link):
    offer = OfferFactory(advisor=AdvisorFactory(email="falsch@example.com"))
    mail = Mail.objects.create(
        template="advisors/offered",
        audience=Audience.ADVISOR,
        reference=offer.consultation.reference,
        to="falsch@example.com",
        subject="x",
        text="[[link|Ansehen]]",
        links={"link": [offer_links.OFFER, str(offer.key)]} if has_link else {},
        state=S.FAILED,
    )
    owners.correct_and_resend(mail, to="richtig@example.com", by=UserFactory())
    offer.advisor.refresh_from_db()
    mail.refresh_from_db()
    assert (offer.advisor.email, mail.to, mail.state) == ("richtig@example.com", "richtig@example.com", S.QUEUED)
    assert Mail.objects.filter(template="advisors/link_again", to="richtig@example.com").count() == 1


@pytest.mark.django_db
def test_an_address_that_another_advisor_has_is_refused_and_nothing_changes():
    AdvisorFactory(email="schon@example.com")
    offer = OfferFactory()
    mail = Mail.objects.create(audience=Audience.ADVISOR, to=offer.advisor.email, subject="x", text="x", state=S.FAILED)
    with pytest.raises(Refused, match="schon jemand im Pool"):
        owners.correct_and_resend(mail, to="SCHON@example.com", by=UserFactory())
    mail.refresh_from_db()
    assert mail.state == S.FAILED


@pytest.mark.django_db
def test_an_organisations_address_is_corrected_and_a_persons_account_is_not():
    organisation, person = OrganisationFactory(email="alt@example.org"), UserFactory()
    mail = Mail.objects.create(audience=Audience.DESK, to="alt@example.org", subject="x", text="x", state=S.FAILED)
    owners.correct_and_resend(mail, to="neu@example.org", by=person)
    assert Organisation.objects.get(pk=organisation.pk).email == "neu@example.org"
    theirs = Mail.objects.create(audience=Audience.DESK, to=person.email, subject="x", text="x", state=S.FAILED)
    with pytest.raises(Refused):
        owners.correct_and_resend(theirs, to="neu@example.org", by=person)


@pytest.mark.django_db
def test_what_was_corrected_already_is_only_sent_again():
    case, by = CaseFactory(contact_email="falsch@stadt.example"), UserFactory()
    mail = fail(owed(case))
    workflow.correct(case, note="x", by=by, contact_email="richtig@stadt.example")
    assert owners.find(mail).address == "richtig@stadt.example"
    owners.correct_and_resend(mail, to="richtig@stadt.example", by=by)
    assert case.transitions.filter(move="correct").count() == 1
    mail.refresh_from_db()
    assert (mail.to, mail.state) == ("richtig@stadt.example", S.QUEUED)


@pytest.mark.django_db
def test_a_mail_that_did_not_fail_redirects_nothing():
    case = CaseFactory()
    mail = owed(case)
    with pytest.raises(Refused):
        owners.correct_and_resend(mail, to="neu@stadt.example", by=UserFactory())
    case.refresh_from_db()
    assert case.contact_email != "neu@stadt.example"


@pytest.mark.django_db
def test_failed_mails_can_be_asked_for():
    failed = fail(owed())
    Mail.objects.create(state=S.SENT, sent_at=timezone.now(), to="a@example.org", subject="x", text="x")
    assert list(Mail.objects.failed()) == [failed]


# --- The servers' words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("550 5.1.1 <x@y.example>: Recipient address rejected: User unknown", "Dieses Postfach gibt es nicht"),
        ("550 5.1.1 <x@y.example>: Recipient address rejected: Domain not found", "Die Domain der Adresse"),
        ("550 No such user here", "Dieses Postfach gibt es nicht"),
        ("552 5.2.2 Mailbox full", "Das Postfach ist voll"),
        ("452 4.2.2 Over quota", "Das Postfach ist voll"),
        ("550 5.1.2 Bad destination system", "Die Domain der Adresse"),
        ("550 5.7.1 Message rejected as spam", "zum Schutz vor unerwünschten E-Mails"),
        ("554 Transaction failed", "lehnt die E-Mail ab"),
        ("550 5.2.1 Mailbox disabled", "abgeschaltet"),
        ("535 5.7.8 Authentication failed", "Unser Zugang"),
        ("450 4.2.0 Greylisted", "um einen späteren Versuch"),
        ("[Errno 111] Connection refused", "Unser Mailserver war nicht erreichbar"),
        ("timed out", "Unser Mailserver war nicht erreichbar"),
        ("[Errno -2] Name or service not known", "Der Name unseres Mailservers"),
        ("550 Requested action not taken", "keine E-Mail an"),
        ("Der Vorgang, zu dem die E-Mail führt, besteht nicht mehr.", ""),
        ("", ""),
    ],
)
def test_what_the_server_said_is_put_in_german(error, says):
    sentence = reasons.in_german(error)
    assert says in sentence
    assert bool(sentence) == bool(says)
