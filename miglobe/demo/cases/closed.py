"""Cases that have come to their end: with a consultation, with one talk, or broken off."""

from advisors.models import FollowUp

from ..course import asked_what_became, reported, says, tells_what_became
from ..story import (
    Case,
    Channel,
    Outcome,
    Place,
    accepts,
    arrives,
    asks,
    closes,
    drops_out,
    no,
    offered,
    replies,
    starts,
    takes_over,
    writes,
    writes_back,
    yes,
)
from ..words import (
    ADVICE,
    BRIDGES,
    CONCEPT,
    DIALOGUE,
    EDUCATION,
    FAIR,
    FESTIVAL,
    NETWORK,
    NO_TIME,
    NOT_MY_FIELD,
    ONLINE,
    OPENING,
    PARTNERSHIP,
    REFUGE,
    SDGS,
    TOO_FAR,
    WORKSHOP,
)

CASES = (
    Case(
        municipality="Ahlen",
        contact="Birgit Wessendorf",
        office="Fachbereich Jugend, Soziales und Integration",
        phone="02382 5550 114",
        topics=(NETWORK, FESTIVAL),
        concern=(
            "In Ahlen sind rund ein Dutzend Vereine von Menschen mit Zuwanderungsgeschichte aktiv. Beim Stadtfest "
            "treten viele von ihnen auf, an der Planung der Fairen Woche und der Einen-Welt-Arbeit sind sie aber "
            "bisher nicht beteiligt. Wir möchten wissen, wie wir die Vereine auf Augenhöhe ansprechen und dauerhaft "
            "einbinden können."
        ),
        hope=(
            "Wir wünschen uns ein gemeinsames Auftaktgespräch mit den Vereinen und danach konkrete Schritte für das "
            "kommende Jahr. Am Ende soll ein fester Kreis stehen, der sich mehrmals im Jahr trifft."
        ),
        formats=(DIALOGUE, ADVICE),
        place=Place.ON_SITE,
        wished=(30, 200),
        by="wiechers",
        life=(
            *arrives(748),
            takes_over(747),
            accepts(746),
            *offered(745, 3),
            no(744, 2, NO_TIME),
            yes(743, 1),
            yes(741, 3),
            starts(722),
            closes(
                640,
                Outcome.CONSULTED,
                "Vier Treffen mit elf Vereinen. Der Runde Tisch „Eine Welt Ahlen“ tagt jetzt vierteljährlich, "
                "Einladung durch die Stadt.",
            ),
            reported(
                634,
                "7.5",
                "Der Runde Tisch tagt vierteljährlich; die Stadt lädt ein, die Vereine leiten ihn im Wechsel.",
                "Ein kleiner Fonds für gemeinsame Vorhaben, oder zunächst nur Räume und Öffentlichkeitsarbeit.",
                "Die Vereine von Anfang an die Tagesordnung setzen lassen.",
            ),
            says(
                628,
                5,
                "Dass beide Berater*innen aus eigener Vereinsarbeit sprachen.",
                "Mehr Zeit zwischen dem zweiten und dem dritten Treffen.",
            ),
        ),
    ),
    Case(
        municipality="Kreis Steinfurt",
        contact="Dr. Ansgar Teupe",
        office="Amt für Klimaschutz und Nachhaltigkeit",
        phone="02551 5550 210",
        topics=(CONCEPT, NETWORK),
        concern=(
            "Der Kreistag hat die Verwaltung beauftragt, gemeinsam mit den Städten Rheine und Ibbenbüren ein "
            "Handlungskonzept für die kommunale Entwicklungspolitik zu erarbeiten. Migrantische Organisationen "
            "sollen von Anfang an mitschreiben. Uns fehlt Erfahrung, wie ein solcher Prozess über mehrere Kommunen "
            "hinweg aufgebaut wird."
        ),
        hope=(
            "Wir erhoffen uns Unterstützung beim Zuschnitt des Beteiligungsprozesses und bei zwei Werkstätten. Das "
            "Konzept soll dem Kreistag als Beschlussvorlage vorgelegt werden."
        ),
        formats=(ADVICE, WORKSHOP),
        wished=(45, 270),
        partners=("Rheine", "Ibbenbüren"),
        channel=Channel.EVENT,
        by="holtkoetter",
        life=(
            *arrives(715),
            takes_over(714),
            accepts(712, team_size=3),
            *offered(711, 4),
            yes(710, 2),
            yes(708, 1),
            no(707, 3, TOO_FAR, "Rheine ist von mir aus leider eine halbe Tagesreise."),
            yes(706, 4),
            starts(690),
            closes(
                560,
                Outcome.CONSULTED,
                "Zwei Werkstätten mit zusammen 64 Teilnehmenden. Der Kreistag hat das Handlungskonzept einstimmig "
                "beschlossen.",
            ),
        ),
    ),
    Case(
        municipality="Nottuln",
        contact="Henrike Schulze-Austrup",
        office="Fachbereich Bildung und Kultur",
        phone="02502 5550 31",
        topics=(FAIR, EDUCATION),
        concern=(
            "Unsere Gemeinde ist seit einigen Jahren Fairtrade-Town. Die Steuerungsgruppe besteht fast nur aus "
            "Personen, die von Beginn an dabei sind, und neue Mitglieder finden wir kaum. Wir fragen uns, wie wir "
            "Familien mit internationaler Geschichte und junge Menschen für das Thema gewinnen."
        ),
        hope="Ein Gespräch mit der Steuerungsgruppe, aus dem zwei oder drei umsetzbare Ideen hervorgehen.",
        formats=(DIALOGUE,),
        place=Place.ON_SITE,
        wished=(20, 120),
        by="benaissa",
        life=(
            *arrives(690),
            accepts(688),
            *offered(688, 2),
            yes(686, 1),
            yes(684, 2),
            closes(
                640,
                Outcome.DIALOGUE,
                "Ein gut besuchtes Dialogforum. Die Steuerungsgruppe arbeitet mit den Ideen allein weiter.",
            ),
        ),
    ),
    Case(
        municipality="Hagen",
        contact="Thorsten Overbeck",
        office="Kommunales Integrationszentrum",
        phone="02331 5550 420",
        topics=(REFUGE, BRIDGES),
        concern=(
            "In Hagen leben viele Menschen, die in den vergangenen Jahren vor Krieg und Verfolgung geflohen sind. "
            "In der öffentlichen Debatte kommen die Ursachen von Flucht kaum vor. Wir möchten Geflüchtete befähigen, "
            "als Referentinnen und Referenten in Schulen und Volkshochschule über ihre Herkunftsregionen zu sprechen."
        ),
        hope=(
            "Ziel ist ein Pool von etwa zehn geschulten Personen, die wir vermitteln können. Dafür brauchen wir Hilfe "
            "bei Auswahl, Qualifizierung und Honorarfragen."
        ),
        formats=(ADVICE, WORKSHOP),
        languages=("Deutsch", "Englisch", "Arabisch"),
        regions=("Nordafrika",),
        wished=(30, 240),
        channel=Channel.PHONE,
        by="lindhorst",
        life=(
            *arrives(650),
            takes_over(650),
            accepts(649),
            *offered(648, 3),
            yes(646, 1),
            yes(644, 2),
            starts(630),
            drops_out(600, 2, "Hat eine volle Stelle angetreten und kann den Einsatz nicht fortführen."),
            *offered(599, 1),
            yes(597, 4),
            starts(590),
            closes(
                480,
                Outcome.CONSULTED,
                "Neun Personen geschult, sechs davon waren schon in Schulen. Die Honorare übernimmt die Stadt.",
            ),
        ),
    ),
    Case(
        municipality="Bergisch Gladbach",
        contact="Marianne Eickholt",
        office="Büro des Bürgermeisters, Städtepartnerschaften",
        phone="02202 5550 17",
        topics=(PARTNERSHIP,),
        concern=(
            "Ein Freundeskreis hat dem Rat vorgeschlagen, eine Projektpartnerschaft mit einer Stadt in Westafrika "
            "aufzunehmen. Bevor wir uns festlegen, möchten wir die Chancen und Grenzen einer solchen Partnerschaft "
            "realistisch einschätzen. Wichtig ist uns, dass Menschen mit Kenntnis der Region am Tisch sitzen."
        ),
        hope="Eine ehrliche Einschätzung für den Hauptausschuss und Hinweise auf die ersten Schritte.",
        formats=(DIALOGUE, ONLINE),
        languages=("Deutsch", "Französisch"),
        regions=("Westafrika",),
        wished=(14, 90),
        by="kavakli",
        life=(
            *arrives(610),
            takes_over(609),
            accepts(607),
            *offered(606, 2),
            yes(605, 1),
            yes(603, 2),
            closes(
                570,
                Outcome.DIALOGUE,
                "Dialogforum mit Verwaltung und Freundeskreis. Die Stadt vertagt die Entscheidung auf das nächste "
                "Haushaltsjahr; kein weiterer Bedarf.",
            ),
        ),
    ),
    Case(
        municipality="Herford",
        contact="Sabrina Kölling",
        office="Stabsstelle Personal- und Organisationsentwicklung",
        phone="05221 5550 66",
        topics=(OPENING,),
        concern=(
            "Die Stadtverwaltung möchte ihre internationalen Aufgaben sichtbarer machen und dabei Beschäftigte mit "
            "Migrationsgeschichte stärker einbinden. Bisher ist Entwicklungspolitik bei uns die Sache einer einzelnen "
            "Stelle. Wir suchen einen Einstieg, der auch bei den Führungskräften ankommt."
        ),
        hope="Eine Fortbildungsreihe für Führungskräfte und ein Leitfaden für die Fachbereiche.",
        formats=(WORKSHOP, ADVICE),
        wished=(30, 180),
        by="addokoh",
        life=(
            *arrives(540),
            takes_over(538),
            accepts(537),
            *offered(537, 3),
            yes(535, 1),
            no(534, 2, NOT_MY_FIELD),
            yes(533, 3),
            starts(515),
            closes(
                470,
                Outcome.ABANDONED,
                "Die Projektleitung hat die Verwaltung verlassen, die Stelle wird vorerst nicht besetzt. Im "
                "Einvernehmen beendet.",
            ),
        ),
    ),
    Case(
        municipality="Castrop-Rauxel",
        contact="Ilka Röttgermann",
        office="Bereich Stadtentwicklung",
        phone="02305 5550 81",
        topics=(SDGS,),
        concern=(
            "Der Rat hat die Musterresolution zur Agenda 2030 unterzeichnet, im Alltag der Ämter spielt sie jedoch "
            "noch keine Rolle. Für den ersten Nachhaltigkeitsbericht suchen wir Beispiele, die Menschen aus "
            "verschiedenen Kulturen ansprechen. Auch die Sprache unserer Veröffentlichungen ist ein Thema."
        ),
        hope="Anregungen für den Bericht und eine Einschätzung, welche Gruppen wir bisher übersehen.",
        formats=(DIALOGUE,),
        place=Place.ONLINE,
        by="holtkoetter",
        life=(
            *arrives(500),
            takes_over(499),
            asks(499, "Bis wann soll der Bericht erscheinen, und gibt es schon einen Entwurf, den wir lesen dürfen?"),
            replies(
                496,
                "Der Bericht soll in einem halben Jahr erscheinen. Den Entwurf der Gliederung schicken wir Ihnen gern.",
            ),
            accepts(495),
            *offered(495, 3),
            yes(493, 3),
            yes(492, 1),
            closes(
                455,
                Outcome.DIALOGUE,
                "Ein Online-Gespräch mit acht Ämtern. Anregungen sind in den Bericht eingeflossen.",
            ),
            writes(261, "Der Bericht ist erschienen. Danke noch einmal; ein Exemplar ist unterwegs zu Ihnen."),
            writes_back(258, "Das Exemplar ist angekommen, herzlichen Dank und Glückwunsch!"),
        ),
    ),
    Case(
        municipality="Kleve",
        contact="Gerrit van Elten",
        office="Fachbereich Schule und Kultur",
        phone="02821 5550 39",
        topics=(PARTNERSHIP, EDUCATION),
        concern=(
            "Zwei Klever Schulen pflegen seit Jahren Kontakte zu Schulen in Namibia. Die Begegnungen hängen an "
            "einzelnen Lehrkräften, und die Bilder, die dabei vermittelt werden, wurden in der Schülerschaft zu Recht "
            "kritisiert. Wir möchten die Partnerschaften als Stadt begleiten und auf eine partnerschaftliche "
            "Grundlage stellen."
        ),
        hope=(
            "Wir erhoffen uns eine kritische Durchsicht der bisherigen Praxis, eine Fortbildung für die Lehrkräfte "
            "und Empfehlungen für die Vor- und Nachbereitung der Reisen."
        ),
        formats=(ADVICE, WORKSHOP),
        languages=("Deutsch", "Englisch"),
        regions=("Südliches Afrika",),
        wished=(40, 300),
        channel=Channel.EMAIL,
        by="kavakli",
        life=(
            *arrives(430),
            takes_over(428),
            accepts(428),
            *offered(427, 3),
            yes(424, 1),
            no(423, 2, NO_TIME, "In einigen Monaten gern wieder."),
            yes(420, 3),
            starts(400),
            closes(
                180,
                Outcome.CONSULTED,
                "Fortbildung mit 22 Lehrkräften. Der Leitfaden für Begegnungsreisen liegt vor und wird genutzt.",
            ),
            reported(
                172,
                "4",
                "Beide Schulen bereiten jede Reise nach dem Leitfaden vor und nach.",
                recommendations="Die Partnerschulen in Namibia an der nächsten Fassung des Leitfadens beteiligen.",
            ),
        ),
    ),
    Case(
        municipality="Siegen",
        contact="Annegret Pfeil",
        office="Abteilung Soziales und Wohnen",
        phone="0271 5550 240",
        topics=(BRIDGES, NETWORK),
        concern=(
            "Ehrenamtliche mit eigener Migrationsgeschichte begleiten bei uns seit Langem Familien zu Ämtern und "
            "Ärzten. Viele bringen Wissen über ihre Herkunftsländer mit, das wir gern auch für die "
            "entwicklungspolitische Arbeit nutzen würden. Unklar ist, wie wir das anfragen können, ohne die "
            "Ehrenamtlichen zu überlasten."
        ),
        hope="Ein erstes Gespräch zur Frage, ob ein Brückenbauer-Pool für eine Stadt unserer Größe das Richtige ist.",
        formats=(DIALOGUE, ONLINE),
        place=Place.ONLINE,
        wished=(7, 60),
        by="addokoh",
        life=(
            *arrives(360),
            accepts(357),
            *offered(357, 2),
            yes(356, 1),
            yes(354, 2),
            closes(
                215,
                Outcome.DIALOGUE,
                "Zwei Gespräche. Die Stadt führt zunächst eine eigene Umfrage unter den Ehrenamtlichen durch.",
            ),
            says(
                209,
                4,
                "Die Fragen, die wir uns selbst nie gestellt hatten, und die Beispiele aus anderen Städten.",
                "Ein Treffen vor Ort, mit den Ehrenamtlichen.",
                itself=True,
            ),
            asked_what_became(16),
            tells_what_became(
                12,
                FollowUp.Extent.SOME,
                "Die Umfrage unter 80 Ehrenamtlichen liegt vor. Aus ihr ist eine Gruppe von sieben Personen "
                "entstanden, die Schulen anfragen können.",
                "Für eine feste Ansprechperson in der Verwaltung fehlt noch die Stelle.",
            ),
        ),
    ),
)
