"""Our mails as the desk knows them: when each goes out, what its placeholders mean, and a real case to show it with."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import timezone

from miglobe import workdays
from miglobe.accounts.models import User
from miglobe.codes.models import AccessCode
from miglobe.outbox import kinds, texts
from miglobe.outbox.kinds import Kind
from miglobe.outbox.models import Audience
from miglobe.outbox.texts import Condition, Placeholder

from . import links, mails
from .models import ConsultationRequest, Message, Note, Reason, State

CASES_DUE = (
    "{% for case in cases %}{{ case.consultation.municipality.label }}: {{ case.step }} bis "
    "{{ case.consultation.due_at|weekday }}\n"
    "[[{{ case.link }}|Anfrage {{ case.consultation.reference }} öffnen]]\n\n{% endfor %}"
)
PIECES = (
    Placeholder("Ansprechperson", "{{ consultation.contact_name }}", "Name der Ansprechperson in der Kommune"),
    Placeholder(
        "Kommune nach für",
        "{{ consultation.municipality.accusative }}",
        "die Kommune, wie sie nach „für“ steht: „Unna“, „den Kreis Soest“",
    ),
    Placeholder(
        "Kommune mit Kreis", "{{ consultation.municipality.label }}", "die Kommune mit ihrer Art und ihrem Kreis"
    ),
    Placeholder("Stand der Anfrage", "{{ consultation.get_state_display }}", "zum Beispiel „Teamsuche“"),
    Placeholder("Größe des Teams", "{{ consultation.team_size }}", "Zahl der Berater*innen"),
    Placeholder("Frist des nächsten Schritts", "{{ consultation.next_step_due|weekday }}", "Wochentag und Datum"),
    Placeholder("Frist des ersten Kontakts", "{{ due|weekday }}", "Wochentag und Datum"),
    Placeholder("Bestätigen bis", "{{ consultation.confirm_by|weekday }}", "Wochentag und Datum", True),
    Placeholder("Entwurf bleibt bis", "{{ draft.kept_until|weekday }}", "Wochentag und Datum", True),
    Placeholder("Code gilt bis", '{{ until|time:"H:i" }}', "Uhrzeit ohne das Wort „Uhr“", True),
    Placeholder("Rückfrage", "{{ question }}", "was die Koordination gefragt hat", True),
    Placeholder("Nachricht", "{{ text }}", "was geschrieben wurde", True),
    Placeholder("Ergänzung", "{{ note }}", "was die Koordination zu diesem Schritt geschrieben hat", True),
    Placeholder("Satz zum Grund", "{{ consultation.reason.sentence }}", "steht unter „Ablehnungsgründe“", True),
    Placeholder("Namen der Anlagen", '{{ files|join:", " }}', "Dateien, die mit der Nachricht kamen"),
    Placeholder("Kolleg*in", "{{ by }}", "wer es am Schreibtisch getan hat"),
    Placeholder("Frage gestellt am", "{{ consultation.state_since|day }}", "Datum"),
    Placeholder("Eingegangen am", "{{ consultation.confirmed_at|day }}", "Datum"),
    Placeholder("Anliegen", "{{ consultation.concern }}", "wie es aufgenommen wurde", True),
    Placeholder("Organisation der Kolleg*in", "{{ by.organisation.name }}", "zum Beispiel FSI"),
    Placeholder("Fehlende Angaben", '{{ missing|join:", " }}', "mit Komma getrennt"),
    Placeholder("Adresse der Datenschutzseite", "{{ privacy }}", "unsere Pflicht nach Art. 14 DSGVO", True),
    Placeholder(
        "Anderes Aktenzeichen", "{{ absorbed.reference }}", "die Anfrage, die hier aufgegangen ist", in_subject=True
    ),
    Placeholder("Neues Aktenzeichen", "{{ into.reference }}", "die Anfrage, die weiterläuft", True),
    Placeholder("Fällige Anfragen", CASES_DUE, "je Anfrage Kommune, Schritt, Frist und Link", True),
    Placeholder("Weitere fällige Anfragen", "{{ more }}", "eine Zahl"),
    Condition("eine Frist für den ersten Kontakt gilt", "due"),
    Condition("Angaben fehlen", "missing"),
    Condition("die Anfrage telefonisch kam", 'consultation.channel == "phone"'),
    Condition("die Anfrage per E-Mail kam", 'consultation.channel == "email"'),
    Condition("die Anfrage auf einer Veranstaltung kam", 'consultation.channel == "event"'),
    Condition("die Anfrage über eine*n Berater*in kam", 'consultation.channel == "advisor"'),
    Condition("die Kolleg*in zu einer Organisation gehört", "by.organisation"),
    Condition("beide Anfragen dieselbe Ansprechperson haben", "same"),
    Condition("die Anfragen einer Person gehören", "is_theirs"),
    Condition("es noch mehr fällige Anfragen gibt", "more"),
    Condition("eine Person zuständig ist", "consultation.person"),
    Condition("das Team aus einer Person besteht", "consultation.team_size == 1"),
    Condition("es eine Ergänzung gibt", "note"),
    Condition("es Anlagen gibt", "files"),
    Condition("die Beratung abgeschlossen ist", 'consultation.outcome == "consulted"'),
    Condition("es beim Dialogforum bleibt", 'consultation.outcome == "dialogue"'),
)

PLACE = ("Aktenzeichen", "Kommune nach für", "Kommune mit Kreis")


def newest(*states: State) -> Callable[[str], ConsultationRequest | None]:
    """The case of that reference; without one the newest in such a state, else the newest at all."""

    def find(reference: str) -> ConsultationRequest | None:
        cases = ConsultationRequest.objects.exclude(state=State.DRAFT).exclude(reference=None)
        cases = cases.select_related("municipality", "person__organisation", "reason").order_by("-pk")
        if reference:
            return cases.filter(reference=reference).first()
        return (cases.filter(state__in=states).first() if states else None) or cases.first()

    return find


def _draft(reference: str) -> ConsultationRequest | None:
    """The newest draft, or an empty one: the mail tells nothing of what was typed."""
    if reference:
        return newest()(reference)
    drafts = ConsultationRequest.objects.filter(state=State.DRAFT)
    return drafts.order_by("-pk").first() or ConsultationRequest(updated_at=timezone.now())


def _as(state: State, owe: Callable[[Any], object]) -> Callable[[ConsultationRequest], object]:
    """Bends a real case into the state that the mail tells of, should it not be there. Nothing of it is saved."""

    def act(consultation: ConsultationRequest) -> object:
        if consultation.state != state:
            consultation.state, consultation.state_since = state, timezone.now()
        consultation.confirmed_at = consultation.confirmed_at or timezone.now()
        consultation.due_at = consultation.due_at or workdays.due(timezone.now(), settings.FIRST_CONTACT_WORKDAYS)
        return owe(consultation)

    return act


def _rejected(consultation: ConsultationRequest) -> None:
    consultation.reason = consultation.reason or Reason.objects.filter(active=True).first()
    mails.rejected(consultation, note=_said(consultation, "reject", "Hier steht Ihre Ergänzung."))


def _referred(consultation: ConsultationRequest) -> None:
    mails.referred(consultation, note=_said(consultation, "refer", "Hier steht, welches Angebot besser passt."))


def _said(consultation: ConsultationRequest, move: str, otherwise: str) -> str:
    """What was really written at that step, or a sentence that says what will stand there."""
    step = consultation.transitions.filter(move=move).last()
    message = consultation.messages.filter(move=move).last()
    return (message.text if message else step.note if step else "") or otherwise


def _message(consultation: ConsultationRequest, move: str) -> Message:
    found = consultation.messages.filter(move=move).last()
    return found or consultation.messages.create(move=move, text="Hier steht, was die Kommune geschrieben hat.")


def _closed(consultation: ConsultationRequest) -> None:
    consultation.outcome = consultation.outcome or ConsultationRequest.Outcome.CONSULTED
    mails.closed(consultation)


def _access_code(consultation: ConsultationRequest) -> None:
    access = AccessCode.objects.create(purpose=links.STATUS, target=consultation.key)
    mails.access_code(consultation, access)


def _somebody(consultation: ConsultationRequest) -> User:
    return consultation.contact_person or User.objects.filter(is_active=True, is_staff=True).earliest("pk")


def _handed_over(consultation: ConsultationRequest) -> None:
    note = _said(consultation, "hand_over", "Hier steht, was man dort wissen sollte.")
    mails.handed_over(consultation, note=note, by=_somebody(consultation))


def _mentioned(consultation: ConsultationRequest) -> None:
    person = _somebody(consultation)
    mails.mentioned(Note(consultation=consultation, text="", by=person), [person])


def _recorded(consultation: ConsultationRequest) -> None:
    mails.recorded(consultation, by=_somebody(consultation))


def _other(consultation: ConsultationRequest) -> ConsultationRequest:
    """What was merged into it, or what could have been."""
    others = ConsultationRequest.objects.filed().exclude(pk=consultation.pk).select_related("municipality")
    found = others.filter(merged_into=consultation).last() or others.order_by("-pk").first() or consultation
    found.language = consultation.language
    return found


def _merged(consultation: ConsultationRequest) -> None:
    mails.merged(consultation, absorbed=_other(consultation), note="Hier steht Ihre Ergänzung.")


def _merged_elsewhere(consultation: ConsultationRequest) -> None:
    other = _other(consultation)
    other.contact_email = f"andere-{other.contact_email}"
    mails.merged(other, absorbed=consultation, note="Hier steht Ihre Ergänzung.")


def _merged_desk(consultation: ConsultationRequest) -> None:
    somebody = _somebody(consultation)
    consultation.person = somebody
    mails.merged_desk(
        consultation, absorbed=_other(consultation), by=User(pk=0, first_name="Kim", last_name="Kollegin")
    )


def _kind(
    event: str,
    heading: str,
    when: str,
    state: State,
    owe: Callable[[Any], object],
    *,
    audience: Audience = Audience.MUNICIPALITY,
    also: tuple[str, ...] = PLACE,
    by_anybody: bool = False,
) -> Kind:
    return Kind(
        template=f"requests/{event}",
        audience=audience,
        event=heading,
        when=when,
        example=newest(state),
        owe=_as(state, owe),
        also=also,
        by_anybody=by_anybody,
    )


DESK = (*PLACE, "Stand der Anfrage")


def _to_desk(
    event: str,
    heading: str,
    when: str,
    state: State,
    owe: Callable[[Any], object],
    also: tuple[str, ...] = DESK,
) -> Kind:
    return _kind(event, heading, when, state, owe, audience=Audience.DESK, also=also)


S = State
NAMED = (*PLACE, "Ansprechperson", "Stand der Anfrage")  # only where the mailbox is known to be theirs

KINDS = (
    Kind(
        template="requests/draft_link",
        audience=Audience.MUNICIPALITY,
        event="Entwurf gespeichert",
        when="Wenn jemand das Formular unterbricht und sich den Link zum Weiterschreiben schicken lässt.",
        example=_draft,
        owe=lambda draft: mails.draft_link(draft, to=draft.contact_email or "kommune@example.org"),
        by_anybody=True,
    ),
    _kind(
        "please_confirm",
        "Anfrage abgesendet",
        "Gleich nach dem Absenden: Die Adresse soll bestätigt werden. Sagt nichts Persönliches, weil die Adresse "
        "noch jemand anderem gehören kann.",
        S.UNCONFIRMED,
        mails.please_confirm,
        by_anybody=True,
    ),
    _kind(
        "received",
        "Anfrage eingegangen",
        "Wenn die Kommune ihre Adresse bestätigt hat.",
        S.NEW,
        mails.received,
        also=NAMED,
    ),
    _kind(
        "recorded",
        "Anfrage am Schreibtisch aufgenommen",
        "Wenn die Koordination eine Anfrage aufnimmt, die telefonisch oder auf anderem Weg kam.",
        S.NEW,
        _recorded,
        also=NAMED,
    ),
    _kind(
        "status_link",
        "Link neu angefordert",
        "Wenn die Kommune einen neuen Link anfordert.",
        S.NEW,
        mails.status_link,
        also=NAMED,
    ),
    _kind(
        "access_code",
        "Code angefordert",
        "Wenn jemand ohne Link zur Anfrage will. Der Code gilt nur kurz.",
        S.NEW,
        _access_code,
    ),
    _kind(
        "address_corrected",
        "E-Mail-Adresse berichtigt",
        "Wenn die Koordination die Adresse der Ansprechperson geändert hat; geht an die neue.",
        S.NEW,
        mails.address_corrected,
        also=NAMED,
    ),
    _kind(
        "asked",
        "Rückfrage gestellt",
        "Wenn die Koordination eine Rückfrage stellt.",
        S.INQUIRY,
        lambda case: mails.asked(case, question=_said(case, "ask", "Hier steht Ihre Rückfrage.")),
        also=NAMED,
    ),
    _kind(
        "reminded",
        "An die Rückfrage erinnert",
        "Einmal, wenn die Antwort auf eine Rückfrage auf sich warten lässt.",
        S.INQUIRY,
        mails.reminded,
        also=NAMED,
    ),
    _kind(
        "message",
        "Nachricht geschrieben",
        "Wenn die Koordination der Kommune schreibt.",
        S.NEW,
        lambda case: mails.message(case, text=_said(case, "reply", "Hier steht Ihre Nachricht.")),
        also=NAMED,
    ),
    _kind(
        "accepted",
        "In die Teamsuche angenommen",
        "Wenn die Koordination die Anfrage annimmt.",
        S.SEARCHING,
        mails.accepted,
        also=NAMED,
    ),
    _kind(
        "team_resized",
        "Größe des Teams geändert",
        "Wenn ein kleineres oder größeres Team gesucht wird.",
        S.SEARCHING,
        mails.team_resized,
        also=NAMED,
    ),
    _kind(
        "rejected", "Anfrage abgelehnt", "Wenn die Koordination die Anfrage ablehnt.", S.REJECTED, _rejected, also=NAMED
    ),
    _kind("referred", "Anfrage verwiesen", "Wenn ein anderes Angebot besser passt.", S.REFERRED, _referred, also=NAMED),
    _kind(
        "withdrawn",
        "Anfrage zurückgezogen",
        "Wenn die Kommune zurückzieht oder die Koordination es vermerkt.",
        S.WITHDRAWN,
        mails.withdrawn,
        also=NAMED,
    ),
    _kind(
        "reopened",
        "Anfrage wieder aufgenommen",
        "Wenn eine beendete Anfrage neu geprüft wird.",
        S.NEW,
        mails.reopened,
        also=NAMED,
    ),
    _kind(
        "closed",
        "Beratung abgeschlossen",
        "Wenn die Koordination die Anfrage abschließt.",
        S.CLOSED,
        _closed,
        also=NAMED,
    ),
    _kind(
        "resumed",
        "Beratung fortgesetzt",
        "Wenn eine abgeschlossene Beratung weitergeht.",
        S.RUNNING,
        mails.resumed,
        also=NAMED,
    ),
    _kind(
        "merged",
        "Anfragen zusammengeführt",
        "Wenn zwei Anfragen zusammengeführt wurden; geht an die Ansprechperson der Anfrage, die weiterläuft.",
        S.NEW,
        _merged,
        also=NAMED,
    ),
    _kind(
        "merged_elsewhere",
        "In einer anderen Anfrage aufgegangen",
        "Wenn zwei Anfragen zusammengeführt wurden; geht an die Ansprechperson der anderen.",
        S.NEW,
        _merged_elsewhere,
        also=NAMED,
    ),
    _to_desk(
        "arrived",
        "Neue Anfrage",
        "Wenn eine Anfrage bestätigt ist. Ohne zuständige Person geht sie an alle Organisationen.",
        S.NEW,
        mails.arrived,
    ),
    _to_desk(
        "answered",
        "Antwort auf die Rückfrage",
        "Wenn die Kommune eine Rückfrage beantwortet hat.",
        S.NEW,
        lambda case: mails.answered(case, _message(case, "answer")),
    ),
    _to_desk(
        "message_arrived",
        "Nachricht der Kommune",
        "Wenn die Kommune von sich aus schreibt.",
        S.NEW,
        lambda case: mails.message_arrived(case, _message(case, "write")),
    ),
    _to_desk(
        "withdrawn_desk",
        "Anfrage zurückgezogen",
        "Wenn eine Anfrage zurückgezogen wurde.",
        S.WITHDRAWN,
        mails.withdrawn,
    ),
    _to_desk(
        "handed_over_desk",
        "Anfrage übergeben",
        "Wenn jemand eine Anfrage an eine andere Person oder Organisation übergibt.",
        S.NEW,
        _handed_over,
    ),
    _to_desk(
        "fell_due",
        "Nächste Schritte fällig",
        "Einmal, wenn die Frist einer Anfrage erreicht ist. Alles Fällige einer Person steht in einer E-Mail.",
        S.NEW,
        lambda case: mails.fell_due([case]),
        also=(),
    ),
    _to_desk(
        "merged_desk",
        "Anfragen zusammengeführt",
        "Wenn jemand eine Anfrage zusammenführt, für die jemand anderes zuständig war.",
        S.NEW,
        _merged_desk,
    ),
    _to_desk(
        "mentioned_desk", "In einer Notiz erwähnt", "Wenn eine interne Notiz jemanden erwähnt.", S.NEW, _mentioned
    ),
)


def register() -> None:
    texts.register(*PIECES)
    kinds.register(*KINDS)
