from django import template

from advisors import offers
from advisors.models import Offer
from requests.models import ConsultationRequest, State

register = template.Library()


@register.simple_tag
def team_of(consultation: ConsultationRequest) -> dict[str, object]:
    """The advisors whom the municipality may know by name, and how many more there are."""
    accepted = offers.team(consultation) if consultation.state in (*Offer.WORKING, State.CLOSED) else []
    names = [offer.advisor.name for offer in accepted if offer.advisor.consents_to_be_shown_at]
    return {"names": names, "unnamed": len(accepted) - len(names)}
