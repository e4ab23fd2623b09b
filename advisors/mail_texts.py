"""Our mails as the desk knows them: when each goes out, what its placeholders mean, and a real offer to show it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from miglobe import workdays
from miglobe.codes.models import AccessCode
from miglobe.outbox import kinds, texts
from miglobe.outbox.kinds import Kind
from miglobe.outbox.models import Audience
from miglobe.outbox.texts import Condition, Part, Placeholder
from requests.mail_texts import NAMED, PLACE
from requests.models import State as CaseState

from . import links, mails, offers
from .models import Advisor, Appointment, DeclineReason, Offer

LINE = "{% for mate in mates %}{{ mate.advisor.name }}, {{ mate.advisor.email }}{% if mate.advisor.phone %}, Telefon "
PIECES = (
    Placeholder("Berater*in", "{{ offer.advisor.name }}", "Name der Person, um deren Angebot es geht"),
    Placeholder("Antwort bis", "{{ offer.due_at|weekday }}", "Wochentag und Datum"),
    Placeholder("Eckdaten der Anfrage", '{% include "advisors/case.txt" %}', "Kommune, Themen, Formate, Ort", True),
    Placeholder("Amt der Ansprechperson", "{{ consultation.contact_office }}", "Amt oder Fachbereich in der Kommune"),
    Placeholder("E-Mail der Ansprechperson", "{{ consultation.contact_email }}", "ihre Adresse", True),
    Placeholder("Telefon der Ansprechperson", "{{ consultation.contact_phone }}", "ihre Nummer"),
    Placeholder(
        "Team mit Kontakt",
        LINE + "{{ mate.advisor.phone }}{% endif %}\n{% endfor %}",
        "die anderen im Team mit E-Mail und Telefon, je eine Zeile",
        True,
    ),
    Placeholder("Neu im Team", "{{ joined.advisor.name }}", "Name der Person, die dazugekommen ist", True),
    Placeholder("E-Mail der neuen Person", "{{ joined.advisor.email }}", "ihre Adresse", True),
    Placeholder("Telefon der neuen Person", "{{ joined.advisor.phone }}", "ihre Nummer"),
    Placeholder("Grund der Absage", "{{ offer.reason.name }}", "aus der Liste der Absagegründe", True),
    Placeholder("Notiz zur Absage", "{{ offer.note }}", "was die Person dazu geschrieben hat", True),
    Placeholder(
        "Namen im Team",
        "{% for name in names %}{{ name }}\n{% endfor %}",
        "wer der Kommune genannt werden darf, je eine Zeile",
        True,
    ),
    Placeholder(
        "Weitere Kommunen",
        "{% for partner in consultation.co_municipalities.all %}Gemeinsam mit: {{ partner.label }}\n{% endfor %}",
        "„Gemeinsam mit: …“, je eine Zeile",
    ),
    Placeholder(
        "Themen",
        "{% for topic in consultation.topics.all %}{{ topic }}{% if not forloop.last %}; {% endif %}{% endfor %}",
        "mit Semikolon getrennt",
    ),
    Placeholder(
        "Formate",
        "{% for format in consultation.formats.all %}{{ format }}{% if not forloop.last %}; {% endif %}{% endfor %}",
        "mit Semikolon getrennt",
    ),
    Placeholder("Ort", "{{ consultation.get_place_display }}", "vor Ort, online oder beides"),
    Placeholder("Gewünscht ab", "{{ consultation.wished_from|day }}", "Datum"),
    Placeholder("Gewünscht bis", "{{ consultation.wished_until|day }}", "Datum"),
    Placeholder(
        "Angaben zum Termin", '{% include "advisors/appointment.txt" %}', "was es ist, wann und wo", required=True
    ),
    Placeholder("Art des Termins", "{{ appointment.get_kind_display }}", "zum Beispiel „Dialogforum“"),
    Placeholder("Tag des Termins", "{{ appointment.starts_at|weekday }}", "Wochentag und Datum", True),
    Placeholder("Beginn des Termins", '{{ appointment.starts_at|date:"H:i" }}', "Uhrzeit", True),
    Placeholder("Schluss des Termins", '{{ appointment.ends_at|date:"H:i" }}', "Uhrzeit"),
    Placeholder("Ort des Termins", "{{ appointment.place }}", "Anschrift oder Zugang zum Gespräch online", True),
    Placeholder("Tag des früheren Termins", "{{ former|weekday }}", "Wochentag und Datum"),
    Placeholder("Uhrzeit des früheren Termins", '{{ former|date:"H:i" }}', "Uhrzeit"),
    Condition("das Team vollständig ist", 'consultation.state == "staffed"'),
    Condition("das Team aus mehreren Personen besteht", "consultation.team_size > 1"),
    Condition("das Team aus zwei Personen besteht", "consultation.team_size == 2"),
    Condition("ein Amt der Ansprechperson bekannt ist", "consultation.contact_office"),
    Condition("ein Telefon der Ansprechperson bekannt ist", "consultation.contact_phone"),
    Condition("es schon andere im Team gibt", "mates"),
    Condition("ein Telefon der neuen Person bekannt ist", "joined.advisor.phone"),
    Condition("die Person schon zugesagt hatte", "had_accepted"),
    Condition("es eine Notiz zur Absage gibt", "offer.note"),
    Condition("die Antwort noch aussteht", 'offer.state == "sent"'),
    Condition("mehr Personen gefragt werden als Plätze frei sind", "contested"),
    Condition("Namen genannt werden dürfen", "names"),
    Condition("genau eine Person berät und genannt werden darf", "names|length == 1 and not unnamed"),
    Condition("jemand nicht genannt werden darf", "unnamed"),
    Condition("genau eine Person nicht genannt werden darf", "unnamed == 1"),
    Condition("Formate gewünscht sind", "consultation.formats.all"),
    Condition("ein Zeitraum gewünscht ist", "consultation.wished_from or consultation.wished_until"),
    Condition("ein Beginn gewünscht ist", "consultation.wished_from"),
    Condition("ein Ende gewünscht ist", "consultation.wished_until"),
)
CASE = Part(
    "advisors/case",
    "Eckdaten der Anfrage",
    "Steht in Angeboten und Erinnerungen. Sagt nichts über die Ansprechperson: Die erfährt erst, wer zusagt.",
    "advisors/offered",
)

APPOINTMENT = Part(
    "advisors/appointment",
    "Angaben zum Termin",
    "Steht in den E-Mails zu Terminen, an die Kommune und an das Team.",
    "advisors/appointment_arranged",
)


def newest(reference: str) -> Offer | None:
    """The newest offer that was sent, of the case with that reference if one is given."""
    sent = Offer.objects.exclude(sent_at=None).select_related(
        "advisor", "reason", "consultation__municipality", "consultation__person__organisation"
    )
    if reference:
        sent = sent.filter(consultation__reference=reference)
    return sent.order_by("-pk").first()


def _appointment(reference: str) -> Appointment | None:
    """The newest appointment; without one, what could be the newest case's."""
    found = Appointment.objects.select_related("consultation__municipality", "consultation__person__organisation")
    if reference:
        found = found.filter(consultation__reference=reference)
    appointment = found.order_by("-pk").first()
    if appointment is None and (offer := newest(reference)):
        start = workdays.due(timezone.now(), settings.APPOINTMENT_WORKDAYS)
        appointment = Appointment(
            consultation=offer.consultation,
            kind="dialogue",
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            place="Rathaus",
        )
    return appointment


def _team(appointment: Appointment) -> list[Offer]:
    team = offers.team(appointment.consultation)
    return team or [
        Offer(consultation=appointment.consultation, advisor=Advisor(name="Ana Muster", email="a@b.example"))
    ]


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


def _declined(offer: Offer) -> None:
    offer.reason = offer.reason or DeclineReason.objects.filter(active=True).first()
    offer.note = offer.note or "Hier steht, was die Person dazu geschrieben hat."
    mails.declined_desk(offer)


def _access_code(offer: Offer) -> None:
    mails.access_code(offer, AccessCode.objects.create(purpose=links.OFFER, target=offer.key))


S = CaseState
_ADVISOR = (*PLACE, "Berater*in")


def _kind(
    event: str,
    heading: str,
    when: str,
    owe: Callable[[Offer], object],
    *,
    audience: Audience = Audience.ADVISOR,
    also: tuple[str, ...] = _ADVISOR,
) -> Kind:
    return Kind(
        template=f"advisors/{event}", audience=audience, event=heading, when=when, example=newest, owe=owe, also=also
    )


def _of_appointments(audience: Audience, suffix: str, also: tuple[str, ...]) -> list[Kind]:
    def former(appointment: Appointment) -> datetime:
        return timezone.localtime(appointment.starts_at - timedelta(days=7))

    events: tuple[tuple[str, str, str, Callable[[Appointment], object]], ...] = (
        (
            "appointment_arranged",
            "Termin vereinbart",
            "Wenn ein Termin eingetragen wird.",
            lambda found: mails.appointment_arranged(found, offers=_team(found)),
        ),
        (
            "appointment_moved",
            "Termin verlegt",
            "Wenn ein Termin auf eine andere Zeit oder an einen anderen Ort verlegt wird.",
            lambda found: mails.appointment_moved(found, former=former(found), offers=_team(found)),
        ),
        (
            "appointment_cancelled",
            "Termin abgesagt",
            "Wenn ein Termin ausfällt.",
            lambda found: mails.appointment_cancelled(
                found, note="Hier steht, was die Koordination dazu geschrieben hat.", offers=_team(found)
            ),
        ),
    )
    return [
        Kind(
            template=f"advisors/{event}{suffix}",
            audience=audience,
            event=heading,
            when=when,
            example=_appointment,
            owe=owe,
            also=also,
        )
        for event, heading, when, owe in events
    ]


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
        also=(*_ADVISOR, "Ansprechperson"),
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
        "Wenn die Koordination eine Zusage aufhebt.",
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
        _as(S.CLOSED, mails.case_closed, "accepted"),
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
    *_of_appointments(Audience.MUNICIPALITY, "", NAMED),
    *_of_appointments(Audience.ADVISOR, "_team", _ADVISOR),
    _kind(
        "accepted_desk",
        "Zusage zu einem Angebot",
        "Wenn jemand zugesagt hat.",
        _as(S.STAFFED, mails.accepted_desk, "accepted"),
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
        "expired_desk",
        "Angebot ohne Antwort",
        "Wenn jemand bis zur Frist nicht geantwortet hat.",
        _as(S.SEARCHING, mails.expired_desk, "expired"),
        audience=Audience.DESK,
    ),
)


def register() -> None:
    texts.register(*PIECES)
    texts.register_part(CASE, APPOINTMENT)
    kinds.register(*KINDS)
