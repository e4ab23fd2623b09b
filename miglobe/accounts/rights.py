"""Who may give whom which role: nobody gives, or gets hold of, rights that are not among the own."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from .models import User


def covers(person: User, other: User) -> bool:
    """Whether the person has every right of the other, so that the other's account opens nothing new."""
    return person.is_superuser or (not other.is_superuser and _all_permissions(other) <= person.get_all_permissions())


def _all_permissions(person: User) -> set[str]:
    """Also of an account that is switched off: it may be switched on again."""
    granted = Permission.objects.filter(Q(user=person) | Q(group__user=person)).order_by()
    return {f"{app}.{name}" for app, name in granted.values_list("content_type__app_label", "codename")}


def roles_to_give(person: User) -> QuerySet[Group]:
    own = person.get_all_permissions()
    roles = Group.objects.prefetch_related("permissions__content_type")
    fitting = [role.pk for role in roles if {_name(permission) for permission in role.permissions.all()} <= own]
    return Group.objects.filter(pk__in=fitting).order_by("name")


def _name(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"
