from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PrivacyConfig(AppConfig):
    name = "miglobe.privacy"
    label = "privacy"
    verbose_name = "Datenschutz"

    def ready(self) -> None:
        from . import asking, below, mail_texts, overdue

        below.register()
        asking.register()
        mail_texts.register()
        overdue.register()
        autodiscover_modules("privacy")  # the apps above say it of themselves
