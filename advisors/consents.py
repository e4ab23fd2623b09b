"""The consent register, and its only writer.

Everything that asks for a consent asks this table at that moment: a withdrawal works at once, everywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.turns import take_turn

from .models import Advisor, Consent, ConsentText, Purpose


@dataclass(frozen=True)
class Effect:
    """What depends on a consent, in words for the person."""

    given: str | Promise
    missing: str | Promise
    withdrawn: str | Promise


EFFECTS = {
    Purpose.MATCHING: Effect(
        _("Wir schlagen Sie für passende Anfragen vor und senden Ihnen Angebote."),
        _("Wir schlagen Sie für keine Anfrage vor. Ihre persönliche Seite können Sie trotzdem nutzen."),
        _(
            "Ab sofort schlägt Sie niemand mehr vor. Angebote, die Sie noch nicht beantwortet haben, werden "
            "geschlossen; die Koordination erfährt es. Einsätze, die Sie zugesagt haben, bleiben bestehen, "
            "bis Sie sie absagen."
        ),
    ),
    Purpose.SHOWN: Effect(
        _("Eine Kommune sieht Ihren Namen, sobald Sie ihr zugesagt haben."),
        _("Die Kommune erfährt nur, dass jemand zugesagt hat. Sie stellen sich ihr selbst vor."),
        _(
            "Ab sofort steht Ihr Name nicht mehr auf den Statusseiten der Kommunen. E-Mails, die schon verschickt "
            "sind, können wir nicht zurückholen."
        ),
    ),
    Purpose.PUBLIC: Effect(
        _("Ihr Profil steht auf unserer öffentlichen Seite mit den Berater*innen."),
        _("Es gibt kein öffentliches Profil von Ihnen. Für die Vermittlung ist es nicht nötig."),
        _(
            "Ihr öffentliches Profil verschwindet sofort von unseren Seiten. Was andere oder Suchmaschinen gespeichert "
            "haben, können wir nicht löschen."
        ),
    ),
}


@dataclass(frozen=True)
class Asked:
    """One of the three, as it stands for a person."""

    purpose: Purpose
    text: ConsentText
    """The words that they would agree to now."""
    consent: Consent | None = None
    """The one that holds."""

    @property
    def effect(self) -> Effect:
        return EFFECTS[self.purpose]

    @property
    def is_outdated(self) -> bool:
        return self.consent is not None and self.consent.text_id != self.text.pk


def asked(advisor: Advisor | None = None) -> list[Asked]:
    """The three in their order. A purpose without words is not asked for."""
    standing: Iterable[Consent] = advisor.consents.standing().select_related("text", "by") if advisor else ()
    held = {consent.purpose: consent for consent in standing}
    texts = {text.purpose: text for text in ConsentText.objects.order_by("version")}
    return [Asked(purpose, texts[purpose], held.get(purpose)) for purpose in Purpose if purpose in texts]


def current_text(purpose: Purpose) -> ConsentText | None:
    """The words that somebody would agree to now."""
    return ConsentText.objects.filter(purpose=purpose).order_by("-version").first()


@transaction.atomic
def give(advisor: Advisor, purpose: Purpose, *, text: ConsentText, by: User | None = None) -> Consent:
    """Keeps that the person agrees to these words; `by`: who at the desk was told so, nobody where it was the link.

    Giving it again changes nothing; agreeing to new words ends the consent to the old ones at the same moment.
    Raises Refused for words that are no longer the current ones.
    """
    advisor = Advisor.objects.select_for_update().get(pk=advisor.pk)
    standing = advisor.consents.standing().filter(purpose=purpose).first()
    if standing and standing.text_id == text.pk:
        return standing
    if text != current_text(purpose):
        raise Refused(gettext("Der Wortlaut hat sich inzwischen geändert. Bitte lesen Sie ihn noch einmal."))
    now = timezone.now()
    if standing:
        _end(standing, now, by)
    return Consent.objects.create(advisor=advisor, purpose=purpose, text=text, given_at=now, way=_way(by), by=by)


@transaction.atomic
def withdraw(advisor: Advisor, purpose: Purpose, *, by: User | None = None) -> bool:
    """Ends a consent at once; returns whether one stood. What follows from it is `advisors.pool`'s to do."""
    advisor = Advisor.objects.select_for_update().get(pk=advisor.pk)
    standing = advisor.consents.standing().filter(purpose=purpose).first()
    if standing:
        _end(standing, timezone.now(), by)
    return standing is not None


def _end(consent: Consent, now: datetime, by: User | None) -> None:
    consent.withdrawn_at, consent.withdrawn_way, consent.withdrawn_by = now, _way(by), by
    consent.save(update_fields=["withdrawn_at", "withdrawn_way", "withdrawn_by"])


def _way(by: User | None) -> Consent.Way:
    return Consent.Way.DESK if by else Consent.Way.LINK


@transaction.atomic
def reword(purpose: Purpose, *, text: str, text_en: str = "", by: User | None = None) -> ConsentText:
    """Writes another version of the words. Who has agreed to an earlier one has agreed to that one."""
    take_turn("consents.reword", purpose)
    current = current_text(purpose)
    if current and (current.text, current.text_en) == (text, text_en):
        return current
    version = current.version + 1 if current else 1
    return ConsentText.objects.create(purpose=purpose, version=version, text=text, text_en=text_en, by=by)
