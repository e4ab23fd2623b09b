from .case import BUTTON_METHODS, ConsultationRequestAdmin
from .vocabulary import TermAdmin

__all__ = ["BUTTON_METHODS", "ConsultationRequestAdmin", "TermAdmin"]
