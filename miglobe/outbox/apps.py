from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "miglobe.outbox"
    label = "outbox"
    verbose_name = "Postausgang"

    def ready(self) -> None:
        from . import mails, suppression

        mails.register()
        suppression.register()
