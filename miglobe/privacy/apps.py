from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PrivacyConfig(AppConfig):
    name = "miglobe.privacy"
    label = "privacy"
    verbose_name = "Datenschutz"

    def ready(self) -> None:
        from . import asking, below, mail_texts

        below.register()
        asking.register()
        mail_texts.register()
        autodiscover_modules("privacy")  # the apps above say it of themselves
