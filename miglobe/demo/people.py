"""The operator, the partners, their coordinators and the pool. All persons are invented.

Regional expertise was dealt out without looking at the names: it says nothing of anybody's origin.
"""

from dataclasses import dataclass
from datetime import date

from miglobe.desk.roles import COORDINATION, FIGURES, LEAD, TECHNICAL

from .words import (
    ADVICE,
    BRIDGES,
    CONCEPT,
    DIALOGUE,
    EDUCATION,
    FAIR,
    FESTIVAL,
    MEETING,
    NETWORK,
    ONLINE,
    OPENING,
    PARTNERSHIP,
    REFUGE,
    SDGS,
    TALK,
    WORKSHOP,
)

PORTAL = {
    "operator": "MiGlobe-Koordination NRW (Vorführung)",
    "address": "Musterweg 1\n53113 Bonn",
    "represented_by": "Miriam Lindhorst",
    "contact_email": "miglobe@skew.example.org",
    "contact_phone": "0228 5550 100",
    "security_contact": "sicherheit@skew.example.org",
    "imprint": "Dies ist eine Vorführung. Alle Personen, Anfragen und Telefonnummern sind erfunden.",
    "privacy_officer": "Rosalie Tönnesmann",
    "privacy_officer_contact": "Musterweg 1, 53113 Bonn\nE-Mail: datenschutz@skew.example.org\nTelefon: 0228 5550 105",
    "supervisory_authority": "Erfundene Aufsichtsbehörde für den Datenschutz\nMusterallee 5, 40213 Düsseldorf",
    "accessibility_checked_on": date(2026, 11, 2),
    "accessibility_method": "Selbstbewertung nach WCAG 2.1 AA, automatische Prüfung mit axe und Test mit einem "
    "Vorleseprogramm.",
    "accessibility_method_en": "Self-assessment against WCAG 2.1 AA, automatic checks with axe and a test with a "
    "screen reader.",
    "enforcement_body": "bund",
}


@dataclass(frozen=True)
class Partner:
    short_name: str
    name: str
    domain: str
    phone: str
    address: str
    website: str
    description: str
    description_en: str


PARTNERS = (
    Partner(
        "SKEW",
        "Servicestelle Kommunen in der Einen Welt",
        "skew.example.org",
        "0228 5550 110",
        "Engagement Global gGmbH\nTulpenfeld 7\n53113 Bonn",
        "https://skew.example.org",
        "Die Servicestelle berät Kommunen in ganz Deutschland zu ihrer Entwicklungspolitik. Sie gehört zur Engagement "
        "Global gGmbH.",
        "The service agency advises municipalities throughout Germany on their development policy. It is part of "
        "Engagement Global gGmbH.",
    ),
    Partner(
        "FSI",
        "Forum für soziale Innovation",
        "fsi.example.org",
        "0212 5550 210",
        "Opferfelder Straße 22\n42719 Solingen",
        "https://fsi.example.org",
        "Das Forum begleitet Verwaltungen und Organisationen bei der interkulturellen Öffnung.",
        "The forum supports administrations and organisations in opening interculturally.",
    ),
    Partner(
        "EWN",
        "Eine Welt Netz NRW",
        "ewn.example.org",
        "0211 5550 310",
        "Kasernenstraße 6\n40213 Düsseldorf",
        "https://ewn.example.org",
        "Im Eine Welt Netz arbeiten entwicklungspolitische Gruppen und Engagierte aus Nordrhein-Westfalen zusammen.",
        "The network brings together groups and people in North Rhine-Westphalia who work for global justice.",
    ),
)


@dataclass(frozen=True)
class Barrier:
    text: str
    page: str
    email: str = ""
    answer: str = ""
    by: str = ""
    """Key of the coordinator who answered."""


BARRIERS = (  # with the working days before today on which they were reported
    (
        26,
        Barrier(
            "In der Liste der Kommunen finde ich mit meinem Vorleseprogramm den Kreis nicht wieder.",
            "/anfrage/",
            "h.vorleser@post.example.net",
        ),
    ),
    (
        9,
        Barrier(
            "Auf dem Telefon ist die Schrift im Menü sehr klein.",
            "/fragen/",
            "k.klein@mail.example.com",
            "Vielen Dank für den Hinweis. Wir haben die Schrift vergrößert.",
            "wiechers",
        ),
    ),
    (1, Barrier("Die Karte auf der Startseite sagt mir nichts. Was zeigt sie?", "/")),
)


@dataclass(frozen=True)
class Coordinator:
    key: str
    name: str
    partner: str
    phone: str
    role: str = COORDINATION


COORDINATORS = (
    Coordinator("lindhorst", "Miriam Lindhorst", "SKEW", "0228 5550 111"),
    Coordinator("kavakli", "Emre Kavakli", "SKEW", "0228 5550 112"),
    Coordinator("wiechers", "Jana Wiechers", "FSI", "0212 5550 211"),
    Coordinator("addokoh", "Samuel Addokoh", "FSI", "0212 5550 212"),
    Coordinator("holtkoetter", "Beate Holtkötter", "EWN", "0211 5550 311"),
    Coordinator("benaissa", "Farida Benaissa-Kolb", "EWN", "0211 5550 312"),
)

OTHERS = (  # one of every other role
    Coordinator("vandenberg", "Hanne van den Berg", "SKEW", "0228 5550 101", LEAD),
    Coordinator("ostrowski", "Piet Ostrowski", "EWN", "0211 5550 320", FIGURES),
    Coordinator("ekinci", "Deniz Ekinci", "SKEW", "0228 5550 130", TECHNICAL),
)
STAFF = (*COORDINATORS, *OTHERS)
VIEWS = (  # of the list of cases, shared with all
    (
        "Meine nach Frist",
        "o=due&person__id__exact=me&state=new&state=searching&state=staffed",
    ),
    ("Überfällig", "o=due&overdue=1"),
    ("Noch niemand", "person__id__exact=none&state=new"),
)


@dataclass(frozen=True)
class Member:
    """A person of the pool. `since` and `left` are working days before today."""

    name: str
    home: str
    topics: tuple[str, ...]
    regions: tuple[str, ...]
    languages: tuple[str, ...] = ("Deutsch", "Englisch")
    formats: tuple[str, ...] = (DIALOGUE, ADVICE, WORKSHOP, MEETING)
    travel_km: int = 80
    online: bool = True
    capacity: int = 2
    since: int = 765
    left: int | None = None
    consents: tuple[str, ...] = ("matching", "shown")
    biased_for: tuple[str, ...] = ()
    about: str = ""


EVERYTHING = ("matching", "shown", "public")


@dataclass(frozen=True)
class Applicant:
    """Somebody who has applied on the public page and confirmed the mailbox."""

    name: str
    email: str
    about: str


APPLICANTS = (  # with the working days before today
    (
        2,
        Applicant(
            "Malika Rautenberg",
            "m.rautenberg@post.example.net",
            "Ich leite seit acht Jahren Workshops zu Fairem Handel und sitze im Beirat eines Eine-Welt-Hauses.",
        ),
    ),
)


MEMBERS = (
    Member(
        "Aylin Brandhoff",
        "Köln",
        (PARTNERSHIP, SDGS, CONCEPT),
        ("Westafrika", "Ghana", "Benin"),
        ("Deutsch", "Englisch", "Französisch"),
        (DIALOGUE, ADVICE, WORKSHOP, TALK, ONLINE),
        travel_km=100,
        capacity=3,
        biased_for=("Köln",),
        consents=EVERYTHING,
        about="Seit fünfzehn Jahren begleite ich Partnerschaften zwischen Städten, am liebsten an einem Tisch.",
    ),
    Member(
        "Kofi Mertensmeyer",
        "Dortmund",
        (FAIR, EDUCATION, FESTIVAL),
        ("Lateinamerika", "Peru", "Bolivien"),
        ("Deutsch", "Spanisch"),
        (DIALOGUE, ADVICE, WORKSHOP, TALK),
        travel_km=70,
        left=35,
        biased_for=("Dortmund",),
    ),
    Member(
        "Leyla Hasenkamp",
        "Essen",
        (NETWORK, BRIDGES, OPENING),
        ("Ostafrika", "Tansania"),
        ("Deutsch", "Englisch", "Swahili"),
        travel_km=90,
        capacity=3,
        consents=EVERYTHING,
        about="Ich bringe Verwaltungen und migrantische Vereine zusammen und moderiere auch schwierige Runden.",
    ),
    Member(
        "Ngozi Abelmann",
        "Bonn",
        (SDGS, CONCEPT, OPENING),
        ("Südasien", "Indien", "Nepal"),
        formats=(DIALOGUE, ADVICE, WORKSHOP, TALK, ONLINE, MEETING),
        travel_km=120,
        consents=EVERYTHING,
        about="Nachhaltigkeitsziele vor Ort umsetzen: Ich helfe, aus Beschlüssen Vorhaben zu machen.",
    ),
    Member(
        "Rodrigo Valdebenita",
        "Münster",
        (PARTNERSHIP, EDUCATION, FAIR),
        ("Südliches Afrika", "Namibia", "Mosambik"),
        ("Deutsch", "Englisch", "Portugiesisch"),
        travel_km=90,
        capacity=3,
    ),
    Member(
        "Thi Lan Doan-Peters",
        "Düsseldorf",
        (NETWORK, FESTIVAL, EDUCATION),
        ("Westafrika", "Zentralafrika", "Kamerun"),
        ("Deutsch", "Französisch"),
        (DIALOGUE, ADVICE, WORKSHOP, TALK, MEETING),
        travel_km=60,
    ),
    Member(
        "Samira Quendler",
        "Bielefeld",
        (REFUGE, NETWORK, BRIDGES),
        ("Nordafrika", "Syrien", "Libanon"),
        ("Deutsch", "Arabisch", "Englisch"),
        travel_km=85,
        consents=("matching",),
        biased_for=("Bielefeld", "Gütersloh"),
    ),
    Member(
        "Yohannes Brückmeier",
        "Wuppertal",
        (OPENING, CONCEPT, SDGS),
        ("Südostasien", "Vietnam", "Philippinen"),
        formats=(DIALOGUE, ADVICE, WORKSHOP, ONLINE),
        travel_km=110,
        capacity=3,
    ),
    Member(
        "Darya Sommerhalder",
        "Aachen",
        (PARTNERSHIP, REFUGE, SDGS),
        ("Zentralafrika", "Demokratische Republik Kongo", "Ruanda"),
        ("Deutsch", "Französisch", "Englisch"),
        (DIALOGUE, ADVICE, TALK, ONLINE),
        travel_km=75,
    ),
    Member(
        "Mamadou Vollrath",
        "Gelsenkirchen",
        (FESTIVAL, NETWORK),
        ("Türkei und", "Bosnien"),
        ("Deutsch", "Türkisch"),
        (DIALOGUE, WORKSHOP, MEETING),
        travel_km=50,
        capacity=1,
        left=395,
    ),
    Member(
        "Shirin Kaltwasser",
        "Paderborn",
        (FAIR, SDGS, CONCEPT),
        ("Lateinamerika", "Brasilien", "Kolumbien"),
        ("Deutsch", "Portugiesisch", "Spanisch"),
        travel_km=95,
    ),
    Member(
        "Jelena Ostermoor",
        "Krefeld",
        (EDUCATION, FESTIVAL, FAIR),
        ("Südasien", "Sri Lanka", "Bangladesch"),
        ("Deutsch", "Englisch"),
        (DIALOGUE, ADVICE, WORKSHOP, TALK),
        travel_km=65,
        biased_for=("Krefeld",),
    ),
    Member(
        "Tariq Weidenhaupt",
        "Hamm",
        (BRIDGES, REFUGE, OPENING),
        ("Zentralasien", "Georgien", "Armenien"),
        ("Deutsch", "Russisch", "Englisch"),
        travel_km=100,
        consents=("matching",),
    ),
    Member(
        "Esperanza Lütkehaus",
        "Siegen",
        (NETWORK, CONCEPT, PARTNERSHIP),
        ("Ostafrika", "Kenia", "Uganda"),
        ("Deutsch", "Englisch", "Spanisch"),
        (DIALOGUE, ADVICE, WORKSHOP, ONLINE, MEETING),
        travel_km=110,
        since=610,
    ),
    Member(
        "Oleksandr Niehoff",
        "Duisburg",
        (REFUGE, BRIDGES),
        ("Türkei und", "Ukraine"),
        ("Englisch", "Ukrainisch", "Russisch"),
        (DIALOGUE, WORKSHOP, MEETING),
        travel_km=45,
        capacity=1,
        since=520,
    ),
    Member(
        "Fatoumata Dierkesmann",
        "Rheine",
        (EDUCATION, SDGS, NETWORK),
        ("Südostasien", "Indonesien"),
        ("Deutsch", "Englisch", "Französisch"),
        travel_km=90,
        online=False,
        consents=("matching",),
    ),
    Member(
        "Hamid Rosenstengel",
        "Leverkusen",
        (FAIR, CONCEPT, OPENING),
        ("Nordafrika", "Tunesien", "Marokko"),
        ("Deutsch", "Französisch", "Arabisch"),
        (DIALOGUE, ADVICE, WORKSHOP, TALK, ONLINE),
        travel_km=80,
        since=590,
        biased_for=("Leverkusen",),
    ),
    Member(
        "Priya Sandkuhle",
        "Mönchengladbach",
        (FESTIVAL, EDUCATION, NETWORK),
        ("Lateinamerika", "Mexiko", "Nicaragua"),
        ("Deutsch", "Spanisch", "Englisch"),
        (DIALOGUE, WORKSHOP, TALK),
        travel_km=60,
        capacity=1,
        left=190,
    ),
    Member(
        "Gustavo Heidbrink",
        "Detmold",
        (PARTNERSHIP, FAIR, BRIDGES),
        ("Südasien", "Afghanistan", "Nepal"),
        ("Deutsch", "Persisch", "Englisch"),
        travel_km=100,
        since=480,
    ),
    Member(
        "Meryem Altenseuer",
        "Bochum",
        (OPENING, NETWORK, SDGS),
        ("Westafrika", "Togo", "Senegal"),
        ("Deutsch", "Französisch", "Türkisch"),
        (DIALOGUE, ADVICE, WORKSHOP, ONLINE, MEETING),
        travel_km=70,
        capacity=3,
        since=700,
    ),
    Member(
        "Abel Tiefenthal",
        "Arnsberg",
        (REFUGE, EDUCATION, PARTNERSHIP),
        ("Nordafrika", "Ägypten"),
        ("Deutsch", "Arabisch"),
        travel_km=70,
    ),
    Member(
        "Nadia Kuckelkorn",
        "Euskirchen",
        (SDGS, FAIR, EDUCATION),
        ("Südliches Afrika", "Sambia", "Südafrika"),
        formats=(DIALOGUE, ADVICE, TALK, ONLINE),
        travel_km=75,
        since=260,
    ),
    Member(
        "Joseph Mwangura",
        "Kleve",
        (PARTNERSHIP, FESTIVAL),
        ("Zentralasien", "Kasachstan"),
        ("Deutsch", "Russisch", "Englisch"),
        (DIALOGUE, WORKSHOP, TALK),
        travel_km=60,
        capacity=1,
        since=25,
        consents=(),
    ),
    Member(
        "Zeynep Vossbeck",
        "Recklinghausen",
        (NETWORK, OPENING, BRIDGES),
        ("Lateinamerika", "Kolumbien"),
        ("Deutsch", "Spanisch", "Kurdisch"),
        travel_km=55,
        since=8,
        consents=("shown",),
    ),
)
