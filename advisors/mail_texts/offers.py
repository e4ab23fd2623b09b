"""Mails about offers and the team."""

from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from miglobe import workdays
from miglobe.codes.models import AccessCode
from miglobe.outbox.kinds import Kind
from miglobe.outbox.models import Audience
from requests.mail_texts import NAMED
from requests.models import State as CaseState

from .. import links, mails, offers
from ..models import DeclineReason, Offer
from .pieces import ADVISOR


def newest(reference: str) -> Offer | None:
    """The newest offer that was sent, of the case with that reference if one is given."""
    sent = Offer.objects.exclude(sent_at=None).select_related(
        "advisor", "reason", "consultation__municipality", "consultation__person__organisation"
    )
    if reference:
        sent = sent.filter(consultation__reference=reference)
    return sent.order_by("-pk").first()


def _as(state: CaseState, owe: Callable[[Offer], object], offer_state: str = "") -> Callable[[Offer], object]:
    """Bends a real offer and its case into what the mail tells of. Nothing of it is saved."""

    def act(offer: Offer) -> object:
        consultation = offer.consultation
        consultation.state, consultation.state_since = state, timezone.now()
        consultation.due_at = workdays.due(timezone.now(), settings.FIRST_CONTACT_WORKDAYS)
        offer.state = offer_state or offer.state
        return owe(offer)

    return act


def _mates(offer: Offer) -> list[Offer]:
    return [mate for mate in offers.team(offer.consultation) if mate.pk != offer.pk]


WRITTEN = "Hier steht, was die Person dazu geschrieben hat."


def _declined(offer: Offer) -> None:
    offer.reason = offer.reason or DeclineReason.objects.filter(active=True).first()
    offer.note = offer.note or WRITTEN
    mails.declined_desk(offer, substitutes=1)


def _accepted(offer: Offer) -> None:
    offer.note = offer.note or WRITTEN
    mails.accepted_desk(offer)


def _cancelled(offer: Offer) -> None:
    offer.note = offer.note or WRITTEN
    mails.cancelled_desk(offer, substitutes=1)


def _closed(offer: Offer) -> None:
    offer.consultation.outcome = offer.consultation.outcome or "consulted"
    mails.case_closed(offer)


def _access_code(offer: Offer) -> None:
    mails.access_code(offer, AccessCode.objects.create(purpose=links.OFFER, target=offer.key))


S = CaseState


def _kind(
    event: str,
    heading: str,
    when: str,
    owe: Callable[[Offer], object],
    *,
    audience: Audience = Audience.ADVISOR,
    also: tuple[str, ...] = ADVISOR,
) -> Kind:
    return Kind(
        template=f"advisors/{event}", audience=audience, event=heading, when=when, example=newest, owe=owe, also=also
    )


KINDS = (
    _kind(
        "offered",
        "Angebot gesendet",
        "Wenn die Koordination Angebote sendet.",
        _as(S.SEARCHING, lambda offer: mails.offered(offer, contested=True), "sent"),
    ),
    _kind(
        "reminded",
        "An das Angebot erinnert",
        "Einmal, bevor die Antwortfrist endet.",
        _as(S.SEARCHING, mails.reminded, "sent"),
    ),
    _kind(
        "accepted",
        "Angebot angenommen",
        "Wenn die Person zugesagt hat. Erst hier steht die Ansprechperson.",
        _as(S.STAFFED, lambda offer: mails.accepted(offer, mates=_mates(offer)), "accepted"),
        also=(*ADVISOR, "Ansprechperson"),
    ),
    _kind(
        "mate_joined",
        "Jemand kommt ins Team",
        "Wenn nach ihr noch jemand zusagt.",
        _as(S.STAFFED, lambda offer: mails.mate_joined(offer, joined=next(iter(_mates(offer)), offer)), "accepted"),
    ),
    _kind(
        "mate_left",
        "Jemand verlässt das Team",
        "Wenn jemand anderes aus dem Team aussteigt.",
        _as(S.SEARCHING, mails.mate_left, "accepted"),
    ),
    _kind(
        "team_resized",
        "Größe des Teams geändert",
        "Wenn das Team kleiner oder größer wird.",
        _as(S.SEARCHING, mails.team_resized, "accepted"),
    ),
    _kind(
        "place_taken",
        "Team schon vollständig",
        "Wenn andere schneller zugesagt haben.",
        _as(S.STAFFED, mails.place_taken),
    ),
    _kind(
        "offer_withdrawn",
        "Angebot zurückgenommen",
        "Wenn die Koordination ein Angebot zurücknimmt.",
        _as(S.SEARCHING, mails.offer_withdrawn),
    ),
    _kind("expired", "Antwortfrist vorbei", "Wenn bis zur Frist keine Antwort kam.", _as(S.SEARCHING, mails.expired)),
    _kind(
        "offer_cancelled",
        "Zusage aufgehoben",
        "Wenn die Koordination eine Zusage aufhebt oder die Person selbst aussteigt.",
        _as(S.SEARCHING, mails.offer_cancelled, "cancelled"),
    ),
    _kind(
        "case_ended",
        "Einsatz findet nicht statt",
        "Wenn die Anfrage endet oder neu geprüft wird.",
        _as(S.WITHDRAWN, lambda offer: mails.case_ended(offer, had_accepted=True)),
    ),
    _kind(
        "case_resumed",
        "Einsatz geht weiter",
        "Wenn eine abgeschlossene Beratung fortgesetzt wird.",
        _as(S.RUNNING, mails.case_resumed, "accepted"),
    ),
    _kind(
        "case_closed",
        "Einsatz abgeschlossen",
        "Wenn die Koordination die Anfrage abschließt.",
        _as(S.CLOSED, _closed, "accepted"),
    ),
    _kind(
        "link_again",
        "Link neu angefordert",
        "Wenn die Person einen neuen Link anfordert oder ihre Adresse berichtigt wurde.",
        _as(S.SEARCHING, mails.link_again, "sent"),
    ),
    _kind(
        "access_code",
        "Code angefordert",
        "Wenn die Person ohne Link zum Angebot will. Der Code gilt nur kurz.",
        _as(S.SEARCHING, _access_code, "sent"),
    ),
    _kind(
        "team_complete",
        "Team steht fest",
        "Wenn alle Plätze im Team besetzt sind.",
        _as(
            S.STAFFED,
            lambda offer: mails.team_complete(offer.consultation, offers=offers.team(offer.consultation) or [offer]),
        ),
        audience=Audience.MUNICIPALITY,
        also=NAMED,
    ),
    _kind(
        "team_incomplete",
        "Jemand verlässt das Team",
        "Wenn eine Person aus dem vollständigen Team aussteigt.",
        _as(S.SEARCHING, lambda offer: mails.team_incomplete(offer.consultation)),
        audience=Audience.MUNICIPALITY,
        also=NAMED,
    ),
    _kind(
        "accepted_desk",
        "Zusage zu einem Angebot",
        "Wenn jemand zugesagt hat.",
        _as(S.STAFFED, _accepted, "accepted"),
        audience=Audience.DESK,
    ),
    _kind(
        "declined_desk",
        "Absage zu einem Angebot",
        "Wenn jemand abgesagt hat.",
        _as(S.SEARCHING, _declined, "declined"),
        audience=Audience.DESK,
    ),
    _kind(
        "offer_dropped_desk",
        "Jemand kann nicht mehr angefragt werden",
        "Wenn jemand die Einwilligung in die Vermittlung zurücknimmt oder den Pool verlässt und vorgemerkt oder "
        "angefragt war.",
        _as(S.SEARCHING, lambda offer: mails.offer_dropped_desk(offer, substitutes=1), "withdrawn"),
        audience=Audience.DESK,
    ),
    _kind(
        "expired_desk",
        "Angebot ohne Antwort",
        "Wenn jemand bis zur Frist nicht geantwortet hat.",
        _as(S.SEARCHING, lambda offer: mails.expired_desk(offer, substitutes=1), "expired"),
        audience=Audience.DESK,
    ),
    _kind(
        "undone_desk",
        "Antwort zurückgenommen",
        "Wenn jemand eine Zusage oder Absage zurücknimmt und das Angebot wieder offen ist.",
        _as(S.SEARCHING, lambda offer: mails.undone_desk(offer, had_accepted=True), "sent"),
        audience=Audience.DESK,
    ),
    _kind(
        "cancelled_desk",
        "Ausstieg nach einer Zusage",
        "Wenn jemand einen Einsatz abgibt, der schon zugesagt war.",
        _as(S.SEARCHING, _cancelled, "cancelled"),
        audience=Audience.DESK,
    ),
)
