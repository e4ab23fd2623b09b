"""What a mail would say with these words, for a real case. It is rehearsed: nothing is sent or saved."""

from django.db import transaction

from miglobe.errors import Refused

from . import kinds, outbox, texts
from .models import Mail
from .texts import Words


def preview(template: str, language: str, words: Words, reference: str = "") -> Mail:
    """The mail for the case of that reference, or for the newest that fits. Raises Refused when there is none."""
    part = texts.part(template)
    kind = kinds.find(part.shown_in if part else template)
    if kind is None or kind.example is None or kind.owe is None:
        raise Refused("Für diese E-Mail gibt es keine Vorschau.")
    example = kind.example(reference)
    if example is None:
        raise Refused(
            f"Zu „{reference}“ gibt es keinen Vorgang, zu dem diese E-Mail gehört."
            if reference
            else "Es gibt noch keinen Vorgang, mit dem sich diese E-Mail zeigen lässt."
        )
    case = getattr(example, "consultation", example)
    if hasattr(case, "language"):
        case.language = language
    owe = kind.owe
    with texts.drafted(template, language, words), transaction.atomic():
        mails = outbox.rehearse(lambda: owe(example))
    return next(mail for mail in mails if mail.template == kind.template)
