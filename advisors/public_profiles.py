"""Who may be read of by everybody. Asked anew for every page: a withdrawn consent works at once."""

from django.db.models import QuerySet

from requests.models import Language, Topic

from .models import Advisor, Purpose


def published(*, topic: Topic | None = None, language: Language | None = None) -> QuerySet[Advisor]:
    """In the pool, and content with a public profile."""
    people = Advisor.objects.consenting(Purpose.PUBLIC).filter(active=True, left_at=None)
    if topic:
        people = people.filter(topic_skills__topic=topic)
    if language:
        people = people.filter(language_skills__language=language)
    return with_profile(people)


def with_profile(people: QuerySet[Advisor]) -> QuerySet[Advisor]:
    """Reads what a profile shows in a constant number of queries."""
    return people.prefetch_related("topic_skills__topic", "language_skills__language", "regions", "formats")


def exist() -> bool:
    return Advisor.objects.consenting(Purpose.PUBLIC).filter(active=True, left_at=None).exists()
