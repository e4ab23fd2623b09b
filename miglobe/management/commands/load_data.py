from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from advisors import reference as advisors
from miglobe.accounts import second_factor
from miglobe.desk import roles
from miglobe.history.context import of_command
from miglobe.pages import editing
from requests import reference as requests


class Command(BaseCommand):
    help = "Lädt Kommunen, Auswahllisten, Rollen und Seiten. Ein zweiter Lauf ändert nichts."

    @of_command("load_data")
    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        requests.load()
        advisors.load()
        roles.load()
        second_factor.renew_encryption()
        editing.load()
