"""What waits for an advisor, gathered for their own page; each source asks a constant number of queries."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext

from . import links
from .models import Advisor, Offer


@dataclass(frozen=True)
class Task:
    words: str
    address: str
    due_at: datetime | None = None


def of(advisor: Advisor) -> list[Task]:
    """What is due first comes first; what has no date comes last."""
    tasks = [task for source in SOURCES for task in source(advisor)]
    return sorted(tasks, key=lambda task: (task.due_at is None, task.due_at and task.due_at.timestamp()))


def _offers(advisor: Advisor) -> Iterable[Task]:
    for offer in Offer.objects.open().filter(advisor=advisor).select_related("advisor", "consultation__municipality"):
        place = offer.consultation.municipality
        words = gettext("Möchten Sie %(place)s beraten?") % {"place": place.label if place else ""}
        yield Task(words, reverse("advisors:offer", kwargs={"token": links.token(offer)}), offer.due_at)


SOURCES: tuple[Callable[[Advisor], Iterable[Task]], ...] = (_offers,)
