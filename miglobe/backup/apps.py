from django.apps import AppConfig


class BackupConfig(AppConfig):
    """Everything in one sealed file, and back again. It has no tables."""

    name = "miglobe.backup"
    label = "backup"
    verbose_name = "Sicherung"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (registers itself)
