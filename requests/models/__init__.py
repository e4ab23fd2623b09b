from .bulk import BulkItem, BulkRun
from .case_file import THEIRS, Attachment, AttachmentQuerySet, Look, Message, Note, Transition
from .consultation import ENDED, UNFILED, ConsultationRequest, ConsultationRequestQuerySet, State
from .search import SearchEntry
from .text_block import TextBlock
from .vocabulary import KINDS, Format, Language, Municipality, MunicipalityQuerySet, Reason, Region, Term, Topic

__all__ = [
    "ENDED",
    "KINDS",
    "THEIRS",
    "UNFILED",
    "Attachment",
    "AttachmentQuerySet",
    "BulkItem",
    "BulkRun",
    "ConsultationRequest",
    "ConsultationRequestQuerySet",
    "Format",
    "Language",
    "Look",
    "Message",
    "Municipality",
    "MunicipalityQuerySet",
    "Note",
    "Reason",
    "Region",
    "SearchEntry",
    "State",
    "Term",
    "TextBlock",
    "Topic",
    "Transition",
]
