"""What we write to whoever keeps the portal running."""

from django.conf import settings

from miglobe import links
from miglobe.outbox import kinds, outbox, texts
from miglobe.outbox.kinds import Kind
from miglobe.outbox.models import Audience
from miglobe.outbox.texts import Placeholder

Troubles = list[tuple[str, str]]
"""What was looked at, and what is wrong with it."""
EXAMPLE: Troubles = [("Sicherung", "Die neueste Sicherung ist vom 03.11.2026 02:30 Uhr.")]


def trouble_found(troubles: Troubles) -> None:
    listed = "\n".join(f"- {label}: {words}" for label, words in troubles)
    outbox.queue("watch/trouble_found", to=settings.WATCH_MAIL, links={"link": ("watch.state", "")}, troubles=listed)


def register() -> None:
    texts.register(Placeholder("Was nicht in Ordnung ist", "{{ troubles }}", "eine Liste, eine Zeile je Prüfung", True))
    outbox.register_link("watch.state", lambda key, to: links.absolute("admin:jobs"))
    kinds.register(
        Kind(
            template="watch/trouble_found",
            audience=Audience.DESK,
            event="Etwas ist nicht in Ordnung",
            when="Morgens an die Technik (WATCH_MAIL), aber nur, wenn die tägliche Prüfung etwas gefunden hat.",
            example=lambda reference: None if reference else EXAMPLE,
            owe=trouble_found,
        )
    )
