"""The address of a municipality's contact, as the outbox asks for it: whose it is, and how it is corrected."""

from miglobe.accounts.models import User
from miglobe.outbox import owners
from miglobe.outbox import rights as outbox_rights
from miglobe.outbox.models import Audience, Mail
from miglobe.outbox.owners import Owner

from . import rights, workflow
from .models import ConsultationRequest, State


def register() -> None:
    owners.register_owner(Audience.MUNICIPALITY, _owner)
    outbox_rights.register_guard(_may_act)


def _case(mail: Mail) -> ConsultationRequest | None:
    if not mail.reference:
        return None
    return ConsultationRequest.objects.filed().filter(reference=mail.reference).first()


def _owner(mail: Mail) -> Owner | None:
    case = ConsultationRequest.objects.exclude(state=State.DRAFT).filter(reference=mail.reference or None).first()
    if case is None or _went_to_another_contact(mail, case):
        return None

    def correct(address: str, by: User) -> object:
        if case.state == State.UNCONFIRMED:
            return workflow.readdress(case, address=address, by=by)
        return workflow.correct(case, note="E-Mail-Adresse", by=by, contact_email=address)

    return Owner(
        f"{case.contact_name} bei der Anfrage {case.reference}",
        case.contact_email,
        "requests.change_consultationrequest",
        correct,
        "Wer das Postfach liest, muss die Anfrage dort noch bestätigen."
        if case.state == State.UNCONFIRMED
        else "Außerdem bekommt die neue Adresse den Link zum Stand der Anfrage.",
    )


def _went_to_another_contact(mail: Mail, case: ConsultationRequest) -> bool:
    """To that of a request that has gone on in this one: correcting it must not change the contact of this one."""
    absorbed = case.absorbed.filter(contact_email__iexact=mail.to)
    return absorbed.exclude(contact_email__iexact=case.contact_email).exists()


def _may_act(person: outbox_rights.Person, mail: Mail) -> bool:
    """Whoever may act on the case may act on its mails."""
    case = _case(mail)
    return case is None or rights.may_act(person, case)
