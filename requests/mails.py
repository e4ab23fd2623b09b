"""What we write to municipalities and coordinators: one function per event, named as what has happened."""

from collections.abc import Iterable, Sequence
from email.utils import parseaddr
from typing import Any

from django.conf import settings

from miglobe.accounts.models import Organisation, User
from miglobe.codes import codes
from miglobe.codes.models import AccessCode
from miglobe.links import absolute
from miglobe.outbox import outbox
from miglobe.outbox.outbox import Links
from miglobe.pages.models import Portal

from . import deadlines, links, summary
from .models import ConsultationRequest, Message, Note

IN_ONE_MAIL = 30  # cases that one mail names


def whom_to_ask(consultation: ConsultationRequest) -> dict[str, str]:
    """Name, address and telephone for questions: the responsible person, or the portal's own contact."""
    person = consultation.contact_person
    if person:
        organisation = f", {person.organisation.name}" if person.organisation else ""
        return {"name": f"{person}{organisation}", "email": person.email, "phone": person.phone}
    portal = Portal.current()
    return {"name": portal.operator, "email": portal.contact_email, "phone": portal.contact_phone}


def to_municipality(
    template: str,
    consultation: ConsultationRequest,
    *,
    link: str = links.STATUS,
    key: object = None,
    ways: Links | None = None,
    **context: Any,
) -> None:
    """With a link, and the sentence how to do without, unless other `ways` are given.

    `key`: of the row that the link leads to, where it is not the request itself.
    """
    contact = whom_to_ask(consultation)
    outbox.queue(
        template,
        to=consultation.contact_email,
        reference=consultation.reference or "",
        reply_to=contact["email"],
        language=consultation.language,
        links={"link": (link, str(key or consultation.key))} if ways is None else ways,
        second_way=codes.entrance(consultation.language) if ways is None else "",
        consultation=consultation,
        contact=contact,
        **context,
    )


def to_desk(template: str, consultation: ConsultationRequest, **context: Any) -> None:
    """To the responsible person, else to the responsible organisation, or to every one while there is none."""
    for address in _desk_addresses(consultation):
        _to_address(template, address, consultation, **context)


def _to_address(template: str, address: str, consultation: ConsultationRequest, **context: Any) -> None:
    """To a mailbox at the desk, with the link to the case."""
    outbox.queue(
        template,
        to=address,
        reference=consultation.reference or "",
        links={"link": ("requests.case", str(consultation.key))},
        consultation=consultation,
        **context,
    )


def _desk_addresses(consultation: ConsultationRequest) -> list[str]:
    if consultation.contact_person:
        return [consultation.contact_person.email]
    if consultation.organisation:
        return [consultation.organisation.email]
    organisations = list(Organisation.objects.values_list("email", flat=True))
    return organisations or [Portal.current().contact_email or parseaddr(settings.MAIL_FROM)[1]]


# --- To the municipality ---------------------------------------------------------------------------


def please_confirm(consultation: ConsultationRequest) -> None:
    to_municipality("requests/please_confirm", consultation, link=links.CONFIRM)


def draft_link(draft: ConsultationRequest, *, to: str) -> None:
    """To whatever address was typed: it says nothing of what else was typed, and a draft has no reference yet."""
    contact = whom_to_ask(draft)
    outbox.queue(
        "requests/draft_link",
        to=to,
        reply_to=contact["email"],
        language=draft.language,
        links={"link": (links.RESUME, str(draft.key))},
        draft=draft,
        contact=contact,
    )


def received(consultation: ConsultationRequest) -> None:
    to_municipality("requests/received", consultation, due=consultation.first_contact_due)


def recorded(consultation: ConsultationRequest, *, by: User) -> None:
    """To whoever asked by telephone or the like: what was noted, by whom, and the rights that go with it."""
    to_municipality(
        "requests/recorded",
        consultation,
        by=by,
        privacy=absolute("pages:privacy", language=consultation.language),
        due=None if consultation.contacted_at else consultation.first_contact_due,
        missing=summary.missing(consultation),
    )


def merged(consultation: ConsultationRequest, *, absorbed: ConsultationRequest, note: str) -> None:
    """To the contact of the case that goes on, and to that of the other if it is somebody else."""
    same = consultation.has_mailbox_of(absorbed)
    to_municipality("requests/merged", consultation, absorbed=absorbed, same=same, note=note)
    if not same:
        to_municipality("requests/merged_elsewhere", absorbed, ways={}, into=consultation, note=note)


def merged_desk(consultation: ConsultationRequest, *, absorbed: ConsultationRequest, by: User) -> None:
    """To the colleagues who were responsible for either, unless they did it themselves."""
    people = {case.contact_person for case in (consultation, absorbed)} - {None, by}
    for person in sorted(filter(None, people), key=lambda person: person.pk):
        outbox.queue(
            "requests/merged_desk",
            to=person.email,
            reference=consultation.reference or "",
            links={"link": ("requests.case", str(consultation.key))},
            consultation=consultation,
            absorbed=absorbed,
            by=by,
        )


def address_corrected(consultation: ConsultationRequest) -> None:
    to_municipality("requests/address_corrected", consultation)


def status_link(consultation: ConsultationRequest) -> None:
    to_municipality("requests/status_link", consultation)


def access_code(consultation: ConsultationRequest, access: AccessCode) -> None:
    to_municipality("requests/access_code", consultation, ways=codes.in_mail(access), until=codes.expires_at(access))


def asked(consultation: ConsultationRequest, *, question: str) -> None:
    to_municipality("requests/asked", consultation, question=question)


def reminded(consultation: ConsultationRequest) -> None:
    """Of the question that waits for its answer."""
    question = consultation.messages.filter(move="ask").last()
    to_municipality("requests/reminded", consultation, question=question.text if question else "")


def message(consultation: ConsultationRequest, *, text: str) -> None:
    to_municipality("requests/message", consultation, text=text)


def accepted(consultation: ConsultationRequest) -> None:
    to_municipality("requests/accepted", consultation)


def rejected(consultation: ConsultationRequest, *, note: str) -> None:
    to_municipality("requests/rejected", consultation, note=note)


def referred(consultation: ConsultationRequest, *, note: str) -> None:
    to_municipality("requests/referred", consultation, note=note)


def withdrawn(consultation: ConsultationRequest) -> None:
    to_municipality("requests/withdrawn", consultation)
    to_desk("requests/withdrawn_desk", consultation)


def closed(consultation: ConsultationRequest) -> None:
    to_municipality("requests/closed", consultation)


def resumed(consultation: ConsultationRequest) -> None:
    to_municipality("requests/resumed", consultation)


def team_resized(consultation: ConsultationRequest) -> None:
    to_municipality("requests/team_resized", consultation)


def reopened(consultation: ConsultationRequest) -> None:
    to_municipality("requests/reopened", consultation)


# --- To the coordinators ---------------------------------------------------------------------------


def arrived(consultation: ConsultationRequest) -> None:
    to_desk("requests/arrived", consultation, due=consultation.first_contact_due)


def answered(consultation: ConsultationRequest, answer: Message) -> None:
    to_desk("requests/answered", consultation, text=answer.text, files=_names(answer))


def message_arrived(consultation: ConsultationRequest, message: Message) -> None:
    to_desk("requests/message_arrived", consultation, text=message.text, files=_names(message))


def handed_over(consultation: ConsultationRequest, *, note: str, by: User) -> None:
    """To those who are responsible from now on."""
    to_desk("requests/handed_over_desk", consultation, note=note, by=by, reply_to=by.email)


def mentioned(note: Note, people: Iterable[User]) -> None:
    """That a note mentions them, and who wrote it. What it says stays in the case, where it can be taken back."""
    for person in people:
        _to_address("requests/mentioned_desk", person.email, note.consultation, by=note.by, reply_to=note.by.email)


def fell_due(cases: Sequence[ConsultationRequest]) -> None:
    """All that got due for the same person or, without one, the same organisations."""
    shown = {f"case{number}": consultation for number, consultation in enumerate(cases[:IN_ONE_MAIL], start=1)}
    for address in _desk_addresses(cases[0]):
        outbox.queue(
            "requests/fell_due",
            to=address,
            links={name: ("requests.case", str(consultation.key)) for name, consultation in shown.items()},
            cases=[
                {"link": name, "consultation": consultation, "step": deadlines.step(consultation)}
                for name, consultation in shown.items()
            ],
            is_theirs=cases[0].contact_person is not None,
            more=len(cases) - len(shown),
        )


def _names(message: Message) -> list[str]:
    return [attachment.name for attachment in message.attachments.all()]
