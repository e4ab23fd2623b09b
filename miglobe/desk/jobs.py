"""How the portal is, what waits in the background, what has failed. Never about whom."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinatePeriodicDefer

from miglobe.watch import findings

PERMISSION = "outbox.view_delivery"
TASKS = {
    "accounts.forget_attempts": "Gezählte Anmeldeversuche vergessen",
    "advisors.apply": "Eine Bewerbung annehmen",
    "advisors.close_orphaned_offers": "Angebote beendeter Anfragen schließen",
    "advisors.follow_up": "Fragen, was aus Beratungen geworden ist",
    "advisors.keep_deadlines": "An Angebote, Termine und Berichte erinnern, abgelaufene Angebote schließen",
    "advisors.send_links": "Verlorene Links an Berater*innen schicken",
    "backup.nightly": "Datenbank und Anlagen sichern",
    "codes.send": "Einen Code schicken",
    "outbox.deliver": "Eine E-Mail senden",
    "outbox.retry_stalled": "Steckengebliebene Aufträge neu beginnen",
    "outbox.take_up_forgotten": "E-Mails ohne Auftrag und endlose Aufträge wieder aufnehmen",
    "privacy.answer": "Nachsehen, was zu einer Adresse gespeichert ist, und antworten",
    "privacy.keep_periods": "Löschen und anonymisieren, was seine Frist überschritten hat",
    "requests.keep_deadlines": "An fällige Schritte und Antworten erinnern",
    "requests.send_links": "Verlorene Links an Kommunen schicken",
    "requests.sweep_attachments": "Dateien ohne Anfrage löschen",
    "requests.work_in_bulk": "Einen Sammelvorgang ausführen",
    "watch.daily": "Nachsehen, ob alles in Ordnung ist, und sonst der Technik schreiben",
}
STATES = {"todo": "wartet", "doing": "läuft", "failed": "gescheitert"}


@dataclass(frozen=True)
class Jobs:
    """Those of one task that are in one state."""

    task: str
    state: str
    number: int
    since: datetime

    @property
    def words(self) -> str:
        return TASKS.get(self.task, "")

    @property
    def label(self) -> str:
        return STATES[self.state]


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": "Technischer Zustand",
        "checks": findings.glance(),
        "jobs": unfinished(),
        "clock": clock(),
    }
    return TemplateResponse(request, "admin/jobs.html", context)


def unfinished() -> list[Jobs]:
    """The failed first; what has been done is deleted."""
    begun = ProcrastinateEvent.objects.filter(type="deferred", job__status__in=STATES).order_by()
    counted = begun.values_list("job__task_name", "job__status").annotate(number=Count("job"), since=Min("at"))
    order = list(reversed(STATES))
    return sorted((Jobs(*row) for row in counted), key=lambda jobs: (order.index(jobs.state), jobs.task))


def clock() -> list[tuple[str, str, datetime]]:
    """When each of the tasks that repeat was last begun by the clock."""
    last = ProcrastinatePeriodicDefer.objects.order_by().values_list("task_name").annotate(last=Max("defer_timestamp"))
    return sorted((task, TASKS.get(task, ""), datetime.fromtimestamp(seconds, UTC)) for task, seconds in last)
