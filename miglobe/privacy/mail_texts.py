"""Our mails as the desk knows them: when each goes out, what its placeholders mean, and a real row to show it."""

from collections.abc import Callable

from miglobe.outbox import kinds, texts
from miglobe.outbox.kinds import Kind
from miglobe.outbox.models import Audience
from miglobe.outbox.texts import Condition, Placeholder

from . import own_mails
from .models import DataRequest

PIECES = (
    Placeholder("Link gilt bis", "{{ asked.valid_until|weekday }}", "Wochentag und Datum"),
    Placeholder("Antwort auf den Löschantrag bis", "{{ asked.due_at|weekday }}", "Wochentag und Datum"),
    Placeholder("Grund der Ablehnung", "{{ reason }}", "was die Leitung geschrieben hat", True),
    Placeholder("Was gespeichert bleibt", "{{ stays }}", "eine Zeile für jedes, mit dem Grund", True),
    Condition("etwas gespeichert bleibt", "stays"),
)


def _newest(reference: str) -> DataRequest | None:
    return None if reference else DataRequest.objects.order_by("-pk").first()


def _kind(
    event: str,
    heading: str,
    when: str,
    owe: Callable[[DataRequest], object],
    *,
    audience: Audience = Audience.PERSON,
    by_anybody: bool = False,
) -> Kind:
    return Kind(
        template=f"privacy/{event}",
        audience=audience,
        event=heading,
        when=when,
        example=_newest,
        owe=owe,
        by_anybody=by_anybody,
    )


def _with_due_date(owe: Callable[[DataRequest], object]) -> Callable[[DataRequest], object]:
    """For the example, which may be of somebody who has only asked what we hold."""

    def owe_it(asked: DataRequest) -> None:
        asked.due_at = asked.due_at or asked.valid_until
        owe(asked)

    return owe_it


KINDS = (
    _kind(
        "link_sent",
        "Nach den eigenen Daten gefragt",
        "Wenn jemand auf der Seite „Meine Daten“ eine Adresse angibt, zu der wir etwas gespeichert haben.",
        own_mails.link_sent,
        by_anybody=True,
    ),
    _kind(
        "nothing_held",
        "Nach den eigenen Daten gefragt, nichts gespeichert",
        "Wenn jemand auf der Seite „Meine Daten“ eine Adresse angibt, zu der wir nichts gespeichert haben.",
        own_mails.nothing_held,
        by_anybody=True,
    ),
    _kind(
        "erasure_received",
        "Löschung verlangt",
        "Gleich nachdem eine Person die Löschung ihrer Daten verlangt hat.",
        _with_due_date(own_mails.erasure_received),
    ),
    _kind(
        "erased",
        "Daten gelöscht",
        "Wenn die Leitung die Daten einer Person gelöscht hat. Nach dem Versand wird auch diese E-Mail gelöscht.",
        lambda asked: own_mails.erased(asked, stays=["Anfragen: 1. Die Anfrage läuft noch."]),
    ),
    _kind(
        "erasure_declined",
        "Löschung abgelehnt",
        "Wenn die Leitung eine verlangte Löschung ablehnt.",
        lambda asked: own_mails.erasure_declined(asked, reason="Hier steht der Grund."),
    ),
    _kind(
        "erasure_asked_desk",
        "Eine Löschung wurde verlangt",
        "Wenn eine Person die Löschung ihrer Daten verlangt; geht an alle Organisationen.",
        _with_due_date(own_mails.told_the_desk),
        audience=Audience.DESK,
    ),
)


def register() -> None:
    texts.register(*PIECES)
    kinds.register(*KINDS)
