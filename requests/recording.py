"""Requests that came by telephone, by e-mail, at an event or through an advisor, written down at the desk.

As in the public form a draft row keeps what was typed and is the idempotency key. It becomes a case at once: who
writes it down vouches for the mailbox.
"""

from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from miglobe.accounts.models import User
from miglobe.errors import Refused

from . import drafts, duplicates, notes, workflow
from .models import ConsultationRequest, State
from .record_form import RecordForm

PAGE = "aufnahme"  # what was typed, in the draft
OPEN_SHOWN = 5


class Incomplete(Refused):
    """What was typed is not valid, or not any more."""


def find(key: UUID) -> ConsultationRequest | None:
    """The draft or case with this key that the desk has begun; never one of the public form."""
    return ConsultationRequest.objects.filter(key=key).exclude(channel=ConsultationRequest.Channel.WEB).first()


@transaction.atomic
def keep(key: UUID, data: QueryDict) -> ConsultationRequest:
    """Keeps what was typed under this key. Does nothing once it has been filed. Raises Refused for a foreign key."""
    begun, _ = ConsultationRequest.objects.get_or_create(
        key=key, defaults={"channel": ConsultationRequest.Channel.PHONE, "reference": workflow.new_reference()}
    )
    if begun.channel == ConsultationRequest.Channel.WEB:
        raise Refused("Diese Anfrage hat die Kommune selbst begonnen.")
    draft = workflow.lock(begun)
    if draft.state == State.DRAFT:
        draft.draft = {PAGE: drafts.typed(RecordForm().fields, data)}
        draft.save(update_fields=["draft", "updated_at"])
    return draft


def form_of(draft: ConsultationRequest) -> RecordForm:
    """Bound to what was typed."""
    return RecordForm(drafts.query_dict(draft.draft.get(PAGE, {})), instance=draft)


@transaction.atomic
def record(draft: ConsultationRequest, *, by: User) -> ConsultationRequest:
    """Validates again, files the request and tells the municipality. Filing it again changes nothing.

    Raises Incomplete.
    """
    draft = workflow.lock(draft)
    if draft.state != State.DRAFT:
        return draft
    form = form_of(draft)
    if not form.is_valid():
        raise Incomplete("Bitte prüfen Sie die Angaben.")
    draft.language = form.cleaned_data["language"]
    form.save()
    consultation = workflow.record(
        draft,
        channel=form.cleaned_data["channel"],
        came_in_at=form.came_in_at(),
        by=by,
        responsible=form.cleaned_data["responsible"],
    )
    if form.cleaned_data["note"]:
        notes.write(consultation, text=form.cleaned_data["note"], by=by)
    return consultation


def known(form: RecordForm) -> list[duplicates.Suggestion]:
    """Open and recent cases of the chosen municipalities, likeliest first, whether or not the rest is right."""
    form.is_valid()
    cleaned = form.cleaned_data
    case = duplicates.describe(
        [*filter(None, [cleaned.get("municipality")]), *cleaned.get("co_municipalities", ())],
        list(cleaned.get("topics") or ()),
        email=cleaned.get("contact_email") or "",
        came_in_at=form.came_in_at() if cleaned.get("came_in_on") else timezone.now(),
        text=f"{cleaned.get('concern', '')} {cleaned.get('hope', '')}",
    )
    found = duplicates.compare(case)
    return [one for one in found if not one.consultation.is_ended or one.weight >= duplicates.ENOUGH][:OPEN_SHOWN]
