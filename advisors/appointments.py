"""When municipality and team meet: arranged, moved, called off, held. The only writer of `Appointment`.

Every command locks the request's row first, leaves a line in its history and owes the mails, in one transaction.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from miglobe import workdays
from miglobe.accounts.models import User
from miglobe.errors import Refused
from requests import workflow
from requests.models import ConsultationRequest
from requests.models import State as CaseState

from . import mails, offers
from .models import Appointment

State = Appointment.State
ARRANGEABLE = (CaseState.STAFFED, CaseState.RUNNING)


@transaction.atomic
def arrange(
    consultation: ConsultationRequest, *, kind: str, starts_at: datetime, ends_at: datetime, place: str, by: User
) -> Appointment:
    """Municipality and team have agreed on a time. Both get it in writing. Raises Refused."""
    consultation = workflow.lock(consultation)
    if consultation.state not in ARRANGEABLE:
        raise Refused("Ein Termin lässt sich vereinbaren, sobald das Team vollständig ist und bis die Beratung endet.")
    _require_future(ends_at)
    agreed = {"consultation": consultation, "kind": kind, "starts_at": starts_at, "ends_at": ends_at, "place": place}
    if Appointment.objects.filter(state=State.ARRANGED, **agreed).exists():
        raise Refused("Dieser Termin ist schon vereinbart.")  # a double click, or a page sent twice
    appointment = Appointment.objects.create(by=by, **agreed)
    _tell("vereinbart", consultation, appointment, by=by)
    mails.appointment_arranged(appointment, offers=offers.team(consultation))
    return appointment


@transaction.atomic
def move(appointment: Appointment, *, starts_at: datetime, ends_at: datetime, place: str, by: User) -> Appointment:
    """Another time or another place. Raises Refused when it has been or was called off, or nothing changes."""
    consultation, appointment = _reread(appointment)
    _require_arranged(appointment)
    _require_future(ends_at)
    changes = {"starts_at": starts_at, "ends_at": ends_at, "place": place}
    if all(getattr(appointment, name) == value for name, value in changes.items()):
        raise Refused("Der Termin ist schon so vereinbart.")
    former = timezone.localtime(appointment.starts_at)
    _write(appointment, by=by, **changes)
    _tell("verlegt", consultation, appointment, by=by)
    mails.appointment_moved(appointment, former=former, offers=offers.team(consultation))
    return appointment


@transaction.atomic
def cancel(appointment: Appointment, *, note: str, by: User) -> Appointment:
    """Calls it off; `note` tells everybody why. Raises Refused when it has been or was called off."""
    consultation, appointment = _reread(appointment)
    _require_arranged(appointment)
    _write(appointment, by=by, state=State.CANCELLED)
    _tell("abgesagt", consultation, appointment, by=by)
    mails.appointment_cancelled(appointment, note=note, offers=offers.team(consultation))
    return appointment


@transaction.atomic
def record(appointment: Appointment, *, participants: int, minutes: str, by: User) -> Appointment:
    """Keeps that it took place, with how many, and with what result. May be corrected. Raises Refused."""
    consultation, appointment = _reread(appointment)
    if appointment.state == State.CANCELLED:
        raise Refused("Dieser Termin wurde abgesagt.")
    if appointment.starts_at > timezone.now():
        raise Refused("Der Termin liegt noch in der Zukunft.")
    first_time = appointment.state == State.ARRANGED
    _write(appointment, by=by, state=State.HELD, participants=participants, minutes=minutes)
    if first_time:
        _tell("hat stattgefunden", consultation, appointment, by=by)
    return appointment


# --- Small print ----------------------------------------------------------------------------------


def _reread(appointment: Appointment) -> tuple[ConsultationRequest, Appointment]:
    """The locked request and its fresh appointment."""
    consultation = workflow.lock(appointment.consultation)
    appointment = Appointment.objects.get(pk=appointment.pk)
    appointment.consultation = consultation
    return consultation, appointment


def _write(appointment: Appointment, **changes: Any) -> None:
    for field, value in changes.items():
        setattr(appointment, field, value)
    appointment.save()


def _require_arranged(appointment: Appointment) -> None:
    if appointment.state != State.ARRANGED:
        raise Refused(f"Das geht nicht mehr: Der Termin {_state_in_words(appointment)}.")


def _state_in_words(appointment: Appointment) -> str:
    return "wurde abgesagt" if appointment.state == State.CANCELLED else "hat schon stattgefunden"


def _require_future(ends_at: datetime) -> None:
    if ends_at <= timezone.now():
        raise Refused("Der Termin liegt in der Vergangenheit. Bitte prüfen Sie Tag und Uhrzeit.")


def _tell(what: str, consultation: ConsultationRequest, appointment: Appointment, *, by: User) -> None:
    """A line in the case's history. A complete team has promised a first appointment: due while none stands."""
    when = date_format(timezone.localtime(appointment.starts_at), "j. F Y, H:i")
    stands = Appointment.objects.filter(consultation=consultation).standing().exists()
    due_at = None
    if consultation.state == CaseState.STAFFED and not stands:
        due_at = consultation.due_at or workdays.due(timezone.now(), settings.APPOINTMENT_WORKDAYS)
    note = f"{appointment.get_kind_display()} am {when} Uhr: {what}"
    changes = {"due_at": due_at} if consultation.due_at != due_at else {}
    workflow.appoint(consultation, note=note, by=by, **changes)
