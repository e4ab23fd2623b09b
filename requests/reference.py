"""The data that a request chooses from: municipalities and vocabularies. Loading them again changes nothing.

What coordinators have edited stays: vocabularies are only completed, municipalities follow the file.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import models

from .models import Format, Language, Municipality, Reason, Region, Term, Topic

MUNICIPALITIES = Path(__file__).parent / "data" / "nrw_municipalities.csv"
_FOLD = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})

Names = tuple[str, str]
"""German and English."""

TOPICS: tuple[Names, ...] = (
    (
        "Städte- und Projektpartnerschaften mit dem Globalen Süden",
        "Town twinning and project partnerships with the Global South",
    ),
    ("Fairer Handel und faire Beschaffung", "Fair trade and fair procurement"),
    (
        "Agenda 2030 und globale Nachhaltigkeitsziele (SDGs) vor Ort",
        "The 2030 Agenda and the Sustainable Development Goals (SDGs) at local level",
    ),
    ("Entwicklungspolitische Bildungsarbeit", "Global citizenship and development education"),
    (
        "Beteiligung migrantischer Organisationen und Vernetzung",
        "Participation of migrant organisations and networking",
    ),
    ("Geflüchtete und Entwicklungspolitik, Fluchtursachen", "Refugees and development policy, causes of displacement"),
    ("Internationale und interkulturelle Feste, Faire Woche", "International and intercultural festivals, Fair Week"),
    ("Interkulturelle Öffnung der Verwaltung", "Opening the administration interculturally"),
    ("Handlungskonzept oder Ratsbeschluss", "Action plan or council resolution"),
    ("Brückenbauer-Pools", "Pools of bridge-builders"),
)
FORMATS: tuple[Names, ...] = (
    ("Dialogforum", "Dialogforum"),
    ("Beratung und Begleitung über mehrere Monate", "Consultation and support over several months"),
    ("Workshop oder Fachtag", "Workshop or conference day"),
    ("Impulsvortrag oder Infostand", "Short talk or information stand"),
    ("Online-Gespräch", "Online meeting"),
    ("Vernetzungstreffen", "Networking meeting"),
)
LANGUAGES: tuple[Names, ...] = (
    ("Deutsch", "German"),
    ("Englisch", "English"),
    ("Französisch", "French"),
    ("Spanisch", "Spanish"),
    ("Portugiesisch", "Portuguese"),
    ("Arabisch", "Arabic"),
    ("Türkisch", "Turkish"),
    ("Kurdisch", "Kurdish"),
    ("Persisch (Farsi, Dari)", "Persian (Farsi, Dari)"),
    ("Russisch", "Russian"),
    ("Ukrainisch", "Ukrainian"),
    ("Swahili", "Swahili"),
)
REGIONS: dict[Names, tuple[Names, ...]] = {
    ("Nordafrika und Naher Osten", "North Africa and Middle East"): (
        ("Ägypten", "Egypt"),
        ("Libanon", "Lebanon"),
        ("Marokko", "Morocco"),
        ("Syrien", "Syria"),
        ("Tunesien", "Tunisia"),
    ),
    ("Westafrika", "West Africa"): (
        ("Benin", "Benin"),
        ("Burkina Faso", "Burkina Faso"),
        ("Ghana", "Ghana"),
        ("Nigeria", "Nigeria"),
        ("Senegal", "Senegal"),
        ("Togo", "Togo"),
    ),
    ("Zentralafrika", "Central Africa"): (
        ("Demokratische Republik Kongo", "Democratic Republic of the Congo"),
        ("Kamerun", "Cameroon"),
    ),
    ("Ostafrika", "East Africa"): (
        ("Äthiopien", "Ethiopia"),
        ("Eritrea", "Eritrea"),
        ("Kenia", "Kenya"),
        ("Ruanda", "Rwanda"),
        ("Tansania", "Tanzania"),
        ("Uganda", "Uganda"),
    ),
    ("Südliches Afrika", "Southern Africa"): (
        ("Mosambik", "Mozambique"),
        ("Namibia", "Namibia"),
        ("Sambia", "Zambia"),
        ("Südafrika", "South Africa"),
    ),
    ("Lateinamerika und Karibik", "Latin America and the Caribbean"): (
        ("Bolivien", "Bolivia"),
        ("Brasilien", "Brazil"),
        ("Kolumbien", "Colombia"),
        ("Mexiko", "Mexico"),
        ("Nicaragua", "Nicaragua"),
        ("Peru", "Peru"),
    ),
    ("Südasien", "South Asia"): (
        ("Afghanistan", "Afghanistan"),
        ("Bangladesch", "Bangladesh"),
        ("Indien", "India"),
        ("Nepal", "Nepal"),
        ("Sri Lanka", "Sri Lanka"),
    ),
    ("Südostasien und Ostasien", "South-East and East Asia"): (
        ("Indonesien", "Indonesia"),
        ("Philippinen", "Philippines"),
        ("Vietnam", "Vietnam"),
    ),
    ("Zentralasien und Kaukasus", "Central Asia and the Caucasus"): (
        ("Armenien", "Armenia"),
        ("Georgien", "Georgia"),
        ("Kasachstan", "Kazakhstan"),
    ),
    ("Türkei und Südosteuropa", "Turkey and South-East Europe"): (
        ("Albanien", "Albania"),
        ("Bosnien und Herzegowina", "Bosnia and Herzegovina"),
        ("Türkei", "Turkey"),
        ("Ukraine", "Ukraine"),
    ),
}
REASONS: dict[Names, Names] = {
    ("Keine Kommune", "Not a municipality"): (
        "MiGlobe berät Verwaltungen von Städten, Gemeinden und Kreisen. Andere Stellen können sich über ihre Kommune "
        "beteiligen; sprechen Sie sie gern auf MiGlobe an.",
        "MiGlobe advises the administrations of towns, municipalities and districts. Other organisations can take "
        "part through their municipality; you are welcome to tell it about MiGlobe.",
    ),
    ("Nicht in Nordrhein-Westfalen", "Not in North Rhine-Westphalia"): (
        "MiGlobe berät in diesem Portal nur Kommunen in Nordrhein-Westfalen.",
        "Through this portal, MiGlobe only advises municipalities in North Rhine-Westphalia.",
    ),
    ("Ein anderes Angebot passt besser", "Another offer is a better fit"): (
        "Für Ihr Anliegen gibt es ein Angebot, das besser passt.",
        "There is another offer that suits your plans better.",
    ),
    ("Keine freien Kapazitäten", "No capacity at present"): (
        "Zurzeit sind alle Berater*innen ausgelastet. Bitte fragen Sie in einigen Monaten wieder an.",
        "All advisors are fully booked at the moment. Please ask again in a few months.",
    ),
    ("Zurückgezogen", "Withdrawn"): (
        "Sie haben uns mitgeteilt, dass die Beratung nicht mehr nötig ist.",
        "You have told us that the consultation is no longer needed.",
    ),
    ("Doppelt gestellt", "Sent twice"): (
        "Zu diesem Anliegen liegt uns bereits eine Anfrage Ihrer Kommune vor. Wir führen sie dort weiter.",
        "We already have a request from your municipality about this. We will continue there.",
    ),
}


def load() -> None:
    load_municipalities()
    complete(Topic, TOPICS)
    complete(Format, FORMATS)
    complete(Language, LANGUAGES)
    for number, (names, countries) in enumerate(REGIONS.items()):
        complete(Region, [names], start=100 * number)
        complete(Region, countries, start=100 * number + 1, part_of=Region.objects.get(name=names[0]))
    _load_reasons()


def _load_reasons() -> None:
    for position, (names, (german, english)) in enumerate(REASONS.items()):
        complete(Reason, [names], start=position, explanation=german, explanation_en=english)
        Reason.objects.filter(explanation=german, explanation_en="").update(explanation_en=english)


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


def complete(model: type[Term], names: Iterable[Names], *, start: int = 0, **values: object) -> None:
    """Adds the entries of a vocabulary that are missing, in this order, from the position `start` on.

    An entry that still has its German name but no English one gets it.
    """
    entries: models.Manager[Any] = model._default_manager
    for position, (german, english) in enumerate(names, start):
        defaults = {"name_en": english, "position": position, **values}
        _, created = entries.get_or_create(name=german, defaults=defaults)
        if not created:
            entries.filter(name=german, name_en="").update(name_en=english)
