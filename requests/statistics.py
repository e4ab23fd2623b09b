"""Figures about requests, with small numbers suppressed."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count

from .models import ConsultationRequest, Topic

SMALLEST = 5  # a smaller number might point at one municipality


class Topics(NamedTuple):
    asked: Sequence[Topic]  # the most asked first
    offered: Sequence[Topic]  # those with too few requests to say so, in the order of the vocabulary


def topics_by_interest() -> Topics:
    """The topics to choose from. How often each was asked for is not told: an order is enough."""
    topics = list(Topic.objects.filter(active=True))
    filed = ConsultationRequest.objects.filed().filter(topics__in=topics)
    counts = dict(filed.values_list("topics").annotate(number=Count("pk")).filter(number__gte=SMALLEST))
    asked = sorted((topic for topic in topics if topic.pk in counts), key=lambda topic: -counts[topic.pk])
    return Topics(asked, [topic for topic in topics if topic.pk not in counts])
