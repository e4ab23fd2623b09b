from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from miglobe.accounts import people
from miglobe.errors import Refused
from miglobe.history.context import of_command
from miglobe.links import absolute


class Command(BaseCommand):
    help = "Lädt die erste Person ein, die das Portal verwaltet. Ihr Passwort wählt sie selbst."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="E-MAIL-ADRESSE")

    @of_command("create_administrator")
    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            validate_email(email)
            person = people.create_administrator(email)
        except ValidationError:
            raise CommandError("Das ist keine E-Mail-Adresse.") from None
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        days = settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
        self.stdout.write(
            f"""
Der Zugang für {person.email} ist angelegt. So geht es weiter:

1. Diesen Link öffnen und ein Passwort festlegen. Er gilt {days} Tage und einmal; er geht auch als E-Mail hinaus.
   {people.password_link(person)}
2. Anmelden: {absolute(settings.LOGIN_URL)}{_second_factor()}
3. Am Schreibtisch unter „Angaben zum Portal“ und „Organisationen“ eintragen, wer das Portal betreibt.
4. Unter „Personen mit Zugang“ alle weiteren Personen anlegen; sie bekommen ihre Einladung als E-Mail.

Ist der Link abgelaufen, rufen Sie diesen Befehl noch einmal auf.
"""
        )


def _second_factor() -> str:
    if not settings.SECOND_FACTOR:
        return ""
    return "\n   Dabei richten Sie den zweiten Faktor ein: eine App für Codes oder einen Passkey."
