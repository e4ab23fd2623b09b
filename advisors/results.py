"""What a consultation has brought: the team's report and the municipality's feedback. Their only writer.

Every command locks the request's row first. The triggers write down what is recorded and what is corrected. `by` is
the person at the desk, or nobody where team or municipality write themselves. Nobody is written to.
"""

from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from miglobe.accounts.models import User
from miglobe.errors import Refused
from requests import workflow
from requests.models import ConsultationRequest, State

from .models import Feedback, Report

RECORDABLE = (State.RUNNING, State.CLOSED)


@transaction.atomic
def report(
    consultation: ConsultationRequest,
    *,
    agreed: str,
    options: str,
    recommendations: str,
    days: Decimal,
    by: User | None,
) -> None:
    """What the team has agreed on with the municipality, and how long it took. May be corrected. Raises Refused."""
    given = {"agreed": agreed, "options": options, "recommendations": recommendations, "days": days}
    _write(Report, consultation, given, by)


@transaction.atomic
def feedback(
    consultation: ConsultationRequest, *, satisfaction: int, helped: str, missing: str, by: User | None
) -> None:
    """What the municipality says of it. May be corrected. Raises Refused."""
    given = {"satisfaction": satisfaction, "helped": helped, "missing": missing}
    _write(Feedback, consultation, given, by)


def merge(survivor: ConsultationRequest, *, absorbed: ConsultationRequest) -> None:
    """What there is goes on in the case that stays; the caller has locked both. Raises Refused where both have it."""
    for model in (Report, Feedback):
        if model._default_manager.filter(consultation__in=(survivor, absorbed)).count() == 2:
            what = "ein Bericht" if model is Report else "eine Rückmeldung"
            raise Refused(
                f"Zu beiden Anfragen ist {what} festgehalten; zu einer Beratung gehört nur {what}. "
                "Die Anfragen lassen sich deshalb nicht zusammenführen."
            )
        model._default_manager.filter(consultation=absorbed).update(consultation=survivor)


def _write(
    model: type[models.Model], consultation: ConsultationRequest, given: dict[str, Any], by: User | None
) -> None:
    consultation = workflow.lock(consultation)
    if consultation.state not in RECORDABLE:
        raise Refused("Bericht und Rückmeldung gehören zu einer Beratung, die läuft oder abgeschlossen ist.")
    found = model._default_manager.filter(consultation=consultation)
    if found.filter(**given).exists():
        raise Refused("So ist es schon festgehalten.")
    model._default_manager.update_or_create(
        consultation=consultation, defaults=given | {"by": by, "recorded_at": timezone.now()}
    )
