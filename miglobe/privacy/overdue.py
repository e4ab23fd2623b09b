"""Whether the periods are followed, for whoever keeps the portal running."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from miglobe.watch import findings
from miglobe.watch.findings import Check, Finding, fine, unknown, wrong

from .models import RetentionRun

LATE = timedelta(hours=26)  # it runs every night
LONG = timedelta(hours=1)


def look() -> Finding:
    newest, now = RetentionRun.objects.order_by("-started_at", "-pk").first(), timezone.now()
    if newest is None:
        nothing = "Es gab noch keinen Löschlauf."
        return unknown(nothing) if settings.DEMO else wrong(nothing)
    begun = f"{timezone.localtime(newest.started_at):%d.%m.%Y %H:%M} Uhr"
    if newest.started_at < now - LATE:
        return wrong(f"Der letzte Löschlauf war am {begun}.")
    if newest.failed:
        return wrong(f"Der Löschlauf vom {begun} konnte nicht alle Regeln befolgen; welche, steht im Protokoll.")
    if newest.finished_at is None and newest.started_at < now - LONG:
        return wrong(f"Der Löschlauf vom {begun} ist nicht zu Ende gekommen.")
    return fine(f"Der letzte Löschlauf war am {begun}.")


def register() -> None:
    findings.register(Check(name="retention", label="Löschfristen", look=look))
