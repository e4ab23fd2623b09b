"""Cases at their beginning: drafts, requests that wait for their mailbox, for us, or for an answer."""

from datetime import timedelta

from ..story import (
    Case,
    Channel,
    Place,
    arrives,
    asks,
    bounces,
    fills,
    hands_over,
    merges,
    records,
    rejects,
    reopens,
    replies,
    takes_over,
    unconfirmed,
    writes_down,
)
from ..words import (
    ADVICE,
    BRIDGES,
    CONCEPT,
    DIALOGUE,
    EDUCATION,
    FAIR,
    FESTIVAL,
    MEETING,
    NETWORK,
    NO_CAPACITY,
    OPENING,
    PARTNERSHIP,
    REFUGE,
    SDGS,
    TALK,
    WORKSHOP,
)

NOBODY_THERE = "550 5.1.1 <jutta.niemoeller@stad-beckum.example>: Recipient address rejected: Domain not found"

CASES = (
    Case(
        municipality="Erkelenz",
        contact="Hans-Peter Lövenich",
        office="Amt für Bildung und Sport",
        phone="02431 5550 24",
        topics=(PARTNERSHIP, EDUCATION),
        concern=(
            "Das Gymnasium und die Gesamtschule bereiten mit einer Schule in Tansania ein gemeinsames Umweltprojekt "
            "vor. Die Stadt möchte prüfen, ob daraus eine kommunale Projektpartnerschaft werden kann. Uns ist wichtig, "
            "dass die Erwartungen beider Seiten früh zur Sprache kommen."
        ),
        hope="Ein Dialogforum mit Schulen, Verwaltung und Politik, gern mit Fachleuten für Ostafrika.",
        formats=(DIALOGUE,),
        regions=("Ostafrika",),
        wished=(30, 150),
        by="kavakli",
        life=(
            *arrives(72),
            takes_over(71),
            rejects(70, NO_CAPACITY, "Wir merken uns Ihre Anfrage vor und melden uns, sobald wieder jemand frei ist."),
            reopens(6, "Es gibt wieder freie Berater*innen; mit Herrn Lövenich telefoniert, Interesse besteht weiter."),
            hands_over(
                5,
                "lindhorst",
                "Ich bin ab Montag drei Wochen nicht da. Herr Lövenich ist dienstags und donnerstags zu erreichen.",
            ),
            writes_down(
                4,
                "Herr Lövenich hat nach Ostafrika gefragt. @Jana Wiechers, ihr hattet schon eine Schule mit Partnern "
                "dort: Wer war damals im Team?",
                "wiechers",
                by="lindhorst",
            ),
            writes_down(
                3,
                "Das war ein Team aus Aachen. Beide sind noch dabei, ich habe mit ihnen gesprochen.",
                by="wiechers",
            ),
        ),
    ),
    Case(
        municipality="Oberbergischer Kreis",
        contact="Ellen Dornseifer",
        office="Kommunales Integrationszentrum",
        phone="02261 5550 140",
        topics=(BRIDGES, REFUGE),
        concern=(
            "Das Kreisgebiet ist groß, und viele Geflüchtete leben in kleinen Orten. In drei Gemeinden haben sich "
            "Menschen gemeldet, die über die Lage in ihren Herkunftsländern berichten möchten. Wir überlegen, ob ein "
            "Brückenbauer-Pool auf Kreisebene sinnvoll ist."
        ),
        hope="Eine Entscheidungshilfe für die Kreisverwaltung und Erfahrungen aus anderen Kreisen.",
        formats=(DIALOGUE, ADVICE),
        partners=("Gummersbach", "Waldbröl"),
        wished=(30, 240),
        by="addokoh",
        life=(
            *arrives(16),
            takes_over(15),
            asks(
                14,
                "Sie nennen Gummersbach und Waldbröl als weitere Kommunen. Sind die beiden Städte schon "
                "angesprochen, und wer ist dort jeweils zuständig?",
            ),
        ),
    ),
    Case(
        municipality="Soest",
        contact="Dr. Katharina Wulf",
        office="Abteilung Stadtentwicklung und Klimaschutz",
        phone="02921 5550 71",
        topics=(SDGS, FESTIVAL),
        concern=(
            "Für einen Aktionstag planen wir einen Stadtrundgang zu den globalen Nachhaltigkeitszielen. An jeder "
            "Station soll eine Person aus Soest erzählen, was das Ziel mit ihrem Leben zu tun hat. Wir suchen "
            "Unterstützung, um Menschen mit internationaler Biografie anzusprechen, ohne sie auf diese festzulegen."
        ),
        hope="Tipps für die Ansprache, ein Vorbereitungstreffen und ein offenes Ohr bei schwierigen Fragen.",
        formats=(WORKSHOP, TALK),
        wished=(20, 110),
        by="holtkoetter",
        life=(
            *arrives(9),
            takes_over(8),
            asks(8, "Wie viele Stationen sind geplant, und steht der Termin schon fest?"),
            replies(2, "Geplant sind acht Stationen. Der Tag steht noch nicht fest, es soll ein Samstag sein."),
            writes_down(1, "@Emre Kavakli, passt das noch in eure Planung für den Sommer?", "kavakli"),
        ),
    ),
    Case(
        municipality="Euskirchen",
        contact="Silke Rademacher",
        office="Fachbereich Soziales",
        phone="02251 5550 18",
        topics=(NETWORK, EDUCATION),
        concern=(
            "Nach dem Hochwasser haben viele Zugewanderte beim Wiederaufbau geholfen, darunter Menschen mit Erfahrung "
            "aus Katastrophengebieten. Daraus ist ein Kreis entstanden, der sich für Katastrophenvorsorge weltweit "
            "interessiert. Wir möchten diesen Kreis unterstützen und wissen nicht, wo wir anfangen sollen."
        ),
        hope="Ein erstes Gespräch und eine Einschätzung, welche Themen und Partner in Frage kommen.",
        formats=(DIALOGUE,),
        place=Place.ON_SITE,
        wished=(21, 120),
        by="lindhorst",
        life=(*arrives(7), takes_over(5)),
    ),
    Case(
        municipality="Euskirchen",
        contact="Anke Jüssen",
        office="Stabsstelle Integration",
        phone="02251 5550 44",
        topics=(NETWORK, EDUCATION),
        concern=(
            "Viele Zugewanderte haben nach dem Hochwasser beim Wiederaufbau geholfen. Daraus ist ein Kreis entstanden, "
            "der sich für Katastrophenvorsorge weltweit interessiert. Die Stabsstelle möchte diesen Kreis unterstützen "
            "und sucht Partner dafür."
        ),
        hope="Ein erstes Gespräch, gern zusammen mit dem Fachbereich Soziales.",
        formats=(DIALOGUE,),
        wished=(28, 130),
        life=arrives(4),
    ),
    Case(
        municipality="Bocholt",
        contact="Stefan Tenbrock",
        office="Geschäftsbereich Soziales",
        phone="02871 5550 55",
        topics=(FAIR, CONCEPT),
        concern=(
            "Als Stadt mit langer Textilgeschichte wollen wir das Thema faire Kleidung aufgreifen. Geplant ist eine "
            "Ausstellung im Textilwerk mit einem Begleitprogramm. Näherinnen und Näher aus mehreren Herkunftsländern "
            "leben hier; ihre Sicht soll vorkommen."
        ),
        hope="Begleitung bei der Konzeption und Kontakt zu Personen mit Erfahrung in der Branche.",
        formats=(ADVICE, WORKSHOP),
        regions=("Südasien", "Türkei und"),
        wished=(40, 200),
        by="benaissa",
        life=(
            *arrives(5),
            takes_over(4),
            asks(
                3,
                "Gibt es für die Ausstellung bereits einen Träger und ein Budget? Dann können wir besser einschätzen, "
                "ob ein Dialogforum oder gleich eine längere Beratung passt.",
            ),
        ),
    ),
    Case(
        municipality="Bocholt",
        contact="Stefan Tenbrock",
        office="Geschäftsbereich Soziales",
        phone="02871 5550 55",
        topics=(FAIR,),
        concern="Unsere Ausstellung zu fairer Kleidung: Ich bin nicht sicher, ob meine erste Anfrage angekommen ist.",
        by="benaissa",
        life=(*arrives(4), merges(3)),
    ),
    Case(
        municipality="Kreis Wesel",
        contact="Britta Hülsmann",
        office="Kommunales Integrationszentrum",
        phone="0281 5550 62",
        topics=(OPENING,),
        concern=(
            "Frau Hülsmann möchte wissen, wie die Kreisverwaltung Migrantenvereine früher in ihre Planungen zur "
            "Agenda 2030 einbezieht. Ein Dialogforum mit den Fachdiensten wäre ein guter Anfang."
        ),
        channel=Channel.PHONE,
        by="lindhorst",
        life=(records(3, "Vormittags am besten zu erreichen. Themen noch einmal gemeinsam durchgehen."),),
    ),
    Case(
        municipality="Viersen",
        contact="Anja Houben",
        office="",
        phone="",
        topics=(FESTIVAL,),
        concern=(
            "Wir planen ein Fest der Kulturen und möchten es mit den Themen Klimagerechtigkeit und fairer Handel "
            "verbinden."
        ),
        formats=(DIALOGUE, TALK),
        place=Place.ON_SITE,
        wished=(30, 100),
        life=(fills(3, "kommune", "anliegen", "rahmen"),),
    ),
    Case(
        municipality="Beckum",
        contact="Jutta Niemöller",
        office="Fachbereich Jugend und Soziales",
        phone="02521 5550 36",
        domain="stad-beckum.example",
        topics=(NETWORK,),
        concern=(
            "Im Mehrgenerationenhaus treffen sich Frauen aus vielen Ländern zu einem Sprachcafé. Einige von ihnen "
            "unterstützen Schulen und Gesundheitsstationen in ihrer früheren Heimat. Wir würden diese Initiativen gern "
            "bekannter machen und miteinander ins Gespräch bringen."
        ),
        hope="Ein Treffen, das von den Frauen selbst gestaltet wird, mit fachlicher Begleitung im Hintergrund.",
        formats=(MEETING, DIALOGUE),
        place=Place.ON_SITE,
        wished=(30, 120),
        life=(*unconfirmed(2), bounces(2, "requests/please_confirm", NOBODY_THERE)),
    ),
    Case(
        municipality="Kreis Düren",
        contact="Markus Breidenbend",
        office="Amt für Demografie, Kinder, Jugend, Familie und Integration",
        phone="02421 5550 190",
        topics=(OPENING, SDGS),
        concern=(
            "Der Strukturwandel im Rheinischen Revier verändert unseren Kreis. In die Planungen fließen die "
            "Erfahrungen von Menschen aus anderen Bergbauregionen der Welt, die heute hier leben, bisher nicht ein. "
            "Wir möchten prüfen, wie ein Austausch auch mit Partnern im Globalen Süden aussehen kann."
        ),
        hope="Ein Dialogforum mit Kreisverwaltung und Kommunen sowie Hinweise auf geeignete Partner.",
        formats=(DIALOGUE, ADVICE),
        regions=("Südliches Afrika", "Lateinamerika"),
        partners=("Jülich",),
        wished=(45, 300),
        life=arrives(1),
    ),
    Case(
        municipality="Ahlen",
        contact="Deborah Kleinhues",
        office="Fachbereich Jugend, Soziales und Integration",
        phone="02382 5550 117",
        topics=(CONCEPT, NETWORK),
        concern=(
            "Der Runde Tisch „Eine Welt Ahlen“, der aus der ersten MiGlobe-Beratung entstanden ist, tagt regelmäßig. "
            "Nun möchten die Vereine, dass die gemeinsamen Ziele in einem Ratsbeschluss verankert werden. Wir bitten "
            "um Beratung, wie ein solcher Beschluss aussehen und vorbereitet werden kann."
        ),
        hope="Ein abgestimmter Entwurf für die Politik und eine Moderation der entscheidenden Sitzung.",
        formats=(ADVICE,),
        wished=(21, 160),
        life=arrives(timedelta(minutes=35)),
    ),
    Case(
        municipality="Troisdorf",
        contact="Wiebke Sonnenschein",
        office="Stabsstelle Gleichstellung und Vielfalt",
        phone="02241 5550 29",
        topics=(REFUGE, EDUCATION),
        concern=(
            "An unserer Volkshochschule soll eine Reihe über Fluchtursachen beginnen. Bisher sprechen dort meist "
            "Fachleute über Geflüchtete; wir möchten, dass Geflüchtete selbst sprechen und dafür ordentlich "
            "vorbereitet und vergütet werden."
        ),
        hope="Beratung zum Aufbau der Reihe und Kontakt zu möglichen Referentinnen und Referenten.",
        formats=(WORKSHOP, TALK),
        languages=("Deutsch", "Englisch"),
        wished=(30, 140),
        life=unconfirmed(timedelta(minutes=12)),
    ),
    Case(
        municipality="Lemgo",
        contact="Ralf Meierjohann",
        office="",
        phone="",
        topics=(FAIR,),
        concern="Wir sind seit kurzem Fairtrade-Stadt und",
        life=(fills(timedelta(minutes=6), "kommune", "anliegen"),),
    ),
)
