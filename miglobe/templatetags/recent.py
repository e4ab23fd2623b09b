"""What a person has changed at the desk lately."""

from typing import Any

from django import template
from django.contrib.admin.models import LogEntry

register = template.Library()

SHOWN = 10
LOOKED_AT = 50  # some may be of models that the person sees no more


@register.simple_tag(takes_context=True)
def own_changes(context: dict[str, Any]) -> list[LogEntry]:
    """The newest first, without what the person's present role does not see: entries keep the names of rows."""
    user = context["request"].user
    entries = LogEntry.objects.filter(user=user).select_related("content_type").order_by("-action_time")[:LOOKED_AT]
    seen = [
        entry
        for entry in entries
        if entry.content_type and user.has_perm(f"{entry.content_type.app_label}.view_{entry.content_type.model}")
    ]
    return seen[:SHOWN]
