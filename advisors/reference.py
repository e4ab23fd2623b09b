"""The data that answers choose from."""

from requests.reference import Names, complete

from .models import ConsentText, DeclineReason, Purpose

Concern = DeclineReason.Concern

DECLINE_REASONS: tuple[tuple[Names, str], ...] = (
    (("Es passt zeitlich nicht", "It does not fit my schedule"), Concern.TIME),
    (("Es ist zu weit entfernt", "It is too far away"), Concern.DISTANCE),
    (("Es passt fachlich nicht", "It is not my field"), Concern.TOPICS),
    (("Ich bin befangen", "I have a conflict of interest"), Concern.BIAS),
    (("Anderer Grund", "Another reason"), ""),
)

CONSENTS = {  # the operator's words may differ: a new version is written at the desk
    Purpose.MATCHING: (
        "Ich willige ein, dass die Koordination von MiGlobe (SKEW, FSI und Eine Welt Netz NRW) die Angaben in meinem "
        "Profil nutzt, um mir passende Einsätze anzubieten. Mir ist bewusst, dass schon die Aufnahme in den Pool etwas "
        "über eine Migrationsgeschichte aussagt. Nach meiner Herkunft werde ich nicht gefragt.",
        "I agree that the coordinators of MiGlobe (SKEW, FSI and Eine Welt Netz NRW) use what my profile says to offer "
        "me assignments that fit. I know that being in the pool already says something about a migration history. "
        "Nobody asks me about my origin.",
    ),
    Purpose.SHOWN: (
        "Ich willige ein, dass eine Kommune meinen Namen erfährt, sobald ich einen Einsatz bei ihr zugesagt habe.",
        "I agree that a municipality learns my name as soon as I have accepted an assignment with it.",
    ),
    Purpose.PUBLIC: (
        "Ich willige ein, dass mein Name, mein Text über mich, meine Themen, meine Regionalkompetenz, meine "
        "Arbeitssprachen und meine Formate öffentlich auf den Seiten dieses Portals stehen. Jede Person kann sie dort "
        "lesen.",
        "I agree that my name, my text about myself, my topics, my regional expertise, my working languages and my "
        "formats stand on the public pages of this portal, where anybody can read them.",
    ),
}


def load() -> None:
    for position, (names, concerns) in enumerate(DECLINE_REASONS):
        complete(DeclineReason, [names], start=position, concerns=concerns)
    for purpose, (german, english) in CONSENTS.items():
        if not ConsentText.objects.filter(purpose=purpose).exists():
            ConsentText.objects.create(purpose=purpose, version=1, text=german, text_en=english)
