"""The pool and the cases with their teams, as the desk sees them."""

from .access import AdvisorAccessAdmin
from .advisor import AdvisorAdmin
from .case import OF_APPOINTMENT, RESULTS, CaseAdmin

__all__ = ["OF_APPOINTMENT", "RESULTS", "AdvisorAccessAdmin", "AdvisorAdmin", "CaseAdmin"]
