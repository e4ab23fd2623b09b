"""Who may do what at the desk, as Django groups with permissions. Why so: docs/adr/0014-roles.md."""

from collections.abc import Iterator

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

COORDINATION = "Koordination"
LEAD = "Leitung"
FIGURES = "Auswertung"
TECHNICAL = "Technik"


def _each(verbs: str, *models: str) -> Iterator[str]:
    for app, _, model in (name.partition(".") for name in models):
        yield from (f"{app}.{verb}_{model}" for verb in verbs.split())


_PUBLIC_PAGES = (*_each("view add change", "pages.portal"), *_each("view change", "pages.page"))
_COORDINATION = (
    "requests.coordinate",
    *_each("view change", "requests.consultationrequest", "requests.municipality"),
    *_each("view change", "accounts.organisation", "pages.accessibilityreport"),
    "requests.export_cases",
    "requests.export_personal_data",
    "requests.view_bulkrun",
    *_each("view add change", "advisors.advisor", "advisors.candidacy"),
    "advisors.view_consenttext",
    "advisors.view_criterionweight",
    *_each("view add", "advisors.round"),
    *_each(
        "view add change",
        "requests.topic",
        "requests.format",
        "requests.language",
        "requests.region",
        "requests.reason",
        "advisors.declinereason",
    ),
    "outbox.view_mail",
    "outbox.resend_mail",
    "outbox.change_mailtext",
    *_each("view add change", "requests.textblock"),
    "requests.view_figures",
    *_PUBLIC_PAGES,
)
_TECHNICAL = (
    "outbox.view_delivery",
    "outbox.resend_mail",
    "requests.view_figures",  # nobody gives a role whose permissions are not among the own
    *_each("view add change", "accounts.user"),
    "accounts.view_organisation",  # not its mailbox: news of every request goes there
    "privacy.view_retentionrun",
    *_PUBLIC_PAGES,
)

ROLES = {
    COORDINATION: _COORDINATION,
    LEAD: (
        *_COORDINATION,
        *_TECHNICAL,
        "requests.lead",
        "accounts.add_organisation",
        "advisors.view_advisoraccess",
        "advisors.add_consenttext",
        "advisors.change_criterionweight",
        "advisors.view_consent",
        *_each("view add", "privacy.legalhold"),
        "privacy.answer_people",
    ),
    FIGURES: ("requests.view_figures",),
    TECHNICAL: _TECHNICAL,
}


def load() -> None:
    """Gives every role exactly its permissions."""
    for name, permissions in ROLES.items():
        wanted = Q()
        for permission in permissions:
            app, _, codename = permission.partition(".")
            wanted |= Q(content_type__app_label=app, codename=codename)
        found = Permission.objects.filter(wanted)
        names = found.values_list("content_type__app_label", "codename").order_by()
        if missing := set(permissions) - {".".join(parts) for parts in names}:
            raise LookupError(f"Die Rolle {name} nennt Rechte, die es nicht gibt: {', '.join(sorted(missing))}.")
        Group.objects.get_or_create(name=name)[0].permissions.set(found)
