"""The consent register, and its only writer.

Everything that asks for a consent asks this table at that moment: a withdrawal works at once, everywhere.
"""

from django.db import transaction
from django.utils import timezone

from miglobe.accounts.models import User
from miglobe.errors import Refused

from .models import Advisor, Consent, ConsentText, Purpose


def current_text(purpose: Purpose) -> ConsentText | None:
    """The words that somebody would agree to now."""
    return ConsentText.objects.filter(purpose=purpose).order_by("-version").first()


@transaction.atomic
def give(advisor: Advisor, purpose: Purpose, *, text: ConsentText, by: User | None = None) -> Consent:
    """Keeps that the person agrees to these words; `by`: who at the desk was told so, nobody where it was the link.

    Giving it again changes nothing. Raises Refused for words that are no longer the current ones.
    """
    advisor = Advisor.objects.select_for_update().get(pk=advisor.pk)
    standing = advisor.consents.standing().filter(purpose=purpose).first()
    if standing:
        return standing
    if text != current_text(purpose):
        raise Refused("Der Wortlaut hat sich inzwischen geändert. Bitte lesen Sie ihn noch einmal.")
    return Consent.objects.create(advisor=advisor, purpose=purpose, text=text, way=_way(by), by=by)


@transaction.atomic
def withdraw(advisor: Advisor, purpose: Purpose, *, by: User | None = None) -> None:
    """Ends a consent at once. Without a standing one nothing changes."""
    advisor = Advisor.objects.select_for_update().get(pk=advisor.pk)
    for consent in advisor.consents.standing().filter(purpose=purpose):
        consent.withdrawn_at, consent.withdrawn_way, consent.withdrawn_by = timezone.now(), _way(by), by
        consent.save(update_fields=["withdrawn_at", "withdrawn_way", "withdrawn_by"])


def _way(by: User | None) -> Consent.Way:
    return Consent.Way.DESK if by else Consent.Way.LINK
