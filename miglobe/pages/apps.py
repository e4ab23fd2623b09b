from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "miglobe.pages"
    label = "pages"
    verbose_name = "Seiten"

    def ready(self) -> None:
        from . import checks, mail_texts, mails  # noqa: F401  (checks register themselves)

        mails.register()
        mail_texts.register()
