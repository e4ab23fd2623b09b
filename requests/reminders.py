"""What time brings: one reminder to the municipality that owes an answer, one to those of us who owe a step.

After that it is the desk's matter: its start page counts what is left. Every round may run twice at the same time.
"""

from datetime import datetime, time, timedelta
from functools import partial

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from miglobe import workdays
from miglobe.periodic import safely

from . import mails, workflow
from .models import ConsultationRequest


def remind_municipalities(now: datetime) -> int:
    """Reminds once of every question whose answer is late. Returns how many."""
    late = ConsultationRequest.objects.owing_an_answer(workdays.before(now, settings.INQUIRY_REMINDER_WORKDAYS + 1))
    return sum(safely(partial(_remind, case), f"Erinnerung zu {case.pk}") for case in late)


def _remind(consultation: ConsultationRequest) -> int:
    if workflow.lock(consultation).inquiry_reminded_at or not workflow.allows(consultation, "remind"):
        return 0
    workflow.remind(consultation)
    return 1


def remind_of_due(now: datetime) -> int:
    """Tells everybody responsible what gets due today or is overdue, once for each deadline. Returns how many cases."""
    tomorrow = timezone.make_aware(datetime.combine(timezone.localdate(now) + timedelta(days=1), time.min))
    due = ConsultationRequest.objects.due_without_reminder(before=tomorrow)
    owners = {
        (person, None) if is_active else (None, organisation)
        for person, is_active, organisation in due.order_by()
        .values_list("person", "person__is_active", "organisation")
        .distinct()
    }
    tell = partial(_tell, before=tomorrow, now=now)
    return sum(safely(partial(tell, *owner), "Erinnerung an Fristen") for owner in sorted(owners, key=_order))


def _tell(person: int | None, organisation: int | None, *, before: datetime, now: datetime) -> int:
    nobody = Q(person=None) | Q(person__is_active=False)
    whose = Q(person=person) if person else Q(organisation=organisation) & nobody
    due = ConsultationRequest.objects.due_without_reminder(before=before).filter(whose)
    locked = due.select_related("municipality", "person", "organisation").select_for_update(of=("self",)).order_by("pk")
    cases = sorted(locked, key=lambda case: (case.due_at, case.pk))  # locked as `workflow.lock_both` does: no deadlock
    if cases:
        ConsultationRequest.objects.filter(pk__in=[case.pk for case in cases]).update(due_reminded_at=now)
        mails.fell_due(cases)
    return len(cases)


def _order(owner: tuple[int | None, int | None]) -> tuple[int, int]:
    """The same for every worker: nobody waits in a circle."""
    person, organisation = owner
    return person or 0, organisation or 0
