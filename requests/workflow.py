"""The life of a request. This table is the whole truth, and this module the only writer of `state`.

Every command locks the row, checks the table, writes state and history, and owes the mails, all in one
transaction. It returns the fresh object or raises IllegalMove with a sentence for the person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from miglobe import references
from miglobe.accounts.models import Organisation, User
from miglobe.errors import Refused

from . import deadlines, mails
from .models import ENDED, ConsultationRequest, Message, Reason, State, Transition

SPOKEN = (ConsultationRequest.Channel.PHONE, ConsultationRequest.Channel.EVENT)  # ways on which people have talked
SAME_MESSAGE = timedelta(days=1)  # the same words again within it are a double click or a page sent twice


class IllegalMove(Refused):
    """The state of the request does not allow the move."""


@dataclass(frozen=True)
class Move:
    label: str
    sources: frozenset[State]
    target: State | None  # None: the state stays
    contacts: bool  # whoever makes it has been in touch with the municipality


def _move(label: str, *sources: State, to: State | None, contacts: bool = False) -> Move:
    return Move(label, frozenset(sources), to, contacts)


S = State
AT_WORK = (S.NEW, S.INQUIRY, S.SEARCHING, S.STAFFED, S.RUNNING)
FILED = (*AT_WORK, *(state for state in ENDED if state != S.MERGED))

MOVES = {
    "submit": _move("abgesendet", S.DRAFT, to=S.UNCONFIRMED),
    "confirm": _move("bestätigt", S.UNCONFIRMED, to=S.NEW),
    "readdress": _move("E-Mail-Adresse berichtigt", S.UNCONFIRMED, to=None),
    "record": _move("aufgenommen", S.DRAFT, to=S.NEW),
    "take_over": _move("übernommen", *AT_WORK, to=None),
    "hand_over": _move("übergeben", *AT_WORK, to=None),
    "correct": _move("Angaben berichtigt", *FILED, to=None),
    "contact": _move("mit der Kommune gesprochen", *FILED, to=None, contacts=True),
    "reply": _move("der Kommune geschrieben", *FILED, to=None, contacts=True),
    "write": _move("Nachricht der Kommune", *(state for state in FILED if state != S.INQUIRY), to=None),
    "ask": _move("Rückfrage gestellt", S.NEW, to=S.INQUIRY, contacts=True),
    "remind": _move("an die Rückfrage erinnert", S.INQUIRY, to=None),
    "answer": _move("Rückfrage beantwortet", S.INQUIRY, to=S.NEW),
    "accept": _move("in die Teamsuche angenommen", S.NEW, to=S.SEARCHING, contacts=True),
    "resize": _move("Größe des Teams geändert", S.SEARCHING, to=None),
    "reject": _move("abgelehnt", S.NEW, S.INQUIRY, S.SEARCHING, to=S.REJECTED, contacts=True),
    "refer": _move("verwiesen", S.NEW, S.INQUIRY, S.SEARCHING, to=S.REFERRED, contacts=True),
    "staff": _move("Team vollständig", S.SEARCHING, to=S.STAFFED),
    "search_again": _move("Teamsuche neu eröffnet", S.STAFFED, S.RUNNING, to=S.SEARCHING),
    "start": _move("Beratung begonnen", S.STAFFED, to=S.RUNNING),
    "appoint": _move("Termin", *FILED, to=None, contacts=True),
    "close": _move("abgeschlossen", S.STAFFED, S.RUNNING, to=S.CLOSED),
    "withdraw": _move("zurückgezogen", S.UNCONFIRMED, *AT_WORK, to=S.WITHDRAWN),
    "reopen": _move("wieder aufgenommen", S.REJECTED, S.REFERRED, S.WITHDRAWN, to=S.NEW, contacts=True),
    "resume": _move("Beratung fortgesetzt", S.CLOSED, to=S.RUNNING, contacts=True),
    "absorb": _move("mit einer weiteren Anfrage zusammengeführt", *AT_WORK, to=None),
    "merge": _move(
        "in einer anderen Anfrage aufgegangen",
        *(S.NEW, S.INQUIRY, S.SEARCHING, S.REJECTED, S.REFERRED, S.WITHDRAWN),
        to=S.MERGED,
    ),
}


def allows(consultation: ConsultationRequest, name: str) -> bool:
    """Whether the table allows the move now.

    What was thrown away before it was confirmed never becomes a case, and nothing more happens to one that has been
    anonymised: there is nobody left to tell.
    """
    if consultation.anonymised_at or (consultation.state == State.WITHDRAWN and consultation.confirmed_at is None):
        return False
    return consultation.state in MOVES[name].sources


NEXT_STEPS = {
    S.NEW: "Anliegen prüfen: annehmen, nachfragen, verweisen oder ablehnen",
    S.INQUIRY: "Antwort der Kommune abwarten",
    S.SEARCHING: "Berater*innen anfragen und Antworten abwarten",
    S.STAFFED: "Dialogforum abwarten, dann Beratung beginnen oder abschließen",
    S.RUNNING: "Beratung begleiten und abschließen",
}


def next_step(consultation: ConsultationRequest) -> str:
    """What the case asks of the coordinators, in a few words; empty when it has ended and nobody waits."""
    if consultation.unanswered_since:
        return "Nachricht der Kommune beantworten"
    if consultation.person_id is None and not consultation.is_ended:
        return "Übernehmen"
    return NEXT_STEPS.get(State(consultation.state), "")


def lock(consultation: ConsultationRequest) -> ConsultationRequest:
    """The fresh row, locked until the end of the transaction. Always the first lock anybody takes."""
    return ConsultationRequest.objects.select_for_update().get(pk=consultation.pk)


def lock_both(one: ConsultationRequest, other: ConsultationRequest) -> tuple[ConsultationRequest, ConsultationRequest]:
    """Two fresh rows, locked in the order of their keys: whoever locks the same two waits and blocks nobody."""
    rows = ConsultationRequest.objects.select_for_update().filter(pk__in=(one.pk, other.pk)).order_by("pk")
    locked = {row.pk: row for row in rows}
    return locked[one.pk], locked[other.pk]


def _go(
    consultation: ConsultationRequest,
    name: str,
    *,
    by: User | None = None,
    note: str = "",
    message: str = "",
    files: Iterable[UUID] = (),
    **changes: Any,
) -> ConsultationRequest:
    """Makes the move. What one side writes to the other is a message, what else there is to say the move's note."""
    consultation = lock(consultation)
    if not allows(consultation, name):
        raise IllegalMove(
            gettext("Das geht nicht mehr: Die Anfrage hat inzwischen den Stand „%(state)s“.")
            % {"state": consultation.get_state_display()}
        )
    source, move, now = State(consultation.state), MOVES[name], timezone.now()
    before = deadlines.Before.of(consultation)
    if move.contacts and by:
        changes = _contact(consultation, by, now) | changes
    for field, value in changes.items():
        setattr(consultation, field, value)
    if move.target is not None:
        consultation.state, consultation.state_since = move.target, now
    deadlines.set_clock(consultation, before, now=now)
    consultation.save()
    Transition.objects.create(
        consultation=consultation, move=name, source=source, target=consultation.state, at=now, by=by, note=note
    )
    if message:
        said = Message.objects.create(consultation=consultation, move=name, text=message, at=now, by=by)
        consultation.attachments.unsent().filter(key__in=list(files)).update(message=said)
    return consultation


# --- What the municipality does -----------------------------------------------------------------


@transaction.atomic
def submit(consultation: ConsultationRequest) -> ConsultationRequest:
    """Turns a complete draft into a request that waits for its mailbox to be confirmed. Idempotent."""
    consultation = lock(consultation)
    if consultation.state != State.DRAFT:
        return consultation
    consultation = _go(consultation, "submit", reference=new_reference(), submitted_at=timezone.now(), draft={})
    mails.please_confirm(consultation)
    return consultation


@transaction.atomic
def confirm(consultation: ConsultationRequest) -> ConsultationRequest:
    """The mailbox is theirs: the request reaches the coordinators. Idempotent."""
    consultation = lock(consultation)
    if consultation.confirmed_at is not None:
        return consultation
    consultation = _go(consultation, "confirm", confirmed_at=timezone.now())
    mails.received(consultation)
    mails.arrived(consultation)
    return consultation


@transaction.atomic
def answer(
    consultation: ConsultationRequest, *, text: str, files: Iterable[UUID] = (), by: User | None = None
) -> ConsultationRequest:
    """The municipality's answer to a question, typed by itself or noted by a coordinator.

    `files`: keys of attachments that go with it. Sending the same answer again changes nothing.
    """
    consultation = lock(consultation)
    if by is None and _was_just_said(consultation, text, by, files):
        return consultation
    now = timezone.now()
    consultation = _go(consultation, "answer", by=by, message=text, files=files, answered_at=now, last_contact_at=now)
    if by is None:
        mails.answered(consultation, consultation.messages.latest("pk"))
    return consultation


@transaction.atomic
def write(consultation: ConsultationRequest, *, text: str, files: Iterable[UUID] = ()) -> ConsultationRequest:
    """The municipality writes without being asked, also after the end. Sending the same again changes nothing.

    `files`: keys of attachments that go with it.
    """
    consultation = lock(consultation)
    if _was_just_said(consultation, text, None, files):
        return consultation
    now = timezone.now()
    since = consultation.unanswered_since or now
    consultation = _go(consultation, "write", message=text, files=files, unanswered_since=since, last_contact_at=now)
    mails.message_arrived(consultation, consultation.messages.latest("pk"))
    return consultation


@transaction.atomic
def remind(consultation: ConsultationRequest) -> ConsultationRequest:
    """Asks the municipality for the answer it owes, once for a question. Reminding again changes nothing."""
    consultation = lock(consultation)
    if consultation.state == State.INQUIRY and consultation.inquiry_reminded_at:
        return consultation
    consultation = _go(consultation, "remind", inquiry_reminded_at=timezone.now())
    mails.reminded(consultation)
    return consultation


@transaction.atomic
def withdraw(consultation: ConsultationRequest, *, note: str = "", by: User | None = None) -> ConsultationRequest:
    """Also "this was not me": a mailbox that never confirmed gets no further mail."""
    consultation = _go(consultation, "withdraw", by=by, note=note)
    if consultation.confirmed_at:
        mails.withdrawn(consultation)
    return consultation


# --- What coordinators do -----------------------------------------------------------------------


@transaction.atomic
def take_over(consultation: ConsultationRequest, *, by: User) -> ConsultationRequest:
    return _go(consultation, "take_over", by=by, **_responsible(by))


@transaction.atomic
def hand_over(
    consultation: ConsultationRequest, *, to: User | Organisation, note: str, by: User
) -> ConsultationRequest:
    """Makes a person with her or his organisation responsible, or an organisation that has yet to choose one.

    They learn of it with the note. Handing over to those who have the case already is refused.
    """
    consultation = lock(consultation)
    person, organisation = (to, to.organisation) if isinstance(to, User) else (None, to)
    if (consultation.person, consultation.organisation) == (person, organisation):
        raise IllegalMove(f"Zuständig ist schon: {to}. Bitte wählen Sie, wer die Anfrage stattdessen bekommt.")
    consultation = _go(
        consultation, "hand_over", by=by, note=f"An {to}: {note}", person=person, organisation=organisation
    )
    if to != by:
        mails.handed_over(consultation, note=note, by=by)
    return consultation


@transaction.atomic
def correct(consultation: ConsultationRequest, *, note: str, by: User, **changes: Any) -> ConsultationRequest:
    """Writes what a coordinator has corrected and nothing else; `note` names the fields, never their values.

    A new mail address gets the link, because the links to the old one are dead by that.
    """
    consultation = _go(consultation, "correct", by=by, note=note, **changes)
    if "contact_email" in changes:
        mails.address_corrected(consultation)
    return consultation


@transaction.atomic
def readdress(consultation: ConsultationRequest, *, address: str, by: User) -> ConsultationRequest:
    """Another address for a request that nobody has confirmed: it is confirmed there, by whoever reads that mailbox."""
    return _go(consultation, "readdress", by=by, contact_email=address)


@transaction.atomic
def contact(consultation: ConsultationRequest, *, note: str, by: User) -> ConsultationRequest:
    """Notes a talk with the municipality by telephone, mail or in person. Noting the same again changes nothing."""
    consultation = lock(consultation)
    last = consultation.transitions.order_by("pk").last()
    if last and (last.move, last.note, last.by_id) == ("contact", note, by.pk) and _is_just_now(last.at):
        return consultation
    return _go(consultation, "contact", by=by, note=note)


@transaction.atomic
def ask(consultation: ConsultationRequest, *, question: str, by: User) -> ConsultationRequest:
    consultation = _go(consultation, "ask", by=by, message=question, inquiry_reminded_at=None)
    mails.asked(consultation, question=question)
    return consultation


@transaction.atomic
def reply(consultation: ConsultationRequest, *, text: str, by: User) -> ConsultationRequest:
    """Writes to the municipality; the state stays. Sending the same again changes nothing."""
    consultation = lock(consultation)
    if _was_just_said(consultation, text, by):
        return consultation
    consultation = _go(consultation, "reply", by=by, message=text)
    mails.message(consultation, text=text)
    return consultation


@transaction.atomic
def accept(consultation: ConsultationRequest, *, team_size: int, by: User) -> ConsultationRequest:
    """Takes the request into the search for a team of `team_size` (1–3) advisors."""
    consultation = _go(consultation, "accept", by=by, team_size=team_size)
    mails.accepted(consultation)
    return consultation


@transaction.atomic
def reject(consultation: ConsultationRequest, *, reason: Reason, note: str = "", by: User) -> ConsultationRequest:
    consultation = _go(consultation, "reject", by=by, note=note, reason=reason)
    mails.rejected(consultation, note=note)
    return consultation


@transaction.atomic
def refer(consultation: ConsultationRequest, *, reason: Reason, note: str, by: User) -> ConsultationRequest:
    """Sends the municipality to an offer that fits better; `note` says which and whom to ask there."""
    consultation = _go(consultation, "refer", by=by, note=note, reason=reason)
    mails.referred(consultation, note=note)
    return consultation


@transaction.atomic
def start(consultation: ConsultationRequest, *, by: User) -> ConsultationRequest:
    return _go(consultation, "start", by=by)


@transaction.atomic
def close(consultation: ConsultationRequest, *, outcome: str, note: str = "", by: User) -> ConsultationRequest:
    consultation = _go(consultation, "close", by=by, note=note, outcome=outcome)
    mails.closed(consultation)
    return consultation


@transaction.atomic
def reopen(consultation: ConsultationRequest, *, note: str, by: User) -> ConsultationRequest:
    """Triage begins anew; the offers of the former search are void."""
    consultation = _go(consultation, "reopen", by=by, note=note, reason=None, reopened_at=timezone.now())
    mails.reopened(consultation)
    return consultation


@transaction.atomic
def resume(consultation: ConsultationRequest, *, note: str, by: User) -> ConsultationRequest:
    """A consultation that was closed goes on with the same team."""
    consultation = _go(consultation, "resume", by=by, note=note, outcome="")
    mails.resumed(consultation)
    return consultation


# --- Requests that came another way, and duplicates (called by recording and merging) ------------


@transaction.atomic
def record(
    consultation: ConsultationRequest, *, channel: str, came_in_at: datetime, by: User, responsible: bool = True
) -> ConsultationRequest:
    """Files a draft that somebody at the desk has written down; she or he vouches for the mailbox.

    Who has spoken with the municipality has made the first contact. Idempotent.
    """
    consultation = lock(consultation)
    if consultation.state != State.DRAFT:
        return consultation
    changes = _responsible(by) if responsible else {}
    if channel in SPOKEN:
        changes |= {"contacted_at": came_in_at, "last_contact_at": came_in_at}
    consultation = _go(
        consultation,
        "record",
        by=by,
        note=f"{ConsultationRequest.Channel(channel).label}, eingegangen am {timezone.localdate(came_in_at):%d.%m.%Y}",
        reference=consultation.reference or new_reference(),
        channel=channel,
        submitted_at=timezone.now(),
        confirmed_at=came_in_at,
        draft={},
        **changes,
    )
    deadlines.count_from(consultation, came_in_at)
    consultation.save(update_fields=["due_at"])
    mails.recorded(consultation, by=by)
    if not responsible:
        mails.arrived(consultation)
    return consultation


@transaction.atomic
def absorb(consultation: ConsultationRequest, *, note: str, by: User, **changes: Any) -> ConsultationRequest:
    """Another request of the municipality goes on in this one; `changes`: what it has brought."""
    return _go(consultation, "absorb", by=by, note=note, **changes)


@transaction.atomic
def merge(consultation: ConsultationRequest, *, into: ConsultationRequest, by: User) -> ConsultationRequest:
    """Ends a duplicate: from now on its reference and its links lead to `into`. What led to it follows."""
    consultation = _go(consultation, "merge", by=by, note=f"Weiter unter {into.reference}", merged_into=into)
    ConsultationRequest.objects.filter(merged_into=consultation).update(merged_into=into)
    return consultation


# --- What the team brings about (called by advisors.offers and advisors.appointments) -----------


@transaction.atomic
def resize(consultation: ConsultationRequest, *, team_size: int, by: User) -> ConsultationRequest:
    """Searches for a smaller or larger team (1–3) from now on."""
    return _go(consultation, "resize", by=by, team_size=team_size)


@transaction.atomic
def staff(consultation: ConsultationRequest) -> ConsultationRequest:
    """The team is complete."""
    return _go(consultation, "staff")


@transaction.atomic
def appoint(consultation: ConsultationRequest, *, note: str, by: User | None, **changes: Any) -> ConsultationRequest:
    """Dates were proposed, or an appointment was arranged, moved, called off or held.

    `by`: nobody where team and municipality do so themselves. `changes` may hold the deadline that follows.
    """
    return _go(consultation, "appoint", by=by, note=note, **changes)


@transaction.atomic
def search_again(consultation: ConsultationRequest, *, note: str, by: User | None = None) -> ConsultationRequest:
    """An advisor has dropped out: the place is open again."""
    return _go(consultation, "search_again", by=by, note=note)


# --- Small print ----------------------------------------------------------------------------------


def _responsible(by: User) -> dict[str, Any]:
    return {"person": by, "organisation": by.organisation}


def _contact(consultation: ConsultationRequest, by: User, now: datetime) -> dict[str, Any]:
    """Whoever first writes to the municipality has made the contact, and is responsible if nobody is yet.

    What the municipality has written is answered by that.
    """
    changes: dict[str, Any] = {"unanswered_since": None, "answered_at": None, "last_contact_at": now}
    if consultation.contacted_at is None:
        changes["contacted_at"] = now
    if consultation.person_id is None:
        changes |= _responsible(by)
    return changes


def _was_just_said(consultation: ConsultationRequest, text: str, by: User | None, files: Iterable[UUID] = ()) -> bool:
    """The same words; with a file that has not been sent yet they are a new message."""
    last = consultation.messages.last()
    return (
        last is not None
        and (last.text, last.by_id) == (text, by and by.pk)
        and _is_just_now(last.at)
        and not consultation.attachments.unsent().filter(key__in=list(files)).exists()
    )


def _is_just_now(at: datetime) -> bool:
    return at > timezone.now() - SAME_MESSAGE


def new_reference() -> str:
    """Unique by constraint and by looking first."""
    while True:
        reference = references.new(timezone.localdate().year)
        if not ConsultationRequest.objects.filter(reference=reference).exists():
            return reference
