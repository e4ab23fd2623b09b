"""Mails about dates to choose from."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from miglobe import workdays
from miglobe.outbox.kinds import Kind
from miglobe.outbox.models import Audience
from requests.mail_texts import NAMED, PLACE

from .. import mails
from ..models import Appointment, DateOption, DateProposal
from .appointments import newest_appointment, team_of
from .pieces import ADVISOR


def _proposal(appointment: Appointment) -> DateProposal:
    """For the appointment that could have come of it."""
    return DateProposal(
        consultation=appointment.consultation,
        kind=appointment.kind,
        place=appointment.place,
        word="Hier steht, was dazu geschrieben wurde.",
        answer="Hier steht, was die Kommune dazu geschrieben hat.",
    )


def _options() -> list[DateOption]:
    start = workdays.due(timezone.now(), settings.APPOINTMENT_WORKDAYS).replace(hour=10, minute=0)
    begins = [start, start + timedelta(days=1, hours=4)]
    return [DateOption(starts_at=begin, ends_at=begin + timedelta(hours=2)) for begin in begins]


KINDS = (
    Kind(
        template="advisors/dates_proposed",
        audience=Audience.MUNICIPALITY,
        event="Termine vorgeschlagen",
        when="Wenn das Team oder die Koordination Termine zur Wahl stellt.",
        example=newest_appointment,
        owe=lambda found: mails.dates_proposed(_proposal(found), options=_options(), replaces=True),
        also=NAMED,
    ),
    Kind(
        template="advisors/dates_withdrawn",
        audience=Audience.MUNICIPALITY,
        event="Vorgeschlagene Termine zurückgenommen",
        when="Wenn Termine, die zur Wahl standen, nicht mehr gelten und keine neuen an ihre Stelle treten.",
        example=newest_appointment,
        owe=lambda found: mails.dates_withdrawn(_proposal(found), options=_options()),
        also=NAMED,
    ),
    Kind(
        template="advisors/none_fits_team",
        audience=Audience.ADVISOR,
        event="Keiner der vorgeschlagenen Termine passt",
        when="Wenn die Kommune sagt, dass ihr kein Termin passt.",
        example=newest_appointment,
        owe=lambda found: mails.none_fits(_proposal(found), options=_options(), offers=team_of(found)),
        also=ADVISOR,
    ),
    Kind(
        template="advisors/none_fits_desk",
        audience=Audience.DESK,
        event="Keiner der vorgeschlagenen Termine passt",
        when="Wenn die Kommune sagt, dass ihr kein Termin passt.",
        example=newest_appointment,
        owe=lambda found: mails.none_fits(_proposal(found), options=_options(), offers=[]),
        also=PLACE,
    ),
    Kind(
        template="advisors/date_picked_desk",
        audience=Audience.DESK,
        event="Termin gewählt",
        when="Wenn die Kommune einen der vorgeschlagenen Termine gewählt hat.",
        example=newest_appointment,
        owe=mails.date_picked_desk,
        also=PLACE,
    ),
)
