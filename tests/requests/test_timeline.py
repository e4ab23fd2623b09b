"""The five stages, over histories as the workflow writes them."""

from datetime import UTC, datetime

import pytest

from requests import timeline
from requests.models import ConsultationRequest, State, Transition
from requests.workflow import MOVES

DAYS = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in range(1, 29)]


def told(*moves, outcome="", confirmed=True):
    """The steps of a request after these moves, one a day: (name, progress, day of March)."""
    state, history = State.DRAFT, []
    since = DAYS[0]
    for at, name in zip(DAYS, moves, strict=False):
        assert state in MOVES[name].sources, name
        target = MOVES[name].target or state
        if MOVES[name].target:
            since = at
        history.append(Transition(move=name, source=state, target=target, at=at))
        state = target
    case = ConsultationRequest(state=state, state_since=since, outcome=outcome)
    case.confirmed_at = next((line.at for line in history if line.move == "confirm"), None)
    return [(str(step.name), step.progress, step.at and step.at.day) for step in timeline.steps(case, history)]


ARRIVED = ("submit", "confirm")
STAFFED = (*ARRIVED, "accept", "staff")
TO_COME = [("Team", "next", None), ("Beratung", "next", None), ("Abschluss", "next", None)]


def test_before_the_mailbox_is_confirmed_the_arrival_is_at_hand():
    assert told("submit") == [("Eingang", "current", 1), ("Prüfung", "next", None), *TO_COME]


def test_a_new_request_is_reviewed():
    assert told(*ARRIVED) == [("Eingang", "done", 2), ("Prüfung", "current", 2), *TO_COME]


def test_a_question_and_its_answer_leave_the_stage_as_it_is():
    assert told(*ARRIVED, "ask") == told(*ARRIVED, "ask", "answer") == told(*ARRIVED)


def test_messages_and_contacts_are_no_stages():
    assert told(*ARRIVED, "take_over", "contact", "reply", "write", "correct") == told(*ARRIVED)


def test_the_search_and_the_team():
    assert told(*ARRIVED, "accept") == [
        ("Eingang", "done", 2),
        ("Prüfung", "done", 3),
        ("Team", "current", 3),
        *TO_COME[1:],
    ]
    assert told(*STAFFED)[2:] == [("Team", "done", 4), ("Beratung", "current", None), ("Abschluss", "next", None)]
    assert told(*STAFFED, "start")[2:] == [("Team", "done", 4), ("Beratung", "current", 5), ("Abschluss", "next", None)]


def test_who_drops_out_takes_the_team_back_to_the_search():
    steps = told(*STAFFED, "start", "search_again")
    assert steps[1:] == [("Prüfung", "done", 3), ("Team", "current", 6), *TO_COME[1:]]
    assert told(*STAFFED, "start", "search_again", "staff")[2:4] == [("Team", "done", 7), ("Beratung", "current", None)]


def test_a_consultation_that_was_closed_has_all_behind_it():
    assert told(*STAFFED, "start", "close", outcome="consulted") == [
        ("Eingang", "done", 2),
        ("Prüfung", "done", 3),
        ("Team", "done", 4),
        ("Beratung", "done", None),
        ("Abschluss", "done", 6),
    ]


def test_an_end_says_what_there_was():
    names = {
        outcome: [name for name, _, _ in told(*STAFFED, "close", outcome=outcome)]
        for outcome in ("dialogue", "abandoned")
    }
    assert names == {
        "dialogue": ["Eingang", "Prüfung", "Team", "Dialogforum", "Abschluss"],
        "abandoned": ["Eingang", "Prüfung", "Team", "Abschluss"],
    }


def test_a_consultation_that_goes_on_is_at_hand_again():
    steps = told(*STAFFED, "start", "close", "resume")
    assert steps[2:] == [("Team", "done", 4), ("Beratung", "current", 7), ("Abschluss", "next", None)]


@pytest.mark.parametrize(("move", "name"), [("reject", "Nicht angenommen"), ("refer", "Verwiesen")])
def test_a_refusal_is_what_the_review_has_found(move, name):
    assert told(*ARRIVED, move) == [("Eingang", "done", 2), ("Prüfung", "done", 3), (name, "done", 3)]
    assert told(*ARRIVED, "accept", move) == [("Eingang", "done", 2), ("Prüfung", "done", 3), (name, "done", 4)]


def test_a_withdrawn_request_shows_only_what_it_has_passed():
    assert told(*ARRIVED, "withdraw") == [("Eingang", "done", 2), ("Zurückgezogen", "done", 3)]
    assert [name for name, _, _ in told(*STAFFED, "withdraw")] == ["Eingang", "Prüfung", "Team", "Zurückgezogen"]


def test_what_was_thrown_away_never_arrived():
    assert told("submit", "withdraw") == [("Verworfen", "done", 2)]


def test_a_request_taken_up_again_is_reviewed_anew():
    assert told(*ARRIVED, "accept", "reject", "reopen") == [
        ("Eingang", "done", 2),
        ("Prüfung", "current", 5),
        *TO_COME,
    ]
    assert told(*ARRIVED, "withdraw", "reopen", "accept")[1] == ("Prüfung", "done", 5)


@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
def test_a_case_without_history_has_a_timeline_too(state):
    case = ConsultationRequest(state=state, outcome="consulted" if state == State.CLOSED else "")
    steps = timeline.steps(case, [])
    assert steps
    assert sum(step.progress == "current" for step in steps) == (not case.is_ended)
