from django.apps import AppConfig


class WatchConfig(AppConfig):
    """Whether everything runs. It has no tables."""

    name = "miglobe.watch"
    label = "watch"
    verbose_name = "Technischer Zustand"

    def ready(self) -> None:
        from . import portal

        portal.register()
