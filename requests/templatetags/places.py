from django import template

from requests import districts, statistics

register = template.Library()


@register.inclusion_tag("components/nrw_map.html")
def nrw_map(highlight: str = "", label: str = "") -> dict[str, object]:
    """The Land with its districts, or with one of them (by its AGS of five digits) in the accent colour.

    Nothing where the Land is not drawn or has no such district. `label` replaces the text alternative.
    """
    drawn = districts.current()
    here = drawn.district(highlight) if drawn and highlight else None
    return {"map": drawn if here or not highlight else None, "here": here, "label": label}


@register.simple_tag
def topics_by_interest() -> statistics.Topics:
    return statistics.topics_by_interest()
