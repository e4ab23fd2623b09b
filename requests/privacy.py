"""What of requests is personal, how long it is kept, and whose it is."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from miglobe.outbox.models import Mail
from miglobe.privacy import mails, retention
from miglobe.privacy.registry import (
    Contributor,
    Holdable,
    How,
    Rule,
    classify,
    register_contributor,
    register_holdable,
    register_rule,
)

from . import drafts, erasure, forgetting, own_data
from .models import (
    Attachment,
    BulkItem,
    BulkRun,
    ConsultationRequest,
    Format,
    Language,
    Look,
    Message,
    Municipality,
    Note,
    Reason,
    Region,
    SearchEntry,
    State,
    TextBlock,
    Topic,
    Transition,
)

# --- What is personal --------------------------------------------------------------------------------

classify(
    ConsultationRequest,
    personal="draft concern hope contact_name contact_office contact_email contact_phone person",
    neither="id key reference state state_since channel language municipality place wished_from wished_until team_size "
    "organisation reason outcome merged_into created_at updated_at submitted_at confirmed_at contacted_at reopened_at "
    "unanswered_since answered_at last_contact_at due_at workdays_left due_reminded_at inquiry_reminded_at "
    "anonymised_at",
)
for name in ("co_municipalities", "topics", "formats", "languages", "regions"):
    through = getattr(ConsultationRequest, name).through
    classify(through, neither=" ".join(field.name for field in through._meta.fields))
classify(
    Attachment, personal="message name file sha256 by", neither="id key consultation content_type size uploaded_at"
)
classify(Transition, personal="by note", neither="id consultation move source target at")
classify(Message, personal="text by", neither="id consultation move at")
classify(Note, personal="text by", neither="id consultation at taken_back_at")
classify(Note.mentioned.through, personal="user", neither="id note")
classify(Look, personal="by", neither="id consultation since at")
classify(SearchEntry, personal="words", neither="consultation")
classify(BulkRun, personal="by given", neither="id move count created_at begun_at finished_at")
classify(BulkItem, personal="words", neither="id run consultation state")
classify(
    Municipality,
    neither="ags name sort_key is_district type district_ags district_name region latitude longitude active",
)
for term in (Topic, Format, Language):
    classify(term, neither="id name name_en position active")
classify(Region, neither="id name name_en position active part_of")
classify(Reason, neither="id name name_en position active explanation explanation_en")
classify(TextBlock, neither="id name text text_en position active")

# --- Periods -------------------------------------------------------------------------------------------

REFUSED = (State.REJECTED, State.REFERRED, State.WITHDRAWN)


def _drafts(before: datetime) -> QuerySet[ConsultationRequest]:
    return ConsultationRequest.objects.filter(state=State.DRAFT, updated_at__lt=before)


def _unconfirmed(before: datetime) -> QuerySet[ConsultationRequest]:
    """Also what was thrown away before anybody had confirmed it."""
    asking = Mail.objects.filter(template="requests/please_confirm", reference=OuterRef("reference"))
    unconfirmed = Q(state=State.UNCONFIRMED) & mails.asked_before(asking, before)
    unfiled = unconfirmed | Q(state=State.WITHDRAWN, confirmed_at=None)
    return ConsultationRequest.objects.filter(unfiled, state_since__lt=before)


def _refused(before: datetime) -> QuerySet[ConsultationRequest]:
    found = ConsultationRequest.objects.filter(state__in=REFUSED, confirmed_at__isnull=False, state_since__lt=before)
    return found.exclude(forgetting.held())


def _closed(before: datetime) -> QuerySet[ConsultationRequest]:
    found = ConsultationRequest.objects.filter(state=State.CLOSED, state_since__lt=before)
    return found.exclude(forgetting.held())


def _with_people(before: datetime) -> QuerySet[ConsultationRequest]:
    return _closed(before).filter(anonymised_at=None)


def _unbegun(before: datetime) -> QuerySet[BulkRun]:
    return BulkRun.objects.filter(begun_at=None, created_at__lt=before)


def _begun(before: datetime) -> QuerySet[BulkRun]:
    return BulkRun.objects.filter(finished_at__lt=before)


for name, what, setting, how, due, act in (
    ("drafts", "Entwürfe, an denen niemand weiterschreibt", "DRAFT_DAYS", How.DELETE, _drafts, drafts.forget),
    (
        "unconfirmed",
        "Anfragen, die niemand bestätigt hat",
        "UNCONFIRMED_DAYS",
        How.DELETE,
        _unconfirmed,
        drafts.forget,
    ),
    (
        "refused",
        "Abgelehnte, verwiesene und zurückgezogene Anfragen",
        "REFUSED_MONTHS",
        How.DELETE,
        _refused,
        forgetting.delete,
    ),
    (
        "persons",
        "Personen in abgeschlossenen Anfragen",
        "CASE_PERSONS_MONTHS",
        How.ANONYMISE,
        _with_people,
        forgetting.anonymise,
    ),
    ("core", "Abgeschlossene Anfragen", "CASE_CORE_YEARS", How.DELETE, _closed, forgetting.delete),
    (
        "choices",
        "Vorbereitete Sammelvorgänge",
        "BULK_CHOICE_DAYS",
        How.DELETE,
        _unbegun,
        retention.delete,
    ),
    ("bulk", "Protokolle von Sammelvorgängen und Ausfuhren", "AUDIT_MONTHS", How.DELETE, _begun, retention.delete),
):
    register_rule(Rule(f"requests.{name}", what, setting, how, **retention.of_rows(due, act)))


def _find(reference: str) -> ConsultationRequest | None:
    return ConsultationRequest.objects.filter(reference__iexact=reference).first()


def _mails(rows: Iterable[int]) -> Q:
    references = ConsultationRequest.objects.filter(pk__in=rows).values("reference")
    return Q(reference__in=references)


def _merged(rows: Iterable[int]) -> Iterable[int]:
    return ConsultationRequest.objects.one_with(rows).values_list("pk", flat=True)


register_holdable(Holdable(ConsultationRequest, "Anfrage", _find, _mails, spreads={ConsultationRequest: _merged}))

# --- Whose it is ---------------------------------------------------------------------------------------

register_contributor(
    Contributor(
        gettext_noop("Anfragen an MiGlobe"),
        (ConsultationRequest, Attachment, Transition, Message, Note, Look, SearchEntry, BulkRun, BulkItem),
        own_data.everything,
        erasure.effects,
        erasure.erase,
    )
)
