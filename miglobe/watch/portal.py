"""The checks of what every app stands on: database, worker, mails, backups, disks."""

import shutil
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Q
from django.utils import timezone

from miglobe.backup import making
from miglobe.outbox import kinds
from miglobe.outbox.models import Mail

from . import queue, sender
from .findings import Check, Finding, fine, unknown, wrong
from .findings import register as register_checks

LATE = timedelta(minutes=10)  # a job waits a second while the worker is well
LONG = timedelta(hours=1)  # no task of ours takes so long, and most mail servers are back by then
A_DAY = timedelta(hours=25)  # the daily look, with some room
FREE_SHARE, FREE_BYTES = 0.1, 1024**3
_migrated: list[bool] = []


def database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return fine("Die Datenbank antwortet.")


def migrations() -> Finding:
    """Once they have run they stay: asked again only while they have not."""
    if not _migrated:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            missing = _wanted() - set(cursor.fetchall())
        if missing:
            return wrong(f"Noch nicht gelaufene Migrationen: {len(missing)} (manage.py migrate).")
        _migrated.append(True)
    return fine("Die Tabellen sind auf dem Stand dieser Fassung.")


@cache
def _wanted() -> set[tuple[str, str]]:
    loader = MigrationLoader(None)
    return {key for key in loader.disk_migrations if key not in loader.replacements}


def worker() -> Finding:
    seen = queue.worker()
    if seen.is_alive:
        return fine("Er arbeitet.")
    since = f" seit {_time(seen.seen_at)}" if seen.seen_at else ""
    return wrong(f"Er antwortet nicht{since}. Solange er steht, geht keine E-Mail hinaus.")


def jobs() -> Finding:
    oldest, now = queue.oldest_due(), timezone.now()
    if oldest and oldest < now - LATE:
        return wrong(f"Ein Auftrag wartet seit {_time(oldest)} darauf, begonnen zu werden.")
    if stuck := queue.running_since(now - LONG):
        return wrong(f"Aufträge, die seit über einer Stunde laufen und vermutlich hängen: {stuck}.")
    return fine("Kein Auftrag wartet länger, als er soll.")


def failed_jobs() -> Finding:
    failed = queue.failed_since(timezone.now() - A_DAY)
    if failed:
        return wrong(f"Seit gestern gescheiterte Aufträge: {failed}. Warum, steht im Protokoll des Workers.")
    return fine("Seit gestern ist kein Auftrag gescheitert.")


def mails() -> Finding:
    failed = Mail.objects.failed().exclude(_perhaps_mistyped()).count()
    if failed:
        return wrong(f"Unzustellbare E-Mails, um die sich noch niemand gekümmert hat: {failed}.")
    refused = Mail.objects.filter(state=Mail.State.QUEUED, attempts__gt=0, created_at__lt=timezone.now() - LONG).count()
    if refused:
        return wrong(f"E-Mails, die der Mailserver seit über einer Stunde nicht annimmt: {refused}.")
    return fine("Alle E-Mails kommen durch.")


def _perhaps_mistyped() -> Q:
    """Of no case, to whatever address somebody has typed: that one does not exist is no trouble of ours."""
    return Q(reference="", template__in=[kind.template for kind in kinds.all_by_anybody()])


def backup() -> Finding:
    if not making.is_set_up():
        if settings.DEMO:
            return unknown("Die Vorführung wird nicht gesichert.")
        return wrong("Es ist keine Sicherung eingerichtet (BACKUP_DIR, BACKUP_PUBLIC_KEY).")
    newest = making.newest()
    if newest is None:
        return wrong("Es gibt noch keine Sicherung.")
    if newest < timezone.now() - timedelta(hours=settings.BACKUP_MAX_AGE):
        return wrong(f"Die neueste Sicherung ist vom {_time(newest)}.")
    return fine(f"Die neueste Sicherung ist vom {_time(newest)}.")


def disks() -> Finding:
    full = [f"{name} ({used.free // 1024**2} MB frei)" for name, used in spaces().items() if _is_full(used)]
    return wrong(f"Fast voll: {', '.join(full)}.") if full else fine("Auf allen Datenträgern ist Platz.")


def spaces() -> dict[str, "shutil._ntuple_diskusage"]:
    """Of the folders that we write to; what is not there yet is made in the folder above."""
    places = {"attachments": Path(settings.ATTACHMENTS_DIR)}
    if settings.BACKUP_DIR:
        places["backups"] = Path(settings.BACKUP_DIR)
    return {name: shutil.disk_usage(_present(place)) for name, place in places.items()}


def _present(place: Path) -> Path:
    return next(path for path in (place, *place.absolute().parents) if path.exists())


def _is_full(used: "shutil._ntuple_diskusage") -> bool:
    return used.free < min(used.total * FREE_SHARE, FREE_BYTES)


def _time(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%d.%m.%Y %H:%M} Uhr"


def register() -> None:
    register_checks(
        Check(name="database", label="Datenbank", look=database, is_gate=True, is_quick=True),
        Check(name="migrations", label="Migrationen", look=migrations, is_gate=True, is_quick=True),
        Check(name="worker", label="Worker", look=worker, is_quick=True),
        Check(name="queue", label="Warteschlange", look=jobs, is_quick=True),
        Check(name="mails", label="E-Mails", look=mails, is_quick=True),
        Check(name="failed_jobs", label="Gescheiterte Aufträge", look=failed_jobs),
        Check(name="backup", label="Sicherung", look=backup),
        Check(name="disks", label="Speicherplatz", look=disks),
        Check(name="sender", label="Absender (SPF, DKIM, DMARC)", look=sender.look, is_slow=True),
    )
