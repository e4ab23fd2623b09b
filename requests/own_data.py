"""What we hold of the contact of a request (Art. 15 and 20 GDPR): one function per part, in the active language."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from typing import Any, BinaryIO, cast

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from miglobe.history.tracking import events
from miglobe.outbox.models import Audience, Mail
from miglobe.privacy import past
from miglobe.privacy.mails import entry
from miglobe.privacy.others import redactor, without
from miglobe.privacy.parts import Entry, File, Part

from . import contacts, links, summary
from .models import Attachment, ConsultationRequest, Message, Note, State, Transition

Cases = list[ConsultationRequest]
THEIRS = ("contact_name", "contact_office", "contact_email", "contact_phone", "concern", "hope")


def cases_of(email: str) -> QuerySet[ConsultationRequest]:
    return ConsultationRequest.objects.filter(contact_email__iexact=email).exclude(state=State.DRAFT).order_by("pk")


def drafts_of(email: str) -> QuerySet[ConsultationRequest]:
    """In which somebody has typed the address, or whose link was mailed there."""
    mailed = Mail.objects.filter(to__iexact=email, template="requests/draft_link")
    keys = [key for mail in mailed for purpose, key in mail.links.values() if purpose == links.RESUME]
    typed = Q(draft__kontakt__contact_email__0__iexact=email)
    return ConsultationRequest.objects.filter(typed | Q(key__in=keys), state=State.DRAFT).order_by("pk")


def mails_to(email: str) -> QuerySet[Mail]:
    return Mail.objects.filter(to__iexact=email, audience=Audience.MUNICIPALITY).order_by("created_at", "pk")


def past_of(email: str) -> QuerySet[Any]:
    """What the history says of requests while this was the address of their contact."""
    return cast(QuerySet[Any], events(ConsultationRequest).filter(contact_email__iexact=email))


def everything(email: str) -> list[Part]:
    cases, drafts = list(cases_of(email).select_related("municipality")), list(drafts_of(email))
    hide, hide_contacts = without_others(email, cases), without(contacts.of(cases), email, _names(cases))
    found = [
        Part(_("Ihre Anfragen"), [_case(case, hide_contacts) for case in cases]),
        Part(_("Entwürfe"), [_draft(draft) for draft in drafts]),
        _messages(cases, hide_contacts),
        _files([*cases, *drafts]),
        _course(cases, hide),
        _notes(cases, hide),
        Part(_("Frühere Angaben"), _former(email)),
        Part(_("E-Mails an Sie"), [entry(mail) for mail in mails_to(email)]),
    ]
    return [part for part in found if part.entries]


def without_others(email: str, cases: Cases) -> Callable[[str], str]:
    """Hides everybody but the person in what others have written in these cases; who else was their contact, too."""
    return redactor(email, _names(cases), contacts.of(cases))


def _names(cases: Cases) -> list[str]:
    return [case.contact_name for case in cases]


def _case(case: ConsultationRequest, hide: Callable[[str], str]) -> Entry:
    facts = {
        _("Aktenzeichen"): case.reference,
        _("Stand"): case.get_state_display(),
        _("Abgesendet"): case.submitted_at,
        _("Eingegangen"): case.confirmed_at,
    }
    told = {row.label: row.value for row in summary.everything(case)}
    return facts | told | {row.label: hide(row.value) for row in summary.of_case(("concern", "hope"), case)}


def _draft(draft: ConsultationRequest) -> Entry:
    """What was typed, as it was typed."""
    typed = {name: values for step in draft.draft.values() for name, values in step.items()}
    labels = {field.name: str(getattr(field, "verbose_name", field.name)) for field in draft._meta.get_fields()}
    return {_("Begonnen"): draft.created_at} | {labels.get(name, name): values for name, values in typed.items()}


def _messages(cases: Cases, hide: Callable[[str], str]) -> Part:
    found = Message.objects.filter(_was_of(Message, cases)).select_related("consultation").order_by("at", "pk")
    return Part(_("Nachrichten"), [_message(message, hide) for message in found])


def _was_of(model: Any, cases: Cases) -> Q:
    """Also what went on in another case, with the request that was merged into it."""
    moved = events(model).filter(consultation__in=[case.pk for case in cases if case.merged_into_id])
    return Q(consultation__in=cases) | Q(pk__in=moved.values("pgh_obj"))


def _message(message: Message, hide: Callable[[str], str]) -> Entry:
    return {
        _("Aktenzeichen"): message.consultation.reference,
        _("Zeitpunkt"): message.at,
        _("Von"): _("Ihnen") if message.is_theirs else _("der Koordination"),
        _("Text"): hide(message.text),
    }


def _files(cases: Cases) -> Part:
    """The bytes of those that came from the municipality go along."""
    found = list(Attachment.objects.filter(_was_of(Attachment, cases)).select_related("consultation"))
    entries = [
        {
            _("Aktenzeichen"): file.consultation.reference,
            _("Datei"): file.label,
            _("Hochgeladen"): file.uploaded_at,
            _("Von"): _("der Koordination") if file.by_id else _("Ihnen"),
        }
        for file in found
    ]
    own = [File(file.name, partial(_open, file)) for file in found if file.by_id is None]
    return Part(_("Dateien"), entries, _("Ihre Dateien liegen im Ordner „dateien“ bei.") if own else "", own)


def _open(file: Attachment) -> BinaryIO:
    return cast(BinaryIO, file.file.open("rb"))


def _course(cases: Cases, hide: Callable[[str], str]) -> Part:
    found = Transition.objects.filter(consultation__in=cases).select_related("consultation").order_by("at", "pk")
    entries = [
        {
            _("Aktenzeichen"): step.consultation.reference,
            _("Zeitpunkt"): step.at,
            _("Stand danach"): step.get_target_display(),
            _("Notiz"): hide(step.note),
        }
        for step in found
    ]
    return Part(_("Verlauf"), entries)


def _notes(cases: Cases, hide: Callable[[str], str]) -> Part:
    """Internal, and about the person all the same: their data, too (CJEU C-434/16)."""
    found = Note.objects.filter(_was_of(Note, cases)).select_related("consultation").order_by("at", "pk")
    entries = [
        {_("Aktenzeichen"): note.consultation.reference, _("Zeitpunkt"): note.at, _("Text"): hide(note.text)}
        for note in found
    ]
    return Part(_("Notizen der Koordination"), entries)


def _former(email: str) -> list[Entry]:
    """What these fields held before, while it was this person's address that stood there."""
    keys = past_of(email).order_by().values("pgh_obj").distinct()
    found = events(ConsultationRequest).filter(pgh_obj__in=keys).order_by("pgh_obj", "pgh_id")

    def is_theirs(event: Any) -> bool:
        return bool(event.contact_email.lower() == email.lower())

    of_cases: Iterable[tuple[Any, Iterable[Any]]] = groupby(found, key=lambda event: event.pgh_obj_id)
    return [
        entry for _key, of_case in of_cases for entry in past.differences(list(of_case), THEIRS, is_theirs=is_theirs)
    ]
