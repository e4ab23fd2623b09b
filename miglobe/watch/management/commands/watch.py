import sys
from typing import Any

from django.core.management.base import BaseCommand

from miglobe.watch import findings


class Command(BaseCommand):
    help = "Prüft alles und nennt, was nicht in Ordnung ist; dann ist der Rückgabewert 1. Verschickt nichts."

    def handle(self, *args: Any, **options: Any) -> None:
        found = findings.look()
        for check, finding in found.items():
            if finding.is_wrong or options["verbosity"] > 1:
                self.stdout.write(f"{check.label}: {finding.words}")
        if any(finding.is_wrong for finding in found.values()):
            sys.exit(1)
