"""When municipality and team meet: arranged, moved, called off, held. The only writer of `Appointment`.

Every command locks the request's row first, leaves a line in its history and owes the mails, in one transaction.
`by`: who at the desk does it; otherwise `of_team`, by the link. The desk is told then.
"""

from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from miglobe import workdays
from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.periodic import safely
from requests import workflow
from requests.models import ConsultationRequest
from requests.models import State as CaseState

from . import mails, offers
from .models import Appointment, Offer

State = Appointment.State
ARRANGEABLE = (CaseState.STAFFED, CaseState.RUNNING)


@transaction.atomic
def arrange(
    consultation: ConsultationRequest, *, kind: str, starts_at: datetime, ends_at: datetime, place: str, by: User | None
) -> Appointment:
    """Municipality and team have agreed on a time. Both get it in writing. Raises Refused.

    `by`: None where the municipality has picked it from the dates that were proposed.
    """
    consultation = workflow.lock(consultation)
    if consultation.state not in ARRANGEABLE:
        raise Refused(
            gettext("Ein Termin lässt sich vereinbaren, sobald das Team vollständig ist und bis die Beratung endet.")
        )
    _require_future(ends_at)
    agreed = {"consultation": consultation, "kind": kind, "starts_at": starts_at, "ends_at": ends_at, "place": place}
    if Appointment.objects.filter(state=State.ARRANGED, **agreed).exists():
        raise Refused(gettext("Dieser Termin ist schon vereinbart."))  # a double click, or a page sent twice
    appointment = Appointment.objects.create(by=by, reminded_at=_reminded_by_now(starts_at), **agreed)
    _tell("vereinbart" if by else "von der Kommune gewählt", consultation, appointment, by=by)
    mails.appointment_arranged(appointment, offers=offers.team(consultation))
    return appointment


@transaction.atomic
def move(
    appointment: Appointment,
    *,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    by: User | None = None,
    of_team: Offer | None = None,
) -> Appointment:
    """Another time or another place. Raises Refused when it has been or was called off, or nothing changes."""
    consultation, appointment = _reread(appointment, of_team)
    _require_arranged(appointment)
    _require_future(ends_at)
    changes = {"starts_at": starts_at, "ends_at": ends_at, "place": place}
    if all(getattr(appointment, name) == value for name, value in changes.items()):
        raise Refused(gettext("Der Termin ist schon so vereinbart."))
    former = timezone.localtime(appointment.starts_at)
    _write_anew(appointment, by=by, reminded_at=_reminded_by_now(starts_at), **changes)
    _tell("verlegt", consultation, appointment, by=by, of_team=of_team)
    mails.appointment_moved(appointment, former=former, offers=offers.team(consultation))
    if of_team:
        mails.appointment_moved_desk(appointment, former=former, offer=of_team)
    return appointment


@transaction.atomic
def cancel(appointment: Appointment, *, note: str, by: User | None = None, of_team: Offer | None = None) -> Appointment:
    """Calls it off; `note` tells everybody why. Raises Refused when it has been or was called off."""
    consultation, appointment = _reread(appointment, of_team)
    _require_arranged(appointment)
    _write_anew(appointment, by=by, state=State.CANCELLED)
    _tell("abgesagt", consultation, appointment, by=by, of_team=of_team)
    mails.appointment_cancelled(appointment, note=note, offers=offers.team(consultation))
    if of_team:
        mails.appointment_cancelled_desk(appointment, note=note, offer=of_team)
    return appointment


@transaction.atomic
def record(
    appointment: Appointment,
    *,
    participants: int,
    minutes: str,
    by: User | None = None,
    of_team: Offer | None = None,
) -> Appointment:
    """Keeps that it took place, with how many, and with what result. May be corrected. Raises Refused."""
    consultation, appointment = _reread(appointment, of_team)
    if appointment.state == State.CANCELLED:
        raise Refused(gettext("Dieser Termin wurde abgesagt."))
    if appointment.starts_at > timezone.now():
        raise Refused(gettext("Der Termin liegt noch in der Zukunft."))
    first_time = appointment.state == State.ARRANGED
    _write(appointment, by=by, state=State.HELD, participants=participants, minutes=minutes)
    if first_time:
        _tell("hat stattgefunden", consultation, appointment, by=by, of_team=of_team)
    return appointment


# --- What time brings ----------------------------------------------------------------------------


def remind_due(now: datetime) -> int:
    """Reminds municipality and team once of what is to come within APPOINTMENT_REMINDER_WORKDAYS. Returns how many."""
    due = Appointment.objects.to_remind(now, before=_reminded_before(now)).filter(consultation__state__in=Offer.WORKING)
    return sum(safely(partial(_remind, one, now), f"Termin {one.pk}") for one in due.select_related("consultation"))


def _remind(appointment: Appointment, now: datetime) -> bool:
    consultation, appointment = _reread(appointment)
    due = Appointment.objects.to_remind(now, before=_reminded_before(now)).filter(pk=appointment.pk)
    if consultation.state not in Offer.WORKING or not due.update(reminded_at=now):
        return False
    mails.appointment_reminded(appointment, offers=offers.team(consultation))
    return True


def _reminded_before(now: datetime) -> datetime:
    """What begins earlier is near: the end of the day so many working days ahead."""
    last = workdays.shift(timezone.localdate(now), settings.APPOINTMENT_REMINDER_WORKDAYS)
    return timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))


def _reminded_by_now(starts_at: datetime) -> datetime | None:
    """Whoever learns of an appointment when it is near needs no reminder."""
    now = timezone.now()
    return now if starts_at < _reminded_before(now) else None


# --- Small print ----------------------------------------------------------------------------------


def _reread(appointment: Appointment, of_team: Offer | None = None) -> tuple[ConsultationRequest, Appointment]:
    """The locked request and its fresh appointment. Raises Refused when `of_team` is no longer at work on it."""
    consultation = workflow.lock(appointment.consultation)
    require_at_work(of_team, consultation)
    appointment = Appointment.objects.get(pk=appointment.pk)
    appointment.consultation = consultation
    return consultation, appointment


def require_at_work(of_team: Offer | None, consultation: ConsultationRequest) -> None:
    """Raises Refused when the person of the team has left it meanwhile; the desk may always act."""
    if of_team and not Offer.objects.at_work().filter(pk=of_team.pk, consultation=consultation).exists():
        raise Refused(gettext("Das geht nicht mehr: Ihr Einsatz für diese Kommune ist beendet."))


def _write(appointment: Appointment, **changes: Any) -> None:
    for field, value in changes.items():
        setattr(appointment, field, value)
    appointment.save()


def _write_anew(appointment: Appointment, **changes: Any) -> None:
    """Another version of it for those who have it in their calendars."""
    _write(appointment, sequence=appointment.sequence + 1, **changes)


def _require_arranged(appointment: Appointment) -> None:
    if appointment.state != State.ARRANGED:
        cancelled = appointment.state == State.CANCELLED
        raise Refused(
            gettext("Das geht nicht mehr: Der Termin wurde abgesagt.")
            if cancelled
            else gettext("Das geht nicht mehr: Der Termin hat schon stattgefunden.")
        )


def _require_future(ends_at: datetime) -> None:
    if ends_at <= timezone.now():
        raise Refused(gettext("Der Termin liegt in der Vergangenheit. Bitte prüfen Sie Tag und Uhrzeit."))


def _tell(
    what: str,
    consultation: ConsultationRequest,
    appointment: Appointment,
    *,
    by: User | None,
    of_team: Offer | None = None,
) -> None:
    """A line in the case's history. A complete team has promised a first appointment: due while none stands."""
    due_at = consultation.due_at  # in any other state it is that of something else
    if consultation.state == CaseState.STAFFED:
        stands = Appointment.objects.filter(consultation=consultation).standing().exists()
        due_at = None if stands else due_at or workdays.due(timezone.now(), settings.APPOINTMENT_WORKDAYS)
    who = f" ({of_team.advisor.name})" if of_team else ""
    with translation.override(settings.LANGUAGE_CODE):
        when = date_format(timezone.localtime(appointment.starts_at), "j. F Y, H:i")
        note = f"{appointment.get_kind_display()} am {when} Uhr: {what}{who}"
    changes: dict[str, Any] = {"due_at": due_at} if consultation.due_at != due_at else {}
    if by is None and of_team is None:  # the municipality itself
        changes["last_contact_at"] = timezone.now()
    workflow.appoint(consultation, note=note, by=by, **changes)
