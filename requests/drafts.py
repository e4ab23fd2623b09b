"""A half-filled request. What was typed is kept as it came, valid or not, so that going back loses nothing.

The draft's key is the idempotency key: whoever sends it twice gets the same receipt.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import get_language, gettext

from miglobe.errors import Refused
from miglobe.limits import limits
from miglobe.outbox.models import Mail
from miglobe.privacy.mails import delete as forget_mails

from . import forgetting, links, mails, workflow
from .forms import STEPS, Step
from .models import ConsultationRequest, State

MOST_BYTES = 64 * 1024  # of what is typed in a step: twice what its fields can take, in any script
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")  # PostgreSQL's jsonb takes neither


class Incomplete(Refused):
    """A step of the draft is missing or not valid."""

    def __init__(self, step: str) -> None:
        super().__init__(gettext("Es fehlen noch Angaben. Bitte prüfen Sie diesen Schritt."))
        self.step = step


def begin(*, network: str = "") -> ConsultationRequest:
    """Raises TooOften. `network`: where whoever begins it comes from."""
    limits.spend("draft", network=network)
    return ConsultationRequest.objects.create(language=get_language())


def find(key: UUID) -> ConsultationRequest | None:
    return ConsultationRequest.objects.filter(key=key).first()


@transaction.atomic
def store(consultation: ConsultationRequest, step: str, data: QueryDict) -> ConsultationRequest:
    """Keeps what was typed in a step. Does nothing once the request has been sent.

    Too long is kept as well, so that it can be shortened; a flood is not: RequestDataTooBig.
    """
    consultation = workflow.lock(consultation)
    if consultation.state == State.DRAFT:
        words = typed(form(consultation, step).fields, data)
        if sum(len(text.encode()) for texts in words.values() for text in texts) > MOST_BYTES:
            raise RequestDataTooBig
        consultation.draft = {**consultation.draft, step: words}
        consultation.language = get_language()  # the one they write in is the one we answer in
        consultation.save(update_fields=["draft", "language", "updated_at"])
    return consultation


def typed(names: Iterable[str], data: QueryDict) -> dict[str, list[str]]:
    """What a form has sent, as it came, without what the database cannot store."""
    return {name: [_UNSTORABLE.sub("", text) for text in data.getlist(name)] for name in names if name in data}


def form(consultation: ConsultationRequest, step: str) -> Step:
    """The form of a step, bound to what was typed; unbound while nobody has been there."""
    kept = consultation.draft.get(step)
    return STEPS[step](None if kept is None else query_dict(kept), instance=consultation)


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
def submit(consultation: ConsultationRequest, *, network: str = "") -> ConsultationRequest:
    """Validates every step again, writes the answers into the request and sends it. Idempotent.

    Raises Incomplete when a step is missing or has become invalid, and TooOften.
    """
    consultation = workflow.lock(consultation)
    if consultation.state == State.DRAFT:
        steps = forms(consultation)
        limits.spend("confirmation", network=network, address=steps["kontakt"].cleaned_data["contact_email"])
        for step in steps.values():
            step.save()
    return workflow.submit(consultation)


# --- Continuing later, or not at all ---------------------------------------------------------------


@transaction.atomic
def pause(consultation: ConsultationRequest, *, email: str, network: str = "") -> ConsultationRequest:
    """Mails the link to the draft and keeps it for its whole time from now on. An earlier link stays valid.

    Raises TooOften, and Refused when the draft has been sent meanwhile.
    """
    consultation = workflow.lock(consultation)
    if consultation.state != State.DRAFT:
        raise Refused(gettext("Diese Anfrage haben Sie inzwischen abgesendet."))
    limits.spend("draft_link", network=network, address=email)
    consultation.save(update_fields=["updated_at"])
    mails.draft_link(consultation, to=email)
    return consultation


def typed_address(consultation: ConsultationRequest) -> str:
    """The mail address of the contact as it was typed, if somebody has come so far."""
    return str(form(consultation, "kontakt")["contact_email"].value() or "")


def first_open_step(consultation: ConsultationRequest) -> str | None:
    """The step at which to go on: the first that is not valid; None when all are."""
    try:
        forms(consultation)
    except Incomplete as incomplete:
        return incomplete.step
    return None


@transaction.atomic
def throw_away(consultation: ConsultationRequest) -> None:
    """Deletes a draft with its files and mails at once. Does nothing once the request has been sent."""
    consultation = workflow.lock(consultation)
    if consultation.state == State.DRAFT:
        forget([consultation])


def forget(cases: Sequence[ConsultationRequest]) -> None:
    """Deletes drafts and unconfirmed requests, the mails with their links included. The caller has locked them."""
    draft_links = [[links.RESUME, str(case.key)] for case in cases]
    forget_mails(Mail.objects.filter(reference="", links__link__in=draft_links))
    forgetting.delete(cases)


def query_dict(kept: dict[str, list[str]]) -> QueryDict:
    """What was kept, as a form reads it."""
    data = QueryDict(mutable=True)
    for name, values in kept.items():
        data.setlist(name, values)
    return data
