"""What has become of a case's offers, appointments and results. Of the advisors it says the name and nothing else."""

from collections.abc import Iterator
from typing import Any

from miglobe.history import reading
from miglobe.history.reading import Line, People
from miglobe.history.tracking import events
from requests.history import TEAM
from requests.models import ConsultationRequest

from .models import Agreement, Appointment, Feedback, FollowUp, Offer, Report, WorkRecord

MARK = "o"
RESULTS = "a"
REPORT, FEEDBACK, AGREEMENT, FOLLOW_UP, WORK = "r", "f", "v", "u", "w"
State = Offer.State
ADVISORS = (State.ACCEPTED, State.DECLINED)  # states that an advisor brings about by the link
TAKEN_BACK = {State.ACCEPTED: "Zusage zurückgenommen", State.DECLINED: "Absage zurückgenommen"}
STAMP = ("recorded_at", "by")  # of a result
DESKS = (State.PROPOSED, State.RESERVE, State.SENT, State.CANCELLED)  # and those that the offer names somebody for


def lines(consultation: ConsultationRequest) -> list[Line]:
    found = list(events(Offer).filter(consultation=consultation).prefetch_related("advisor").order_by("pgh_id"))
    people = People(_by(event) for event in found)
    return list(_told(found, people))


def marks(consultation: ConsultationRequest) -> dict[str, int]:
    """The keys of the newest events: the lock of the case puts them in order."""
    rows = (
        *((MARK, Offer), (RESULTS, Appointment), (REPORT, Report)),
        *((FEEDBACK, Feedback), (AGREEMENT, Agreement), (FOLLOW_UP, FollowUp)),
    )
    found = {mark: _latest(model, consultation=consultation) for mark, model in rows}
    return found | {WORK: _latest(WorkRecord, report__consultation=consultation)}


def _latest(model: Any, **of: ConsultationRequest) -> int:
    past = events(model).filter(**of).order_by("-pgh_id")
    return past.values_list("pgh_id", flat=True).first() or 0


def results(consultation: ConsultationRequest) -> list[Line]:
    """What was corrected of appointments that have been; all else of them the steps of the case say."""
    found = list(events(Appointment).filter(consultation=consultation).select_related("by").order_by("pgh_id"))
    lines, before = [], dict[int, Any]()
    for event in found:
        last = before.get(event.pgh_obj_id)
        before[event.pgh_obj_id] = event
        if last and last.state == Appointment.State.HELD:
            changes = tuple(reading.changed(last, event, ("participants", "minutes")))
            about = frozenset({TEAM})
            what, mark = "Ergebnis eines Termins berichtigt", (RESULTS, event.pgh_id)
            lines.append(
                Line(
                    event.pgh_created_at,
                    what,
                    str(event.by or "das Team"),
                    event.by_id,
                    changes,
                    "",
                    "termine",
                    about,
                    mark,
                )
            )
    return lines


def told(consultation: ConsultationRequest) -> list[Line]:
    """What was agreed on, reported, said of it and put into practice, and what was corrected of that."""
    return [
        *_recorded(consultation, Agreement, AGREEMENT, "Vereinbarung", "automatisch"),
        *_reported(consultation),
        *_worked(consultation),
        *_recorded(consultation, Feedback, FEEDBACK, "Rückmeldung", "Kommune"),
        *_followed_up(consultation),
    ]


def _recorded(consultation: ConsultationRequest, model: Any, mark: str, what: str, themselves: str) -> Iterator[Line]:
    last: Any = None
    for event in _past(model, consultation):
        changes = tuple(reading.changed(last, event, _fields(model))) if last else ()
        if last is None or changes:
            yield _line(event, f"{what} {'berichtigt' if last else 'festgehalten'}", themselves, mark, changes)
        last = event


REPORTED = {
    Report.State.DRAFT: "Bericht begonnen",
    Report.State.SENT: "Bericht abgeschickt, wartet auf Mitzeichnung",
    Report.State.SIGNED: "Bericht vom ganzen Team gezeichnet",
    Report.State.RETURNED: "Bericht zurückgegeben",
    Report.State.ACCEPTED: "Bericht angenommen",
}


def _reported(consultation: ConsultationRequest) -> Iterator[Line]:
    """Every step of it. What the team types before it sends the report is nobody else's business yet."""
    last: Any = None
    for event in _past(Report, consultation):
        if last is None or last.state != event.state:
            yield _line(event, _step_of(last, event), "das Team", REPORT, (), at_desk=event.state in ANSWERED)
        elif event.state == Report.State.ACCEPTED:
            changes = tuple(reading.changed(last, event, [name for name in _fields(Report) if name != "state"]))
            if changes:
                yield _line(event, "Bericht berichtigt", "das Team", REPORT, changes)
        last = event


ANSWERED = (Report.State.ACCEPTED, Report.State.RETURNED)  # by nobody but the desk


def _step_of(last: Any, event: Any) -> str:
    if event.state == Report.State.ACCEPTED and (last is None or last.state != Report.State.SIGNED):
        return "Bericht festgehalten"
    if event.state == Report.State.DRAFT and last:
        return "Bericht wird noch einmal geändert"
    return REPORTED[Report.State(event.state)]


def _worked(consultation: ConsultationRequest) -> Iterator[Line]:
    """What the desk has written down of somebody's days and journeys. What they write themselves is their own."""
    found = events(WorkRecord).filter(report__consultation=consultation).select_related("offer__advisor")
    found = list(found.order_by("pgh_id"))
    people = People(reading.person_of(event.pgh_context) for event in found)
    before: dict[int, Any] = {}
    for event in found:
        last, by = before.get(event.pgh_obj_id), reading.person_of(event.pgh_context)
        before[event.pgh_obj_id] = event
        changes = tuple(reading.changed(last, event, RECORDED)) if last else ()
        if by and (changes or last is None):
            what = f"Leistungsnachweis von {event.offer.advisor} {'berichtigt' if last else 'festgehalten'}"
            about, mark = frozenset({TEAM}), (WORK, event.pgh_id)
            yield Line(event.pgh_created_at, what, people.name(by), by, changes, "", "ergebnisse", about, mark)


RECORDED = ("days", "travel_km", "travel_cost", "receipts")


def _followed_up(consultation: ConsultationRequest) -> Iterator[Line]:
    last: Any = None
    for event in _past(FollowUp, consultation):
        if event.answered_at is None:
            yield _line(event, "Nach der Umsetzung gefragt", "automatisch", FOLLOW_UP, ())
        else:
            answered = last is not None and last.answered_at is not None
            changes = tuple(reading.changed(last, event, ("extent", "done", "hindered"))) if answered else ()
            what = "Antwort zur Umsetzung berichtigt" if answered else "Antwort zur Umsetzung"
            if changes or not answered:
                yield _line(event, what, "Kommune", FOLLOW_UP, changes)
        last = event


def _past(model: Any, consultation: ConsultationRequest) -> Any:
    return events(model).filter(consultation=consultation).select_related("by").order_by("pgh_id")


def _fields(model: Any) -> list[str]:
    return [field.name for field in model._meta.fields if field.name not in ("id", "consultation", "sent_at", *STAMP)]


def _line(event: Any, what: str, themselves: str, mark: str, changes: tuple[Any, ...], *, at_desk: bool = True) -> Line:
    return Line(
        event.pgh_created_at,
        what,
        str((at_desk and event.by) or themselves),
        event.by_id if at_desk else None,
        changes,
        anchor="ergebnisse",
        about=frozenset({TEAM}),
        mark=(mark, event.pgh_id),
    )


def _told(found: list[Any], people: People) -> Iterator[Line]:
    before: dict[int, Any] = {}
    for event in found:
        last, name = before.get(event.pgh_obj_id), str(event.advisor or "jemand, den es im Pool nicht mehr gibt")
        before[event.pgh_obj_id] = event
        what = _what(last, event)
        if not what:
            continue
        by = _by(event)
        nobody = name if _by_advisor(last, event) else "automatisch"
        yield Line(
            event.pgh_created_at,
            f"Angebot an {name}: {what}",
            people.name(by) or nobody,
            by,
            anchor="team",
            about=frozenset({TEAM}) if last is None or last.state != event.state else frozenset(),
            mark=(MARK, event.pgh_id),
        )


def _what(last: Any, event: Any) -> str:
    if event.pgh_label == "delete":
        return "gelöscht"
    if last is None or last.state != event.state:
        return _step(last, event)
    return "erinnert" if last.reminded_at != event.reminded_at else ""


def _step(last: Any, event: Any) -> str:
    before, now = last and State(last.state), State(event.state)
    if now == State.RESERVE:
        return "als Ersatz vorgemerkt"
    if now == State.SENT and before == State.RESERVE:
        return "als Ersatz angefragt"
    if now == State.WITHDRAWN and before == State.RESERVE:
        return "als Ersatz gestrichen"
    return TAKEN_BACK.get(before, str(now.label)) if now == State.SENT else str(now.label)


def _by_advisor(last: Any, event: Any) -> bool:
    """Answers, what takes them back, and dropping out unless somebody at the desk did it."""
    now = State(event.state)
    taken_back = now == State.SENT and last is not None and State(last.state) in TAKEN_BACK
    return now in ADVISORS or taken_back or now == State.CANCELLED


def _by(event: Any) -> int | None:
    """Who did it at the desk: the offer says it, but of its reminders, answers and end."""
    by: int | None = reading.person_of(event.pgh_context)
    return event.by_id if State(event.state) in DESKS and event.reminded_at is None else by
