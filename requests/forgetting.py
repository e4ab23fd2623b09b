"""How cases lose the people in them, and how they go. The periods that lead here stand in `requests.privacy`."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from miglobe.errors import Refused
from miglobe.history.forgetting import forget_about
from miglobe.outbox.models import Mail
from miglobe.privacy import holds, mails, registry
from miglobe.privacy.scrubbing import pattern, scrubbed

from . import attachments
from .models import Attachment, BulkItem, ConsultationRequest, Look, Message, Note, Transition

Cases = Sequence[ConsultationRequest]


def held() -> Q:
    """Cases that stay."""
    return Q(pk__in=holds.rows(ConsultationRequest))


@transaction.atomic
def anonymise(cases: Cases) -> None:
    """Nobody can be told from what stays: municipality, topics, concern, course and result. The caller has locked them.

    What was merged into them goes along. Messages, notes, files and the words of mails are deleted; in the texts that
    stay, the contact's name, address and number are replaced.
    """
    cases = [*cases, *ConsultationRequest.objects.select_for_update().filter(merged_into__in=cases, anonymised_at=None)]
    for dependent in registry.dependents(ConsultationRequest):
        dependent.anonymise(cases)
    keys = [case.pk for case in cases]
    attachments.discard(Attachment.objects.filter(consultation__in=keys))
    for model in (Message, Note, BulkItem, Look):
        model._default_manager.filter(consultation__in=keys).delete()
    Transition.objects.filter(consultation__in=keys).exclude(note="").update(note="")
    mails.empty(Mail.objects.filter(reference__in=[case.reference for case in cases]))
    for case in cases:
        _empty(case)
    forget_about(ConsultationRequest, keys)


def _empty(case: ConsultationRequest) -> None:
    contact = pattern(name=case.contact_name, email=case.contact_email, phone=case.contact_phone)
    case.concern, case.hope = (scrubbed(text, [contact]) for text in (case.concern, case.hope))
    case.contact_name = case.contact_office = case.contact_email = case.contact_phone = ""
    case.draft, case.anonymised_at = {}, timezone.now()
    case.save()


@transaction.atomic
def delete(cases: Cases) -> None:
    """With everything that hangs on them, mails, files and history included. The caller has locked them."""
    merged = list(ConsultationRequest.objects.select_for_update().filter(merged_into__in=cases))
    if merged:
        delete(merged)
    for dependent in registry.dependents(ConsultationRequest):
        dependent.delete(cases)
    keys, references = [case.pk for case in cases], [case.reference for case in cases if case.reference]
    mails.delete(Mail.objects.filter(reference__in=references))
    attachments.discard(Attachment.objects.filter(consultation__in=keys))
    ConsultationRequest.objects.filter(pk__in=keys).delete()
    forget_about(ConsultationRequest, keys)


@transaction.atomic
def erase(case: ConsultationRequest) -> None:
    """The contact wants to be forgotten. Raises Refused while the case is at work or held."""
    case = ConsultationRequest.objects.select_for_update().get(pk=case.pk)
    if ConsultationRequest.objects.filter(held(), pk=case.pk).exists():
        raise Refused("Die Löschung ist für diese Anfrage ausgesetzt.")
    if not case.is_ended:
        raise Refused("Die Anfrage läuft noch. Beenden Sie sie, oder tragen Sie eine andere Ansprechperson ein.")
    anonymise([case])
