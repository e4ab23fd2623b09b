"""The data that a request chooses from: municipalities and vocabularies. Loading them again changes nothing.

What coordinators have edited stays: vocabularies are only completed, municipalities follow the file.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from .models import Format, Language, Municipality, Reason, Region, Term, Topic

MUNICIPALITIES = Path(__file__).parent / "data" / "nrw_municipalities.csv"
_FOLD = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})

TOPICS = (
    "Städte- und Projektpartnerschaften mit dem Globalen Süden",
    "Fairer Handel und faire Beschaffung",
    "Agenda 2030 und globale Nachhaltigkeitsziele (SDGs) vor Ort",
    "Entwicklungspolitische Bildungsarbeit",
    "Beteiligung migrantischer Organisationen und Vernetzung",
    "Geflüchtete und Entwicklungspolitik, Fluchtursachen",
    "Internationale und interkulturelle Feste, Faire Woche",
    "Interkulturelle Öffnung der Verwaltung",
    "Handlungskonzept oder Ratsbeschluss",
    "Brückenbauer-Pools",
)
FORMATS = (
    "Dialogforum",
    "Beratung und Begleitung über mehrere Monate",
    "Workshop oder Fachtag",
    "Impulsvortrag oder Infostand",
    "Online-Gespräch",
    "Vernetzungstreffen",
)
LANGUAGES = (
    "Deutsch", "Englisch", "Französisch", "Spanisch", "Portugiesisch", "Arabisch",
    "Türkisch", "Kurdisch", "Persisch (Farsi, Dari)", "Russisch", "Ukrainisch", "Swahili",
)  # fmt: skip
REGIONS = {
    "Nordafrika und Naher Osten": ("Ägypten", "Libanon", "Marokko", "Syrien", "Tunesien"),
    "Westafrika": ("Benin", "Burkina Faso", "Ghana", "Nigeria", "Senegal", "Togo"),
    "Zentralafrika": ("Demokratische Republik Kongo", "Kamerun"),
    "Ostafrika": ("Äthiopien", "Eritrea", "Kenia", "Ruanda", "Tansania", "Uganda"),
    "Südliches Afrika": ("Mosambik", "Namibia", "Sambia", "Südafrika"),
    "Lateinamerika und Karibik": ("Bolivien", "Brasilien", "Kolumbien", "Mexiko", "Nicaragua", "Peru"),
    "Südasien": ("Afghanistan", "Bangladesch", "Indien", "Nepal", "Sri Lanka"),
    "Südostasien und Ostasien": ("Indonesien", "Philippinen", "Vietnam"),
    "Zentralasien und Kaukasus": ("Armenien", "Georgien", "Kasachstan"),
    "Türkei und Südosteuropa": ("Albanien", "Bosnien und Herzegowina", "Türkei", "Ukraine"),
}
REASONS = {
    "Keine Kommune": "MiGlobe berät Verwaltungen von Städten, Gemeinden und Kreisen. Andere Stellen können sich über "
    "ihre Kommune beteiligen; sprechen Sie sie gern auf MiGlobe an.",
    "Nicht in Nordrhein-Westfalen": "MiGlobe berät in diesem Portal nur Kommunen in Nordrhein-Westfalen.",
    "Ein anderes Angebot passt besser": "Für Ihr Anliegen gibt es ein Angebot, das besser passt.",
    "Keine freien Kapazitäten": "Zurzeit sind alle Berater*innen ausgelastet. Bitte fragen Sie in einigen Monaten "
    "wieder an.",
    "Zurückgezogen": "Sie haben uns mitgeteilt, dass die Beratung nicht mehr nötig ist.",
    "Doppelt gestellt": "Zu diesem Anliegen liegt uns bereits eine Anfrage Ihrer Kommune vor. Wir führen sie dort "
    "weiter.",
}


def load() -> None:
    load_municipalities()
    complete(Topic, TOPICS)
    complete(Format, FORMATS)
    complete(Language, LANGUAGES)
    for number, (name, countries) in enumerate(REGIONS.items()):
        complete(Region, [name], start=100 * number)
        complete(Region, countries, start=100 * number + 1, part_of=Region.objects.get(name=name))
    for position, (name, explanation) in enumerate(REASONS.items()):
        Reason.objects.get_or_create(name=name, defaults={"position": position, "explanation": explanation})


def load_municipalities() -> None:
    with MUNICIPALITIES.open(encoding="utf-8", newline="") as file:
        rows = [_municipality(row) for row in csv.DictReader(file)]
    fields = [field.name for field in Municipality._meta.concrete_fields if field.name not in ("ags", "active")]
    Municipality.objects.bulk_create(rows, update_conflicts=True, unique_fields=["ags"], update_fields=fields)


def _municipality(row: dict[str, str]) -> Municipality:
    return Municipality(
        ags=row["ags"],
        name=row["name"],
        sort_key=sort_key(row["name"]),
        is_district=row["level"] == "kreis",
        type=row["type"],
        district_ags=row["kreis_ags"],
        district_name=row["kreis_name"],
        region=row["regierungsbezirk"],
        latitude=float(row["lat"]),
        longitude=float(row["lon"]),
    )


def sort_key(name: str) -> str:
    """German dictionary order (DIN 5007-1) without a collation of the database: umlauts as their vowels."""
    return name.casefold().translate(_FOLD)


def complete(model: type[Term], names: Iterable[str], *, start: int = 0, **values: object) -> None:
    """Adds the entries of a vocabulary that are missing, in this order, from the position `start` on."""
    for position, name in enumerate(names, start):
        model.objects.get_or_create(name=name, defaults={"position": position, **values})  # type: ignore[attr-defined]
