"""One reminder, then the desk: to municipalities that owe an answer, to those of us who owe a step."""

import threading
from datetime import datetime, time, timedelta
from unittest.mock import patch

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from miglobe import workdays
from miglobe.demo import clock
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import mails, reminders, tasks, workflow
from requests.models import ConsultationRequest, State
from tests.factories import CaseFactory, OrganisationFactory, UserFactory

NOW = timezone.make_aware(datetime(2026, 11, 25, 9, 5))  # a Wednesday
TODAY = timezone.make_aware(datetime(2026, 11, 25, 23, 59))


@pytest.fixture(autouse=True)
def days(settings):
    settings.INQUIRY_REMINDER_WORKDAYS = 5
    settings.TRIAGE_WORKDAYS = 5


def after(case: ConsultationRequest, number: int) -> datetime:
    """In the morning, so many working days after the question."""
    day = workdays.shift(timezone.localdate(case.state_since), number)
    return timezone.make_aware(datetime.combine(day, time(9, 5)))


def asked(**case) -> ConsultationRequest:
    with clock.at(timezone.make_aware(datetime(2026, 12, 17, 10))):
        return workflow.ask(CaseFactory(**case), question="Wer nimmt teil?", by=UserFactory())


def sent(template: str) -> list[Mail]:
    return list(Mail.objects.filter(template=f"requests/{template}").order_by("pk"))


# --- The municipality ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_question_without_answer_is_repeated_once_when_its_working_days_are_over():
    case = asked()
    assert reminders.remind_municipalities(after(case, 5)) == 0  # until the 24th, evening
    assert after(case, 6).date().isoformat() == "2026-12-28"
    with clock.at(after(case, 6)):
        assert reminders.remind_municipalities(timezone.now()) == 1
    assert reminders.remind_municipalities(after(case, 7)) == 0
    (mail,) = sent("reminded")
    assert (mail.to, mail.reference, mail.language) == (case.contact_email, case.reference, "de")
    assert "Wer nimmt teil?" in mail.text
    assert "17. Dezember" in mail.text
    assert "link" in mail.links
    case.refresh_from_db()
    assert case.inquiry_reminded_at
    assert [step.move for step in case.transitions.all()] == ["ask", "remind"]


@pytest.mark.django_db
def test_the_reminder_comes_in_the_language_of_the_request():
    case = asked(language="en")
    reminders.remind_municipalities(after(case, 6))
    (mail,) = sent("reminded")
    assert mail.subject.endswith("Reminder: our question about your request")
    assert "On 17 December 2026 we asked you" in mail.text


@pytest.mark.django_db
def test_the_next_question_is_reminded_of_again():
    case = asked()
    reminders.remind_municipalities(after(case, 6))
    with clock.at(after(case, 8)):
        case = workflow.answer(case, text="Alle.")
        case = workflow.ask(case, question="Wirklich alle?", by=UserFactory())
    assert reminders.remind_municipalities(after(case, 6)) == 1
    assert "Wirklich alle?" in sent("reminded")[1].text


@pytest.mark.django_db
def test_who_has_answered_is_not_reminded():
    case = asked()
    with clock.at(after(case, 5)):
        workflow.answer(case, text="Alle.")
    assert reminders.remind_municipalities(after(case, 9)) == 0


@pytest.mark.django_db
def test_one_that_fails_does_not_stop_the_others(caplog):
    broken, fine = asked(), asked()
    send = mails.reminded

    def failing(case):
        if case.pk == broken.pk:
            raise OSError
        send(case)

    with patch.object(mails, "reminded", failing):
        assert reminders.remind_municipalities(after(fine, 6)) == 1
    assert "Erinnerung" in caplog.text
    broken.refresh_from_db()
    assert broken.inquiry_reminded_at is None
    assert [mail.reference for mail in sent("reminded")] == [fine.reference]


# --- Us --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_is_responsible_gets_one_mail_with_all_that_is_due():
    person = UserFactory()
    late = CaseFactory(due_at=TODAY - timedelta(days=2), person=person, state=State.SEARCHING)
    today = CaseFactory(due_at=TODAY, person=person)
    CaseFactory(due_at=TODAY + timedelta(days=1), person=person)
    other = CaseFactory(due_at=TODAY, person=UserFactory())
    CaseFactory(state=State.RUNNING, person=person)
    assert reminders.remind_of_due(NOW) == 3
    (mine,) = [mail for mail in sent("fell_due") if mail.to == person.email]
    assert list(mine.links.values()) == [["requests.case", str(late.key)], ["requests.case", str(today.key)]]
    text = outbox.as_text(mine, outbox.addresses(mine))
    assert text.index(late.municipality.name) < text.index(today.municipality.name)
    assert f"/admin/requests/consultationrequest/{late.pk}/change/" in text
    assert "Team bis Montag, 23. November 2026" in text
    assert "erster Kontakt bis Mittwoch, 25. November 2026" in text
    assert "[[" not in text
    assert other.municipality.name not in text
    assert late.reference not in mine.subject


@pytest.mark.django_db
def test_a_deadline_is_reminded_of_once_and_the_next_one_again():
    case = CaseFactory(due_at=TODAY, person=(person := UserFactory()))
    assert reminders.remind_of_due(NOW) == 1
    assert reminders.remind_of_due(NOW + timedelta(days=1)) == 0
    with clock.at(NOW):
        case = workflow.contact(case, note="Telefonat", by=person)
    assert reminders.remind_of_due(NOW) == 0
    assert reminders.remind_of_due(case.due_at - timedelta(hours=12)) == 1
    assert len(sent("fell_due")) == 2


@pytest.mark.django_db
def test_talk_that_leaves_the_deadline_leaves_the_reminder():
    case = CaseFactory(due_at=TODAY, person=UserFactory())
    reminders.remind_of_due(NOW)
    workflow.take_over(case, by=UserFactory())
    assert reminders.remind_of_due(NOW + timedelta(hours=1)) == 0


@pytest.mark.django_db
def test_what_is_nobodys_goes_to_the_organisation_or_to_all():
    first, second = OrganisationFactory(), OrganisationFactory()
    CaseFactory(due_at=TODAY, organisation=first)
    gone = UserFactory(organisation=second, is_active=False)
    CaseFactory(due_at=TODAY, organisation=second, person=gone)
    assert reminders.remind_of_due(NOW) == 2
    assert {mail.to for mail in sent("fell_due")} == {first.email, second.email}
    CaseFactory(due_at=TODAY)
    assert reminders.remind_of_due(NOW) == 1
    assert sorted(mail.to for mail in sent("fell_due")[2:]) == sorted((first.email, second.email))
    assert "keine Person zuständig" in sent("fell_due")[-1].text


@pytest.mark.django_db
def test_a_mail_names_thirty_cases_and_says_how_many_more_there_are():
    person = UserFactory()
    for _ in range(32):
        CaseFactory(due_at=TODAY, person=person)
    assert reminders.remind_of_due(NOW) == 32
    (mail,) = sent("fell_due")
    assert len(mail.links) == 30
    assert "Dazu kommen 2 weitere" in mail.text


@pytest.mark.django_db
def test_reminding_costs_the_same_for_one_and_three_cases_of_a_person():
    person, counts = UserFactory(), []
    for number in (1, 3):
        for _ in range(number):
            CaseFactory(due_at=TODAY, person=person)
        with CaptureQueriesContext(connection) as made:
            reminders.remind_of_due(NOW)
        counts.append(len(made))
    assert counts[0] == counts[1]


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "number"), [("2026-11-25", 1), ("2026-12-25", 0), ("2026-11-28", 0)])
def test_the_worker_writes_on_working_days_only(day, number):
    CaseFactory(due_at=TODAY, person=UserFactory())
    with clock.at(timezone.make_aware(datetime.fromisoformat(f"{day} 09:05"))):
        tasks.keep_deadlines(timestamp=0)
    assert len(sent("fell_due")) == number


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["due", "inquiry"])
def test_two_workers_write_once(what):
    if what == "due":
        CaseFactory(due_at=TODAY, person=UserFactory())
        act, template = lambda: reminders.remind_of_due(NOW), "fell_due"
    else:
        case = asked()
        act, template = lambda: reminders.remind_municipalities(after(case, 6)), "reminded"
    both = threading.Barrier(2)
    done: list[int] = []

    def work():
        both.wait()
        done.append(act())
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 1]
    assert len(sent(template)) == 1


@pytest.mark.django_db(transaction=True)
def test_the_second_worker_waits_for_the_first_and_finds_nothing_left():
    CaseFactory(due_at=TODAY, person=UserFactory())
    done: list[int] = []

    def work():
        done.append(reminders.remind_of_due(NOW))
        connections.close_all()

    with transaction.atomic():
        assert reminders.remind_of_due(NOW) == 1
        second = threading.Thread(target=work)
        second.start()
        second.join(0.5)
        assert done == []
    second.join()
    assert done == [0]
    assert len(sent("fell_due")) == 1
