"""What a municipality is told before it sends: that it has asked already."""

from collections.abc import Collection

from django.db.models import Count, Q

from .models import ENDED, ConsultationRequest, Municipality, Topic

MOST = 3


def open_requests(places: Collection[Municipality], topics: Collection[Topic]) -> list[ConsultationRequest]:
    """Open requests of these municipalities, those with the same topics first, each with its `shared` topics.

    Whoever fills in the form is anonymous and may choose any municipality. So the page tells that a request exists,
    its month, and which of their own topics it shares: what an administration would say on the telephone. Who has
    asked, what was written and how it stands stay closed.
    """
    open_ones = ConsultationRequest.objects.filed().exclude(state__in=ENDED)
    own, joint = open_ones.filter(municipality__in=places), open_ones.filter(co_municipalities__in=places)
    found = {pk for pks in (own, joint) for pk in pks.values_list("pk", flat=True)}
    if not found:
        return []
    ranked = (
        ConsultationRequest.objects.filter(pk__in=found)
        .annotate(overlap=Count("topics", filter=Q(topics__in=topics)))
        .select_related("municipality")
        .prefetch_related("topics")
        .order_by("-overlap", "-confirmed_at")[:MOST]
    )
    wanted = set(topics)
    for consultation in ranked:
        consultation.shared = [topic for topic in consultation.topics.all() if topic in wanted]  # type: ignore[attr-defined]
    return list(ranked)
