from .bulk import BulkRunAdmin
from .case import BUTTON_METHODS, ConsultationRequestAdmin
from .duplicates import DuplicatesAdmin
from .recording import RecordingAdmin
from .text_block import TextBlockAdmin
from .vocabulary import TermAdmin

__all__ = [
    "BUTTON_METHODS",
    "BulkRunAdmin",
    "ConsultationRequestAdmin",
    "DuplicatesAdmin",
    "RecordingAdmin",
    "TermAdmin",
    "TextBlockAdmin",
]
