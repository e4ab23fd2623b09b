"""Figures in the format of Prometheus, counted at the moment somebody asks: so it does not matter which of several
processes answers. They count rows and seconds, never people.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import connection
from django.db.models import Count
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from miglobe.backup import archive, making
from miglobe.outbox.models import Mail
from miglobe.watch import findings, portal, queue
from requests.models import ConsultationRequest, State

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def text() -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Portal())
    return generate_latest(registry)


class Portal(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _by("miglobe_info", "The version that runs.", ["version"], [((archive.version_of_the_portal(),), 1)])
        yield _by("miglobe_check_ok", "Whether a check of /-/health/ready/ is content.", ["check"], _checks())
        yield _by("miglobe_cases", "Cases by state.", ["state"], _cases())
        yield _by("miglobe_mails", "E-mails by state.", ["state"], _mails())
        yield _by("miglobe_jobs", "Jobs by task and state.", ["task", "state"], _jobs())
        yield _age("miglobe_oldest_due_job_seconds", "How long the first due job has waited.", queue.oldest_due())
        yield _age("miglobe_worker_seen_seconds", "Since the last sign of life of a worker.", queue.worker().seen_at)
        yield _age("miglobe_backup_seconds", "Since the newest backup.", making.newest())
        yield _by("miglobe_free_bytes", "Left on the disk of a folder.", ["folder"], _spaces())
        yield GaugeMetricFamily("miglobe_database_bytes", "Size of the database.", value=_database_size())


def _by(name: str, words: str, labels: list[str], rows: Iterable[tuple[tuple[str, ...], float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _age(name: str, words: str, since: datetime | None) -> GaugeMetricFamily:
    """Without a sample where there is nothing whose age could be told."""
    family = GaugeMetricFamily(name, words)
    if since:
        family.add_metric([], (timezone.now() - since).total_seconds())
    return family


def _checks() -> Iterator[tuple[tuple[str], int]]:
    for check, finding in findings.look(quick=True).items():
        yield (check.name,), int(not finding.is_wrong)


def _cases() -> Iterator[tuple[tuple[str], int]]:
    counted = dict(ConsultationRequest.objects.order_by().values_list("state").annotate(number=Count("pk")))
    for state in State.values:
        yield (state,), counted.get(state, 0)


def _mails() -> Iterator[tuple[tuple[str], int]]:
    counted = dict(Mail.objects.order_by().values_list("state").annotate(number=Count("pk")))
    for state in Mail.State.values:
        yield (state,), counted.get(state, 0)


def _jobs() -> Iterator[tuple[tuple[str, str], int]]:
    counted = ProcrastinateJob.objects.order_by().values_list("task_name", "status").annotate(number=Count("pk"))
    for task, state, number in counted:
        yield (task, state), number


def _spaces() -> Iterator[tuple[tuple[str], int]]:
    for name, used in portal.spaces().items():
        yield (name,), used.free


def _database_size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size: int = cursor.fetchone()[0]
    return size
