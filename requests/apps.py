from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "requests"
    label = "requests"
    verbose_name = "Anfragen"

    def ready(self) -> None:
        from . import access, links

        links.register()
        access.register()
