"""Reported barriers: filed by anybody, answered by a coordinator before they are due. The only writer."""

from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from miglobe import references
from miglobe.accounts.models import User
from miglobe.errors import Refused

from . import mails
from .models import AccessibilityReport, Portal


class Answered(Refused):
    """Somebody was quicker; their answer stands."""

    def __init__(self, report: AccessibilityReport) -> None:
        super().__init__(f"{report.by} hat diese Meldung inzwischen beantwortet: „{report.answer}“")


@transaction.atomic
def file(key: UUID, *, barrier: str, page: str, email: str) -> AccessibilityReport:
    """Files a report in the active language. The same key files it once, however often it is sent."""
    report, is_new = AccessibilityReport.objects.get_or_create(
        key=key,
        defaults={
            "reference": _new_reference(),
            "barrier": barrier,
            "page": page,
            "email": email,
            "language": get_language(),
            "due_at": _due(Portal.current().accessibility_answer_days),
        },
    )
    if is_new:
        mails.reported(report)
        mails.received(report)
    return report


@transaction.atomic
def answer(report: AccessibilityReport, *, text: str, by: User) -> AccessibilityReport:
    """Notes the answer, and mails it where there is an address. Raises Answered when there is one already."""
    report = lock(report)
    if report.answered_at:
        raise Answered(report)
    report.answer, report.by, report.answered_at = text, by, timezone.now()
    report.save(update_fields=["answer", "by", "answered_at"])
    mails.answered(report)
    return report


def lock(report: AccessibilityReport) -> AccessibilityReport:
    """The fresh row, locked until the end of the transaction."""
    return AccessibilityReport.objects.select_for_update().get(pk=report.pk)


def _due(days: int) -> datetime:
    """The last moment of the day that lies so many days ahead, in local time."""
    day = timezone.localdate() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


def _new_reference() -> str:
    while True:
        reference = references.new(timezone.localdate().year, prefix="BF")
        if not AccessibilityReport.objects.filter(reference=reference).exists():
            return reference
