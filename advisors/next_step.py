"""The next step of a case where team and appointments tell more than its state does."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from requests.models import ConsultationRequest, State

from .models import Appointment, DateProposal, Offer

CASE = "admin:requests_consultationrequest"
Step = dict[str, Any]
"""As `requests.desk.primary` has it, with `words` for what is to be done, and `other` where there are two ways."""


def of_team(
    consultation: ConsultationRequest,
    offers: Iterable[Offer],
    appointments: Iterable[Appointment],
    proposals: Iterable[DateProposal],
) -> Step | None:
    """What the page offers first; None where `requests.desk.primary` knows best.

    The caller has seen to it that somebody is responsible and the municipality has its answer.
    """
    if consultation.state == State.SEARCHING:
        return _with_dates(_searching(consultation, list(offers)), appointments)
    if consultation.state not in (State.STAFFED, State.RUNNING):
        return None
    standing = [one for one in appointments if one.state != Appointment.State.CANCELLED]
    over = next(
        (one for one in standing if one.state == Appointment.State.ARRANGED and one.ends_at < timezone.now()), None
    )
    if over:
        address = reverse(f"{CASE}_appointment", args=[consultation.pk, over.pk, "record"])
        return _step("Ergebnis des Termins festhalten", "Ergebnis festhalten", address)
    if consultation.state == State.STAFFED and not standing:
        return _first_appointment(consultation, [proposal.state for proposal in proposals])
    if consultation.state == State.STAFFED and all(one.is_over for one in standing):
        return _decision(consultation)
    return None


def _decision(consultation: ConsultationRequest) -> Step:
    """After the Dialogforum: both ways side by side. To need nothing more is a regular end."""
    start, close = (reverse(f"{CASE}_move", args=[consultation.pk, move]) for move in ("start", "close"))
    words = "Entscheiden: Beratung mit Zielen und Tagen beginnen, oder ohne weiteren Bedarf abschließen"
    ends = f"{close}?outcome={ConsultationRequest.Outcome.DIALOGUE}"
    other = {"label": "Kein weiterer Bedarf", "url": ends}
    return _step(words, "Beratung beginnen", start) | {"name": "start", "other": other}


def _first_appointment(consultation: ConsultationRequest, proposed: list[str]) -> Step:
    """`proposed`: what has become of dates to choose from, the latest last."""
    if DateProposal.State.OPEN in proposed:
        return _step("Antwort auf Terminvorschläge abwarten", "Zu den Terminen", "#termine")
    if proposed and proposed[-1] == DateProposal.State.NONE_FITS:
        address = reverse(f"{CASE}_propose_dates", args=[consultation.pk])
        return _step("Neue Termine vorschlagen", "Termine vorschlagen", address)
    return _step("Dialogforum vereinbaren", "Termin vereinbaren", reverse(f"{CASE}_arrange", args=[consultation.pk]))


def _searching(consultation: ConsultationRequest, offers: Sequence[Offer]) -> Step:
    states = Counter(offer.state for offer in offers)
    if states[Offer.State.PROPOSED]:
        return _step("Vorgemerkte anfragen", "Angebote senden", reverse(f"{CASE}_send", args=[consultation.pk]))
    if states[Offer.State.ACCEPTED] + states[Offer.State.SENT] >= consultation.team_size:
        return _step("Antworten der Berater*innen abwarten", "Zum Team", "#team")
    if states[Offer.State.RESERVE]:
        first = min((offer for offer in offers if offer.state == Offer.State.RESERVE), key=lambda offer: offer.rank)
        address = reverse(f"{CASE}_release_offer", args=[consultation.pk, first.pk])
        return _step("Ein Platz ist frei, Ersatz steht bereit", "Ersatz anfragen", address)
    return _step("Berater*innen auswählen und anfragen", "Team zusammenstellen", "#team")


def _with_dates(step: Step, appointments: Iterable[Appointment]) -> Step:
    """Somebody has dropped out, and what was arranged with the municipality stands: whether it holds, the desk says."""
    now = timezone.now()
    ahead = [one for one in appointments if one.state == Appointment.State.ARRANGED and one.ends_at > now]
    if not ahead:
        return step
    day = date_format(timezone.localtime(min(one.starts_at for one in ahead)), "j. F")
    return step | {"words": f"{step['words']}. Am {day} steht ein Termin: bitte klären, ob er gehalten werden kann"}


def _step(words: str, label: str, url: str) -> Step:
    return {"name": "", "words": words, "label": label, "url": url}
