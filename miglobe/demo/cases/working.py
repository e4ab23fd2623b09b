"""Cases that are looking for their team, have found it, or are being advised."""

from ..course import hands_in, proposes_dates
from ..story import (
    Case,
    Channel,
    Kind,
    Outcome,
    Place,
    accepts,
    arranges,
    arrives,
    asks,
    bounces,
    closes,
    corrects,
    drops_out,
    holds,
    keeps_back,
    no,
    notes,
    offered,
    offers_sent,
    replies,
    resumes,
    stands_by,
    starts,
    takes_back,
    takes_over,
    writes,
    writes_back,
    writes_down,
    yes,
)
from ..words import (
    ADVICE,
    BIASED,
    BRIDGES,
    CONCEPT,
    DIALOGUE,
    EDUCATION,
    FAIR,
    FESTIVAL,
    MEETING,
    NETWORK,
    NO_TIME,
    ONLINE,
    OPENING,
    OTHER,
    PARTNERSHIP,
    REFUGE,
    SDGS,
    TALK,
    TOO_FAR,
    WORKSHOP,
)

MAILBOX_FULL = "452 4.2.2 The email account that you tried to reach is over quota"

SEARCHING = (
    Case(
        municipality="Dortmund",
        contact="Nicole Wrede-Özkaya",
        office="Büro für internationale Beziehungen und nachhaltige Entwicklung",
        phone="0231 5550 770",
        topics=(SDGS, NETWORK, OPENING),
        concern=(
            "Die Stadt schreibt ihre Nachhaltigkeitsstrategie fort. In den bisherigen Beteiligungsrunden waren "
            "migrantische Selbstorganisationen kaum vertreten, obwohl sie vielfältige Verbindungen in den Globalen "
            "Süden haben. Für die zweite Runde möchten wir ein Format entwickeln, das diese Gruppen wirklich erreicht."
        ),
        hope=(
            "Wir erhoffen uns ein Beteiligungsformat, das wir in drei Stadtbezirken erproben können, und eine offene "
            "Rückmeldung zu unseren bisherigen Einladungen."
        ),
        formats=(DIALOGUE, ADVICE, WORKSHOP),
        wished=(30, 210),
        by="holtkoetter",
        life=(
            *arrives(4),
            takes_over(3),
            accepts(1),
            writes_back(
                1,
                "Für das Dialogforum suchen wir gerade zwei Berater*innen mit Erfahrung in der Beteiligung. Zwei der "
                "drei Stadtbezirke möchten wir gern vorab kennenlernen. Passt Ihnen ein Termin in der nächsten Woche?",
            ),
            keeps_back(1, "requests/message"),
        ),
    ),
    Case(
        municipality="Kamen",
        contact="Burkhard Sieland",
        office="Fachbereich Jugend, Soziales, Schule und Sport",
        phone="02307 5550 48",
        topics=(FAIR, OPENING),
        concern=(
            "Der Rat hat vor einigen Monaten beschlossen, Dienstkleidung und Lebensmittel künftig nach sozialen "
            "Kriterien zu beschaffen. In der zentralen Vergabestelle fehlt noch das Verständnis dafür, was das für "
            "die Menschen in den Herstellungsländern bedeutet. Wir möchten die Kolleginnen und Kollegen mit "
            "Fachleuten ins Gespräch bringen, die diese Länder kennen."
        ),
        hope="Eine halbtägige Schulung der Vergabestelle und eine Sprechstunde für Rückfragen.",
        formats=(WORKSHOP, ONLINE),
        regions=("Südasien",),
        wished=(25, 100),
        channel=Channel.PHONE,
        by="addokoh",
        life=(*arrives(8), takes_over(7), accepts(5), notes(2, 2)),
    ),
    Case(
        municipality="Neuss",
        contact="Friedhelm Nettesheim",
        office="Amt für Wirtschaftsförderung, Partnerschaften",
        phone="02131 5550 46",
        topics=(PARTNERSHIP, SDGS, NETWORK),
        concern=(
            "Neuss unterhält eine Klimapartnerschaft in Lateinamerika. In der Stadt leben viele Menschen, die die "
            "Region kennen, an der Partnerschaft aber nicht beteiligt sind. Vor der nächsten Delegationsreise möchten "
            "wir sie ansprechen und in die Vorbereitung einbeziehen."
        ),
        hope="Ein Konzept für die Ansprache.",
        formats=(DIALOGUE, MEETING),
        languages=("Deutsch", "Spanisch"),
        regions=("Lateinamerika",),
        wished=(30, 150),
        by="kavakli",
        life=(
            *arrives(12),
            takes_over(11),
            corrects(
                10,
                "Erhofftes Ergebnis, Telefon, Themen",
                hope="Ein Konzept für die Ansprache und ein gemeinsames Treffen mindestens zwei Monate vor der Reise.",
                contact_phone="02131 5550 64",
                topics=(PARTNERSHIP, SDGS),
            ),
            accepts(9),
            *offered(6, 4),
            yes(5, 1),
            no(4, 2, NO_TIME, "In den nächsten Wochen bin ich ausgebucht, danach gern."),
            writes(3, "Die Reise ist um drei Wochen verschoben. Für die Ansprache bleibt also etwas mehr Zeit."),
            writes_back(
                2,
                "Vielen Dank, das hilft uns bei der Suche. Eine Person hat schon zugesagt; sobald das Team vollständig "
                "ist, bekommen Sie Nachricht.",
            ),
        ),
    ),
    Case(
        municipality="Velbert",
        contact="Ute Koopmann",
        office="Fachgebiet Integration und Vielfalt",
        phone="02051 5550 27",
        topics=(NETWORK, BRIDGES),
        concern=(
            "In Velbert gibt es engagierte Einzelpersonen mit Verbindungen nach Westafrika und in den Nahen Osten, "
            "aber kaum Vereine. Der Arbeitskreis Eine Welt sucht den Kontakt, weiß jedoch nicht, über welche Wege. "
            "Wir möchten als Stadt vermitteln, ohne jemanden zu vereinnahmen."
        ),
        hope="Begleitung der ersten drei Treffen und eine Einschätzung, welche Rolle die Stadt danach haben sollte.",
        formats=(ADVICE, MEETING),
        place=Place.ON_SITE,
        regions=("Westafrika", "Nordafrika"),
        wished=(14, 160),
        by="benaissa",
        life=(
            *arrives(22),
            takes_over(21),
            accepts(18),
            *offered(17, 3),
            no(15, 2, BIASED, "Mein Bruder arbeitet im Fachgebiet."),
            notes(7, 2),
            offers_sent(4),
            bounces(4, "advisors/offered", MAILBOX_FULL, attempts=10),
        ),
    ),
    Case(
        municipality="Krefeld",
        contact="Dr. Verena Pasch",
        office="Stabsstelle Klimaschutz und Nachhaltigkeit",
        phone="02151 5550 136",
        topics=(SDGS, EDUCATION),
        concern=(
            "Die Stabsstelle bereitet ein Bildungsangebot zu Klimagerechtigkeit für Berufskollegs vor. Ein großer Teil "
            "der Schülerschaft hat Verwandte in Ländern, die vom Klimawandel besonders betroffen sind. Diese "
            "Erfahrungen sollen Ausgangspunkt des Unterrichts sein und nicht nur Beispiel."
        ),
        hope="Erprobte Unterrichtsbausteine und zwei Schulungen für Lehrkräfte.",
        formats=(ADVICE, WORKSHOP),
        languages=("Deutsch", "Englisch"),
        regions=("Südasien",),
        wished=(30, 250),
        by="lindhorst",
        life=(
            *arrives(118),
            takes_over(117),
            accepts(115),
            *offered(114, 2),
            yes(112, 2),
            yes(110, 1),
            arranges(108, 14, "Rathaus, Sitzungsraum 2"),
            holds(96, 14, "Alle wollen eine Beratung über mehrere Monate. Nächster Schritt: Ziele festlegen."),
            starts(92),
            drops_out(3, 1, "Muss den Einsatz aus familiären Gründen beenden, hat alle Unterlagen übergeben."),
            *offered(2, 2),
        ),
    ),
    Case(
        municipality="Solingen",
        contact="Annegret Tillmanns",
        office="Stadtdienst Integration",
        phone="0212 5550 64",
        topics=(FAIR, EDUCATION),
        concern=(
            "Solingen bereitet die Faire Woche vor. Mehrere Gruppen, die Menschen aus Anbauländern vertreten, möchten "
            "mitgestalten, wissen aber nicht, wie sie mit Schulen ins Gespräch kommen."
        ),
        hope="Ein Programm, das Schulen und Gruppen gemeinsam tragen.",
        formats=(WORKSHOP, TALK),
        regions=("Westafrika",),
        wished=(20, 120),
        by="lindhorst",
        life=(*arrives(7), takes_over(6), accepts(4)),
    ),
    Case(
        municipality="Arnsberg",
        contact="Wolfgang Schulte-Berge",
        office="Zukunftsagentur",
        phone="02932 5550 19",
        topics=(PARTNERSHIP, NETWORK),
        concern=(
            "Aus einer Schulpartnerschaft mit einer Stadt in Ostafrika soll eine Partnerschaft der Kommunen werden. "
            "Familien aus der Region leben seit Jahren hier und haben eigene Vorstellungen davon."
        ),
        hope="Ein erstes Gespräch mit allen, die beteiligt sein wollen.",
        formats=(DIALOGUE,),
        regions=("Ostafrika",),
        wished=(20, 150),
        by="addokoh",
        life=(*arrives(6), takes_over(5), accepts(3)),
    ),
    Case(
        municipality="Minden",
        contact="Dörte Hasenpusch",
        office="Bereich Zentrale Steuerung",
        phone="0571 5550 82",
        topics=(OPENING, CONCEPT),
        concern=(
            "Der Rat wünscht sich ein Handlungskonzept zur interkulturellen Öffnung. Wie sich die kommunale "
            "Entwicklungspolitik darin wiederfinden kann, ist noch offen."
        ),
        hope="Eine Gliederung und zwei Arbeitstreffen mit der Verwaltung.",
        formats=(ADVICE, DIALOGUE),
        wished=(30, 200),
        by="wiechers",
        life=(*arrives(5), takes_over(4), accepts(2)),
    ),
)

STAFFED = (
    Case(
        municipality="Rietberg",
        contact="Hildegard Pollmeier",
        office="Abteilung Schule und Soziales",
        phone="05244 5550 33",
        topics=(FESTIVAL, NETWORK),
        concern=(
            "Unser interkulturelles Fest besteht seit zehn Jahren und läuft im Wesentlichen gleich ab: Essen, Musik, "
            "Tanz. Mehrere Vereine haben uns gesagt, dass sie mehr zu sagen haben. Wir möchten das Fest gemeinsam mit "
            "ihnen um entwicklungspolitische Themen erweitern."
        ),
        hope="Ein neues Programm, das die Vereine selbst verantworten, und eine Rollenklärung für die Stadt.",
        formats=(DIALOGUE, WORKSHOP),
        place=Place.ON_SITE,
        wished=(30, 180),
        by="wiechers",
        life=(
            *arrives(20),
            takes_over(19),
            accepts(17),
            *offered(16, 3),
            yes(14, 1),
            takes_back(12, 3),
            *offered(12, 1),
            no(9, 2, TOO_FAR),
            yes(6, 4),
            proposes_dates(
                3,
                1,
                *(11, 12, 16),
                place="Kulturhaus, Gruppenraum",
                word="Wir möchten die drei größten Vereine gleich zum ersten Gespräch einladen.",
            ),
        ),
    ),
    Case(
        municipality="Rhein-Kreis Neuss",
        contact="Olaf Schmitz-Kerpen",
        office="Amt für Entwicklungs- und Landschaftsplanung",
        phone="02181 5550 205",
        topics=(CONCEPT, FAIR),
        concern=(
            "Der Kreis und zwei seiner Städte möchten faire Beschaffung gemeinsam angehen, weil sich größere Mengen "
            "besser ausschreiben lassen. Bisher kennen wir die Situation in den Produktionsländern nur aus Papieren. "
            "Wir suchen Personen, die diese Erfahrung einbringen und unsere Kriterien kritisch prüfen."
        ),
        hope="Ein gemeinsames Eckpunktepapier der drei Verwaltungen innerhalb eines halben Jahres.",
        formats=(ADVICE, WORKSHOP, ONLINE),
        partners=("Dormagen", "Grevenbroich"),
        wished=(14, 200),
        by="holtkoetter",
        life=(
            *arrives(16),
            takes_over(15),
            accepts(14),
            *offered(13, 4),
            yes(12, 3),
            no(11, 1, NO_TIME),
            yes(10, 2),
            arranges(4, 16, "Rathaus, Raum 104"),
            writes(
                1,
                "Unser Kreistag tagt in drei Wochen und möchte sich mit dem Vorhaben befassen. Kann das erste Gespräch "
                "noch vorher stattfinden? Donnerstags geht es bei uns am besten.",
            ),
        ),
    ),
)

RUNNING = (
    Case(
        municipality="Gütersloh",
        contact="Mechthild Baumhöfener",
        office="Fachbereich Bildung, Stabsstelle Integration",
        phone="05241 5550 88",
        topics=(NETWORK, BRIDGES),
        concern=(
            "Bei uns engagieren sich viele Menschen mit Zuwanderungsgeschichte in eigenen Initiativen. Für das Forum "
            "Eine Welt wünschen wir uns, dass diese Initiativen Themen setzen und nicht nur eingeladen werden. Die "
            "Verwaltung muss dafür einiges an ihren Abläufen ändern."
        ),
        hope="Klarheit, welche Abläufe im Weg stehen, und ein gemeinsamer Fahrplan.",
        formats=(DIALOGUE, ADVICE),
        wished=(20, 120),
        by="addokoh",
        life=(
            *arrives(290),
            takes_over(289),
            accepts(287),
            *offered(286, 2),
            yes(284, 1),
            yes(283, 2),
            closes(
                230,
                Outcome.DIALOGUE,
                "Dialogforum mit fünf Initiativen. Die Stadt will zunächst intern weiterarbeiten.",
            ),
            resumes(48, "Die Stadt hat Mittel im Haushalt und möchte den Fahrplan mit demselben Team erarbeiten."),
            hands_in(
                2,
                1,
                "3.5",
                "Die Stadt benennt bis zum Sommer eine Ansprechperson für die Initiativen und öffnet das Forum Eine "
                "Welt für Themen, die sie vorschlagen.",
                "Ein Sprecher*innenkreis, der zweimal im Jahr mit der Verwaltung plant, oder feste Plätze im "
                "Forum für drei Initiativen.",
                "Räume und Anträge zuerst vereinfachen: Daran sind die meisten Vorhaben bisher gescheitert.",
            ),
        ),
    ),
    Case(
        municipality="Detmold",
        contact="Gudrun Brinkschulte",
        office="Fachbereich Jugend, Schule und Sport",
        phone="05231 5550 51",
        topics=(EDUCATION, PARTNERSHIP),
        concern=(
            "Detmold möchte seine Bildungsarbeit zum Globalen Süden neu ausrichten. Stadtbibliothek, Volkshochschule "
            "und Schulen arbeiten nebeneinander her; Vereine von Zugewanderten werden meist erst gefragt, wenn das "
            "Programm schon steht. Wir wollen das umdrehen."
        ),
        hope=(
            "Ein gemeinsames Jahresprogramm, an dem mindestens drei Vereine von Beginn an mitwirken, und eine "
            "Veranstaltungsreihe zu kolonialen Spuren in der Region."
        ),
        formats=(ADVICE, WORKSHOP, TALK),
        place=Place.ON_SITE,
        wished=(40, 360),
        by="lindhorst",
        life=(
            *arrives(205),
            takes_over(204),
            accepts(201),
            *offered(200, 3),
            yes(198, 2),
            no(197, 1, OTHER, "Ich kenne die Bibliotheksleitung gut und möchte keinen falschen Eindruck wecken."),
            yes(195, 3),
            arranges(190, 21, "Stadtbibliothek, Lesesaal"),
            holds(172, 22, "Großes Interesse. Eine Arbeitsgruppe aus Amt und Vereinen wird gegründet."),
            starts(170),
            arranges(20, 21, "Stadtbibliothek, Lesesaal", Kind.WORKSHOP),
            writes_down(
                120,
                "Frau Brinkschulte wechselt im Frühjahr das Amt. Bitte den Abschluss vorher mit ihr besprechen.",
            ),
            writes_back(31, "Wie läuft es mit dem Team? Wenn Sie etwas brauchen, schreiben Sie uns gern."),
            writes(29, "Danke, sehr gut. Der nächste Termin ist schon vereinbart."),
            writes_back(29, "Das freut uns. Wir melden uns zum Abschluss wieder."),
        ),
    ),
    Case(
        municipality="Leverkusen",
        contact="Judith Engstler",
        office="Dezernat für Bürger, Umwelt und Soziales",
        phone="0214 5550 610",
        topics=(REFUGE, NETWORK),
        concern=(
            "Eine Gruppe geflüchteter Ingenieurinnen und Ärzte hat uns angesprochen: Sie möchten ihr Wissen für den "
            "Wiederaufbau in ihren Herkunftsregionen einsetzen und suchen dafür Partner in der Stadt. Wir unterstützen "
            "das gern, haben mit solchen Vorhaben aber keine Erfahrung."
        ),
        hope="Eine Prüfung der Idee, Kontakte zu Fachstellen und ein realistischer Zeitplan für die Gruppe.",
        formats=(ADVICE, MEETING),
        languages=("Deutsch", "Englisch", "Arabisch"),
        regions=("Nordafrika",),
        wished=(14, 200),
        channel=Channel.ADVISOR,
        by="kavakli",
        life=(
            *arrives(88),
            takes_over(88),
            asks(87, "Wie groß ist die Gruppe, und gibt es bereits eine feste Ansprechperson?"),
            replies(
                84, "Es sind zwölf Personen, Sprecherin ist eine Bauingenieurin. Wir stellen den Kontakt gern her."
            ),
            accepts(83),
            *offered(82, 3),
            yes(80, 1),
            yes(77, 2),
            arranges(74, 14, "Videokonferenz, Zugang per E-Mail"),
            holds(62, 9, "Die Gruppe wünscht sich Begleitung beim Antrag."),
            starts(60),
            stands_by(58),
            arranges(5, 21, "Interkulturelles Zentrum, Saal 1", Kind.CONSULTATION),
        ),
    ),
    Case(
        municipality="Lüdenscheid",
        contact="Martin Hesterkamp",
        office="Fachdienst Bildung und Integration",
        phone="02351 5550 92",
        topics=(OPENING, CONCEPT),
        concern=(
            "Das Integrationskonzept der Stadt wird überarbeitet. Entwicklungspolitik kam darin bisher nicht vor, "
            "obwohl viele Menschen in Lüdenscheid Projekte in ihren Herkunftsländern unterstützen. Wir möchten ein "
            "eigenes Kapitel dazu schreiben, und zwar mit den Beteiligten."
        ),
        hope="Ein Kapitel mit fünf bis acht Maßnahmen, das der Rat mittragen kann.",
        formats=(DIALOGUE, ADVICE),
        wished=(30, 180),
        by="wiechers",
        life=(
            *arrives(64),
            takes_over(63),
            accepts(61, team_size=1),
            *offered(60, 2),
            yes(58, 1),
            starts(40),
        ),
    ),
)

CASES = (*SEARCHING, *STAFFED, *RUNNING)
