"""Who has a case open just now: a hint so that two people do not answer the same municipality."""

from datetime import timedelta

from django.utils import timezone

from miglobe.accounts.models import User

from .models import ConsultationRequest, Look

KEEP = timedelta(minutes=15)
AFRESH = timedelta(minutes=1)  # how often the same person's look is written at most


def at(consultation: ConsultationRequest, *, by: User) -> list[Look]:
    """Notes that this person looks at the case, and tells who else does, the earliest first.

    Showing a page writes here, which it does nowhere else: it says nothing of the case and is forgotten at once.
    """
    now = timezone.now()
    looks = list(consultation.looks.filter(at__gt=now - KEEP).select_related("by").order_by("since", "pk"))
    own = next((look for look in looks if look.by_id == by.pk), None)
    if own is None or own.at < now - AFRESH:
        Look.objects.filter(at__lte=now - KEEP).delete()
        Look.objects.bulk_create(
            [Look(consultation=consultation, by=by, since=own.since if own else now, at=now)],
            update_conflicts=True,
            unique_fields=["consultation", "by"],
            update_fields=["at"],
        )
    return [look for look in looks if look.by_id != by.pk]


def words(looks: list[Look]) -> str:
    """One sentence for people; empty when nobody else looks."""
    people = [f"{look.by} seit {timezone.localtime(look.since):%H:%M} Uhr" for look in looks]
    return f"Zurzeit auch geöffnet von {', '.join(people)}." if people else ""
