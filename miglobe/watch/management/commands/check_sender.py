import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from miglobe.watch import sender
from miglobe.watch.findings import State

MARKS = {State.OK: "in Ordnung", State.FAILED: "FEHLT", State.UNKNOWN: "unklar"}


class Command(BaseCommand):
    help = "Prüft SPF, DKIM und DMARC der Domain, von der das Portal schreibt."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", nargs="?", help="statt der aus MAIL_FROM")

    def handle(self, *args: Any, **options: Any) -> None:
        found = sender.parts(options["domain"] or sender.domain())
        for name, finding in found.items():
            self.stdout.write(f"{name:5} {MARKS[finding.state]}: {finding.words}")
        if any(finding.is_wrong for finding in found.values()):
            sys.exit(1)
