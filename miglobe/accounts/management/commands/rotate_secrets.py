from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from miglobe.accounts import asked, second_factor


class Command(BaseCommand):
    help = "Verschlüsselt mit dem neuen SECRET_KEY, was noch mit einem früheren verschlüsselt ist (docs/secrets.md)."

    def handle(self, *args: Any, **options: Any) -> None:
        factors, jobs = second_factor.renew_encryption(), asked.renew_encryption()
        self.stdout.write(f"Neu verschlüsselt: {factors} zweite Faktoren, {jobs} wartende Aufträge.")
        if settings.SECRET_KEY_FALLBACKS:
            self.stdout.write(
                "Verschlüsselt ist jetzt nichts mehr mit einem früheren Schlüssel. Unterschriften gibt es noch: Nehmen "
                f"Sie ihn erst nach {settings.LINK_DAYS} Tagen aus SECRET_KEY_FALLBACKS, sonst öffnen frühere Links "
                "nichts mehr. Ist der Schlüssel in falsche Hände gekommen, nehmen Sie ihn sofort heraus."
            )
