"""Invented advisors and a case for the benchmark, made in bulk. Imported when Django is set up."""

from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any

from django.db.models import Model
from django.utils import timezone

from advisors.models import Advisor, Consent, LanguageSkill, Pause, Purpose, TopicSkill
from requests.models import ConsultationRequest, Format, Language, Municipality, Region, State, Topic

BATCH = 2_000


def a_case() -> ConsultationRequest:
    """Three topics, two regions, a language and a format, on the spot or online."""
    town = Municipality.objects.filter(is_district=False).order_by("ags")[0]
    now = timezone.now()
    case = ConsultationRequest.objects.create(
        state=State.SEARCHING,
        reference="MG-2026-00001",
        municipality=town,
        concern="Wir suchen Rat.",
        contact_name="Petra Beispiel",
        contact_email="petra@stadt.example",
        submitted_at=now,
        confirmed_at=now,
        due_at=now + timedelta(days=7),
    )
    case.topics.set(Topic.objects.all()[:3])
    case.regions.set(Region.objects.filter(part_of=None)[:2])
    case.languages.set(Language.objects.all()[:1])
    case.formats.set(Format.objects.all()[:1])
    return case


def fill_up(size: int, seed: int) -> None:
    """Adds advisors until there are so many, each with three to five entries of every kind."""
    random = Random(seed + size)
    towns = list(Municipality.objects.filter(is_district=False).order_by("ags"))
    people = Advisor.objects.bulk_create(
        [_advisor(number, random, towns) for number in range(Advisor.objects.count(), size)], batch_size=BATCH
    )
    _add(Consent, (Consent(advisor=one, purpose=Purpose.MATCHING, way=Consent.Way.LINK) for one in people))
    _add(TopicSkill, _some(TopicSkill, "topic", Topic, people, random, level=(1, 2, 3)))
    _add(LanguageSkill, _some(LanguageSkill, "language", Language, people, random, level=(1, 2, 3)))
    for name, term in (("regions", Region), ("formats", Format)):
        through = getattr(Advisor, name).through
        _add(through, _some(through, term._meta.model_name or "", term, people, random))
    today = timezone.localdate()
    paused = random.sample(people, len(people) // 20)
    _add(Pause, (Pause(advisor=one, starts_on=today, ends_on=today + timedelta(days=30)) for one in paused))


def _advisor(number: int, random: Random, towns: list[Municipality]) -> Advisor:
    return Advisor(
        name=f"Person {number:05}",
        email=f"person{number}@example.org",
        home=random.choice(towns),
        travel_km=random.randint(20, 200),
        online=random.random() < 0.6,
        capacity=random.randint(1, 3),
        wants_fewer=random.random() < 0.1,
    )


def _add(model: type[Model], rows: Iterable[Any]) -> None:
    model._default_manager.bulk_create(rows, batch_size=BATCH)


def _some(
    model: Any, name: str, term: type[Model], people: Iterable[Advisor], random: Random, **choices: tuple[int, ...]
) -> Iterable[Model]:
    keys = list(term._default_manager.values_list("pk", flat=True))
    for one in people:
        for key in random.sample(keys, random.randint(3, min(5, len(keys)))):
            extra = {field: random.choice(values) for field, values in choices.items()}
            yield model(advisor=one, **{f"{name}_id": key}, **extra)
