"""Our mails as the desk knows them, and the addresses of organisations, where mails to the desk go."""

from collections.abc import Callable

from miglobe.outbox import kinds, owners, rights, texts
from miglobe.outbox.kinds import Kind
from miglobe.outbox.models import Audience, Mail
from miglobe.outbox.owners import Owner
from miglobe.outbox.texts import Condition, Placeholder

from . import mails
from .models import Organisation, User

PIECES = (
    Placeholder("Name der Person", "{{ user.get_full_name }}", "Vor- und Nachname"),
    Placeholder("Gültigkeit des Links in Tagen", "{{ days }}", "eine Zahl"),
    Placeholder("Was geändert wurde", "{{ what }}", "ein Satz", True),
    Placeholder("Tag der Änderung", '{{ when|date:"d.m.Y" }}', "Datum"),
    Placeholder("Uhrzeit der Änderung", '{{ when|date:"H:i" }}', "ohne das Wort „Uhr“"),
    Condition("der Name bekannt ist", "user.get_full_name"),
)


def _somebody(reference: str) -> User | None:
    return None if reference else User.objects.filter(is_active=True, is_staff=True).order_by("-pk").first()


def _kind(event: str, heading: str, when: str, owe: Callable[[User], object]) -> Kind:
    return Kind(
        template=f"accounts/{event}", audience=Audience.DESK, event=heading, when=when, example=_somebody, owe=owe
    )


KINDS = (
    _kind("invited", "Zugang bekommen", "Wenn jemand Zugang zum Schreibtisch bekommt.", mails.invited),
    _kind(
        "password_forgotten",
        "Passwort vergessen",
        "Wenn eine Person mit Zugang ein neues Passwort anfordert.",
        mails.password_forgotten,
    ),
    _kind(
        "access_changed",
        "Zugang geändert",
        "Wenn sich an einem Zugang etwas geändert hat, zum Beispiel das Passwort.",
        lambda user: mails.access_changed(user, "Das Passwort wurde geändert."),
    ),
    _kind(
        "second_factor_taken_away",
        "Zweiter Faktor zurückgesetzt",
        "Wenn die Verwaltung den zweiten Faktor einer Person zurücksetzt.",
        mails.second_factor_taken_away,
    ),
)


def _organisation(mail: Mail) -> Owner | None:
    """Addresses of people's accounts are not corrected with their mails: they are what they log in with."""
    organisation = Organisation.objects.filter(email__iexact=mail.to).first()
    if organisation is None:
        return None

    def correct(address: str, by: User) -> None:
        organisation.email = address
        organisation.save(update_fields=["email"])

    return Owner(f"die Organisation {organisation}", organisation.email, "accounts.change_organisation", correct)


def _may_act(person: rights.Person, mail: Mail) -> bool:
    """What somebody is told about their own access is not for colleagues to hold back or to reword."""
    return not mail.template.startswith("accounts/") or person.has_perm("accounts.change_user")


def register() -> None:
    texts.register(*PIECES)
    kinds.register(*KINDS)
    owners.register_owner(Audience.DESK, _organisation)
    rights.register_guard(_may_act)
