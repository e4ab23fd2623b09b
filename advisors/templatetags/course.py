"""What is agreed on and what comes of it, for pages of other apps."""

from django import template

from advisors import activity, reports, results
from advisors.models import Advisor, Agreement, FollowUp, Offer
from requests import links
from requests.models import ConsultationRequest, State

register = template.Library()


@register.inclusion_tag("advisors/agreement_of.html")
def agreement_of(consultation: ConsultationRequest) -> dict[str, object]:
    """What municipality and team have agreed on, once the Beratung has begun."""
    return {"agreement": Agreement.objects.filter(consultation=consultation).first()}


@register.inclusion_tag("advisors/asked_of.html")
def asked_of(consultation: ConsultationRequest) -> dict[str, object]:
    """What the municipality is asked for: how it was, and what has become of it."""
    asks = results.asks_for_feedback(consultation)
    follow_up = FollowUp.objects.filter(consultation=consultation).first()
    return {
        "token": links.token(links.STATUS, consultation),
        "is_over": consultation.state == State.CLOSED,
        "asks_for_feedback": asks,
        "said": asks and hasattr(consultation, "feedback"),
        "asks_for_follow_up": follow_up is not None and follow_up.answered_at is None,
    }


@register.inclusion_tag("advisors/report_of.html")
def report_of(offer: Offer, token: str) -> dict[str, object]:
    """Where the team writes its report, and how far that is."""
    may = reports.may_write(offer)
    return {"may": may, "token": token, "report": reports.of(offer.consultation) if may else None}


@register.simple_tag
def years_of(advisor: Advisor) -> list[int]:
    """Of which there is a sheet to show what the person has done."""
    return activity.years(advisor)
