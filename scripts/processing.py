"""What the portal processes personal data for: the register of Art. 30 GDPR, of which docs/privacy.md is made.

The tables of each activity say what is processed (their fields are classified by the apps), its rules how long it is
kept. What only the operator knows is marked [Betreiber].
"""

from dataclasses import dataclass

PUBLIC_INTEREST = "Artikel 6 Absatz 1 Buchstabe e DSGVO (Aufgabe im öffentlichen Interesse)"
CONSENT = "Artikel 6 Absatz 1 Buchstabe a und Artikel 9 Absatz 2 Buchstabe a DSGVO (ausdrückliche Einwilligung)"
EMPLOYMENT = "Artikel 6 Absatz 1 Buchstabe e DSGVO mit § 26 BDSG [Betreiber prüft das anwendbare Recht]"
DUTY = "Artikel 6 Absatz 1 Buchstabe c DSGVO (rechtliche Verpflichtung)"


@dataclass(frozen=True)
class Activity:
    name: str
    purpose: str
    basis: str
    people: str
    recipients: str
    tables: tuple[str, ...]
    rules: tuple[str, ...]
    """Names of retention rules; what hangs on a case or a person goes with it."""
    note: str = ""


ACTIVITIES = (
    Activity(
        "Anfragen von Kommunen bearbeiten",
        "Anfragen annehmen, prüfen, beantworten und die Beratung begleiten und nachweisen.",
        PUBLIC_INTEREST,
        "Beschäftigte von Kommunen, die anfragen oder genannt werden",
        "Koordination aller Träger; das Team aus Berater*innen, sobald es zugesagt hat",
        (
            "requests.ConsultationRequest",
            "requests.Attachment",
            "requests.Message",
            "requests.Note",
            "requests.Note_mentioned",
            "requests.Transition",
            "requests.Look",
            "requests.SearchEntry",
            "requests.BulkRun",
            "requests.BulkItem",
            "advisors.Appointment",
            "advisors.DateProposal",
            "advisors.Agreement",
            "advisors.Report",
            "advisors.Feedback",
            "advisors.FollowUp",
        ),
        (
            "requests.drafts",
            "requests.unconfirmed",
            "requests.refused",
            "requests.persons",
            "requests.core",
            "requests.choices",
            "requests.bulk",
        ),
        "Entwürfe lesen nur die, die sie schreiben. Bei abgeschlossenen Anfragen bleiben nach der "
        "ersten Frist Kommune, "
        "Themen, Anliegen, Verlauf in Schritten und Ergebnis; Namen darin werden ersetzt. Nach der zweiten bleiben "
        "Zahlen ohne Bezug zu einer Person.",
    ),
    Activity(
        "Pool der Berater*innen führen und vermitteln",
        "Passende Teams finden, Berater*innen anfragen, ihre Einsätze und Tage nachweisen, auf Wunsch ein öffentliches "
        "Profil zeigen.",
        CONSENT,
        "Berater*innen und Menschen, die es werden möchten",
        "Koordination aller Träger; die Kommune und das Team nach Einwilligung; die Öffentlichkeit nach Einwilligung",
        (
            "advisors.Advisor",
            "advisors.Advisor_regions",
            "advisors.Advisor_formats",
            "advisors.Advisor_biased_for",
            "advisors.Advisor_only_topics",
            "advisors.Advisor_apart",
            "advisors.TopicSkill",
            "advisors.LanguageSkill",
            "advisors.Pause",
            "advisors.Candidacy",
            "advisors.Consent",
            "advisors.ConsentText",
            "advisors.Offer",
            "advisors.Round",
            "advisors.RoundPlace",
            "advisors.WorkRecord",
        ),
        ("advisors.unconfirmed", "advisors.candidacies", "advisors.left", "advisors.rounds"),
        "Dass jemand im Pool ist, lässt auf eine Migrationsgeschichte schließen: Der ganze Eintrag ist besonders "
        "geschützt. Herkunft wird nicht erfragt. Wer gearbeitet hat, hinterlässt nach der Frist eine leere Zeile, an "
        "der Tage und Belege hängen, bis auch die Anfrage gelöscht ist.",
    ),
    Activity(
        "E-Mails senden",
        "Mitteilen, was geschehen ist und was zu tun ist; nachweisen, dass es ankam; Adressen in Ruhe lassen, deren "
        "Inhaber*innen das möchten.",
        PUBLIC_INTEREST,
        "Alle, die mit dem Portal zu tun haben",
        "Mailserver des Betreibers [Betreiber nennt den Dienstleister]",
        ("outbox.Mail", "outbox.MailStep", "outbox.MailText", "outbox.Suppression"),
        ("mails", "mails.text", "suppressions"),
        "Betreffzeilen enthalten keine personenbezogenen Daten. Geheime Links werden erst beim Versand eingesetzt.",
    ),
    Activity(
        "Zugänge der Koordination verwalten",
        "Beschäftigte anmelden, ihnen Rechte geben, Missbrauch erkennen.",
        EMPLOYMENT,
        "Beschäftigte der Träger mit Zugang zum Schreibtisch",
        "Leitung und Technik der Träger",
        (
            "accounts.User",
            "accounts.User_groups",
            "accounts.User_user_permissions",
            "accounts.Session",
            "accounts.SavedView",
            "accounts.FirstView",
            "account.EmailAddress",
            "account.EmailConfirmation",
            "mfa.Authenticator",
        ),
        ("sessions",),
        "Wer ausscheidet, wird stillgelegt; die Leitung löscht die Angaben auf der Seite „Auskunft und Löschung“.",
    ),
    Activity(
        "Nachvollziehen, wer was geändert und gelesen hat",
        "Rechenschaft nach Artikel 5 Absatz 2 DSGVO: Änderungen und Einsichten in besonders geschützte Angaben.",
        DUTY,
        "Beschäftigte der Träger; Personen, deren Angaben geändert oder gelesen wurden",
        "Leitung; der Verlauf eines Falls auch die Koordination",
        ("advisors.AdvisorAccess", "admin.LogEntry"),
        ("history", "admin_log", "advisors.accesses"),
        "Der Verlauf jeder Tabelle enthält dieselben Felder wie sie, ohne Passwörter, Schlüssel und Texte von E-Mails. "
        "Wer gelöscht oder anonymisiert wird, verschwindet auch aus dem Verlauf.",
    ),
    Activity(
        "Zugang ohne Link und Schutz vor Missbrauch",
        "Menschen, die ihren Link verloren haben, einen Code senden; Fluten und Raten begrenzen.",
        PUBLIC_INTEREST,
        "Alle, die öffentliche Formulare absenden",
        "niemand",
        ("codes.AccessCode", "limits.Tally", "procrastinate.ProcrastinateJob"),
        ("codes", "counters", "jobs"),
        "Adressen und Netze stehen nur als Prüfsumme mit geheimem Schlüssel da; was ein Auftrag des Workers an "
        "Getipptem braucht, steht verschlüsselt darin, bis er erledigt ist.",
    ),
    Activity(
        "Öffentliche Seiten betreiben und Barrieren beseitigen",
        "Informieren, Pflichtangaben machen, gemeldete Barrieren beantworten.",
        PUBLIC_INTEREST,
        "Menschen, die eine Barriere melden; Personen, die der Betreiber im Impressum nennt",
        "Koordination; Pflichtangaben sieht die Öffentlichkeit",
        ("pages.AccessibilityReport", "pages.Portal", "pages.PageVersion"),
        ("pages.barriers",),
    ),
    Activity(
        "Rechte der Betroffenen erfüllen",
        "Auskunft geben, löschen, Löschungen aussetzen, wo das Recht es verlangt, und beides nachweisen.",
        DUTY,
        "Alle, deren Angaben im Portal stehen",
        "Leitung",
        ("privacy.LegalHold", "privacy.DataRequest", "privacy.Answer"),
        ("own_data", "own_data.mails", "own_data.erased", "own_data.answers"),
        "Eine Aussetzung bleibt als Nachweis, nennt aber niemanden beim Namen.",
    ),
)
