"""What became of it: months after the end the municipality is asked once, by mail, and answers on a page of its own."""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.months import months_before
from miglobe.periodic import safely
from requests import workflow
from requests.models import ConsultationRequest, State

from . import mails, results
from .models import FollowUp

TOO_LATE = 3  # months later nobody is asked any more, as after the first start of the portal


def ask_due(now: datetime) -> int:
    """Asks the municipality of every case that ended so many months ago. Returns how many."""
    months = settings.FOLLOW_UP_MONTHS
    due = ConsultationRequest.objects.filter(
        state=State.CLOSED,
        outcome__in=mails.MET,
        state_since__lte=months_before(now, months),
        state_since__gte=months_before(now, months + TOO_LATE),
        follow_up=None,
        anonymised_at=None,
    )
    return sum(safely(partial(_ask, case), f"Nachfrage zu {case.pk}") for case in due)


def _ask(consultation: ConsultationRequest) -> bool:
    consultation = workflow.lock(consultation)
    if consultation.state != State.CLOSED or FollowUp.objects.filter(consultation=consultation).exists():
        return False
    FollowUp.objects.create(consultation=consultation)
    mails.follow_up_asked(consultation)
    return True


@transaction.atomic
def answer(consultation: ConsultationRequest, *, extent: int, done: str, hindered: str, by: User | None = None) -> None:
    """What was put into practice. `by`: who at the desk was told so; else the municipality, once it was asked.

    It may be corrected, by the municipality for some days. Raises Refused.
    """
    consultation = workflow.lock(consultation)
    found = FollowUp.objects.filter(consultation=consultation).first()
    given = {"extent": extent, "done": done, "hindered": hindered}
    if found and all(getattr(found, name) == value for name, value in given.items()):
        return
    if by is None and not may_answer(found):
        raise Refused(gettext("Ihre Antwort lässt sich hier nicht mehr ändern."))
    if by and consultation.state != State.CLOSED:
        raise Refused("Gefragt wird, was nach dem Ende der Beratung daraus geworden ist.")
    found = found or FollowUp(consultation=consultation)
    for name, value in given.items():
        setattr(found, name, value)
    found.answered_at, found.by = timezone.now(), by
    found.save()


def may_answer(follow_up: FollowUp | None) -> bool:
    """Whether the municipality may answer, or still change its answer."""
    if follow_up is None:
        return False
    return follow_up.answered_at is None or results.may_change(follow_up.answered_at)
