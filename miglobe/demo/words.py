"""The entries of the vocabularies that the demo uses, each by the beginning of its name."""

from django.db import models

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


def find[T: models.Model](model: type[T], *beginnings: str) -> list[T]:
    """The entry for each beginning. Raises LookupError where there is not exactly one."""
    return [_one(model, beginning) for beginning in beginnings]


def _one[T: models.Model](model: type[T], beginning: str) -> T:
    found = list(model._default_manager.filter(name__startswith=beginning)[:2])
    if len(found) != 1:
        raise LookupError(f"{model._meta.verbose_name_plural}: „{beginning}…“ ist nicht eindeutig oder fehlt.")
    return found[0]
