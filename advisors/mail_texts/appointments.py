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


def newest_appointment(reference: str) -> Appointment | None:
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


def team_of(appointment: Appointment) -> list[Offer]:
    team = offers.team(appointment.consultation)
    return team or [
        Offer(consultation=appointment.consultation, advisor=Advisor(name="Ana Muster", email="a@b.example"))
    ]


def _former(appointment: Appointment) -> datetime:
    return timezone.localtime(appointment.starts_at - timedelta(days=7))


def _of_appointments(audience: Audience, suffix: str, also: tuple[str, ...]) -> list[Kind]:
    events: tuple[tuple[str, str, str, Callable[[Appointment], object]], ...] = (
        (
            "appointment_arranged",
            "Termin vereinbart",
            "Wenn ein Termin eingetragen wird.",
            lambda found: mails.appointment_arranged(found, offers=team_of(found)),
        ),
        (
            "appointment_moved",
            "Termin verlegt",
            "Wenn ein Termin auf eine andere Zeit oder an einen anderen Ort verlegt wird.",
            lambda found: mails.appointment_moved(found, former=_former(found), offers=team_of(found)),
        ),
        (
            "appointment_cancelled",
            "Termin abgesagt",
            "Wenn ein Termin ausfällt.",
            lambda found: mails.appointment_cancelled(
                found, note="Hier steht, warum er ausfällt und wie es weitergeht.", offers=team_of(found)
            ),
        ),
        (
            "appointment_reminded",
            "Erinnerung an einen Termin",
            "Wenige Werktage vor einem Termin.",
            lambda found: mails.appointment_reminded(found, offers=team_of(found)),
        ),
    )
    return [
        Kind(
            template=f"advisors/{event}{suffix}",
            audience=audience,
            event=heading,
            when=when,
            example=newest_appointment,
            owe=owe,
            also=also,
        )
        for event, heading, when, owe in events
    ]


KINDS = (
    *_of_appointments(Audience.MUNICIPALITY, "", NAMED),
    *_of_appointments(Audience.ADVISOR, "_team", ADVISOR),
    Kind(
        template="advisors/appointment_moved_desk",
        audience=Audience.DESK,
        event="Termin vom Team verlegt",
        when="Wenn jemand aus dem Team auf der Seite des Einsatzes einen Termin verlegt.",
        example=newest_appointment,
        owe=lambda found: mails.appointment_moved_desk(found, former=_former(found), offer=team_of(found)[0]),
        also=ADVISOR,
    ),
    Kind(
        template="advisors/appointment_cancelled_desk",
        audience=Audience.DESK,
        event="Termin vom Team abgesagt",
        when="Wenn jemand aus dem Team auf der Seite des Einsatzes einen Termin absagt.",
        example=newest_appointment,
        owe=lambda found: mails.appointment_cancelled_desk(
            found, note="Hier steht, warum er ausfällt.", offer=team_of(found)[0]
        ),
        also=ADVISOR,
    ),
)
