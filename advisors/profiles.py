"""What advisors say of themselves, and what they wish. The only writer of a profile beside the desk's own fields."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from miglobe.errors import Refused
from requests.models import Format, Municipality, Region, Topic

from .models import Advisor


def lock(advisor: Advisor) -> Advisor:
    """The fresh row of somebody who is in the pool. Raises Refused for who has left it."""
    advisor = Advisor.objects.select_for_update().get(pk=advisor.pk)
    if advisor.left_at:
        raise Refused(gettext("Sie haben den Pool verlassen. Hier lässt sich nichts mehr ändern."))
    return advisor


@transaction.atomic
def change(
    advisor: Advisor,
    *,
    topics: Mapping[int, int],
    languages: Mapping[int, int],
    regions: Iterable[Region],
    formats: Iterable[Format],
    biased_for: Iterable[Municipality],
    **values: Any,
) -> Advisor:
    """Keeps the profile; somebody new (not saved yet, with an address) gets a row.

    `topics`, `languages`: levels by key; `values`: fields of the row. Raises Refused for who has left.
    """
    new = advisor.pk is None
    if not new:
        advisor = lock(advisor)
    for name, value in values.items():
        setattr(advisor, name, value)
    advisor.save(update_fields=None if new else list(values))
    keep_links(advisor, topics=topics, languages=languages, regions=regions, formats=formats, biased_for=biased_for)
    return advisor


def keep_links(
    advisor: Advisor,
    *,
    topics: Mapping[int, int],
    languages: Mapping[int, int],
    regions: Iterable[Region],
    formats: Iterable[Format],
    biased_for: Iterable[Municipality],
) -> None:
    """What hangs on the row: as `change` takes it."""
    _keep_levels(advisor.topic_skills, "topic_id", topics)
    _keep_levels(advisor.language_skills, "language_id", languages)
    advisor.regions.set(regions)
    advisor.formats.set(formats)
    advisor.biased_for.set(biased_for)


def _keep_levels(skills: Any, term: str, levels: Mapping[int, int]) -> None:
    held = {getattr(skill, term): skill for skill in skills.all()}
    skills.filter(**{f"{term}__in": held.keys() - levels.keys()}).delete()
    for key, level in levels.items():
        if key not in held:
            skills.create(**{term: key}, level=level)
        elif held[key].level != level:
            held[key].level = level
            held[key].save(update_fields=["level"])


@transaction.atomic
def wish(advisor: Advisor, *, wants_fewer: bool, only_topics: Iterable[Topic]) -> Advisor:
    """Keeps how often, and on what, somebody wants to be asked. Raises Refused for who has left."""
    advisor = lock(advisor)
    advisor.wants_fewer = wants_fewer
    advisor.save(update_fields=["wants_fewer"])
    advisor.only_topics.set(only_topics)
    return advisor


@transaction.atomic
def know(advisor: Advisor, *, topics: Mapping[int, int | None]) -> Advisor:
    """Keeps how well somebody knows these topics (by key); one without a level leaves the profile, others stay.

    Raises Refused for who has left, and where nothing would be left to advise on.
    """
    advisor = lock(advisor)
    held = dict(advisor.topic_skills.values_list("topic_id", "level"))
    levels = {key: level for key, level in {**held, **topics}.items() if level}
    if not levels:
        raise Refused(gettext("Bitte geben Sie bei mindestens einem Thema an, wie gut Sie sich auskennen."))
    _keep_levels(advisor.topic_skills, "topic_id", levels)
    if wanted := set(advisor.only_topics.values_list("pk", flat=True)):
        advisor.only_topics.set(wanted - (held.keys() - levels.keys()) or levels.keys())
    return advisor


@transaction.atomic
def travel(advisor: Advisor, *, km: int) -> Advisor:
    """Keeps how far somebody travels. Raises Refused for who has left."""
    advisor = lock(advisor)
    advisor.travel_km = km
    advisor.save(update_fields=["travel_km"])
    return advisor


@transaction.atomic
def add_ties(advisor: Advisor, places: Iterable[Municipality]) -> Advisor:
    """Keeps that somebody is biased for these municipalities, too. Raises Refused for who has left."""
    advisor = lock(advisor)
    advisor.biased_for.add(*places)
    return advisor
