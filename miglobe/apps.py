from django.apps import AppConfig


class MiglobeConfig(AppConfig):
    """What every app stands on; it has no tables, only the system checks."""

    name = "miglobe"
    label = "miglobe"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (registers itself)
