"""Who may act on which case. See docs/adr/0014-roles.md."""

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from miglobe.accounts.models import User

from .models import ConsultationRequest

ACT = "requests.coordinate"
LEAD = "requests.lead"

Person = User | AnonymousUser


def may_act_at_all(person: Person) -> bool:
    """Whether the person acts on cases: writes notes on each, and more on those that `may_act` names."""
    return bool(person.has_perm(ACT) or person.has_perm(LEAD))


def may_note(person: Person, consultation: ConsultationRequest) -> bool:
    """Notes would name people again in a case whose people have been forgotten."""
    return may_act_at_all(person) and consultation.anonymised_at is None


def may_act(person: Person, consultation: ConsultationRequest) -> bool:
    """The lead on every case; a coordinator on those of the own organisation, and on those that are no one's yet.

    Nobody on a case whose people have been forgotten.
    """
    if consultation.anonymised_at:
        return False
    if person.has_perm(LEAD):
        return True
    return isinstance(person, User) and person.has_perm(ACT) and _is_in_reach(person, consultation)


def _is_in_reach(person: User, consultation: ConsultationRequest) -> bool:
    if consultation.organisation_id is None:
        return True
    return consultation.person_id == person.pk or consultation.organisation_id == person.organisation_id


def why_not(person: Person, consultation: ConsultationRequest) -> str:
    """Why the person may not act on the case, and whom to ask; empty when she or he may."""
    if may_act(person, consultation):
        return ""
    if consultation.anonymised_at:
        since = f"{timezone.localtime(consultation.anonymised_at):%d.%m.%Y}"
        return (
            f"Die Personen in dieser Anfrage sind seit dem {since} gelöscht, mit ihnen Nachrichten, Notizen, Dateien "
            "und Verlauf. Bearbeiten lässt sie sich nicht mehr."
        )
    if not person.has_perm(ACT):
        return "Ihre Rolle liest Anfragen, ohne sie zu bearbeiten."
    assert consultation.organisation  # else every coordinator may
    person_there = consultation.contact_person
    whose = f"{person_there} ({consultation.organisation})" if person_there else str(consultation.organisation)
    asked = _or([str(person_there or consultation.organisation), *leads()])
    return (
        f"Für diese Anfrage ist {whose} zuständig. Sie lesen mit und können interne Notizen schreiben. "
        f"Soll Ihre Organisation sie bearbeiten, bitten Sie {asked} um eine Übergabe."
    )


def leads() -> list[str]:
    """The names of those who lead, in order."""
    people = User.objects.filter(is_active=True, groups__permissions__codename="lead").distinct()
    return [f"{person} (Leitung)" for person in people]


def _or(names: list[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} oder {last}" if rest else last
