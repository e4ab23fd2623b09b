"""Mails around the way into the pool, its consents and the way out."""

from collections.abc import Callable
from functools import partial
from typing import Any

from miglobe.outbox.kinds import Kind
from miglobe.outbox.models import Audience
from miglobe.outbox.texts import Condition, Placeholder

from .. import pool_mails as mails
from ..models import Advisor, Candidacy, Purpose

PIECES = (
    Placeholder("Name in der Bewerbung", "{{ candidacy.name }}", "wer sich beworben hat oder eingeladen ist"),
    Placeholder("Bewerbung bleibt bis", "{{ candidacy.kept_until|day }}", "Datum, an dem wir sie löschen", True),
    Placeholder("Name im Profil", "{{ advisor.name }}", "wie die Person in ihrem Profil heißt"),
    Placeholder("Zweck der Einwilligung", "{{ purpose }}", "zum Beispiel „Vermittlung“", True),
    Condition("die Person eingeladen war", "was_invited"),
    Condition("die Person den Pool verlassen hat", "advisor.left_at"),
    Condition("in die Vermittlung eingewilligt ist", "matched"),
    Condition("es um die Vermittlung geht", "is_matching"),
    Condition("offene Angebote geschlossen wurden", "closed"),
    Condition("noch Einsätze laufen", "running"),
)
MAILBOX = "koordination@example.org"


def _candidacy(reference: str) -> Candidacy | None:
    """Mails about the pool bear no reference."""
    return None if reference else Candidacy.objects.order_by("-pk").first()


def _advisor(reference: str) -> Advisor | None:
    return None if reference else Advisor.objects.order_by("-pk").first()


def _declined(candidacy: Candidacy) -> None:
    note = candidacy.note or "Hier steht, was Sie der Person schreiben."
    mails.application_declined(candidacy, was_invited=False, note=note)


PLEASE_CONFIRM = "please_confirm_application"


def _to(owe: Callable[..., object], **context: Any) -> Callable[[Candidacy], object]:
    return lambda candidacy: owe(candidacy, MAILBOX, **context)


def _kind(
    event: str,
    heading: str,
    when: str,
    owe: Callable[[Any], object],
    *,
    example: Callable[[str], Any] = _advisor,
    audience: Audience = Audience.ADVISOR,
) -> Kind:
    named = "Name in der Bewerbung" if example is _candidacy else "Name im Profil"
    return Kind(
        template=f"advisors/{event}",
        audience=audience,
        event=heading,
        when=when,
        example=example,
        owe=owe,
        also=() if event == PLEASE_CONFIRM else (named,),
        by_anybody=event == PLEASE_CONFIRM,
    )


KINDS = (
    _kind(
        PLEASE_CONFIRM,
        "Bewerbung abgeschickt",
        "Gleich nach dem Absenden. Sagt nichts von dem, was geschrieben wurde: Die Adresse kann fremd sein.",
        mails.please_confirm_application,
        example=_candidacy,
    ),
    _kind(
        "application_received",
        "Bewerbung bestätigt",
        "Wenn die Person ihre Adresse bestätigt hat.",
        mails.application_received,
        example=_candidacy,
    ),
    _kind(
        "already_in_pool",
        "Bewerbung von jemandem, der schon im Pool ist",
        "Wenn unter der Adresse einer Bewerbung schon ein Profil besteht.",
        mails.already_in_pool,
    ),
    _kind(
        "invited",
        "Einladung in den Pool",
        "Wenn die Koordination jemanden einlädt oder eine Bewerbung annimmt.",
        mails.invited,
        example=_candidacy,
    ),
    _kind(
        "application_declined",
        "Bewerbung abgelehnt",
        "Wenn die Koordination eine Bewerbung ablehnt oder eine Einladung zurücknimmt.",
        _declined,
        example=_candidacy,
    ),
    _kind(
        "own_page_again",
        "Link zur persönlichen Seite neu angefordert",
        "Wenn die Person einen neuen Link anfordert oder ihre Adresse berichtigt wurde.",
        mails.own_page_again,
    ),
    _kind(
        "joined",
        "Aufnahme in den Pool",
        "Wenn die Person ihr Profil ausgefüllt hat. Bringt den Link zur persönlichen Seite.",
        partial(mails.joined, purposes=[Purpose.MATCHING]),
    ),
    _kind(
        "consent_given",
        "Einwilligung gegeben",
        "Wenn eine Einwilligung gegeben oder in einem neuen Wortlaut bestätigt wird.",
        partial(mails.consent_given, purpose=Purpose.MATCHING),
    ),
    _kind(
        "consent_withdrawn",
        "Einwilligung zurückgenommen",
        "Wenn eine Einwilligung zurückgenommen wird.",
        partial(mails.consent_withdrawn, purpose=Purpose.MATCHING),
    ),
    _kind("left", "Abschied aus dem Pool", "Wenn die Person den Pool verlässt.", partial(mails.left, running=1)),
    _kind(
        "returned",
        "Rückkehr in den Pool",
        "Wenn jemand, der den Pool verlassen hatte, wieder mitmacht.",
        mails.returned,
    ),
    _kind(
        "applied_desk",
        "Neue Bewerbung",
        "Wenn jemand eine Bewerbung bestätigt hat; geht an alle Organisationen.",
        _to(mails.told_of_application),
        example=_candidacy,
        audience=Audience.DESK,
    ),
    _kind(
        "given_up_desk",
        "Bewerbung zurückgezogen oder Einladung abgelehnt",
        "Wenn die Person nicht Berater*in werden möchte.",
        _to(mails.told_of_giving_up, was_invited=True),
        example=_candidacy,
        audience=Audience.DESK,
    ),
    _kind(
        "joined_desk",
        "Jemand Neues im Pool",
        "Wenn jemand sein Profil ausgefüllt hat; geht an alle Organisationen.",
        partial(mails.joined_desk, purposes=[Purpose.MATCHING]),
        audience=Audience.DESK,
    ),
    _kind(
        "consent_withdrawn_desk",
        "Einwilligung in die Vermittlung zurückgenommen",
        "Wenn jemand nicht mehr vorgeschlagen werden darf; geht an alle Organisationen.",
        partial(mails.consent_withdrawn_desk, closed=()),
        audience=Audience.DESK,
    ),
    _kind(
        "left_desk",
        "Jemand hat den Pool verlassen",
        "Wenn jemand den Pool verlässt; geht an alle Organisationen.",
        partial(mails.left_desk, running=1),
        audience=Audience.DESK,
    ),
    _kind(
        "returned_desk",
        "Jemand ist in den Pool zurückgekehrt",
        "Wenn jemand nach einem Abschied wieder mitmacht; geht an alle Organisationen.",
        mails.returned_desk,
        audience=Audience.DESK,
    ),
)
