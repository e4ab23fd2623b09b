"""Writes docs/privacy.md and docs/measures.md from what the code says: `make privacy-docs`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "miglobe.settings")
django.setup()

from django.apps import apps  # noqa: E402  # models need what comes before
from django.conf import settings  # noqa: E402

from miglobe.desk.roles import ROLES  # noqa: E402
from miglobe.privacy import registry, retention  # noqa: E402
from miglobe.privacy.registry import Grade  # noqa: E402
from scripts.processing import ACTIVITIES, Activity  # noqa: E402

GERMAN = {  # what libraries, and tables that nobody sees, call things
    "session key": "Schlüssel der Anmeldung",
    "session data": "Daten der Anmeldung",
    "authenticator": "Zweiter Faktor",
    "type": "Art",
    "data": "Geheimnis (verschlüsselt)",
    "created at": "Angelegt",
    "last used at": "Zuletzt benutzt",
    "words": "Wörter der Suche",
    "bulk item": "Fall eines Sammelvorgangs",
    "procrastinate job": "Auftrag des Workers",
    "args": "Angaben (verschlüsselt)",
}
ACTS = {
    "draft": "Entwurf beginnen",
    "upload": "Dateien zu Entwürfen (Byte)",
    "confirmation": "Anfrage absenden",
    "draft_link": "Link zum Entwurf anfordern",
    "application": "Bewerben",
    "lost_link": "Verlorenen Link anfordern",
    "own_data": "Nach den eigenen Daten fragen",
    "own_data_file": "Die eigenen Daten herunterladen",
    "code": "Code anfordern",
    "code_entry": "Code eingeben",
    "barrier": "Barriere melden",
    "message": "Nachricht schreiben",
}
DOCS = Path(__file__).resolve().parent.parent / "docs"
MADE = "<!-- Diese Seite macht `make privacy-docs` aus dem Code. Bitte nicht von Hand ändern. -->"


def main() -> None:
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    return {"privacy.md": "\n".join(_register()) + "\n", "measures.md": "\n".join(_measures()) + "\n"}


# --- Register of processing activities -----------------------------------------------------------------


def _register() -> Iterator[str]:
    yield from (MADE, "", "# Verzeichnis der Verarbeitungstätigkeiten (Artikel 30 DSGVO)", "")
    yield (
        "Gemeinsam verantwortlich sind die Träger, die unter „Organisationen“ eingetragen sind (Artikel 26 DSGVO); "
        "Betreiber, Datenschutzbeauftragte und Aufsichtsbehörde stehen in den Angaben zum Portal und damit auf der "
        "Seite „Datenschutz“. In Länder außerhalb der Europäischen Union überträgt das Portal nichts. "
        "Alle Fristen sind "
        "Einstellungen; hier stehen die ausgelieferten. Rechtsgrundlagen sind Vorschläge, die der Betreiber prüft."
    )
    for number, activity in enumerate(ACTIVITIES, start=1):
        yield from _activity(number, activity)
    yield from ("", "## Fristen", "")
    yield "Der Worker folgt ihnen jede Nacht (`privacy.keep_periods`), von Hand `manage.py retention`;"
    yield "`--dry-run` zeigt"
    yield "nur, was fällig wäre. Was ausgesetzt ist, bleibt. Das Protokoll nennt Zahlen, niemanden beim Namen."
    yield ""
    yield from _table(
        ("Was", "Frist", "Vorgang", "Einstellung"),
        [
            (rule.what, retention.period(rule), rule.how.value, f"`{rule.setting}`" if rule.setting else "–")
            for rule in registry.rules()
        ],
    )
    yield ""
    yield "Hängt etwas an einer Anfrage oder Person (Nachrichten, Anlagen, Verlauf, Suche, E-Mails), so"
    yield "geht es mit ihr."
    yield f"Sicherungen bleiben {settings.BACKUP_KEEP} Nächte (`BACKUP_KEEP`). Protokolle gehen an die"
    yield "Standardausgabe und"
    yield "nennen keine Personen; wie lange sie bleiben, stellt der Betreiber dort ein, wo er sie sammelt."
    yield from ("", "## Was in welcher Tabelle steht", "")
    yield "„Besonders geschützt“ meint Artikel 9 DSGVO. Ein Test verlangt für jedes Feld jeder Tabelle eine Einordnung."
    yield ""
    yield from _table(("Tabelle", "besonders geschützt", "personenbezogen"), list(_tables()))


def _activity(number: int, activity: Activity) -> Iterator[str]:
    rules = {rule.name: rule for rule in registry.rules()}
    yield from ("", f"## {number}. {activity.name}", "")
    yield f"- **Zweck:** {activity.purpose}"
    yield f"- **Rechtsgrundlage:** {activity.basis}"
    yield f"- **Betroffene:** {activity.people}"
    yield f"- **Angaben:** {', '.join(_fields(activity))}"
    yield f"- **Empfänger:** {activity.recipients}"
    followed = [f"{rules[name].what} ({retention.period(rules[name])})" for name in activity.rules]
    yield f"- **Fristen:** {'; '.join(followed) or 'siehe Hinweis'}"
    if activity.note:
        yield f"- **Hinweis:** {activity.note}"


def _fields(activity: Activity) -> list[str]:
    """What is personal in its tables, as people call it; each word once."""
    found = [
        label
        for name in activity.tables
        for grade in (Grade.SENSITIVE, Grade.PERSONAL)
        for label in _labels(apps.get_model(name), grade)
    ]
    return list(dict.fromkeys(found))


def _tables() -> Iterator[tuple[str, str, str]]:
    for model in sorted(registry.grades(), key=lambda model: model._meta.label):
        sensitive, personal = (", ".join(_labels(model, grade)) for grade in (Grade.SENSITIVE, Grade.PERSONAL))
        if sensitive or personal:
            yield f"{_name(model)} (`{model._meta.label}`)", sensitive or "–", personal or "–"


def _name(model: Any) -> str:
    """Django names a many-to-many relation by its columns; people by whose it is and what it holds."""
    if not model._meta.auto_created:
        return GERMAN.get(model._meta.verbose_name, str(model._meta.verbose_name))
    owner = model._meta.auto_created._meta
    relation = next(field for field in owner.many_to_many if field.remote_field.through is model)
    return f"{owner.verbose_name}: {relation.verbose_name}"


def _labels(model: Any, grade: Grade) -> list[str]:
    said = registry.grades()[model]
    return [_label(model._meta.get_field(name)) for name, each in said.items() if each == grade]


def _label(field: Any) -> str:
    """Fields that nobody has named for people are those that lead to another table: it has a name."""
    words = str(field.verbose_name)
    if field.is_relation and words.islower():
        return str(field.related_model._meta.verbose_name)
    return GERMAN.get(words, words)


# --- Technical and organisational measures --------------------------------------------------------------


def _measures() -> Iterator[str]:
    yield from (MADE, "", "# Technische und organisatorische Maßnahmen (Artikel 32 DSGVO)", "")
    yield "Was das Portal selbst tut. Die Belege stehen in [security.md](security.md). Was der Betreiber dazu beiträgt"
    yield "(Räume, Server, Verträge nach Artikel 28, Schulung), ergänzt er dort, wo [Betreiber] steht."
    for title, lines in _MEASURES:
        yield from ("", f"## {title}", "", *(f"- {line}" for line in lines))
    yield from ("", "## Rollen am Schreibtisch", "")
    yield "Rechte gibt es nur über diese Rollen; jede Adresse des Schreibtischs ist einem Recht zugeordnet und geprüft"
    yield "(`tests/desk/test_roles.py`)."
    yield ""
    yield from _table(("Rolle", "Anzahl Rechte", "liest Anfragen", "liest den Pool"), list(_roles()))
    yield from ("", "## Grenzen gegen Missbrauch", "")
    yield from _table(
        ("Vorgang", "Grenzen"), [(ACTS.get(act, act), _limits(of)) for act, of in settings.LIMITS.items()]
    )


_MEASURES = (
    (
        "Vertraulichkeit",
        (
            f"Der Schreibtisch öffnet sich nur mit Passwort (mindestens 12 Zeichen, nicht in der Liste häufiger) und "
            f"zweitem Faktor; eine Anmeldung dauert höchstens {settings.SESSION_COOKIE_AGE // 3600} Stunden.",
            "Vor Ausfuhren und Änderungen an Rechten wird die Anmeldung erneut bestätigt.",
            "Geheimnisse zweiter Faktoren sind verschlüsselt, Passwörter gehasht; Schlüssel kommen nur aus "
            "der Umgebung.",
            "Links für Kommunen und Berater*innen sind signiert, an die Adresse gebunden und sterben mit dem Zustand, "
            "für den sie gelten. In Adressen, Protokollen und Betreffzeilen steht nichts Personenbezogenes.",
            "Jede Einsicht in ein Profil des Pools wird vermerkt.",
            "Anlagen liegen außerhalb dessen, was der Webserver ausliefert, und sind nur für den Prozess lesbar.",
            "Verschlüsselung der Datenträger und des Wegs zur Datenbank: [Betreiber].",
        ),
    ),
    (
        "Integrität",
        (
            "Jede Änderung steht im Verlauf, mit Person und Weg, auch wenn sie in Mengen oder unmittelbar in der "
            "Datenbank geschah; den Verlauf kann niemand ändern (Trigger).",
            "Zustände schreibt nur ein Modul, unter Sperre; was ein Zustand verlangt, sichern Bedingungen "
            "der Datenbank.",
            "Anlagen werden an ihrem Inhalt erkannt, nach Art und Größe begrenzt und, wo ClamAV eingerichtet ist, auf "
            "Schadprogramme geprüft.",
            "Eine strenge Content-Security-Policy ohne Ausnahmen: nichts Fremdes wird geladen, nichts Eingebettetes "
            "ausgeführt.",
        ),
    ),
    (
        "Verfügbarkeit und Belastbarkeit",
        (
            "Anfrage, Änderung und geschuldete E-Mail stehen in einer Transaktion; Abstürze prüft `make test-faults`.",
            f"Jede Nacht eine verschlüsselte, zurückgelesene Sicherung; die {settings.BACKUP_KEEP} neuesten "
            f"bleiben. Die "
            "Wiederherstellung wird bei jedem Testlauf geübt.",
            "Grenzen je Postfach, Domain und Netz halten Fluten ab, ohne Dritte und ohne Tracking.",
        ),
    ),
    (
        "Datenminimierung und Löschung",
        (
            "Nach Herkunft wird nicht gefragt. Auswertungen nennen keine Gruppen unter fünf Personen.",
            "Jedes Feld ist eingeordnet; jede Frist ist eine Einstellung und läuft jede Nacht (siehe "
            "[privacy.md](privacy.md)).",
            "Auskunft und Löschung erreichen alle Tabellen, den Verlauf, E-Mails, Anlagen und die Suche.",
        ),
    ),
    (
        "Überprüfung",
        (
            "Alle Zusagen haben einen Test oder einen Befehl ([security.md](security.md)); `make scan` prüft mit einem "
            "Scanner von außen.",
            "Gesundheit, Warteschlange, unzustellbare E-Mails und Absenderdomain werden überwacht; eine E-Mail am Tag, "
            "nur wenn etwas nicht stimmt.",
        ),
    ),
)


def _roles() -> Iterator[tuple[str, str, str, str]]:
    for name, permissions in ROLES.items():
        sees = ["ja" if right in permissions else "nein" for right in _READING]
        yield name, str(len(set(permissions))), sees[0], sees[1]


_READING = ("requests.view_consultationrequest", "advisors.view_advisor")


def _limits(of: dict[str, str]) -> str:
    words = {
        "pair": "je Postfach und Netz",
        "address": "je Postfach",
        "domain": "je Domain",
        "network": "je Netz",
        "thing": "je Eintrag",
    }
    return ", ".join(f"{amount} {words.get(kind, kind)}" for kind, amount in of.items())


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


if __name__ == "__main__":
    main()
