"""By when a case's next step is due, in working days of North Rhine-Westphalia."""

from datetime import date, datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from advisors import offers
from miglobe import workdays
from miglobe.demo import clock
from requests import deadlines, workflow
from requests.models import ConsultationRequest, State
from tests.factories import CaseFactory, OfferFactory, UserFactory

pytestmark = pytest.mark.django_db


def moment(day: str, hour: int = 10) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(f"{day} {hour:02}:15"))


def day_of(at: datetime | None) -> str:
    return timezone.localdate(at).isoformat() if at else "nothing"


@pytest.fixture(autouse=True)
def days(settings):
    settings.FIRST_CONTACT_WORKDAYS = 5
    settings.TRIAGE_WORKDAYS = 4
    settings.OFFER_WORKDAYS = 7
    settings.APPOINTMENT_WORKDAYS = 3
    settings.INQUIRY_REMINDER_WORKDAYS = 5


@pytest.fixture
def by():
    return UserFactory()


def arrived(day: str) -> ConsultationRequest:
    with clock.at(moment(day)):
        return workflow.confirm(CaseFactory(state=State.UNCONFIRMED))


# --- Every move --------------------------------------------------------------------------------------------


def test_the_first_contact_is_due_after_five_working_days():
    assert day_of(arrived("2026-12-22").due_at) == "2026-12-30"  # 23, 24, 28, 29, 30: no Christmas, no weekend
    assert arrived("2026-06-03").due_at == workdays.due(moment("2026-06-03"), 5)
    assert day_of(arrived("2026-06-03").due_at) == "2026-06-11"  # Corpus Christi is a holiday in the Land


@pytest.mark.parametrize("how", ["contact", "reply"])
def test_after_the_first_contact_the_decision_is_due_and_further_talk_does_not_put_it_off(by, how):
    case = arrived("2026-11-02")
    say = {"note": "Telefonat"} if how == "contact" else {"text": "Guten Tag."}
    with clock.at(moment("2026-11-03")):
        case = getattr(workflow, how)(case, by=by, **say)
    assert day_of(case.due_at) == "2026-11-09"
    with clock.at(moment("2026-11-05")):
        assert day_of(workflow.contact(case, note="Noch einmal", by=by).due_at) == "2026-11-09"
        assert day_of(workflow.take_over(case, by=UserFactory()).due_at) == "2026-11-09"
        assert day_of(workflow.correct(case, note="Anliegen", concern="Neu", by=by).due_at) == "2026-11-09"
        assert day_of(workflow.write(case, text="Noch etwas.").due_at) == "2026-11-09"


def test_every_further_state_has_its_own_days(by):
    case = arrived("2026-11-02")
    with clock.at(moment("2026-11-03")):
        case = workflow.accept(case, team_size=1, by=by)
        assert day_of(case.due_at) == "2026-11-12"
    with clock.at(moment("2026-11-04")):
        offers.accept(OfferFactory(consultation=case, by=by))
        case.refresh_from_db()
        assert (case.state, day_of(case.due_at)) == (State.STAFFED, "2026-11-09")
    with clock.at(moment("2026-11-05")):
        case = workflow.search_again(case, note="Ausgestiegen", by=by)
        assert day_of(case.due_at) == "2026-11-16"
        case = workflow.staff(case)
        case = workflow.start(case, by=by)
        assert case.due_at is None  # a consultation that runs takes its time
        assert workflow.close(case, outcome="consulted", by=by).due_at is None
    with clock.at(moment("2026-11-06")):
        assert workflow.resume(case, note="Irrtum", by=by).due_at is None


def test_nothing_is_due_after_the_end_and_a_case_that_is_taken_up_again_waits_for_the_decision(by):
    case = arrived("2026-11-02")
    case = workflow.withdraw(case, note="Anruf", by=by)
    assert case.due_at is None
    with clock.at(moment("2026-11-10")):
        assert day_of(workflow.reopen(case, note="Irrtum", by=by).due_at) == "2026-11-16"


# --- The clock stands still ------------------------------------------------------------------------------


def asked(by, *, first: str = "2026-12-17", then: str = "2026-12-18") -> ConsultationRequest:
    """Decision due four working days after the first contact, then a question."""
    case = arrived("2026-12-14")
    with clock.at(moment(first)):
        case = workflow.contact(case, note="Telefonat", by=by)
    with clock.at(moment(then)):
        return workflow.ask(case, question="Wer nimmt teil?", by=by)


def test_a_question_stops_the_clock_and_the_answer_lets_the_days_that_are_left_run_on(by):
    case = asked(by)  # on Thursday; until Wednesday, 23 December; asked on Friday: Mon, Tue, Wed are left
    assert (case.due_at, case.workdays_left) == (None, 3)
    with clock.at(moment("2026-12-26")):  # a Saturday and a holiday
        case = workflow.answer(case, text="Alle.")
    assert (day_of(case.due_at), case.workdays_left) == ("2026-12-30", None)


def test_the_days_left_run_on_over_new_year(by):
    case = asked(by)
    with clock.at(moment("2026-12-30")):
        assert day_of(workflow.answer(case, text="Alle.").due_at) == "2027-01-05"  # 31, 4, 5


def test_a_second_question_leaves_what_the_first_one_left(by):
    case = asked(by)
    with clock.at(moment("2027-01-04")):
        case = workflow.answer(case, text="Alle.")
    with clock.at(moment("2027-01-05")):
        assert workflow.ask(case, question="Wirklich alle?", by=by).workdays_left == 2


def test_a_question_as_first_contact_leaves_the_whole_decision(by):
    with clock.at(moment("2026-11-09")):
        case = workflow.ask(arrived("2026-11-02"), question="Wer nimmt teil?", by=by)
    assert case.workdays_left == 4


def test_an_answer_leaves_a_day_to_read_it_even_when_the_decision_was_late(by):
    case = asked(by, first="2026-12-14", then="2026-12-22")
    assert case.workdays_left == 0
    with clock.at(moment("2026-12-23", hour=22)):
        assert day_of(workflow.answer(case, text="Alle.").due_at) == "2026-12-24"


def test_who_leaves_an_inquiry_otherwise_takes_no_days_along(by):
    case = workflow.withdraw(asked(by), note="Anruf", by=by)
    assert (case.due_at, case.workdays_left) == (None, None)


def test_the_day_that_a_municipality_was_told_is_that_of_its_answer(by):
    case = asked(by)
    assert day_of(case.next_step_due) == "2026-12-28"
    with clock.at(moment("2026-12-30")):
        case = workflow.answer(case, text="Alle.")
        assert case.next_step_due == case.due_at


# --- In words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "level", "words"),
    [
        ("2026-12-01", "later", "fällig Do, 10. Dezember"),
        ("2026-12-08", "soon", "fällig Do, 10. Dezember"),
        ("2026-12-09", "soon", "fällig morgen"),
        ("2026-12-10", "soon", "heute fällig"),
        ("2026-12-11", "overdue", "seit 1 Arbeitstag überfällig"),
        ("2026-12-13", "overdue", "seit 1 Arbeitstag überfällig"),
        ("2026-12-14", "overdue", "seit 2 Arbeitstagen überfällig"),
        ("2026-12-26", "overdue", "seit 10 Arbeitstagen überfällig"),
    ],
)
def test_a_deadline_says_in_words_how_near_it_is(settings, today, level, words):
    settings.WARN_WORKDAYS = 2
    case = CaseFactory(due_at=workdays.due(moment("2026-12-09"), 1))
    found = deadlines.of(case, moment(today))
    assert (found.level, found.words) == (level, words)


def test_a_deadline_of_a_friday_is_just_overdue_at_the_weekend():
    case = CaseFactory(due_at=workdays.due(moment("2026-12-03"), 1))
    assert deadlines.of(case, moment("2026-12-05")).words == "überfällig"
    assert "2027" in deadlines.of(CaseFactory(due_at=workdays.due(moment("2027-01-04"), 1)), moment("2026-12-01")).words


def test_nothing_due_has_no_words():
    assert deadlines.of(CaseFactory(due_at=None)) is None


# --- Counting ---------------------------------------------------------------------------------------------------


def test_working_days_are_counted_over_weekends_and_holidays():
    assert workdays.between(date(2026, 12, 23), date(2026, 12, 28)) == 2  # Christmas Eve and Monday
    assert workdays.between(date(2026, 12, 26), date(2026, 12, 26)) == 0
    assert workdays.between(date(2026, 12, 28), date(2026, 12, 23)) == 0
    assert workdays.ahead(date(2026, 12, 24), 3) == [date(2026, 12, 24), date(2026, 12, 28), date(2026, 12, 29)]
    assert workdays.ahead(date(2026, 12, 26), 1) == [date(2026, 12, 28)]


@pytest.mark.parametrize("number", [1, 2, 5])
def test_what_lies_before_a_moment_has_seen_that_many_working_days_begin(number):
    """The threshold agrees with counting, on every day over Christmas."""
    for today in (date(2026, 12, day) for day in range(18, 32)):
        threshold = workdays.before(moment(today.isoformat()), number)
        for day in (date(2026, 12, day) for day in range(1, today.day + 1)):
            old_enough = workdays.between(day, today) >= number
            assert (moment(day.isoformat(), 23) < threshold) == old_enough


# --- Cases from before --------------------------------------------------------------------------------------------


def test_cases_from_before_get_the_deadlines_that_their_moves_would_have_written(by):
    fresh, asked_one = arrived("2026-11-02"), asked(by)
    with clock.at(moment("2026-11-03")):
        searching = workflow.accept(arrived("2026-11-02"), team_size=2, by=by)
        called = workflow.contact(arrived("2026-11-02"), note="Telefonat", by=by)
        inquired = workflow.ask(arrived("2026-11-02"), question="Wer?", by=by)
    with clock.at(moment("2026-11-04")):
        answered = workflow.answer(inquired, text="Alle.")
        staffed = workflow.staff(workflow.accept(arrived("2026-11-02"), team_size=1, by=by))
    expected = [fresh, asked_one, searching, called, answered, staffed]
    ConsultationRequest.objects.update(due_at=None, workdays_left=None, answered_at=None, last_contact_at=None)

    migration = MigrationExecutor(connection).loader.get_migration_by_prefix("requests", "0010")
    state = MigrationExecutor(connection).loader.project_state()
    migration.operations[0].code(state.apps, None)

    for was in expected:
        now = ConsultationRequest.objects.get(pk=was.pk)
        assert day_of(now.due_at) == day_of(was.due_at), was.state
        assert now.last_contact_at == was.last_contact_at
        assert (now.answered_at is None) == (was.answered_at is None)
    asked_one.refresh_from_db()
    assert asked_one.workdays_left == 4  # nobody knows what was left
