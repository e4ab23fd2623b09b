"""What the page of a case shows of its surroundings: who asks, how far it has come, what is next, who else looks."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest

from miglobe.accounts.models import User

from .. import desk, duplicates, earlier, looks, rights, summary, timeline
from ..models import ConsultationRequest, Transition
from .notes import note_form

WHO = (*summary.SECTIONS["kommune"], *summary.SECTIONS["kontakt"])
WHAT = (*summary.SECTIONS["anliegen"], *summary.SECTIONS["rahmen"])


def surroundings(
    request: HttpRequest,
    consultation: ConsultationRequest,
    *,
    cases: QuerySet[Any],
    transitions: list[Transition],
    may_coordinate: bool,
) -> dict[str, Any]:
    """`cases`: all that this person may see. A constant number of queries."""
    viewer = cast(User, request.user)
    of_place = earlier.of_place(cases, consultation)
    return {
        "who": summary.of_case(WHO, consultation),
        "what": summary.of_case(WHAT, consultation),
        "earlier_of_place": of_place,
        "has_comparable": of_place.more or not all(map(duplicates.is_long_gone, of_place.shown)),
        "earlier_of_district": earlier.of_district(cases, consultation),
        "steps": timeline.steps(consultation, transitions),
        "primary": desk.primary(consultation) if may_coordinate else None,
        "looking": looks.words(looks.at(consultation, by=viewer)),
        "notes": consultation.notes.select_related("by").prefetch_related("mentioned"),
        "note_form": note_form(viewer) if rights.may_note(viewer, consultation) else None,
    }
