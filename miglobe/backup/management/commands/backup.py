import signal
import sys
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from miglobe.backup import making
from miglobe.errors import Refused


class Command(BaseCommand):
    help = "Sichert Datenbank und Anlagen in eine verschlüsselte Datei in BACKUP_DIR."

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _end)
        try:
            made = making.back_up()
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        manifest = made.manifest
        self.stdout.write(
            f"{made.path} ({filesizeformat(made.size)}): Tabellen: {len(manifest.rows)}, "
            f"Zeilen: {manifest.number_of_rows}, Anlagen: {manifest.number_of_files}.\n"
            f"Zurückgelesen und verglichen, SHA-256 {made.sha256}."
        )
        if made.removed:
            self.stdout.write(f"Ältere gelöscht: {', '.join(made.removed)}.")
        if manifest.missing:
            raise CommandError(
                f"Anlagen, die schon vorher auf der Platte fehlten: {', '.join(manifest.missing)}. "
                "Die Sicherung enthält alles andere."
            )


def _end(number: int, frame: FrameType | None) -> None:
    """By an exception, so that nothing half done stays."""
    sys.exit(128 + number)
