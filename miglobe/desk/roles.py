"""Who may do what at the desk, as Django groups with permissions."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

COORDINATION = "Koordination"

ROLES = {
    COORDINATION: (
        "requests.view_consultationrequest",
        "requests.change_consultationrequest",
        "requests.coordinate",
        "requests.view_municipality",
        "requests.change_municipality",
        "advisors.view_advisor",
        "advisors.add_advisor",
        "advisors.change_advisor",
        "outbox.view_mail",
        "outbox.resend_mail",
        "accounts.view_organisation",
        "accounts.change_organisation",
        "pages.view_portal",
        "pages.add_portal",
        "pages.change_portal",
        "pages.view_page",
        "pages.change_page",
        "pages.view_accessibilityreport",
        "pages.change_accessibilityreport",
        *(
            f"{model.partition('.')[0]}.{verb}_{model.partition('.')[2]}"
            for model in (
                "requests.topic",
                "requests.format",
                "requests.language",
                "requests.region",
                "requests.reason",
                "advisors.declinereason",
            )
            for verb in ("view", "add", "change")
        ),
    ),
}


def load() -> None:
    """Gives every role exactly its permissions."""
    for name, permissions in ROLES.items():
        wanted = Q()
        for permission in permissions:
            app, _, codename = permission.partition(".")
            wanted |= Q(content_type__app_label=app, codename=codename)
        found = Permission.objects.filter(wanted)
        if len(found) != len(permissions):
            raise LookupError(f"Die Rolle {name} nennt Rechte, die es nicht gibt.")
        Group.objects.get_or_create(name=name)[0].permissions.set(found)
