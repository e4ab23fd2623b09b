"""Which other cases of the municipality may be the same as this one, and what speaks for it. A hint for people."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Prefetch, Q
from django.utils import timezone

from . import mail_domains
from .models import ENDED, ConsultationRequest, Municipality, State, Topic

RECENT = timedelta(days=365)  # a request that ended longer ago is another one
NEAR = timedelta(days=45)
MOST_SEEN, MOST_SHOWN = 50, 3
ENOUGH = 3  # weight of the reasons from which on a case is suggested
SIMILAR = 0.35  # share of the words that two texts have in common
_WORD = re.compile(r"[^\W\d_]{4,}")  # shorter ones say little


@dataclass(frozen=True)
class Case:
    """What is compared: of a stored request, or of one that somebody is just writing down."""

    places: frozenset[str]
    topics: frozenset[Topic]
    email: str
    came_in_at: datetime
    words: frozenset[str]


@dataclass(frozen=True)
class Suggestion:
    consultation: ConsultationRequest
    weight: int
    reasons: list[str] = field(default_factory=list)


def describe(
    places: Collection[Municipality], topics: Collection[Topic], *, email: str, came_in_at: datetime, text: str
) -> Case:
    return Case(
        places=frozenset(place.pk for place in places),
        topics=frozenset(topics),
        email=email.lower(),
        came_in_at=came_in_at,
        words=frozenset(_WORD.findall(text.casefold())),
    )


def of_consultation(consultation: ConsultationRequest) -> Case:
    return describe(
        [*filter(None, [consultation.municipality]), *consultation.co_municipalities.all()],
        list(consultation.topics.all()),
        email=consultation.contact_email,
        came_in_at=consultation.confirmed_at or timezone.now(),
        text=f"{consultation.concern} {consultation.hope}",
    )


def suggest(consultation: ConsultationRequest) -> list[Suggestion]:
    """The likeliest duplicates of a case, likeliest first. A constant number of queries.

    Only where one of the two still goes on: what has ended twice needs no merging.
    """
    found = [
        one
        for one in all_of_the_place(consultation)
        if one.weight >= ENOUGH
        and one.consultation.state != State.CLOSED
        and not (one.consultation.is_ended and consultation.is_ended)
    ]
    return found[:MOST_SHOWN] if consultation.state != State.CLOSED else []


def all_of_the_place(consultation: ConsultationRequest) -> list[Suggestion]:
    """Every open or recent case of the same municipality, likeliest first."""
    return compare(of_consultation(consultation), besides=consultation.pk)


def is_long_gone(consultation: ConsultationRequest) -> bool:
    """Whether it ended too long ago to be the same as any."""
    return consultation.is_ended and consultation.state_since <= timezone.now() - RECENT


def compare(case: Case, *, besides: int = 0) -> list[Suggestion]:
    """Open and recent cases of the places, each with what speaks for being the same; likeliest, then newest first."""
    judged = [_judge(case, other) for other in _of_places(case.places, besides)]
    return sorted(judged, key=lambda one: -one.weight)


def _of_places(places: Collection[str], besides: int) -> list[ConsultationRequest]:
    """Two looks by index: an OR over the table of partners would read all cases."""
    recent = ConsultationRequest.objects.filed().filter(
        ~Q(state__in=ENDED) | Q(state_since__gt=timezone.now() - RECENT)
    )
    newest = recent.exclude(pk=besides).order_by("-confirmed_at", "-pk")
    own = newest.filter(municipality__in=places).values_list("pk", flat=True)[:MOST_SEEN]
    joint = newest.filter(co_municipalities__in=places).values_list("pk", flat=True)[:MOST_SEEN]
    found = {*own, *joint}
    if not found:
        return []
    return list(
        ConsultationRequest.objects.filter(pk__in=found)
        .select_related("municipality", "person", "organisation")
        .prefetch_related("topics", Prefetch("co_municipalities", Municipality.objects.only("pk", "name")))
        .order_by("-confirmed_at", "-pk")
    )


def _judge(case: Case, other: ConsultationRequest) -> Suggestion:
    theirs = of_consultation(other)
    found = [
        reason
        for reason in (
            _contact(case, theirs),
            _text(case, theirs),
            _topics(case, theirs),
            _time(case, theirs),
            _place(case, theirs),
        )
        if reason
    ]
    return Suggestion(other, sum(weight for weight, _ in found), [sentence for _, sentence in found if sentence])


type Reason = tuple[int, str] | None


def _contact(case: Case, theirs: Case) -> Reason:
    if case.email and case.email == theirs.email:
        return 2, "dieselbe E-Mail-Adresse"
    domain = case.email.rpartition("@")[2]
    if domain and domain == theirs.email.rpartition("@")[2] and domain not in mail_domains.PRIVATE:
        return 1, f"dieselbe E-Mail-Domain ({domain})"
    return None


def _text(case: Case, theirs: Case) -> Reason:
    either = case.words | theirs.words
    if either and len(case.words & theirs.words) / len(either) >= SIMILAR:
        return 2, "fast derselbe Text"
    return None


def _topics(case: Case, theirs: Case) -> Reason:
    shared = sorted(str(topic) for topic in case.topics & theirs.topics)
    if not shared:
        return None
    return 1, f"{'gemeinsames Thema' if len(shared) == 1 else 'gemeinsame Themen'}: {'; '.join(shared)}"


def _time(case: Case, theirs: Case) -> Reason:
    apart = abs((timezone.localdate(case.came_in_at) - timezone.localdate(theirs.came_in_at)).days)
    if apart > NEAR.days:
        return None
    return 1, {0: "am selben Tag eingegangen", 1: "einen Tag auseinander"}.get(apart, f"{apart} Tage auseinander")


def _place(case: Case, theirs: Case) -> Reason:
    if len(case.places & theirs.places) > 1:
        return 1, "dieselben weiteren Kommunen"
    return None
