"""Figures about requests, with small numbers suppressed."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count

from .models import ConsultationRequest, Topic

SMALLEST = 5  # a smaller number might point at one municipality
NEWEST = 1000  # requests that are looked at: the start page costs the same however many there are


class Topics(NamedTuple):
    asked: Sequence[Topic]  # the most asked first
    offered: Sequence[Topic]  # those with too few requests to say so, in the order of the vocabulary


def topics_by_interest() -> Topics:
    """The topics to choose from, as the newest requests ask for them. How often is not told: an order is enough."""
    topics = list(Topic.objects.filter(active=True))
    newest = ConsultationRequest.objects.filed().order_by("-confirmed_at", "-pk").values("pk")[:NEWEST]
    filed = ConsultationRequest.objects.filter(pk__in=newest, topics__in=topics)
    counts = dict(filed.values_list("topics").annotate(number=Count("pk")).filter(number__gte=SMALLEST))
    asked = sorted((topic for topic in topics if topic.pk in counts), key=lambda topic: -counts[topic.pk])
    return Topics(asked, [topic for topic in topics if topic.pk not in counts])
