"""Mails about appointments."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from miglobe import workdays
from miglobe.outbox.kinds import Kind
from miglobe.outbox.models import Audience
from requests.mail_texts import NAMED

from .. import mails, offers
from ..models import Advisor, Appointment, Offer
from .offers import newest
from .pieces import ADVISOR


def _appointment(reference: str) -> Appointment | None:
    """The newest appointment; without one, what could be the newest case's."""
    found = Appointment.objects.select_related("consultation__municipality", "consultation__person__organisation")
    if reference:
        found = found.filter(consultation__reference=reference)
    appointment = found.order_by("-pk").first()
    if appointment is None and (offer := newest(reference)):
        start = workdays.due(timezone.now(), settings.APPOINTMENT_WORKDAYS)
        appointment = Appointment(
            consultation=offer.consultation,
            kind="dialogue",
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            place="Rathaus",
        )
    return appointment


def _team(appointment: Appointment) -> list[Offer]:
    team = offers.team(appointment.consultation)
    return team or [
        Offer(consultation=appointment.consultation, advisor=Advisor(name="Ana Muster", email="a@b.example"))
    ]


def _of_appointments(audience: Audience, suffix: str, also: tuple[str, ...]) -> list[Kind]:
    def former(appointment: Appointment) -> datetime:
        return timezone.localtime(appointment.starts_at - timedelta(days=7))

    events: tuple[tuple[str, str, str, Callable[[Appointment], object]], ...] = (
        (
            "appointment_arranged",
            "Termin vereinbart",
            "Wenn ein Termin eingetragen wird.",
            lambda found: mails.appointment_arranged(found, offers=_team(found)),
        ),
        (
            "appointment_moved",
            "Termin verlegt",
            "Wenn ein Termin auf eine andere Zeit oder an einen anderen Ort verlegt wird.",
            lambda found: mails.appointment_moved(found, former=former(found), offers=_team(found)),
        ),
        (
            "appointment_cancelled",
            "Termin abgesagt",
            "Wenn ein Termin ausfällt.",
            lambda found: mails.appointment_cancelled(
                found, note="Hier steht, was die Koordination dazu geschrieben hat.", offers=_team(found)
            ),
        ),
    )
    return [
        Kind(
            template=f"advisors/{event}{suffix}",
            audience=audience,
            event=heading,
            when=when,
            example=_appointment,
            owe=owe,
            also=also,
        )
        for event, heading, when, owe in events
    ]


KINDS = (
    *_of_appointments(Audience.MUNICIPALITY, "", NAMED),
    *_of_appointments(Audience.ADVISOR, "_team", ADVISOR),
)
