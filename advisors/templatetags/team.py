from django import template

from advisors import offers
from advisors.models import Appointment, DateProposal, Offer, Purpose
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


@register.simple_tag
def dates_of(consultation: ConsultationRequest) -> list[DateProposal]:
    """What the municipality has yet to choose from, and what did not fit it and has no successor."""
    latest = {proposal.kind: proposal for proposal in consultation.date_proposals.prefetch_related("options")}
    is_open = set(consultation.date_proposals.open().values_list("pk", flat=True))
    unfit = DateProposal.State.NONE_FITS
    return [proposal for proposal in latest.values() if proposal.pk in is_open or proposal.state == unfit]
