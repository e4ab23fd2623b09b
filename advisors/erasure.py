"""What of the pool goes when somebody wants to be forgotten, and what stays, and why (Art. 17 GDPR)."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from miglobe.outbox.models import Mail
from miglobe.privacy import holds, mails
from miglobe.privacy.registry import Effect, How
from miglobe.privacy.scrubbing import everywhere, pattern

from . import forgetting, known_as
from .models import Advisor, Candidacy, Offer, WorkRecord


def find(email: str) -> Advisor | None:
    return Advisor.objects.filter(email__iexact=email, anonymised_at=None).first()


def effects(email: str) -> list[Effect]:
    advisor = find(email)
    if advisor is None:
        return [
            Effect(_("Bewerbungen und Einladungen"), _candidacies(email).count(), How.DELETE),
            Effect(_("E-Mails an diese Adresse als Berater*in"), _mails([email]).count(), How.DELETE),
        ]
    if why := _stays(advisor):
        return [Effect(_("Profil als Berater*in"), 1, None, why)]
    waiting = advisor.offers.filter(state__in=(*Offer.UNSENT, Offer.State.SENT))
    worked = advisor.offers.exclude(state__in=Offer.UNSENT).exists()
    return [
        Effect(
            _("Profil als Berater*in mit Einwilligungen, Kenntnissen, Pausen und Lesevermerken"),
            1,
            How.ANONYMISE if worked else How.DELETE,
            _("Eine leere Zeile bleibt, an der die Einsätze hängen.") if worked else "",
        ),
        Effect(_("Bewerbungen und Einladungen"), forgetting.candidacies_of(advisor).count(), How.DELETE),
        Effect(
            _("Angebote ohne Antwort"),
            waiting.count(),
            How.DELETE,
            _("Sie werden zurückgezogen; die Koordination erfährt es."),
        ),
        Effect(
            _("E-Mails an diese Adresse als Berater*in"), _mails(known_as.of(advisor).addresses).count(), How.DELETE
        ),
        Effect(
            _("Leistungsnachweise"),
            WorkRecord.objects.filter(offer__advisor=advisor).count(),
            None,
            _("Belege für Honorare werden fünf Jahre aufbewahrt, ohne den Namen."),
        ),
    ]


def erase(email: str) -> None:
    advisor = find(email)
    if advisor is None:
        candidacies = list(_candidacies(email))
        forgetting.delete_candidacies(candidacies)
        mails.delete(_mails([email]))
        for found in candidacies:
            everywhere([pattern(name=found.name, email=email, phone=found.phone)], found.name, email)
    elif not _stays(advisor):
        known = known_as.of(advisor)
        forgetting.erase(advisor)
        everywhere(known.patterns, *known.words)


def _stays(advisor: Advisor) -> str:
    if holds.is_held(advisor):
        return _("Die Löschung ist ausgesetzt, etwa wegen eines Streits.")
    if Offer.objects.at_work().filter(advisor=advisor).exists():
        return _("Die Person hat noch Einsätze. Wenn sie abgegeben oder beendet sind, kann gelöscht werden.")
    return ""


def _candidacies(email: str) -> QuerySet[Candidacy]:
    return Candidacy.objects.filter(email__iexact=email)


def _mails(addresses: Iterable[str]) -> QuerySet[Mail]:
    return known_as.mails_to(addresses).exclude(holds.mails())
