from django.apps import AppConfig


class AdvisorsConfig(AppConfig):
    name = "advisors"
    label = "advisors"
    verbose_name = "Berater*innen"

    def ready(self) -> None:
        from . import access, addresses, links, mail_texts

        links.register()
        access.register()
        mail_texts.register()
        addresses.register()
