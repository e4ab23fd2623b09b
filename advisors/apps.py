from django.apps import AppConfig


class AdvisorsConfig(AppConfig):
    name = "advisors"
    label = "advisors"
    verbose_name = "Berater*innen"

    def ready(self) -> None:
        from . import access, links

        links.register()
        access.register()
