"""Internal notes of a case. Nobody edits one: who erred takes it back and writes another."""

import re
from collections.abc import Collection, Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from miglobe.accounts.models import User
from miglobe.errors import Refused

from . import mails, workflow
from .models import ConsultationRequest, Note

SAME_NOTE = timedelta(days=1)  # the same words again within it are a double click or a page sent twice
_NAME = r"[^\W\d_][\w.'’-]*"
_MENTION = re.compile(rf"(?:^|(?<=[\s(„\"]))@({_NAME}(?:[ \u00a0]{_NAME})*)")


@transaction.atomic
def write(consultation: ConsultationRequest, *, text: str, mentioned: Iterable[User] = (), by: User) -> Note:
    """Adds a note and tells whom it mentions. Sending the same again changes nothing."""
    consultation = workflow.lock(consultation)
    last = consultation.notes.filter(by=by, text=text, taken_back_at=None, at__gt=timezone.now() - SAME_NOTE).last()
    if last is not None:
        return last
    note = Note.objects.create(consultation=consultation, text=text, by=by)
    people = [person for person in dict.fromkeys(mentioned) if person != by]
    note.mentioned.set(people)
    mails.mentioned(note, people)
    return note


@transaction.atomic
def take_back(note: Note, *, by: User) -> Note:
    """The note stays in the case, marked as taken back. Only who wrote it may do so; again changes nothing."""
    workflow.lock(note.consultation)
    note = Note.objects.select_related("by").get(pk=note.pk)
    if note.by != by:
        raise Refused(f"Diese Notiz hat {note.by} geschrieben. Zurückziehen kann sie nur, wer sie geschrieben hat.")
    if note.taken_back_at is None:
        note.taken_back_at = timezone.now()
        note.save(update_fields=["taken_back_at"])
    return note


# --- @Name in the text ------------------------------------------------------------------------------


class Unclear(Refused):
    """A typed name fits several people."""


def named_in(text: str, people: Collection[User]) -> tuple[list[User], list[str]]:
    """Those of `people` whom the text names with @, and the names behind an @ that fit nobody.

    A full name, a first or a last name will do, whatever its case. Raises Unclear where it fits several.
    """
    found, unknown = [], []
    for mention in _MENTION.findall(text):
        words = mention.split()
        fitting = next(filter(None, (_called(words[:length], people) for length in range(len(words), 0, -1))), [])
        if len(fitting) > 1:
            raise Unclear(
                f"@{words[0]} passt auf mehrere: {', '.join(map(str, fitting))}. "
                "Bitte schreiben Sie den ganzen Namen, oder wählen Sie die Person in der Liste."
            )
        found += fitting
        unknown += [] if fitting else [words[0]]
    return list(dict.fromkeys(found)), unknown


def _called(words: list[str], people: Collection[User]) -> list[User]:
    """Whoever has exactly this name; the full one goes before a part of it."""
    name = " ".join(words).rstrip(".'’-").casefold()
    full = [person for person in people if person.get_full_name().casefold() == name]
    return full or [person for person in people if name in (person.first_name.casefold(), person.last_name.casefold())]
