"""The pool, what is offered to it, and what a consultation brings."""

from .access import AdvisorAccess
from .appointments import Appointment, DateOption, DateProposal
from .consents import Consent, ConsentText, Purpose
from .offers import DeclineReason, Offer
from .pool import Advisor, Candidacy, LanguageSkill, Pause, TopicSkill
from .results import Agreement, Feedback, FollowUp, Report, Result, WorkRecord

__all__ = [
    "Advisor",
    "AdvisorAccess",
    "Agreement",
    "Appointment",
    "Candidacy",
    "Consent",
    "ConsentText",
    "DateOption",
    "DateProposal",
    "DeclineReason",
    "Feedback",
    "FollowUp",
    "LanguageSkill",
    "Offer",
    "Pause",
    "Purpose",
    "Report",
    "Result",
    "TopicSkill",
    "WorkRecord",
]
