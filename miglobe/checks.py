"""System checks for what would hurt later, and only later."""

from importlib import metadata
from typing import Any

from django.core.checks import CheckMessage, Error, register


@register()
def no_distribution_shadows_the_app_requests(**kwargs: Any) -> list[CheckMessage]:
    """The app `requests` and the PyPI library of that name cannot live in one environment."""
    try:
        metadata.distribution("requests")
    except metadata.PackageNotFoundError:
        return []
    return [
        Error(
            "Die Bibliothek „requests“ ist installiert; sie und die App „requests“ schließen einander aus.",
            hint="Entfernen Sie das Paket, das sie mitbringt. Für ausgehendes HTTP dient httpx.",
            id="miglobe.E001",
        )
    ]
