"""How far a request has come, as the municipality sees it: five stages with their dates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models import ConsultationRequest, State, Transition


class Stage(Enum):
    ARRIVAL = _("Eingang")
    REVIEW = _("Prüfung")
    TEAM = _("Team")
    CONSULTING = _("Beratung")
    END = _("Abschluss")


class Progress(Enum):
    DONE = "done"
    CURRENT = "current"
    NEXT = "next"


@dataclass(frozen=True)
class Step:
    name: str | Promise
    progress: str
    at: datetime | None = None
    """When it was finished or, of the current one, begun; None where it has not begun or nothing tells."""


FINISHES = {"confirm": Stage.ARRIVAL, "accept": Stage.REVIEW, "staff": Stage.TEAM}
BEGINS = {
    "submit": Stage.ARRIVAL,
    "confirm": Stage.REVIEW,
    "reopen": Stage.REVIEW,
    "accept": Stage.TEAM,
    "search_again": Stage.TEAM,
    "start": Stage.CONSULTING,
    "resume": Stage.CONSULTING,
}
CURRENT = {
    State.UNCONFIRMED: Stage.ARRIVAL,
    State.NEW: Stage.REVIEW,
    State.INQUIRY: Stage.REVIEW,
    State.SEARCHING: Stage.TEAM,
    State.STAFFED: Stage.CONSULTING,
    State.RUNNING: Stage.CONSULTING,
}
EARLY_ENDS = {
    State.REJECTED: _("Nicht angenommen"),
    State.REFERRED: _("Verwiesen"),
    State.WITHDRAWN: _("Zurückgezogen"),
    State.MERGED: _("Zusammengeführt"),
}
ORDER = list(Stage)


def steps(consultation: ConsultationRequest, transitions: Iterable[Transition]) -> list[Step]:
    """The stages behind, at hand and to come. A request that ended early shows only what it has passed."""
    begun, finished = _dates(transitions)
    state = State(consultation.state)
    if consultation.confirmed_at:
        finished.setdefault(Stage.ARRIVAL, consultation.confirmed_at)
    if state in EARLY_ENDS:
        return _ended_early(consultation, finished)
    if state == State.CLOSED:
        return _closed(consultation, begun, finished)
    place = ORDER.index(CURRENT[state])
    return [
        *(_done(stage, finished) for stage in ORDER[:place]),
        Step(ORDER[place].value, Progress.CURRENT.value, begun.get(ORDER[place])),
        *(Step(stage.value, Progress.NEXT.value) for stage in ORDER[place + 1 :]),
    ]


def _dates(transitions: Iterable[Transition]) -> tuple[dict[Stage, datetime], dict[Stage, datetime]]:
    """When each stage was begun and finished. Going back to one undoes it and those after it."""
    begun: dict[Stage, datetime] = {}
    finished: dict[Stage, datetime] = {}
    for transition in transitions:
        if stage := FINISHES.get(transition.move):
            finished[stage] = transition.at
        if stage := BEGINS.get(transition.move):
            begun[stage] = transition.at
            for undone in ORDER[ORDER.index(stage) :]:
                finished.pop(undone, None)
                if undone is not stage:
                    begun.pop(undone, None)
    return begun, finished


def _done(stage: Stage, finished: dict[Stage, datetime]) -> Step:
    return Step(stage.value, Progress.DONE.value, finished.get(stage))


def _ended_early(consultation: ConsultationRequest, finished: dict[Stage, datetime]) -> list[Step]:
    state = State(consultation.state)
    if state in (State.REJECTED, State.REFERRED):
        finished.setdefault(Stage.REVIEW, consultation.state_since)  # the refusal is what the review has found
    name = EARLY_ENDS[state] if consultation.confirmed_at else _("Verworfen")
    return [
        *(_done(stage, finished) for stage in ORDER if stage in finished),
        Step(name, Progress.DONE.value, consultation.state_since),
    ]


def _closed(
    consultation: ConsultationRequest, begun: dict[Stage, datetime], finished: dict[Stage, datetime]
) -> list[Step]:
    """The consultation as it was: only the first talk, or given up before it began."""
    passed = [_done(stage, finished) for stage in (Stage.ARRIVAL, Stage.REVIEW, Stage.TEAM)]
    if consultation.outcome == ConsultationRequest.Outcome.DIALOGUE:
        passed.append(Step(_("Dialogforum"), Progress.DONE.value))
    elif consultation.outcome == ConsultationRequest.Outcome.CONSULTED:
        passed.append(_done(Stage.CONSULTING, finished))
    return [*passed, Step(Stage.END.value, Progress.DONE.value, consultation.state_since)]
