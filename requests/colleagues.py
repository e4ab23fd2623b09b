"""Who coordinates: the people and organisations that a case can be given to, and whom a note can mention."""

from django.contrib.auth.backends import ModelBackend
from django.db.models import QuerySet

from miglobe.accounts.models import Organisation, User


def everybody() -> QuerySet[User]:
    """All who may coordinate and work at the desk today."""
    people: QuerySet[User] = ModelBackend().with_perm("requests.coordinate")
    return people.filter(is_staff=True).select_related("organisation").order_by("last_name", "first_name", "pk")


def receivers() -> list[tuple[str, list[tuple[str, str]]]]:
    """Who can take a case, as grouped choices: each organisation alone, and its people."""
    people = list(everybody())
    groups = [
        (
            organisation.short_name,
            [
                (f"organisation-{organisation.pk}", f"{organisation.short_name}, noch ohne Person"),
                *((f"person-{one.pk}", str(one)) for one in people if one.organisation_id == organisation.pk),
            ],
        )
        for organisation in Organisation.objects.all()
    ]
    alone = [(f"person-{one.pk}", str(one)) for one in people if one.organisation_id is None]
    return [*groups, ("Ohne Organisation", alone)] if alone else groups


def receiver(value: str) -> User | Organisation:
    """Whom a choice of `receivers` means. Raises ObjectDoesNotExist when that has changed meanwhile."""
    kind, _, key = value.partition("-")
    return everybody().get(pk=key) if kind == "person" else Organisation.objects.get(pk=key)
