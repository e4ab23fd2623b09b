import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from miglobe.backup import postgres, restoring, seal
from miglobe.backup.archive import Manifest
from miglobe.errors import Refused

CONFIRMATION = "ersetzen"


class Command(BaseCommand):
    help = "Prüft eine Sicherung (--check) oder spielt sie zurück."
    requires_system_checks: list[str] = []  # they may ask a database that is empty

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="SICHERUNG")
        parser.add_argument(
            "--identity", required=True, metavar="DATEI", help="der geheime Schlüssel; - liest ihn aus der Eingabe"
        )
        parser.add_argument("--check", action="store_true", help="öffnet und vergleicht alles, ändert nichts")
        parser.add_argument("--replace", action="store_true", help="ersetzt, was die Datenbank enthält")
        parser.add_argument("--yes", action="store_true", help="fragt vor dem Ersetzen nicht nach")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.work(options["file"], _key(options["identity"]), options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None

    def work(self, path: Path, key: Any, options: dict[str, Any]) -> None:
        with restoring.checked(path, key) as opened:
            self.tell(opened.manifest)
            if options["check"]:
                self.stdout.write("Die Sicherung ist vollständig und unversehrt. Es hat sich nichts geändert.")
                return
            if options["replace"] and not options["yes"] and not postgres.is_empty():
                self.confirm()
            restoring.restore(opened, path, key, replace=options["replace"])
        self.stdout.write(
            "Zurückgespielt: Jede Tabelle hat so viele Zeilen wie in der Sicherung, und alle Anlagen sind da.\n"
            f"E-Mails, die hinausgehen, sobald der Worker startet: {_waiting_mails()}. "
            "Was danach noch zu tun ist, steht in docs/operations.md."
        )

    def tell(self, manifest: Manifest) -> None:
        self.stdout.write(
            f"Sicherung vom {timezone.localtime(manifest.moment):%d.%m.%Y, %H:%M:%S} Uhr, Portal {manifest.portal}, "
            f"PostgreSQL {manifest.postgres}: Tabellen: {len(manifest.rows)}, Zeilen: {manifest.number_of_rows}, "
            f"Anlagen: {manifest.number_of_files}."
        )
        if manifest.missing:
            self.stdout.write(f"Schon beim Sichern fehlten Anlagen: {', '.join(manifest.missing)}.")

    def confirm(self) -> None:
        name = connection.settings_dict["NAME"]
        self.stdout.write(f"Die Datenbank {name} ist nicht leer. Alles, was sie enthält, wird ersetzt.")
        try:
            typed = input(f"Zum Fortfahren „{CONFIRMATION}“ eintippen: ")
        except EOFError:  # the key came this way, or nobody is there
            raise CommandError("Niemand kann hier antworten. Mit --yes geht es ohne Nachfrage.") from None
        if typed.strip() != CONFIRMATION:
            raise CommandError("Abgebrochen. Es hat sich nichts geändert.")


def _key(name: str) -> Any:
    try:
        return seal.private_key(sys.stdin.read() if name == "-" else Path(name).read_text())
    except (OSError, UnicodeDecodeError):
        raise Refused(f"Der geheime Schlüssel {name} lässt sich nicht lesen.") from None


def _waiting_mails() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM outbox_mail WHERE state = 'queued'")
        number: int = cursor.fetchone()[0]
    return number
