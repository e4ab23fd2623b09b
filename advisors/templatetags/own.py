"""The own page of an advisor: its navigation, and what others read of the person."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from advisors import public_profiles

register = template.Library()
NAVIGATION = (  # view, label, also for those who have left
    ("me", _("Überblick"), True),
    ("profile", _("Profil"), False),
    ("pauses", _("Pausen"), False),
    ("wishes", _("Wünsche"), False),
    ("calendar", _("Kalender"), False),
    ("my_consents", _("Einwilligungen"), True),
    ("own_data", _("Meine Daten"), True),
    ("leave", _("Abschied"), True),
)


@register.inclusion_tag("advisors/own_nav.html", takes_context=True)
def own_nav(context: dict[str, Any]) -> dict[str, Any]:
    """Keeps the link that the person has come with."""
    here = context["request"].resolver_match
    entries = [
        {
            "label": label,
            "address": reverse(f"advisors:{view}", kwargs={"token": here.kwargs["token"]}),
            "is_here": here.url_name == view,
        }
        for view, label, always in NAVIGATION
        if always or not context["advisor"].left_at
    ]
    return {"entries": entries}


@register.simple_tag
def public_profiles_exist() -> bool:
    return public_profiles.exist()
