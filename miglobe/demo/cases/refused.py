"""Cases that MiGlobe did not take, and cases that their municipalities took back."""

from ..story import (
    Case,
    Place,
    accepts,
    arrives,
    asks,
    notes_reply,
    offered,
    refers,
    rejects,
    takes_over,
    unconfirmed,
    withdraws,
    yes,
)
from ..words import (
    BETTER_OFFER,
    DIALOGUE,
    EDUCATION,
    FAIR,
    FESTIVAL,
    MEETING,
    NETWORK,
    NO_CAPACITY,
    NO_MUNICIPALITY,
    OPENING,
    OTHER_LAND,
    PARTNERSHIP,
    SDGS,
    TALK,
    TWICE,
    WORKSHOP,
)

CASES = (
    Case(
        municipality="Moers",
        contact="Walburga Kruppke",
        office="Vorstand",
        phone="02841 5550 73",
        domain="weltladen-verein-moers.example",
        topics=(FAIR, FESTIVAL),
        concern=(
            "Unser Weltladen feiert im nächsten Jahr sein dreißigjähriges Bestehen. Als gemeinnütziger Verein möchten "
            "wir aus diesem Anlass mit migrantischen Gruppen aus der Stadt ein Fest gestalten und suchen dafür eine "
            "fachliche Begleitung."
        ),
        hope="Eine Beratung für unseren Vorstand und Kontakte zu Gruppen, die mitmachen wollen.",
        formats=(DIALOGUE, MEETING),
        by="holtkoetter",
        life=(
            *arrives(580),
            takes_over(579),
            rejects(
                579,
                NO_MUNICIPALITY,
                "Im Rathaus Moers ist die Stabsstelle für Integration die richtige Ansprechpartnerin. Wir haben "
                "vereinbart, dass Sie sich dort auf uns beziehen dürfen.",
            ),
        ),
    ),
    Case(
        municipality="Rheinberg",
        contact="Jörg Terhorst",
        office="Fachbereich Kultur und Sport",
        phone="02843 5550 19",
        topics=(FESTIVAL,),
        concern=(
            "Für unser Kulturfest suchen wir sehr kurzfristig zwei Personen, die an einem Infostand über globale "
            "Lieferketten informieren und mit Besucherinnen und Besuchern ins Gespräch kommen. Das Fest findet in drei "
            "Wochen statt."
        ),
        hope="Zwei Personen an einem Samstag, möglichst mit eigenem Material.",
        formats=(TALK,),
        place=Place.ON_SITE,
        wished=(21, 22),
        by="wiechers",
        life=(
            *arrives(410),
            takes_over(409),
            rejects(
                408,
                NO_CAPACITY,
                "So kurzfristig ist leider niemand frei. Für das nächste Fest planen wir Sie gern ein.",
            ),
        ),
    ),
    Case(
        municipality="Höxter",
        contact="Friederike Ahlswede",
        office="Fachdienst Wirtschaft und Ehrenamt",
        phone="05271 5550 44",
        domain="stadt-weserhausen.example",
        topics=(SDGS,),
        concern=(
            "Wir sind eine kleine Stadt in Niedersachsen direkt an der Landesgrenze und arbeiten eng mit Höxter "
            "zusammen. Unsere eigene Stadt steht nicht in der Liste, daher haben wir die Nachbarstadt ausgewählt. Wir "
            "möchten die Nachhaltigkeitsziele in einer Bürgerwerkstatt bekannt machen."
        ),
        hope="Begleitung einer Bürgerwerkstatt.",
        formats=(WORKSHOP,),
        by="benaissa",
        life=(
            *arrives(300),
            takes_over(299),
            asks(299, "Handelt die Stadt Höxter als Antragstellerin, oder fragen Sie für Ihre eigene Stadt an?"),
            notes_reply(
                297, "Frau Ahlswede ruft an: Die Werkstatt soll nur in der eigenen Stadt stattfinden, nicht in Höxter."
            ),
            rejects(
                297,
                OTHER_LAND,
                "Wenn Höxter die Werkstatt gemeinsam mit Ihnen ausrichtet, beraten wir gern die Stadt Höxter.",
            ),
        ),
    ),
    Case(
        municipality="Detmold",
        contact="Lennart Freese",
        office="Fachgebiet Kultur, Tourismus, Marketing",
        phone="05231 5550 58",
        topics=(EDUCATION, PARTNERSHIP),
        concern=(
            "Die Volkshochschule und die Stadtbibliothek planen eine Veranstaltungsreihe zu kolonialen Spuren in der "
            "Region. Wir suchen Fachleute, die das Programm gemeinsam mit uns aus der Perspektive des Globalen Südens "
            "weiterentwickeln."
        ),
        hope="Ideen für vier bis fünf Abende und Vorschläge für Referentinnen und Referenten.",
        formats=(DIALOGUE, TALK),
        by="lindhorst",
        life=(
            *arrives(182),
            takes_over(181),
            rejects(
                181,
                TWICE,
                "Frau Brinkschulte aus dem Fachbereich Jugend, Schule und Sport hat Ihr Vorhaben schon mit angemeldet; "
                "bitte stimmen Sie sich mit ihr ab.",
            ),
        ),
    ),
    Case(
        municipality="Paderborn",
        contact="Christoph Lohoff",
        office="Amt für Umweltschutz und Grünflächen",
        phone="05251 5550 301",
        topics=(PARTNERSHIP,),
        concern=(
            "Gemeinsam mit einem Partner in Ruanda möchten wir eine Pflanzenkläranlage an einer Schule errichten. Das "
            "Projekt ist fachlich geplant, es fehlt die Finanzierung von etwa 40.000 Euro. Wir bitten um Beratung, "
            "welche Fördermittel dafür in Frage kommen."
        ),
        hope="Hilfe beim Antrag, damit das Projekt im nächsten Jahr beginnen kann.",
        regions=("Ostafrika",),
        wished=(10, 60),
        by="kavakli",
        life=(
            *arrives(470),
            takes_over(469),
            refers(
                468,
                BETTER_OFFER,
                "Die Förderberatung der Servicestelle Kommunen in der Einen Welt hilft Kommunen, für Projekte mit "
                "Partnern im Globalen Süden Mittel zu beantragen. Wir haben Ihr Vorhaben dort angekündigt.",
            ),
        ),
    ),
    Case(
        municipality="Langenfeld (Rhld.)",
        contact="Petra Hüsken",
        office="Referat Bürgerservice",
        phone="02173 5550 22",
        topics=(OPENING,),
        concern=(
            "Im Bürgerbüro kommt es immer wieder zu Verständigungsproblemen. Wir suchen Personen, die bei Terminen "
            "übersetzen, vor allem für Arabisch, Farsi und Ukrainisch, und möchten wissen, ob MiGlobe solche Personen "
            "vermittelt."
        ),
        hope="Eine Liste verlässlicher Sprachmittlerinnen und Sprachmittler, die wir tageweise anfragen können.",
        languages=("Deutsch", "Arabisch", "Ukrainisch"),
        by="wiechers",
        life=(
            *arrives(95),
            takes_over(94),
            asks(
                94,
                "Geht es Ihnen ausschließlich um das Dolmetschen bei Terminen, oder möchten Sie auch daran arbeiten, "
                "wie sich die Verwaltung interkulturell öffnet?",
            ),
            notes_reply(90, "Telefonat mit Frau Hüsken: Es geht allein um das Dolmetschen."),
            refers(
                90,
                BETTER_OFFER,
                "Das Kommunale Integrationszentrum Ihres Kreises führt einen Pool von Laiensprachmittlerinnen und "
                "Laiensprachmittlern, den auch die Städte im Kreis nutzen können. Bitte wenden Sie sich dorthin.",
            ),
        ),
    ),
    Case(
        municipality="Xanten",
        contact="Simone Dahlhaus",
        office="Fachbereich Schule, Jugend und Soziales",
        phone="02801 5550 12",
        topics=(EDUCATION, FAIR),
        concern=(
            "Die Grundschulen der Stadt wollen eine gemeinsame Projektwoche zum Thema Kakao und Schokolade anbieten. "
            "Wir möchten vermeiden, dass dabei ein einseitiges Bild von Menschen in Anbauländern entsteht, und suchen "
            "dafür Begleitung."
        ),
        hope="Eine Beratung des Kollegiums vor der Projektwoche und ein Besuch in den Schulen.",
        formats=(WORKSHOP, TALK),
        place=Place.ON_SITE,
        regions=("Westafrika",),
        wished=(60, 90),
        by="benaissa",
        life=(
            *arrives(240),
            takes_over(239),
            accepts(238),
            *offered(237, 3),
            yes(235, 1),
            withdraws(
                228,
                "Die Projektwoche entfällt, weil eine der Schulen saniert wird. Wir melden uns im nächsten Jahr.",
            ),
        ),
    ),
    Case(
        municipality="Unna",
        contact="Rainer Stöver",
        office="Bereich Wohnen, Soziales und Senioren",
        phone="02303 5550 90",
        topics=(NETWORK,),
        concern=(
            "Der Integrationsrat hat angeregt, die Einen-Welt-Gruppen und die Migrantenvereine der Stadt zu einem "
            "Vernetzungstreffen einzuladen. Für Planung und Moderation wünschen wir uns Unterstützung von außen."
        ),
        hope="Ein moderiertes Treffen im Rathaus mit anschließender Auswertung.",
        formats=(MEETING,),
        place=Place.ON_SITE,
        by="addokoh",
        life=(
            *arrives(176),
            takes_over(175),
            withdraws(174, "Der Integrationsrat richtet das Treffen nun selbst aus."),
        ),
    ),
    Case(
        municipality="Witten",
        contact="Kerstin Aschhoff",
        office="Stabsstelle Strategische Sozialplanung",
        phone="02302 5550 15",
        topics=(SDGS,),
        concern="Test, ob das Formular funktioniert. Bitte nicht bearbeiten.",
        life=(*unconfirmed(2), withdraws(2)),
    ),
)
