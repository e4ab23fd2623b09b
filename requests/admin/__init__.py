from .bulk import BulkRunAdmin
from .case import BUTTON_METHODS, ConsultationRequestAdmin
from .vocabulary import TermAdmin

__all__ = ["BUTTON_METHODS", "BulkRunAdmin", "ConsultationRequestAdmin", "TermAdmin"]
