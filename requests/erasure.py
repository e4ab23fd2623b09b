"""What of requests goes when somebody wants to be forgotten, and what stays, and why (Art. 17 GDPR)."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from miglobe.errors import Refused
from miglobe.history.forgetting import forget_events
from miglobe.outbox.models import Mail
from miglobe.privacy import holds, mails
from miglobe.privacy.registry import Effect, How
from miglobe.privacy.scrubbing import everywhere, pattern

from . import contacts, drafts, forgetting
from .models import ENDED, UNFILED, ConsultationRequest, State
from .own_data import cases_of, drafts_of, mails_to, past_of


def effects(email: str) -> list[Effect]:
    held, running, ended = _held(email), _running(email), _ended(email)
    return [
        Effect(
            _("Laufende Anfragen mit dieser Adresse als Ansprechperson"),
            running.count(),
            None,
            _("Die Anfrage läuft noch. Wenn jemand anderes Ansprechperson wird oder sie endet, kann gelöscht werden."),
        ),
        Effect(_("Anfragen"), held.count(), None, _("Die Löschung ist ausgesetzt, etwa wegen eines Streits.")),
        Effect(
            _("Beendete Anfragen: Name, Kontakt, Nachrichten, Notizen, Dateien, E-Mails, früherer Wortlaut"),
            ended.count(),
            How.ANONYMISE,
            _("Kommune, Anliegen und Ergebnis bleiben ohne Namen, bis ihre Frist endet."),
        ),
        Effect(_("Entwürfe und unbestätigte Anfragen"), _unfiled(email).count(), How.DELETE),
        Effect(_("Frühere Kontaktangaben im Verlauf"), _past(email).count(), How.DELETE),
        Effect(_("Texte früherer E-Mails an diese Adresse"), _other_mails(email).count(), How.ANONYMISE),
        _responsible(email),
    ]


def erase(email: str) -> None:
    """Raises Refused while the person is responsible for requests."""
    if (duty := _responsible(email)).number:
        raise Refused(duty.why)
    drafts.forget(list(_unfiled(email).select_for_update()))  # found by the mails with their links, which go next
    mails.empty(_other_mails(email))
    ended = _ended(email)
    elsewhere = contacts.traces(email, ended)
    for case in list(ended):
        forgetting.erase(case)
    contacts.forget(elsewhere)
    forget_events(_past(email))
    if not cases_of(email).exists():
        everywhere([pattern(email=email)], email)


def _mine(email: str) -> QuerySet[ConsultationRequest]:
    return cases_of(email).exclude(state__in=UNFILED).exclude(state=State.WITHDRAWN, confirmed_at=None)


def _held(email: str) -> QuerySet[ConsultationRequest]:
    return _mine(email).filter(forgetting.held())


def _is_ended() -> Q:
    """What was merged is as much at work as the case that goes on."""
    return Q(state__in=ENDED) & (Q(merged_into=None) | Q(merged_into__state__in=ENDED))


def _running(email: str) -> QuerySet[ConsultationRequest]:
    return _mine(email).exclude(forgetting.held()).exclude(_is_ended())


def _ended(email: str) -> QuerySet[ConsultationRequest]:
    return _mine(email).exclude(forgetting.held()).filter(_is_ended())


def _unfiled(email: str) -> QuerySet[ConsultationRequest]:
    unconfirmed = Q(state=State.UNCONFIRMED) | Q(state=State.WITHDRAWN, confirmed_at=None)
    typed = ConsultationRequest.objects.filter(unconfirmed, contact_email__iexact=email)
    return ConsultationRequest.objects.filter(Q(pk__in=typed.values("pk")) | Q(pk__in=drafts_of(email).values("pk")))


def _past(email: str) -> QuerySet:
    """What is left of it once the ended cases are emptied: of cases with another contact since."""
    mine = cases_of(email).values("pk")
    return past_of(email).exclude(pgh_obj__in=mine).exclude(pgh_obj__in=holds.rows(ConsultationRequest))


def _other_mails(email: str) -> QuerySet[Mail]:
    """To the contact of before, in cases that have another."""
    mine = cases_of(email).exclude(reference=None).values("reference")
    return mails_to(email).exclude(reference__in=mine).exclude(holds.mails())


def _responsible(email: str) -> Effect:
    number = ConsultationRequest.objects.filter(person__email__iexact=email).exclude(state__in=ENDED).count()
    why = ngettext(
        "Die Person ist für %(number)s laufende Anfrage zuständig. Bitte übergeben Sie sie zuerst.",
        "Die Person ist für %(number)s laufende Anfragen zuständig. Bitte übergeben Sie sie zuerst.",
        number,
    )
    return Effect(_("Laufende Anfragen in Zuständigkeit"), number, None, why % {"number": number}, blocks=True)
