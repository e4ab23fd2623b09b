"""The personal calendar of an advisor behind a secret address: made when wanted, renewed, switched off.

Whoever has no consent to matching, or is not in the pool, has none at that moment; the address is kept meanwhile.
"""

from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from miglobe.errors import Refused

from . import calendars
from .models import Advisor, Appointment, Offer, Purpose
from .models.offers import VOID

CALLED_OFF_FOR = timedelta(days=60)  # after it was to be: calendars that ask seldom learn of it, too


@transaction.atomic
def renew(advisor: Advisor) -> Advisor:
    """Makes an address, and another one every time: the former opens nothing from now on. Raises Refused."""
    advisor = _lock(advisor)
    if not may_have(advisor):
        raise Refused(gettext("Einen Kalender gibt es nur, solange Sie im Pool sind und wir Ihre Daten nutzen dürfen."))
    return _write(advisor, uuid4())


@transaction.atomic
def close(advisor: Advisor) -> Advisor:
    """The address opens nothing from now on. Without one nothing changes."""
    return _write(_lock(advisor), None)


def find(key: UUID) -> Advisor | None:
    """Whose calendar it is; None for one that is closed for any reason."""
    advisor = Advisor.objects.filter(feed_key=key).first()
    return advisor if advisor and may_have(advisor) else None


def may_have(advisor: Advisor) -> bool:
    return advisor.active and advisor.left_at is None and advisor.consents_to(Purpose.MATCHING)


def text(advisor: Advisor) -> str:
    """What stands, and for a while what was called off, of all cases in which the person is in the team."""
    cases = Offer.objects.accepted().filter(advisor=advisor).exclude(VOID).values("consultation")
    recent = Q(ends_at__gt=timezone.now() - CALLED_OFF_FOR)
    shown = ~Q(state=Appointment.State.CANCELLED) | recent
    found = Appointment.objects.filter(shown, consultation__in=cases)
    return calendars.feed(found.select_related("consultation__municipality"))


def addresses(advisor: Advisor) -> dict[str, str]:
    """For programs that subscribe on their own, and for those in which the address is typed."""
    path = reverse("advisors:feed", kwargs={"key": advisor.feed_key})
    https = f"{settings.BASE_URL}{path}"
    return {"https": https, "webcal": f"webcal:{https.partition(':')[2]}"}


def _lock(advisor: Advisor) -> Advisor:
    return Advisor.objects.select_for_update().get(pk=advisor.pk)


def _write(advisor: Advisor, key: UUID | None) -> Advisor:
    advisor.feed_key = key
    advisor.save(update_fields=["feed_key"])
    return advisor
