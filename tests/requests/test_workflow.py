import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import ConsultationRequest, State, Transition
from tests.factories import CaseFactory, DraftFactory, OrganisationFactory, ReasonFactory, UserFactory

pytestmark = pytest.mark.django_db

ALLOWED = {
    "submit": {"draft"},
    "confirm": {"unconfirmed"},
    "readdress": {"unconfirmed"},
    "take_over": {"new", "inquiry", "searching", "staffed", "running"},
    "hand_over": {"new", "inquiry", "searching", "staffed", "running"},
    "correct": {
        *("new", "inquiry", "searching", "staffed", "running"),
        *("closed", "rejected", "referred", "withdrawn"),
    },
    "contact": {
        *("new", "inquiry", "searching", "staffed", "running"),
        *("closed", "rejected", "referred", "withdrawn"),
    },
    "reply": {
        *("new", "inquiry", "searching", "staffed", "running"),
        *("closed", "rejected", "referred", "withdrawn"),
    },
    "write": {"new", "searching", "staffed", "running", "closed", "rejected", "referred", "withdrawn"},
    "ask": {"new"},
    "answer": {"inquiry"},
    "remind": {"inquiry"},
    "accept": {"new"},
    "reject": {"new", "inquiry", "searching"},
    "refer": {"new", "inquiry", "searching"},
    "staff": {"searching"},
    "resize": {"searching"},
    "search_again": {"staffed", "running"},
    "start": {"staffed"},
    "appoint": {
        *("new", "inquiry", "searching", "staffed", "running"),
        *("closed", "rejected", "referred", "withdrawn"),
    },
    "close": {"staffed", "running"},
    "withdraw": {"unconfirmed", "new", "inquiry", "searching", "staffed", "running"},
    "reopen": {"rejected", "referred", "withdrawn"},
    "resume": {"closed"},
    "record": {"draft"},
    "absorb": {"new", "inquiry", "searching", "staffed", "running"},
    "merge": {"new", "inquiry", "searching", "rejected", "referred", "withdrawn"},
}
"""Written down a second time on purpose: the table of the workflow is what is tested."""

TARGET = {
    "submit": "unconfirmed",
    "confirm": "new",
    "readdress": None,
    "take_over": None,
    "hand_over": None,
    "correct": None,
    "contact": None,
    "appoint": None,
    "reply": None,
    "write": None,
    "ask": "inquiry",
    "answer": "new",
    "remind": None,
    "accept": "searching",
    "reject": "rejected",
    "refer": "referred",
    "staff": "staffed",
    "resize": None,
    "search_again": "searching",
    "start": "running",
    "close": "closed",
    "withdraw": "withdrawn",
    "reopen": "new",
    "resume": "running",
    "record": "new",
    "absorb": None,
    "merge": "merged",
}

SILENT = {"take_over", "readdress", "correct", "contact", "answer", "resize", "staff", "search_again", "start"}
SILENT |= {"absorb", "merge", "appoint"}
"""Without a mail of their own: offers write those of the team, merging those of both requests, and who notes an
answer need not be told of it."""


def arguments(move: str) -> dict:
    by = {} if move in ("submit", "confirm", "staff", "write", "remind") else {"by": UserFactory()}
    return (
        by
        | {
            "correct": lambda: {"note": "Anliegen", "concern": "Neu"},
            "readdress": lambda: {"address": "neu@stadt.example"},
            "hand_over": lambda: {"to": UserFactory(), "note": "Urlaub"},
            "contact": lambda: {"note": "Telefonat"},
            "appoint": lambda: {"note": "Workshop am 3. Mai: vereinbart"},
            "ask": lambda: {"question": "Wer nimmt teil?"},
            "answer": lambda: {"text": "Alle."},
            "reply": lambda: {"text": "Bald."},
            "write": lambda: {"text": "Wann?"},
            "accept": lambda: {"team_size": 2},
            "resize": lambda: {"team_size": 1},
            "reject": lambda: {"reason": ReasonFactory()},
            "refer": lambda: {"reason": ReasonFactory(), "note": "Bitte dort fragen."},
            "close": lambda: {"outcome": "consulted"},
            "reopen": lambda: {"note": "Irrtum"},
            "resume": lambda: {"note": "Irrtum"},
            "record": lambda: {"channel": "phone", "came_in_at": timezone.now()},
            "absorb": lambda: {"note": "Doppelt"},
            "merge": lambda: {"into": CaseFactory()},
            "search_again": lambda: {"note": "krank"},
        }.get(move, dict)()
    )


def a_case_in(state: str) -> ConsultationRequest:
    OrganisationFactory()
    case = CaseFactory(state=state)
    if state == State.DRAFT:
        ConsultationRequest.objects.filter(pk=case.pk).update(reference=None, submitted_at=None)
    return case


def test_the_tables_name_the_same_moves():
    assert set(ALLOWED) == set(TARGET) == set(workflow.MOVES)


@pytest.mark.parametrize("move", sorted(ALLOWED))
@pytest.mark.parametrize("state", State.values)
def test_every_state_meets_every_move(state, move):
    case = a_case_in(state)
    before = case.state
    command = getattr(workflow, move)
    if state in ALLOWED[move]:
        moved = command(case, **arguments(move))
        assert moved.state == (TARGET[move] or before)
        history = Transition.objects.get(consultation=case)
        assert (history.move, history.source, history.target) == (move, before, moved.state)
        assert Mail.objects.exists() == (move not in SILENT and (move, before) != ("withdraw", "unconfirmed"))
        return
    idempotent = (move in ("submit", "record") and state != "draft") or (move == "confirm" and case.confirmed_at)
    if idempotent:
        assert command(case, **arguments(move)).state == before
    else:
        with pytest.raises(workflow.IllegalMove, match="inzwischen"):
            command(case, **arguments(move))
    case.refresh_from_db()
    assert case.state == before
    assert not Transition.objects.exists()
    assert not Mail.objects.exists()


def test_a_refused_move_sees_the_fresh_state_and_not_the_stale_object():
    stale = CaseFactory(state=State.NEW)
    workflow.reject(ConsultationRequest.objects.get(pk=stale.pk), reason=ReasonFactory(), by=UserFactory())
    with pytest.raises(workflow.IllegalMove):
        workflow.accept(stale, team_size=2, by=UserFactory())


def test_an_answer_of_the_municipality_tells_the_responsible_person():
    person = UserFactory()
    case = CaseFactory(state=State.INQUIRY, person=person)
    workflow.answer(case, text="Alle Fachbereiche.")
    mail = Mail.objects.get()
    assert mail.to == person.email
    assert "Alle Fachbereiche." in mail.text


def test_a_new_request_is_told_to_every_organisation():
    addresses = {OrganisationFactory().email for _ in range(3)}
    case = CaseFactory(state=State.UNCONFIRMED)
    workflow.confirm(case)
    told = set(Mail.objects.filter(template="requests/arrived").values_list("to", flat=True))
    assert told == addresses


def test_confirming_twice_owes_one_receipt():
    case = CaseFactory(state=State.UNCONFIRMED)
    workflow.confirm(case)
    workflow.confirm(case)
    assert Mail.objects.filter(template="requests/received").count() == 1


def test_whoever_writes_first_becomes_responsible_and_has_made_the_contact():
    by, later = UserFactory(), UserFactory()
    case = workflow.ask(CaseFactory(), question="Wann?", by=by)
    assert (case.person, case.organisation) == (by, by.organisation)
    first = case.contacted_at
    case = workflow.answer(case, text="Bald.", by=later)
    case = workflow.accept(case, team_size=2, by=later)
    assert (case.person, case.contacted_at) == (by, first)


def test_a_double_click_notes_a_talk_once():
    case, by, other = CaseFactory(), UserFactory(), UserFactory()
    for person, note in ((by, "Telefonat"), (by, "Telefonat"), (other, "Telefonat"), (by, "Telefonat"), (by, "Mehr")):
        workflow.contact(case, note=note, by=person)
    assert case.transitions.filter(move="contact").count() == 4


def test_this_was_not_me_sends_no_further_mail():
    workflow.withdraw(CaseFactory(state=State.UNCONFIRMED))
    assert not Mail.objects.exists()


def test_a_request_that_was_never_confirmed_cannot_be_reopened():
    case = workflow.withdraw(CaseFactory(state=State.UNCONFIRMED))
    assert not workflow.allows(case, "reopen")
    with pytest.raises(workflow.IllegalMove):
        workflow.reopen(case, note="?", by=UserFactory())


def test_references_are_random_and_easy_to_read():
    references = {workflow.new_reference() for _ in range(200)}
    assert len(references) == 200
    for reference in references:
        code = reference.rpartition("-")[2]
        assert len(code) == 5
        assert not set(code) & set("01OI")


def test_a_move_that_fails_writes_nothing(monkeypatch):
    case = CaseFactory(state=State.NEW)

    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("requests.mails.rejected", broken)
    with pytest.raises(RuntimeError):
        workflow.reject(case, reason=ReasonFactory(), by=UserFactory())
    case.refresh_from_db()
    assert case.state == State.NEW
    assert not Transition.objects.exists()


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"state": "nonsense"}, "known_state"),
        ({"contact_email": ""}, "municipality_and_a_contact"),
        ({"municipality": None}, "municipality_and_a_contact"),
        ({"confirmed_at": None}, "filed_request_is_confirmed"),
        ({"state": "rejected"}, "refused_request_has_a_reason"),
        ({"state": "closed"}, "closed_request_has_an_outcome"),
        ({"team_size": 4}, "one_to_three"),
    ],
)
def test_the_database_refuses_what_no_state_allows(changes, constraint):
    case = CaseFactory()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ConsultationRequest.objects.filter(pk=case.pk).update(**changes)


def test_a_draft_may_be_empty():
    assert DraftFactory().state == State.DRAFT


@pytest.mark.parametrize("state", State.values)
def test_only_confirmed_requests_reach_the_desk(state):
    case = a_case_in(state)
    assert ConsultationRequest.objects.filed().filter(pk=case.pk).exists() == (
        state not in ("draft", "unconfirmed", "merged")
    )


def test_the_same_answer_twice_is_taken_once():
    case = CaseFactory(state=State.INQUIRY, person=UserFactory())
    workflow.answer(case, text="Alle.")
    assert workflow.answer(case, text="Alle.").state == State.NEW
    assert Mail.objects.count() == Transition.objects.count() == 1
    with pytest.raises(workflow.IllegalMove):
        workflow.answer(case, text="Doch nicht alle.")


def test_nobody_is_written_to_who_has_left_the_desk():
    OrganisationFactory(email="alle@example.org")
    gone = UserFactory(is_active=False, organisation=None)
    case = CaseFactory(person=gone)
    workflow.withdraw(case)
    addresses = set(Mail.objects.values_list("to", "reply_to"))
    assert gone.email not in {address for pair in addresses for address in pair}
    assert Mail.objects.filter(to="alle@example.org").exists()


def test_without_organisations_a_new_request_still_reaches_somebody():
    from miglobe.pages.models import Portal

    Portal.objects.create(pk=1, contact_email="portal@example.com")
    workflow.confirm(CaseFactory(state=State.UNCONFIRMED))
    assert Mail.objects.get(template="requests/arrived").to == "portal@example.com"
