"""Mails about the report, and about what became of a consultation."""

from collections.abc import Callable

from miglobe.outbox.kinds import Kind
from miglobe.outbox.models import Audience
from requests.mail_texts import NAMED
from requests.models import State

from .. import mails, offers
from ..models import Offer, Report
from .offers import _as, newest
from .pieces import ADVISOR


def _sent_by(offer: Offer) -> Offer:
    """Somebody else of the team, who has sent the report."""
    return next((mate for mate in offers.team(offer.consultation) if mate.pk != offer.pk), offer)


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
        template=f"advisors/{event}",
        audience=audience,
        event=heading,
        when=when,
        example=newest,
        owe=_as(State.CLOSED, owe, "accepted"),
        also=also,
    )


KINDS = (
    _kind(
        "report_to_sign",
        "Bericht zur Mitzeichnung",
        "Wenn jemand aus dem Team den Bericht abgeschickt hat.",
        lambda offer: mails.report_to_sign(offer, sent_by=_sent_by(offer)),
    ),
    _kind(
        "report_accepted",
        "Bericht angenommen",
        "Wenn die Koordination den Bericht angenommen hat.",
        mails.report_accepted,
    ),
    _kind(
        "report_returned",
        "Rückfrage zum Bericht",
        "Wenn die Koordination zum Bericht nachfragt.",
        lambda offer: mails.report_returned(offer, question="Hier steht, was die Koordination wissen möchte."),
    ),
    _kind(
        "report_missing",
        "An den Bericht erinnert",
        "Einmal, wenn der Bericht nach dem Abschluss ausbleibt.",
        mails.report_missing,
    ),
    _kind(
        "report_signed_desk",
        "Bericht liegt vor",
        "Wenn alle im Team den Bericht gezeichnet haben.",
        lambda offer: mails.report_signed_desk(Report(consultation=offer.consultation)),
        audience=Audience.DESK,
    ),
    _kind(
        "follow_up_asked",
        "Nach der Umsetzung gefragt",
        "Einmal, einige Monate nach dem Abschluss.",
        lambda offer: mails.follow_up_asked(offer.consultation),
        audience=Audience.MUNICIPALITY,
        also=NAMED,
    ),
)
