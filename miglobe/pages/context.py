from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .models import Portal


def portal(request: HttpRequest) -> dict[str, object]:
    """What every page may show: who runs the portal, its deadlines, and whether this is the demonstration."""
    return {
        "portal": SimpleLazyObject(Portal.current),
        "portal_is_demo": settings.DEMO,
        "first_contact_workdays": settings.FIRST_CONTACT_WORKDAYS,
        "offer_workdays": settings.OFFER_WORKDAYS,
        "draft_days": settings.DRAFT_DAYS,
        "unconfirmed_days": settings.UNCONFIRMED_DAYS,
        "candidacy_days": settings.CANDIDACY_DAYS,
    }
