from django.apps import AppConfig


class CodesConfig(AppConfig):
    name = "miglobe.codes"
    label = "codes"
    verbose_name = "Zugang mit Code"

    def ready(self) -> None:
        from . import codes

        codes.register()
