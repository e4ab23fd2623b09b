"""System checks for what would hurt later, and only later."""

import os
from importlib import metadata
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

POSITIVE = (
    "FIRST_CONTACT_WORKDAYS",
    "TRIAGE_WORKDAYS",
    "INQUIRY_REMINDER_WORKDAYS",
    "OFFER_WORKDAYS",
    "OFFER_REMINDER_WORKDAYS",
    "APPOINTMENT_WORKDAYS",
    "APPOINTMENT_REMINDER_WORKDAYS",
    "REPORT_WORKDAYS",
    "FEEDBACK_WORKDAYS",
    "QUIET_WORKDAYS",
    "WARN_WORKDAYS",
    "ESCALATE_WORKDAYS",
    "LINK_DAYS",
    "DRAFT_DAYS",
    "UNCONFIRMED_DAYS",
    "REFUSED_MONTHS",
    "CASE_PERSONS_MONTHS",
    "CASE_CORE_YEARS",
    "ADVISOR_MONTHS",
    "CANDIDACY_DAYS",
    "SUPPRESSION_DAYS",
    "BARRIER_MONTHS",
    "MAIL_MONTHS",
    "AUDIT_MONTHS",
    "ROUND_DAYS",
    "BULK_CHOICE_DAYS",
    "CODE_DAYS",
    "JOB_DAYS",
)


@register()
def deadlines_make_sense(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(f"{name} muss mindestens 1 sein.", id="miglobe.E002") for name in POSITIVE if getattr(settings, name) < 1
    ]
    if settings.OFFER_REMINDER_WORKDAYS >= settings.OFFER_WORKDAYS:
        found.append(
            Error(
                "OFFER_REMINDER_WORKDAYS muss kleiner sein als OFFER_WORKDAYS: Sonst käme die Erinnerung sofort.",
                id="miglobe.E003",
            )
        )
    return found


@register()
def no_distribution_shadows_the_app_requests(**kwargs: Any) -> list[CheckMessage]:
    """The app `requests` and the PyPI library of that name cannot live in one environment."""
    try:
        metadata.distribution("requests")
    except metadata.PackageNotFoundError:
        return []
    return [
        Error(
            "Die Bibliothek „requests“ ist installiert; sie und die App „requests“ schließen einander aus.",
            hint="Entfernen Sie das Paket, das sie mitbringt. Für ausgehendes HTTP dient httpx.",
            id="miglobe.E001",
        )
    ]


@register()
def attachments_lie_in_a_private_folder(**kwargs: Any) -> list[CheckMessage]:
    """Outside of what the web server hands out, and writable."""
    folder = Path(settings.ATTACHMENTS_DIR).resolve()
    found: list[CheckMessage] = [
        Error(f"ATTACHMENTS_DIR liegt in {public}: Dort könnten alle die Anlagen lesen.", id="miglobe.E004")
        for public in (settings.STATIC_ROOT, *settings.STATICFILES_DIRS)
        if folder.is_relative_to(Path(public).resolve())
    ]
    present = next(place for place in (folder, *folder.parents) if place.exists())
    if not present.is_dir() or not os.access(present, os.W_OK | os.X_OK):
        found.append(Error(f"In den Ordner ATTACHMENTS_DIR ({folder}) lässt sich nichts schreiben.", id="miglobe.E005"))
    return found


@register(Tags.security, deploy=True)
def somebody_tells_where_visitors_come_from(**kwargs: Any) -> list[CheckMessage]:
    """TLS is spoken by a proxy. Unless its word counts, all visitors share its address, and with it every limit."""
    if not settings.HTTPS or settings.ALLAUTH_TRUSTED_PROXY_COUNT > 0:
        return []
    return [
        Warning(
            "TRUSTED_PROXIES ist 0: Alle Besuchenden teilen sich die Grenzen, die je Netz gelten.",
            hint="Setzen Sie die Zahl Ihrer Proxys, die an X-Forwarded-For anhängen; mit einem Reverse Proxy ist es 1.",
            id="miglobe.W001",
        )
    ]
