"""Questions about the background work."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min
from django.db.models.functions import Coalesce
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateWorker

SILENT = timedelta(minutes=1)  # a worker gives a sign of life every ten seconds


@dataclass(frozen=True)
class Worker:
    number: int
    seen_at: datetime | None

    @property
    def is_alive(self) -> bool:
        return self.seen_at is not None and self.seen_at > timezone.now() - SILENT


def worker() -> Worker:
    seen = ProcrastinateWorker.objects.aggregate(number=Count("pk"), at=Max("last_heartbeat"))
    return Worker(seen["number"], seen["at"])


def oldest_due() -> datetime | None:
    """Since when the job waits that should have begun first. What is meant for later does not count."""
    waiting = ProcrastinateEvent.objects.filter(type="deferred", job__status="todo").order_by()
    due = waiting.annotate(due=Coalesce("job__scheduled_at", "at")).filter(due__lte=timezone.now())
    oldest: datetime | None = due.aggregate(oldest=Min("due"))["oldest"]
    return oldest


def running_since(moment: datetime) -> int:
    """How many jobs that run now began before that moment."""
    begun = ProcrastinateEvent.objects.filter(type="started", job__status="doing").order_by()
    return begun.values("job").annotate(at=Max("at")).filter(at__lt=moment).count()


def failed_since(moment: datetime) -> int:
    """How many jobs have failed for good since that moment."""
    return ProcrastinateEvent.objects.filter(type="failed", at__gte=moment, job__status="failed").count()
