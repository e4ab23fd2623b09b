"""What waits for an advisor, gathered for their own page; each source asks a constant number of queries."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from requests.models import State

from . import links
from .mails import MET
from .models import Advisor, Offer, Report, WorkRecord
from .results import RECORDABLE
from .waiting import ASKED_FOR


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


def _reports(advisor: Advisor) -> Iterable[Task]:
    """Reports to write after the end of an assignment, as long as the desk asks for them; to complete, and to sign."""
    signed = WorkRecord.objects.exclude(signed_at=None).filter(offer=OuterRef("pk"))
    ended = Q(consultation__state=State.CLOSED, consultation__outcome__in=MET)
    unwritten = Q(consultation__report=None) | Q(consultation__report__state=Report.State.DRAFT)
    to_write = unwritten & ended & Q(consultation__state_since__gte=timezone.now() - ASKED_FOR)
    asked_back = Q(consultation__report__state=Report.State.RETURNED)
    to_sign = Q(~Exists(signed), consultation__report__state=Report.State.SENT)
    mine = Offer.objects.accepted().filter(to_write | asked_back | to_sign, advisor=advisor)
    for offer in mine.filter(consultation__state__in=RECORDABLE).select_related(
        "advisor", "consultation__municipality", "consultation__report"
    ):
        yield _report(offer)


def _report(offer: Offer) -> Task:
    report: Report | None = getattr(offer.consultation, "report", None)
    words = {
        Report.State.SENT: gettext("Bericht für %(place)s mitzeichnen"),
        Report.State.RETURNED: gettext("Rückfrage zum Bericht für %(place)s beantworten"),
    }.get(Report.State(report.state) if report else Report.State.DRAFT, gettext("Bericht für %(place)s schreiben"))
    place = offer.consultation.municipality
    address = reverse("advisors:report", kwargs={"token": links.token(offer)})
    return Task(words % {"place": place.accusative if place else ""}, address)


SOURCES: tuple[Callable[[Advisor], Iterable[Task]], ...] = (_offers, _reports)
