from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "requests"
    label = "requests"
    verbose_name = "Anfragen"

    def ready(self) -> None:
        from . import access, addresses, links, mail_texts

        links.register()
        access.register()
        mail_texts.register()
        addresses.register()
