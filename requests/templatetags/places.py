from django import template

from requests import districts, statistics

register = template.Library()


@register.inclusion_tag("components/nrw_map.html")
def nrw_map(highlight: str = "", label: str = "") -> dict[str, object]:
    """The Land with its districts, one of them (by its AGS of five digits) in the accent colour; nothing without data.

    `label` replaces the text alternative.
    """
    drawn = districts.current()
    here = drawn.district(highlight) if drawn and highlight else None
    return {"map": drawn, "here": here, "label": label}


@register.simple_tag
def topics_by_interest() -> statistics.Topics:
    return statistics.topics_by_interest()
