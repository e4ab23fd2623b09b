"""The secret links of a municipality: to its draft, to confirm its mailbox, to see where its request stands."""

from collections.abc import Callable
from functools import partial

from miglobe import links
from miglobe.outbox import outbox

from .models import ConsultationRequest, State

CONFIRM = "requests.confirm"
STATUS = "requests.status"
RESUME = "requests.resume"


def token(purpose: str, consultation: ConsultationRequest) -> str:
    return links.token(purpose, consultation.key, bound=consultation.contact_email)


def find(purpose: str, token: str) -> ConsultationRequest:
    """The request a token leads to. Raises links.Dead for any token we did not sign or that has expired.

    One that was merged leads the same contact to the case that goes on; another contact sees where it went.
    """
    known = ConsultationRequest.objects.exclude(state=State.DRAFT).select_related(
        "municipality", "person__organisation", "organisation", "reason"
    )
    consultation = known.filter(key=links.key_of(token)).first()
    if consultation is None:
        raise links.Dead
    links.verify(purpose, token, bound=consultation.contact_email)
    if consultation.merged_into_id:
        into = known.get(pk=consultation.merged_into_id)
        return into if into.has_mailbox_of(consultation) else consultation
    return consultation


def find_draft(token: str) -> ConsultationRequest:
    """What has become of the draft that a token leads to. Raises links.Dead.

    Bound to nothing that changes: whoever pauses twice may use either link.
    """
    consultation = ConsultationRequest.objects.filter(key=links.key_of(token)).first()
    if consultation is None:
        raise links.Dead
    links.verify(RESUME, token, bound="")
    return consultation


def _address_of_draft(key: str, to: str) -> str:
    draft = ConsultationRequest.objects.only("key", "language").get(key=key)
    return links.absolute("requests:resume", language=draft.language, token=links.token(RESUME, draft.key, bound=""))


def _address(purpose: str, view: str, key: str, to: str) -> str:
    consultation = ConsultationRequest.objects.only("key", "language").get(key=key)
    token = links.token(purpose, consultation.key, bound=to)
    return links.absolute(view, language=consultation.language, token=token)


def resolver(view: str) -> Callable[[str, str], str]:
    """For a page of another app that opens with the link to the status."""
    return partial(_address, STATUS, view)


def register() -> None:
    outbox.register_link(CONFIRM, partial(_address, CONFIRM, "requests:confirm"))
    outbox.register_link(STATUS, partial(_address, STATUS, "requests:status"))
    outbox.register_link(RESUME, _address_of_draft)
    outbox.register_link("requests.case", _case_at_the_desk)


def _case_at_the_desk(key: str, to: str) -> str:
    consultation = ConsultationRequest.objects.only("pk").get(key=key)
    return links.absolute("admin:requests_consultationrequest_change", object_id=str(consultation.pk))
