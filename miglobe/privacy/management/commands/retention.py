from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from miglobe.history.context import of_command
from miglobe.privacy import registry, retention


class Command(BaseCommand):
    help = "Löscht und anonymisiert, was seine Frist überschritten hat. Der Worker tut es jede Nacht."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="nur zeigen, was fällig ist; nichts ändern")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            self._preview()
        else:
            self._run()

    def _preview(self) -> None:
        for due in retention.preview(timezone.now()):
            self._line(due.rule, due.number)
        self.stdout.write("Das war eine Vorschau; geändert wurde nichts.")

    @of_command("retention")
    def _run(self) -> None:
        try:
            protocol = retention.run(timezone.now())
        except retention.NotFollowed as error:
            raise CommandError(f"Nicht gelungen: {error}. Das Übrige ist getan; siehe das Protokoll.") from error
        rules = {rule.name: rule for rule in registry.rules()}
        for count in protocol.counts.all():
            self._line(rules[count.rule], count.number)
        self.stdout.write("Fertig. Das Protokoll steht am Schreibtisch unter „Löschläufe“.")

    def _line(self, rule: registry.Rule, number: int) -> None:
        self.stdout.write(f"{number:>6}  {rule.what}: {rule.how.value} ({retention.period(rule)})")
