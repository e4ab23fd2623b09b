"""A half-filled request. What was typed is kept as it came, valid or not, so that going back loses nothing.

The draft's key is the idempotency key: whoever sends it twice gets the same receipt.
"""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language, gettext

from miglobe.errors import Refused, TooOften
from miglobe.outbox.models import Mail

from . import attachments, workflow
from .forms import STEPS, Step
from .models import Attachment, ConsultationRequest, State

CONFIRMATIONS_A_DAY = 5  # to one address
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # PostgreSQL's jsonb takes neither


class Incomplete(Refused):
    """A step of the draft is missing or not valid."""

    def __init__(self, step: str) -> None:
        super().__init__(gettext("Es fehlen noch Angaben. Bitte prüfen Sie diesen Schritt."))
        self.step = step


class TooManyMails(TooOften):
    """The address has been sent so many confirmations that another could be a nuisance."""

    seconds = 24 * 60 * 60


def begin() -> ConsultationRequest:
    return ConsultationRequest.objects.create(language=get_language())


def find(key: UUID) -> ConsultationRequest | None:
    return ConsultationRequest.objects.filter(key=key).first()


@transaction.atomic
def store(consultation: ConsultationRequest, step: str, data: QueryDict) -> ConsultationRequest:
    """Keeps what was typed in a step. Does nothing once the request has been sent."""
    consultation = workflow.lock(consultation)
    if consultation.state == State.DRAFT:
        fields = form(consultation, step).fields
        typed = {name: [_UNSTORABLE.sub("", text) for text in data.getlist(name)] for name in fields if name in data}
        consultation.draft = {**consultation.draft, step: typed}
        consultation.language = get_language()  # the one they write in is the one we answer in
        consultation.save(update_fields=["draft", "language", "updated_at"])
    return consultation


def form(consultation: ConsultationRequest, step: str) -> Step:
    """The form of a step, bound to what was typed; unbound while nobody has been there."""
    typed = consultation.draft.get(step)
    return STEPS[step](None if typed is None else _query_dict(typed), instance=consultation)


def forms(consultation: ConsultationRequest) -> dict[str, Step]:
    """All steps, each valid. Raises Incomplete for the first that is not."""
    steps = {name: form(consultation, name) for name in STEPS}
    for name, step in steps.items():
        if not step.is_valid():
            raise Incomplete(name)
    return steps


def answers(consultation: ConsultationRequest) -> dict[str, Any]:
    """What the valid forms have understood. Raises Incomplete."""
    cleaned: dict[str, Any] = {}
    for step in forms(consultation).values():
        cleaned |= step.cleaned_data
    return cleaned


@transaction.atomic
def submit(consultation: ConsultationRequest) -> ConsultationRequest:
    """Validates every step again, writes the answers into the request and sends it. Idempotent.

    Raises Incomplete when a step is missing or has become invalid, and TooManyMails.
    """
    consultation = workflow.lock(consultation)
    if consultation.state == State.DRAFT:
        steps = forms(consultation)
        _spare_the_mailbox(steps["kontakt"].cleaned_data["contact_email"])
        for step in steps.values():
            step.save()
    return workflow.submit(consultation)


def _spare_the_mailbox(email: str) -> None:
    """Anybody can type anybody's address: it must not be filled with our mails."""
    since = timezone.now() - timedelta(days=1)
    sent = Mail.objects.filter(to__iexact=email, template="requests/please_confirm", created_at__gt=since)
    if sent.count() >= CONFIRMATIONS_A_DAY:
        raise TooManyMails(
            gettext(
                "An diese E-Mail-Adresse sind heute schon mehrere Anfragen zu bestätigen. Bitte bestätigen Sie zuerst "
                "diese, oder versuchen Sie es morgen wieder. Ihre Angaben bleiben gespeichert."
            )
        )


@transaction.atomic
def forget_abandoned(now: datetime) -> int:
    """Deletes drafts and unconfirmed requests, mails included, when the time that the privacy notice names is over."""
    abandoned = list(ConsultationRequest.objects.abandoned(now).select_for_update())
    Mail.objects.filter(reference__in=[case.reference for case in abandoned if case.reference]).delete()
    attachments.discard(Attachment.objects.filter(consultation__in=abandoned))
    ConsultationRequest.objects.filter(pk__in=[case.pk for case in abandoned]).delete()
    return len(abandoned)


def _query_dict(typed: dict[str, list[str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    return data
