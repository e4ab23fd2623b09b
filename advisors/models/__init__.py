"""The pool, what is offered to it, and what a consultation brings."""

from .access import AdvisorAccess
from .appointments import Appointment, DateOption, DateProposal
from .consents import Consent, ConsentText, Purpose
from .matching import Criterion, CriterionWeight, Round, RoundPlace
from .offers import VOID, DeclineReason, Offer
from .pool import Advisor, Candidacy, LanguageSkill, Pause, TopicSkill
from .results import Agreement, Feedback, FollowUp, KeptCount, Report, Result, WorkRecord

__all__ = [
    "VOID",
    "Advisor",
    "AdvisorAccess",
    "Agreement",
    "Appointment",
    "Candidacy",
    "Consent",
    "ConsentText",
    "Criterion",
    "CriterionWeight",
    "DateOption",
    "DateProposal",
    "DeclineReason",
    "Feedback",
    "FollowUp",
    "KeptCount",
    "LanguageSkill",
    "Offer",
    "Pause",
    "Purpose",
    "Report",
    "Result",
    "Round",
    "RoundPlace",
    "TopicSkill",
    "WorkRecord",
]
