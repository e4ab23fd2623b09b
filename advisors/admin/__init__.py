"""The pool and the cases with their teams, as the desk sees them."""

from .access import AdvisorAccessAdmin
from .advisor import AdvisorAdmin
from .candidacy import OF_CANDIDACY, CandidacyAdmin
from .case import OF_APPOINTMENT, CaseAdmin
from .consents import OF_CONSENT, ConsentTextAdmin
from .results import OF_REPORT, RESULTS
from .round import RoundAdmin

__all__ = [
    "OF_APPOINTMENT",
    "OF_CANDIDACY",
    "OF_CONSENT",
    "OF_REPORT",
    "RESULTS",
    "AdvisorAccessAdmin",
    "AdvisorAdmin",
    "CandidacyAdmin",
    "CaseAdmin",
    "ConsentTextAdmin",
    "RoundAdmin",
]
