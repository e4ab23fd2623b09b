"""Our mails as the desk knows them: when each goes out, what its placeholders mean, and a real report to show it."""

from miglobe.outbox import kinds, texts
from miglobe.outbox.kinds import Kind
from miglobe.outbox.models import Audience
from miglobe.outbox.texts import Placeholder

from . import mails
from .models import AccessibilityReport

PIECES = (
    Placeholder("Gemeldet am", "{{ report.received_at|day }}", "Datum der Meldung"),
    Placeholder("Antwort fällig", "{{ report.due_at|weekday }}", "Wochentag und Datum"),
    Placeholder("Antwort auf die Meldung", "{{ report.answer }}", "was die Koordination geantwortet hat", True),
)


def newest(reference: str) -> AccessibilityReport | None:
    reports = AccessibilityReport.objects.exclude(email="")
    return (reports.filter(reference=reference) if reference else reports).order_by("-pk").first()


def _answered(report: AccessibilityReport) -> None:
    report.answer = report.answer or "Hier steht Ihre Antwort."
    mails.answered(report)


KINDS = (
    Kind(
        template="pages/barrier_received",
        audience=Audience.REPORTER,
        event="Barriere gemeldet",
        when="Gleich nach der Meldung, wenn die Person eine Adresse genannt hat. Sagt nichts von dem, was sie schrieb.",
        example=newest,
        owe=mails.thanked,
        by_anybody=True,
    ),
    Kind(
        template="pages/barrier_answered",
        audience=Audience.REPORTER,
        event="Meldung beantwortet",
        when="Wenn die Koordination die Meldung beantwortet.",
        example=newest,
        owe=_answered,
    ),
    Kind(
        template="pages/barrier_desk",
        audience=Audience.DESK,
        event="Eine Barriere wurde gemeldet",
        when="Wenn jemand eine Barriere meldet; geht an alle Organisationen.",
        example=newest,
        owe=mails.told_the_desk,
    ),
)


def register() -> None:
    texts.register(*PIECES)
    kinds.register(*KINDS)
