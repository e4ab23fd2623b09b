"""Two requests of a municipality that are one: what belongs to either goes on in one of them, and nothing is deleted.

Lock order: the two requests by their keys (`workflow.lock_both`), then whatever hangs on them.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from miglobe.templatetags.language import day

from . import mails, summary, workflow
from .models import Attachment, ConsultationRequest, Message, Note, State

SHARED = ("topics", "formats", "languages", "regions", "co_municipalities")
"""Of both: the case that stays gets what only the other had."""

PROGRESS = list(State)  # in the order of a case's life


class NotMergeable(Refused):
    """These two, or these two that way round, cannot become one."""


def obstacle(survivor: ConsultationRequest, absorbed: ConsultationRequest) -> str:
    """Why `absorbed` cannot go on in `survivor`, as a sentence; empty when it can."""
    if survivor.pk == absorbed.pk:
        return "Das ist ein und dieselbe Anfrage."
    if not _places(survivor) & _places(absorbed):
        return "Die beiden Anfragen kommen aus verschiedenen Kommunen."
    if not workflow.allows(survivor, "absorb"):
        return (
            f"{survivor.reference} ist „{survivor.get_state_display()}“. "
            "Bestehen bleiben kann nur eine Anfrage, die noch läuft."
        )
    if not workflow.allows(absorbed, "merge"):
        return (
            f"{absorbed.reference} hat den Stand „{absorbed.get_state_display()}“ und kann nicht aufgehen. "
            "Führen Sie die beiden andersherum zusammen."
        )
    return ""


def better_survivor(one: ConsultationRequest, other: ConsultationRequest) -> ConsultationRequest | None:
    """The one to keep: that which may stay at all, has come further, came in first."""
    possible = [case for case, goes in ((one, other), (other, one)) if not obstacle(case, goes)]
    if not possible:
        return None
    return max(
        possible,
        key=lambda case: (PROGRESS.index(State(case.state)), -(case.confirmed_at or case.created_at).timestamp()),
    )


def _places(consultation: ConsultationRequest) -> set[Any]:
    return {consultation.municipality_id, *(place.pk for place in consultation.co_municipalities.all())}


@transaction.atomic
def merge(
    survivor: ConsultationRequest, *, absorbed: ConsultationRequest, note: str = "", by: User
) -> ConsultationRequest:
    """Lets `absorbed` go on in `survivor`; `note`: what the municipality is told besides.

    Doing it again changes nothing. Raises NotMergeable.
    """
    survivor, absorbed = workflow.lock_both(survivor, absorbed)
    if absorbed.merged_into_id == survivor.pk:
        return survivor
    if why := obstacle(survivor, absorbed):
        raise NotMergeable(why)
    brought = what_comes(absorbed)
    _keep_its_words(survivor, absorbed, by)
    _bring_over(survivor, absorbed)
    survivor = workflow.absorb(
        survivor,
        note=f"{absorbed.reference} ist hier aufgegangen. {brought.sentence}",
        by=by,
        **_changes(survivor, absorbed),
    )
    absorbed = workflow.merge(absorbed, into=survivor, by=by)
    mails.merged(survivor, absorbed=absorbed, note=note)
    mails.merged_desk(survivor, absorbed=absorbed, by=by)
    Mail.objects.of_case(absorbed.reference or "").update(reference=survivor.reference)  # the last one included
    return survivor


# --- What comes over ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Brought:
    messages: int
    notes: int
    files: int
    mails: int

    @property
    def counted(self) -> str:
        """ "2 Nachrichten, 1 Anlage"; "nichts weiter" when there is nothing."""
        words = (
            (self.messages, "Nachricht", "Nachrichten"),
            (self.notes, "interne Notiz", "interne Notizen"),
            (self.files, "Anlage", "Anlagen"),
            (self.mails, "E-Mail", "E-Mails"),
        )
        counted = [f"{number} {one if number == 1 else many}" for number, one, many in words if number]
        return ", ".join(counted) or "nichts weiter"

    @property
    def sentence(self) -> str:
        return f"Mit kommen Anliegen und Angaben; dazu {self.counted}."


def what_comes(absorbed: ConsultationRequest) -> Brought:
    return Brought(
        messages=absorbed.messages.count(),
        notes=absorbed.notes.count(),
        files=absorbed.attachments.count(),
        mails=Mail.objects.of_case(absorbed.reference or "").count(),
    )


def _keep_its_words(survivor: ConsultationRequest, absorbed: ConsultationRequest, by: User) -> None:
    """What the municipality has written becomes a message of the time it came in, with the files of the form.

    All else that it has told stands in a note: who may read the case reads what the other said.
    """
    said = Message.objects.create(
        consultation=survivor,
        move="write",
        text=_concern(survivor, absorbed),
        at=absorbed.confirmed_at or timezone.now(),
    )
    absorbed.attachments.of_the_form().update(message=said)
    names = [
        name for names in summary.SECTIONS.values() for name in names if name not in ("concern", "hope", "attachments")
    ]
    lines = [f"{row.label}: {row.value.replace('\n', '; ')}" for row in summary.of_case(names, absorbed) if row.value]
    about = f"Angaben aus {absorbed.reference} ({absorbed.get_channel_display()}), zusammengeführt mit dieser Anfrage:"
    Note.objects.create(consultation=survivor, text="\n".join([about, *lines]), by=by)


def _concern(survivor: ConsultationRequest, absorbed: ConsultationRequest) -> str:
    with translation.override(survivor.language):
        head = gettext("Aus der Anfrage %(reference)s vom %(day)s:") % {
            "reference": absorbed.reference,
            "day": day(timezone.localtime(absorbed.confirmed_at)) if absorbed.confirmed_at else "",
        }
    return "\n\n".join(filter(None, (head, absorbed.concern, absorbed.hope)))


def _bring_over(survivor: ConsultationRequest, absorbed: ConsultationRequest) -> None:
    absorbed.messages.update(consultation=survivor)
    absorbed.notes.update(consultation=survivor)
    both_have = survivor.attachments.values("sha256")
    Attachment.objects.filter(consultation=absorbed).exclude(sha256__in=both_have).update(consultation=survivor)
    for name in SHARED:
        getattr(survivor, name).add(*getattr(absorbed, name).all())
    assert absorbed.municipality
    assert survivor.municipality
    survivor.co_municipalities.add(absorbed.municipality)
    survivor.co_municipalities.remove(survivor.municipality)


def _changes(survivor: ConsultationRequest, absorbed: ConsultationRequest) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if not (survivor.wished_from or survivor.wished_until):
        changes |= {name: getattr(absorbed, name) for name in ("wished_from", "wished_until")}
    if survivor.has_mailbox_of(absorbed):
        changes |= {
            name: getattr(survivor, name) or getattr(absorbed, name) for name in ("contact_office", "contact_phone")
        }
    if survivor.person_id is None:
        changes |= {"person": absorbed.person, "organisation": absorbed.organisation}
    for name, which in (("contacted_at", min), ("unanswered_since", min), ("last_contact_at", max)):
        moments = [moment for moment in (getattr(survivor, name), getattr(absorbed, name)) if moment]
        changes[name] = which(moments, default=None)
    return changes
