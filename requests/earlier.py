"""What else this municipality and its Kreis have asked for."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from .models import ConsultationRequest, Municipality

MOST = 5


@dataclass(frozen=True)
class Cases:
    shown: list[ConsultationRequest]
    more: bool  # than are shown


def involving(ags: str) -> QuerySet[Any]:
    """The keys of all cases that this municipality has asked for, alone or together with others."""
    own = ConsultationRequest.objects.filter(municipality=ags)
    joint = ConsultationRequest.objects.filter(co_municipalities=ags)
    return own.order_by().values("pk").union(joint.order_by().values("pk"))


def of_place(cases: QuerySet[Any], consultation: ConsultationRequest) -> Cases:
    """The newest of `cases` that the municipality is part of, without the one at hand."""
    return _newest(cases.filter(pk__in=involving(str(consultation.municipality_id))).exclude(pk=consultation.pk))


def of_district(cases: QuerySet[Any], consultation: ConsultationRequest) -> Cases:
    """The newest of `cases` from the rest of the Kreis, without those of `of_place`.

    Its places are named one by one: so the database knows how rarely they ask.
    """
    place = consultation.municipality
    assert place
    around = Municipality.objects.filter(district_ags=place.district_ags).exclude(pk=place.pk)
    return _newest(
        cases.filter(municipality__in=list(around.values_list("pk", flat=True))).exclude(co_municipalities=place)
    )


def _newest(cases: QuerySet[Any]) -> Cases:
    found = list(cases.order_by("-confirmed_at", "-pk").select_related("municipality")[: MOST + 1])
    return Cases(found[:MOST], len(found) > MOST)
