from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from miglobe.demo import play
from requests.models import Municipality


class Command(BaseCommand):
    help = "Lädt erfundene Daten für die Vorführung. Wo es schon Daten gibt, ändert es nichts."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Erfundene Daten kommen nur in die Vorführung: Bitte setzen Sie dafür DEMO=1.")
        if not play.is_needed():
            self.stdout.write("Es gibt schon Organisationen oder Anfragen; es bleibt alles, wie es ist.")
            return
        if not Municipality.objects.exists():
            raise CommandError("Es fehlen die Kommunen: Bitte rufen Sie zuerst `manage.py load_data` auf.")
        self.stdout.write(_table(play.load()))


def _table(logins: list[play.Login]) -> str:
    rows = [("Rolle", "Organisation", "Name", "E-Mail-Adresse", "Passwort")]
    rows += [
        (login.role, str(login.user.organisation), str(login.user), login.user.email, login.password)
        for login in logins
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join(
        (
            "",
            "Die erfundenen Daten sind geladen. Anmelden können sich unter /admin/:",
            "",
            lines[0],
            rule,
            *lines[1:],
            "",
            "Die Passwörter stehen nur hier. Bitte notieren Sie eines davon.",
            "",
        )
    )
