"""Searches that people keep, for themselves, their organisation or all. Only who made a view changes it."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from miglobe.errors import Refused

from .models import FirstView, SavedView, User

MOST = 30  # of one person


def visible(person: User) -> QuerySet[SavedView]:
    """Own ones first, each with `is_first`. What somebody has shared goes when she or he leaves."""
    sharing = Q(sharing=SavedView.Sharing.ALL)
    if person.organisation_id:
        sharing |= Q(sharing=SavedView.Sharing.ORGANISATION, owner__organisation=person.organisation_id)
    first = FirstView.objects.filter(person=person, view=OuterRef("pk"))
    views = SavedView.objects.filter(Q(owner=person) | sharing & Q(owner__is_active=True))
    return (
        views.annotate(is_first=Exists(first), is_own=Q(owner=person))
        .select_related("owner")
        .order_by("-is_own", "position", "pk")
    )


def first(person: User) -> SavedView | None:
    """What the list begins with; nothing when the person has chosen none or does not see it any more."""
    return visible(person).filter(pk__in=FirstView.objects.filter(person=person).values("view")).first()


@transaction.atomic
def save(*, name: str, query: str, sharing: str, is_first: bool = False, by: User) -> SavedView:
    """Keeps a view. One of the same name gets the new query: that is how a view is changed."""
    name = _name(name)
    if not query:
        raise Refused("Ohne Suche, Filter oder Sortierung gibt es nichts zu merken.")
    if len(query) > SavedView.QUERY_LENGTH:
        raise Refused("Diese Suche ist zu lang, um sie zu merken.")
    own = list(SavedView.objects.filter(owner=_locked(by)))
    if len(own) >= MOST and name not in [view.name for view in own]:
        raise Refused(f"Mehr als {MOST} Ansichten sind nicht möglich. Bitte löschen Sie eine.")
    last = max((view.position for view in own), default=0)
    view, _ = SavedView.objects.update_or_create(
        owner=by,
        name=name,
        defaults={"query": query, "sharing": _sharing(sharing)},
        create_defaults={"query": query, "sharing": _sharing(sharing), "position": last + 1},
    )
    if is_first:
        begin_with(view, by=by)
    return view


@transaction.atomic
def change(view: SavedView, *, name: str, sharing: str, by: User) -> SavedView:
    name = _name(name)
    if SavedView.objects.filter(owner=_locked(by), name=name).exclude(pk=view.pk).exists():
        raise Refused(f"Eine Ansicht mit dem Namen „{name}“ haben Sie schon.")
    view.name, view.sharing = name, _sharing(sharing)
    _own(view, by).update(name=view.name, sharing=view.sharing)
    return view


@transaction.atomic
def move_up(view: SavedView, *, by: User) -> None:
    """Changes places with the one before."""
    views = list(SavedView.objects.filter(owner=_locked(by)))
    at = views.index(view)
    if at:
        views[at - 1], views[at] = views[at], views[at - 1]
    for position, other in enumerate(views, 1):
        other.position = position
    SavedView.objects.bulk_update(views, ["position"])


def delete(view: SavedView, *, by: User) -> None:
    _own(view, by).delete()


def begin_with(view: SavedView | None, *, by: User) -> None:
    """From now on the person's list begins with this view; with none it begins with everything."""
    if view is None:
        FirstView.objects.filter(person=by).delete()
    elif visible(by).filter(pk=view.pk).exists():
        FirstView.objects.update_or_create(person=by, defaults={"view": view})


def _own(view: SavedView, person: User) -> QuerySet[SavedView]:
    return SavedView.objects.filter(pk=view.pk, owner=person)


def _locked(person: User) -> User:
    """One after the other, so that two windows do not make two views of a name."""
    return User.objects.select_for_update().get(pk=person.pk)


def _name(typed: str) -> str:
    name = " ".join(typed.replace("\0", "").split())
    if not name:
        raise Refused("Bitte geben Sie der Ansicht einen Namen.")
    if len(name) > SavedView.NAME_LENGTH:
        raise Refused(f"Der Name darf höchstens {SavedView.NAME_LENGTH} Zeichen haben.")
    return name


def _sharing(typed: str) -> str:
    if typed not in SavedView.Sharing.values:
        raise Refused("Bitte wählen Sie, wer die Ansicht sehen soll.")
    return typed
