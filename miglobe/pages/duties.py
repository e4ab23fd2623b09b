"""What the law wants on the public pages and nobody has filled in yet."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from miglobe.accounts.models import Organisation

from .models import Portal


@dataclass(frozen=True)
class Duty:
    sentence: str
    of_organisations: bool = False  # else of the portal


def missing(portal: Portal) -> list[Duty]:
    return [*_imprint(portal), *_privacy(portal), *_accessibility(portal)]


def address(duty: Duty, portal: Portal) -> str:
    """Where at the desk it is filled in."""
    if duty.of_organisations:
        return reverse("admin:accounts_organisation_changelist")
    if portal._state.adding:
        return reverse("admin:pages_portal_add")
    return reverse("admin:pages_portal_change", args=[portal.pk])


def _imprint(portal: Portal) -> Iterator[Duty]:
    if not portal.operator:
        yield Duty("Im Impressum fehlt der Betreiber (§ 5 DDG).")
    if not portal.address:
        yield Duty("Im Impressum fehlt die Anschrift (§ 5 DDG).")
    if not portal.represented_by:
        yield Duty("Im Impressum fehlt, wer den Betreiber vertritt (§ 5 DDG).")
    if not portal.contact_email:
        yield Duty("Es fehlt die E-Mail-Adresse für Fragen (§ 5 DDG).")
    if not portal.contact_phone:
        yield Duty("Es fehlt das Telefon für Fragen, der zweite schnelle Weg zum Betreiber (§ 5 DDG).")


def _privacy(portal: Portal) -> Iterator[Duty]:
    organisations = list(Organisation.objects.all())
    if not organisations:
        yield Duty("Im Datenschutz fehlen die gemeinsam Verantwortlichen (Artikel 26 DSGVO).", of_organisations=True)
    nameless = [organisation.short_name for organisation in organisations if not organisation.address]
    if nameless:
        yield Duty(f"Im Datenschutz fehlt die Anschrift von {', '.join(nameless)}.", of_organisations=True)
    if not (portal.privacy_officer or portal.privacy_officer_contact):
        yield Duty("Im Datenschutz fehlt die*der Datenschutzbeauftragte (Artikel 13 DSGVO).")
    if not portal.supervisory_authority:
        yield Duty("Im Datenschutz fehlt die Aufsichtsbehörde (Artikel 13 DSGVO).")


def _accessibility(portal: Portal) -> Iterator[Duty]:
    if portal.accessibility_checked_on is None:
        yield Duty("In der Erklärung zur Barrierefreiheit fehlt, wann zuletzt geprüft wurde (§ 12b BGG).")
    if not portal.accessibility_method:
        yield Duty("In der Erklärung zur Barrierefreiheit fehlt, wie geprüft wurde.")
    if not portal.enforcement_body:
        yield Duty("In der Erklärung zur Barrierefreiheit fehlt die Schlichtungs- oder Ombudsstelle.")
