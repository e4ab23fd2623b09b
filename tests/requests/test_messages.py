"""What the municipality and the desk write to each other, as commands of the workflow."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone

from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import ENDED, ConsultationRequest, Message, State, Transition
from tests.factories import CaseFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

FILED = [state for state in State.values if state not in ("draft", "unconfirmed", "merged")]


def test_a_text_has_one_home():
    case, by = CaseFactory(), UserFactory()
    workflow.ask(case, question="Wer nimmt teil?", by=by)
    workflow.answer(case, text="Alle.")
    workflow.write(case, text="Und noch etwas.")
    workflow.reply(case, text="Danke.", by=by)
    assert list(case.messages.values_list("move", "text", "by")) == [
        ("ask", "Wer nimmt teil?", by.pk),
        ("answer", "Alle.", None),
        ("write", "Und noch etwas.", None),
        ("reply", "Danke.", by.pk),
    ]
    assert list(case.transitions.values_list("move", "note")) == [
        ("ask", ""),
        ("answer", ""),
        ("write", ""),
        ("reply", ""),
    ]
    assert list(case.messages.values_list("at")) == list(case.transitions.values_list("at"))


def test_a_message_of_the_municipality_tells_the_responsible_person():
    person = UserFactory()
    workflow.write(CaseFactory(state=State.RUNNING, person=person), text="Der Termin verschiebt sich.")
    mail = Mail.objects.get()
    assert (mail.template, mail.to) == ("requests/message_arrived", person.email)
    assert "Der Termin verschiebt sich." in mail.text
    assert "Beratung läuft" in mail.text


def test_a_message_nobody_is_responsible_for_goes_to_every_organisation():
    addresses = {OrganisationFactory().email for _ in range(2)}
    workflow.write(CaseFactory(), text="Hallo?")
    assert set(Mail.objects.values_list("to", flat=True)) == addresses


@pytest.mark.parametrize(
    ("language", "subject", "label"),
    [("de", "Eine Nachricht zu Ihrer Anfrage", "antworten"), ("en", "A message about your request", "reply")],
)
def test_what_the_desk_writes_reaches_the_municipality_in_its_language(language, subject, label):
    case = CaseFactory(state=State.SEARCHING, language=language)
    workflow.reply(case, text="Wir haben jemanden gefunden.", by=UserFactory())
    mail = Mail.objects.get()
    assert (mail.to, mail.links["link"][0]) == (case.contact_email, "requests.status")
    assert subject in mail.subject
    assert "Wir haben jemanden gefunden." in mail.text
    assert label in mail.text
    assert case.reference in mail.text


@pytest.mark.parametrize("state", [State.NEW, State.RUNNING, *(state for state in ENDED if state != State.MERGED)])
def test_a_message_sent_twice_is_taken_once(state):
    case = CaseFactory(state=state, person=UserFactory())
    for _ in range(2):
        workflow.write(case, text="Guten Tag.")
    assert Message.objects.count() == Transition.objects.count() == Mail.objects.count() == 1
    workflow.write(case, text="Noch etwas.")
    assert Message.objects.count() == 2


def test_a_reply_sent_twice_goes_out_once():
    case, by = CaseFactory(), UserFactory()
    for _ in range(2):
        workflow.reply(case, text="Guten Tag.", by=by)
    assert Message.objects.count() == Mail.objects.count() == 1
    workflow.reply(case, text="Guten Tag.", by=UserFactory())
    assert Message.objects.count() == 2


def test_the_same_question_days_later_is_a_new_message():
    case = CaseFactory(person=UserFactory())
    workflow.write(case, text="Gibt es Neues?")
    Message.objects.update(at=timezone.now() - workflow.SAME_MESSAGE)
    workflow.write(case, text="Gibt es Neues?")
    assert Message.objects.count() == 2


@pytest.mark.parametrize("state", [state for state in FILED if state != "inquiry"])
def test_a_message_of_the_municipality_is_the_next_step_until_somebody_answers(state):
    by = UserFactory()
    case = CaseFactory(state=state, person=by)
    before = workflow.next_step(case)
    first = workflow.write(case, text="Eins.").unanswered_since
    case = workflow.write(case, text="Zwei.")
    assert case.unanswered_since == first  # waiting counts from the first
    assert workflow.next_step(case) == "Nachricht der Kommune beantworten"
    assert workflow.next_step(workflow.reply(case, text="Danke.", by=by)) == before


@pytest.mark.parametrize("move", sorted(name for name, move in workflow.MOVES.items() if move.contacts))
def test_whatever_reaches_the_municipality_answers_its_message(move):
    from tests.requests.test_workflow import arguments

    state = min(workflow.MOVES[move].sources)
    case = CaseFactory(state=state, unanswered_since=timezone.now())
    assert getattr(workflow, move)(case, **arguments(move)).unanswered_since is None


def test_taking_over_answers_nothing():
    case = workflow.write(CaseFactory(), text="Hallo?")
    assert workflow.take_over(case, by=UserFactory()).unanswered_since


def test_nobody_writes_about_what_was_thrown_away():
    case = workflow.withdraw(CaseFactory(state=State.UNCONFIRMED))
    for move in workflow.MOVES:
        assert not workflow.allows(case, move), move


def test_the_database_knows_who_speaks():
    case = CaseFactory()
    for move, by in (("reply", None), ("ask", None), ("shout", UserFactory())):
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.create(consultation=case, move=move, text="x", by=by)


def test_the_history_gives_its_texts_to_the_thread_and_takes_them_back():
    case, by = CaseFactory(), UserFactory()
    told = [("ask", "Wer?", by), ("contact", "Telefonat", by), ("answer", "Alle.", None)]
    for move, note, person in told:
        Transition.objects.create(consultation=case, move=move, source="new", target="new", note=note, by=person)
    before = list(Transition.objects.values_list())
    migration = import_module("requests.migrations.0004_texts_into_messages")
    migration.move(apps, None)
    assert list(Message.objects.values_list("move", "text", "by", "at")) == [
        (row.move, note, row.by_id, row.at)
        for row, (_, note, _) in zip(Transition.objects.all(), told, strict=True)
        if row.move != "contact"
    ]
    assert list(Transition.objects.values_list("note", flat=True)) == ["", "Telefonat", ""]
    migration.move_back(apps, None)
    assert list(Transition.objects.values_list()) == before
    assert ConsultationRequest.objects.get(pk=case.pk).messages.count() == 2
