from typing import Any

from django.core.management.base import BaseCommand

from miglobe.backup import seal


class Command(BaseCommand):
    help = "Macht ein Schlüsselpaar für Sicherungen und schreibt es in die Ausgabe; gespeichert wird nichts."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        private, public = seal.new_pair()
        self.stdout.write(f"# public key: {public}\n{private}")
        self.stderr.write(
            f"BACKUP_PUBLIC_KEY={public}\n"
            "Die Zeile AGE-SECRET-KEY-… öffnet alle Sicherungen: Sie gehört an zwei sichere Orte und nicht auf "
            "diesen Rechner. Geht sie verloren, öffnet niemand mehr eine Sicherung."
        )
