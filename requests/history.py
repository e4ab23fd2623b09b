"""The complete history of a case in one line of time, from what the workflow and the triggers have written down."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Value
from django.utils import timezone

from miglobe.history import reading
from miglobe.history.reading import Change, Key, Line, Link, People
from miglobe.history.tracking import events
from miglobe.outbox.models import Mail

from . import summary, workflow
from .models import Attachment, ConsultationRequest, Message, Note, Transition

STATE, THREAD, TEAM = "state", "thread", "team"
SHOWN = (
    *(name for step, names in summary.SECTIONS.items() if step != "unterlagen" for name in names),
    "channel",
    "language",
    "organisation",
    "person",
    "team_size",
    "reason",
    "outcome",
)
"""Fields whose change a step of the workflow does not tell by itself."""
RELATIONS = ("municipality", "organisation", "person", "reason")
ABOUT = {
    "correct": frozenset(),
    "write": frozenset({THREAD}),
    "reply": frozenset({THREAD}),
    "contact": frozenset({THREAD}),
    "ask": frozenset({STATE, THREAD}),
    "answer": frozenset({STATE, THREAD}),
    "resize": frozenset({TEAM}),
}
MUNICIPALITYS = (
    "submit",
    "confirm",
    "answer",
    "write",
    "withdraw",
)  # moves that it makes, where nobody at the desk did
BY_LINK = {"appoint": "Kommune oder Team"}  # the note says who
MARK = "m"


def lines(consultation: ConsultationRequest, transitions: list[Transition] | None = None) -> list[Line]:
    """Everything, the newest first. The number of queries is the same for every case.

    `transitions`: those of the case with who made them, where the caller has them already.
    """
    if transitions is None:
        transitions = list(consultation.transitions.select_related("by"))
    step_events = list(events(Transition).filter(consultation=consultation).order_by("pgh_id"))
    changed = _changes(consultation)
    others = [*_files(consultation), *_notes(consultation), *_mails(consultation), *_messages(consultation)]
    others += _tampered(step_events)
    people = People([by for by, _, _ in changed.values()] + [by for _, by, _, _ in others])
    steps = {event.pgh_obj_id: reading.key_of(event) for event in step_events if event.pgh_label == "insert"}
    found, told = list(_steps(transitions, steps, changed)), set(steps.values())
    for key, (by, who, changes) in changed.items():
        if key not in told and changes:
            found.append(Line(key[1], "Angaben geändert", people.name(by) or who, by, changes))
    for event, by, what, anchor in others:
        who = people.name(by) or reading.otherwise(event.pgh_context)
        found.append(Line(event.pgh_created_at, what, who, by, anchor=anchor))
    return newest_first(found)


type _Changes = dict[Key, tuple[int | None, str, tuple[Change, ...]]]
"""What every transaction has changed of the case's own fields: by whom, or by what, and each field."""


def _steps(transitions: list[Transition], steps: dict[int, Key], changed: _Changes) -> Iterator[Line]:
    """The steps of the workflow; the first of a transaction tells what it has changed."""
    told: set[Key] = set()
    for transition in transitions:
        key = steps.get(transition.pk)
        changes: tuple[Change, ...] = ()
        if key and key in changed and key not in told:
            changes = tuple(change for change in changed[key][2] if change.name in SHOWN)
            told.add(key)
        yield _step(transition, changes)


_DONE = {"insert": "angelegt", "update": "geändert", "delete": "gelöscht"}


def newest_first(found: Iterable[Line]) -> list[Line]:
    return sorted(found, key=lambda line: (line.at, line.mark or ("", 0)), reverse=True)


def _label(move: str) -> str:
    return workflow.MOVES[move].label if move in workflow.MOVES else move


def _step(transition: Transition, changes: tuple[Change, ...]) -> Line:
    nobody = "Kommune" if transition.move in MUNICIPALITYS else BY_LINK.get(transition.move, "automatisch")
    return Line(
        transition.at,
        _label(transition.move),
        str(transition.by) if transition.by else nobody,
        transition.by_id,
        changes,
        note="" if transition.move == "correct" and changes else transition.note,  # it names the fields
        anchor="nachrichten" if THREAD in ABOUT.get(transition.move, ()) and transition.move != "contact" else "",
        about=ABOUT.get(transition.move, frozenset({STATE})),
        mark=(MARK, transition.pk),
    )


def _changes(consultation: ConsultationRequest) -> _Changes:
    past = events(ConsultationRequest)
    names = [field.name for field in past.model._meta.fields if not field.name.startswith("pgh_")]
    found = list(past.filter(pgh_obj=consultation).select_related(*RELATIONS).order_by("pgh_id"))
    changed: dict[Key, tuple[int | None, str, tuple[Change, ...]]] = {}
    for event, changes in reading.differences(found, [name for name in names if name != "id"]):
        _add(
            changed,
            reading.key_of(event),
            reading.person_of(event.pgh_context),
            reading.otherwise(event.pgh_context),
            changes,
        )
    begun = {reading.key_of(event) for event in found if event.pgh_label == "insert"}
    for link in _links(consultation):
        if link.key not in begun:  # what it was recorded with
            _add(changed, link.key, link.by, link.otherwise, (link.change,))
    return changed


def _links(consultation: ConsultationRequest) -> list[Link]:
    """What has come and gone in all the relations of a case, in one query."""
    fields = {field.name: field for field in ConsultationRequest._meta.many_to_many}
    several = [
        events(field.remote_field.through)
        .filter(consultationrequest=consultation)
        .order_by()
        .values_list("pgh_created_at", "pgh_context_id", "pgh_context", "pgh_label", Value(name), entry(field))
        for name, field in fields.items()
    ]
    found: dict[tuple[Key, str], list[Any]] = {}
    for at, context_id, context, label, name, words in several[0].union(*several[1:], all=True):
        found.setdefault(((context_id, at), name), []).append((label, words, context))
    return [
        Link(
            key,
            reading.person_of(group[0][2]),
            reading.otherwise(group[0][2]),
            reading.came_and_went(fields[name], [(label, words) for label, words, _ in group]),
        )
        for (key, name), group in found.items()
    ]


def entry(field: Any) -> F:
    """The name of what a relation leads to."""
    return F(f"{field.m2m_reverse_field_name()}__name")


def _add(changed: _Changes, key: Key, by: int | None, who: str, changes: tuple[Change, ...]) -> None:
    before = changed.get(key, (by, who, ()))[2]
    changed[key] = (by, who, (*before, *changes))


type _Found = tuple[Any, int | None, str, str]


def _tampered(step_events: list[Any]) -> Iterator[_Found]:
    """What should not happen to a step once it is made."""
    for event in step_events:
        if event.pgh_label != "insert":
            what = f"Eintrag im Verlauf {_DONE[event.pgh_label]}: {_label(event.move)}"
            yield event, reading.person_of(event.pgh_context), what, ""


def _of_case(model: Any, consultation: ConsultationRequest) -> Iterator[Any]:
    """What has happened to the rows of a case since they belong to it: that a merge brought them, its step says."""
    known: set[int] = set()
    for event in events(model).filter(consultation=consultation).order_by("pgh_id"):
        if event.pgh_label == "insert" or event.pgh_obj_id in known:
            yield event
        known.add(event.pgh_obj_id)


def _files(consultation: ConsultationRequest) -> Iterator[_Found]:
    for event in _of_case(Attachment, consultation):
        if event.pgh_label != "update":  # then it has gone out with a message
            what = "Anlage hinzugefügt" if event.pgh_label == "insert" else "Anlage gelöscht"
            yield event, event.by_id or reading.person_of(event.pgh_context), f"{what}: {event.name}", "anlagen"


def _notes(consultation: ConsultationRequest) -> Iterator[_Found]:
    what = {"insert": "Interne Notiz", "update": "Interne Notiz zurückgezogen", "delete": "Interne Notiz gelöscht"}
    for event in _of_case(Note, consultation):
        yield event, event.by_id, what[event.pgh_label], "notizen"


def _messages(consultation: ConsultationRequest) -> Iterator[_Found]:
    """Only what should not happen to messages: that they are written, the steps say."""
    for event in _of_case(Message, consultation):
        if event.pgh_label != "insert":
            yield event, reading.person_of(event.pgh_context), f"Nachricht {_DONE[event.pgh_label]}", "nachrichten"


def _mails(consultation: ConsultationRequest) -> Iterator[_Found]:
    """What became of each mail; whom they go to stands with the mails, for advisors' addresses are nobody else's."""
    before: dict[int, Any] = {}
    prefix = f"[{consultation.reference}] "
    for event in events(Mail).filter(reference=consultation.reference or "").order_by("pgh_id"):
        last = before.get(event.pgh_obj_id)
        before[event.pgh_obj_id] = event
        subject = f"E-Mail „{event.subject.removeprefix(prefix)}“"
        by = reading.person_of(event.pgh_context)
        if event.pgh_label == "delete":
            yield event, by, f"{subject}: gelöscht", "mails"
        elif last and last.to != event.to:
            yield event, by, f"{subject}: geht jetzt an eine andere Adresse", "mails"
        elif last is None and event.pgh_label == "update":
            continue  # a merge has brought it
        elif (last.state if last else Mail.State.QUEUED) != event.state:
            yield event, by, f"{subject}: {Mail.State(event.state).label}", "mails"


# --- Since somebody opened the case -----------------------------------------------------------------


@dataclass(frozen=True)
class Opened:
    """How far the history had come when a person was shown the case. Travels in a hidden field and in addresses."""

    marks: tuple[tuple[str, int], ...]
    at: datetime

    def __str__(self) -> str:
        return ".".join([*(f"{row}{place}" for row, place in self.marks), f"t{int(self.at.timestamp())}"])

    def is_before(self, line: Line) -> bool:
        """Whether the line was not there yet."""
        if line.mark:
            return dict(self.marks).get(line.mark[0], 0) < line.mark[1]
        return line.at > self.at


def now(**marks: int) -> Opened:
    return Opened(tuple(sorted(marks.items())), timezone.now())


def shown(found: Iterable[Line]) -> Opened:
    """How far the history has come for somebody who has these lines before them."""
    marks: dict[str, int] = {}
    for row, place in (line.mark for line in found if line.mark):
        marks[row] = max(place, marks.get(row, 0))
    return now(**marks)


def opened(text: str) -> Opened | None:
    """What `str(Opened)` has written; None for anything else."""
    parts = [(part[:1], part[1:]) for part in text.split(".")]
    if not all(
        letter and letter in "afmortuvw" and digits.isdecimal() and len(digits) < 19 for letter, digits in parts
    ):
        return None
    marks = {letter: int(digits) for letter, digits in parts}
    try:
        at = datetime.fromtimestamp(marks.pop("t", 0), UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return Opened(tuple(sorted(marks.items())), at)


def latest(consultation: ConsultationRequest) -> int:
    """The key of the newest step of the workflow: the lock of the case puts them in order."""
    return consultation.transitions.order_by("-pk").values_list("pk", flat=True).first() or 0


def with_texts(consultation: ConsultationRequest, found: list[Line]) -> list[Line]:
    """The same lines; those that stand for a message say what it says."""
    if not any(THREAD in line.about for line in found):
        return found
    texts = {(message.at, message.by_id): message.text for message in consultation.messages.all()}
    return [replace(line, note=texts.get((line.at, line.by), line.note)) for line in found]


def marked(found: Iterable[Line], since: Opened) -> list[Line]:
    return [replace(line, is_new=since.is_before(line)) for line in found]
