from django import template

from advisors import offers
from advisors.models import Appointment, Offer, Purpose
from requests.models import ConsultationRequest, State

register = template.Library()


@register.simple_tag
def team_of(consultation: ConsultationRequest) -> dict[str, object]:
    """The advisors whom the municipality may know by name, and how many more there are."""
    accepted = offers.team(consultation) if consultation.state in (*Offer.WORKING, State.CLOSED) else []
    names = [offer.advisor.name for offer in accepted if offer.advisor.consents_to(Purpose.SHOWN)]
    return {"names": names, "unnamed": len(accepted) - len(names)}


@register.simple_tag
def appointments_of(consultation: ConsultationRequest) -> list[Appointment]:
    """What was arranged with the municipality, and what took place; the next one first, then what has been."""
    standing = sorted(consultation.appointments.standing(), key=lambda appointment: appointment.starts_at)
    return [one for one in standing if not one.is_over] + [one for one in standing if one.is_over]
