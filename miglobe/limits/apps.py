from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "miglobe.limits"
    label = "limits"
    verbose_name = "Grenzen"
