from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "miglobe.pages"
    label = "pages"
    verbose_name = "Seiten"
