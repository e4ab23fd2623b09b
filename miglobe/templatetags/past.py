from django import template
from django.db.models import Model

from miglobe.history import reading

register = template.Library()


@register.simple_tag
def past(row: Model) -> list[reading.Line] | None:
    """What has become of a row; None where its table has no history of its own to show.

    A proxy shows less than its table on purpose, so it gets none. The view has checked who may see the row.
    """
    if row._meta.proxy or not hasattr(type(row), "pgh_event_model"):
        return None
    return reading.of_row(row)
