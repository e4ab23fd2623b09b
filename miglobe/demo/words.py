"""The entries of the vocabularies that the demo uses, each by the beginning of its name."""

from requests.models import Term

PARTNERSHIP = "Städte- und Projektpartnerschaften"
FAIR = "Fairer Handel"
SDGS = "Agenda 2030"
EDUCATION = "Entwicklungspolitische Bildung"
NETWORK = "Beteiligung migrantischer"
REFUGE = "Geflüchtete"
FESTIVAL = "Internationale und interkulturelle"
OPENING = "Interkulturelle Öffnung"
CONCEPT = "Handlungskonzept"
BRIDGES = "Brückenbauer"

DIALOGUE = "Dialogforum"
ADVICE = "Beratung und Begleitung"
WORKSHOP = "Workshop"
TALK = "Impulsvortrag"
ONLINE = "Online-Gespräch"
MEETING = "Vernetzungstreffen"

NO_MUNICIPALITY = "Keine Kommune"
OTHER_LAND = "Nicht in"
BETTER_OFFER = "Ein anderes Angebot"
NO_CAPACITY = "Keine freien"
TWICE = "Doppelt"

NO_TIME = "Es passt zeitlich"
TOO_FAR = "Es ist zu weit"
NOT_MY_FIELD = "Es passt fachlich"
BIASED = "Ich bin befangen"
OTHER = "Anderer Grund"


def find[T: Term](model: type[T], *beginnings: str) -> list[T]:
    """The entry for each beginning. Raises LookupError where there is not exactly one."""
    entries = list(model._default_manager.all()) if beginnings else []
    return [_one(entries, beginning) for beginning in beginnings]


def _one[T: Term](entries: list[T], beginning: str) -> T:
    found = [entry for entry in entries if entry.name.startswith(beginning)]
    if len(found) != 1:
        raise LookupError(f"„{beginning}…“ ist in seiner Auswahlliste nicht eindeutig oder fehlt.")
    return found[0]
