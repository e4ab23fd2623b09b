"""What the texts of our mails may hold: placeholders, conditions, parts."""

from miglobe.outbox.texts import Condition, Part, Placeholder
from requests.mail_texts import PLACE

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
    Placeholder("Was die Person schreibt", "{{ word }}", "ihr Wort zur Zusage oder der Grund ihres Ausstiegs", True),
    Placeholder("Zahl der Ersatzpersonen", "{{ substitutes }}", "wie viele als Ersatz bereitstehen"),
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
    Placeholder(
        "Termine zur Wahl",
        "{% for option in options %}{{ option.starts_at|weekday }}, "
        '{{ option.starts_at|date:"H:i" }}–{{ option.ends_at|date:"H:i" }}\n{% endfor %}',
        "Tag und Uhrzeit, je eine Zeile",
        True,
    ),
    Placeholder("Art der vorgeschlagenen Termine", "{{ proposal.get_kind_display }}", "zum Beispiel „Dialogforum“"),
    Placeholder("Ort der vorgeschlagenen Termine", "{{ proposal.place }}", "Anschrift oder Zugang zum Gespräch online"),
    Placeholder("Wort zum Vorschlag", "{{ proposal.word }}", "was dazu geschrieben wurde"),
    Placeholder("Antwort auf den Vorschlag", "{{ proposal.answer }}", "was die Kommune dazu geschrieben hat", True),
    Placeholder("Uhrzeit des früheren Termins", '{{ former|date:"H:i" }}', "Uhrzeit"),
    Placeholder("Bericht abgeschickt von", "{{ sent_by.advisor.name }}", "Name der Person aus dem Team", True),
    Placeholder("Bericht bis", "{{ report_due|weekday }}", "Wochentag und Datum"),
    Condition("der Bericht noch fehlt", "report_due"),
    Condition("das Team vollständig ist", 'consultation.state == "staffed"'),
    Condition("das Team aus mehreren Personen besteht", "consultation.team_size > 1"),
    Condition("das Team aus zwei Personen besteht", "consultation.team_size == 2"),
    Condition("ein Amt der Ansprechperson bekannt ist", "consultation.contact_office"),
    Condition("ein Telefon der Ansprechperson bekannt ist", "consultation.contact_phone"),
    Condition("es schon andere im Team gibt", "mates"),
    Condition("ein Telefon der neuen Person bekannt ist", "joined.advisor.phone"),
    Condition("die Person schon zugesagt hatte", "had_accepted"),
    Condition("es eine Notiz zur Absage gibt", "offer.note"),
    Condition("die Person etwas dazu geschrieben hat", "word"),
    Condition("Ersatz bereitsteht", "substitutes"),
    Condition("genau eine Person als Ersatz bereitsteht", "substitutes == 1"),
    Condition("vereinbarte Termine bevorstehen", "standing"),
    Condition("die Antwort noch aussteht", 'offer.state == "sent"'),
    Condition("mehr Personen gefragt werden als Plätze frei sind", "contested"),
    Condition("Namen genannt werden dürfen", "names"),
    Condition("genau eine Person berät und genannt werden darf", "names|length == 1 and not unnamed"),
    Condition("jemand nicht genannt werden darf", "unnamed"),
    Condition("genau eine Person nicht genannt werden darf", "unnamed == 1"),
    Condition("zum Vorschlag etwas geschrieben wurde", "proposal.word"),
    Condition("frühere Vorschläge damit ersetzt werden", "replaces"),
    Condition("die Kommune zum Vorschlag etwas geschrieben hat", "proposal.answer"),
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


ADVISOR = (*PLACE, "Berater*in")
"""What every mail to an advisor can say."""
