from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "miglobe.accounts"
    label = "accounts"
    verbose_name = "Zugänge"

    def ready(self) -> None:
        from . import mail_texts, people

        people.register()
        mail_texts.register()
