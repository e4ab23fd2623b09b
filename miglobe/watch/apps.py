from django.apps import AppConfig


class WatchConfig(AppConfig):
    """Whether everything runs. It has no tables."""

    name = "miglobe.watch"
    label = "watch"
    verbose_name = "Technischer Zustand"

    def ready(self) -> None:
        from . import mails, portal, system  # noqa: F401  (the last registers itself)

        portal.register()
        mails.register()
