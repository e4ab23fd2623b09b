"""What we hold of people who work at the desk: their access, and that they have done something, by numbers."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pghistory.models import Event

from miglobe.accounts.models import FirstView, Organisation, SavedView, Session, User
from miglobe.history.forgetting import forget, forget_events
from miglobe.history.tracking import events
from miglobe.outbox.models import Audience, Mail, MailStep, MailText

from . import desk_log, holds, known_as, mails, past
from .others import Other, register_people
from .parts import Entry, Part
from .registry import Contributor, Effect, How, register_contributor
from .scrubbing import everywhere

FORMER = {"first_name": "Ehemalige", "last_name": "Person"}
NOWHERE = "entfernt.invalid"  # where a row that stays empty has its address


def register() -> None:
    models = (User, User.groups.through, User.user_permissions.through, Session, SavedView, FirstView, EmailAddress)
    more = (EmailConfirmation, Authenticator, LogEntry, MailStep, MailText)
    name = gettext_noop("Zugang zum Schreibtisch")
    register_contributor(Contributor(name, (*models, *more), parts, effects, erase))
    register_people(_colleagues)


def _find(email: str) -> User | None:
    return User.objects.select_related("organisation").filter(email__iexact=email).first()


def _colleagues() -> Iterator[Other]:
    for user in User.objects.exclude(email__endswith=f"@{NOWHERE}"):  # they would be looked for as „Person“
        yield Other(user.get_full_name(), user.email, _("Koordination"))


# --- To read -------------------------------------------------------------------------------------------


def parts(email: str) -> list[Part]:
    user = _find(email)
    if user is None:
        return []
    found = [
        Part(_("Ihr Zugang"), [_profile(user)]),
        Part(_("Frühere Angaben"), past.of_row(User, user.pk, ("first_name", "last_name", "email", "phone"))),
        Part(_("Anmeldungen"), [{_("Gilt bis"): session.expire_date} for session in user.session_set.all()]),
        Part(_("Zweite Faktoren"), [_factor(factor) for factor in Authenticator.objects.filter(user=user)]),
        Part(_("Gespeicherte Ansichten"), [_view(view) for view in user.saved_views.all()]),
        Part(_("Wobei Sie vermerkt sind"), list(_traces(user))),
        Part(_("E-Mails an Sie"), [mails.entry(mail) for mail in _mails(user)]),
    ]
    return [part for part in found if part.entries]


def _profile(user: User) -> Entry:
    return {
        _("Name"): user.get_full_name(),
        _("E-Mail-Adresse"): user.email,
        _("Telefon"): user.phone,
        _("Organisation"): str(user.organisation or ""),
        _("Rollen"): [group.name for group in user.groups.all()],
        _("Zugang seit"): user.date_joined,
        _("Zuletzt angemeldet"): user.last_login,
        _("Zugang ist eingeschaltet"): user.is_active,
        _("Darf alles"): user.is_superuser,
    }


def _factor(factor: Any) -> Entry:
    kind = factor.get_type_display()
    return {_("Art"): str(kind), _("Eingerichtet"): factor.created_at, _("Zuletzt benutzt"): factor.last_used_at}


def _view(view: SavedView) -> Entry:
    return {_("Name"): view.name, _("Sichtbar"): view.get_sharing_display(), _("Suche und Filter"): view.query}


def _mails(user: User) -> Any:
    return _known(user).mails.order_by("created_at", "pk")


def _known(user: User) -> known_as.KnownAs:
    """Also under former names. A mailbox that an organisation reads is not theirs any more."""
    return known_as.of(user, Audience.DESK, name=_full_name, owners=[User, Organisation])


def _full_name(person: Any) -> str:
    return f"{person.first_name} {person.last_name}".strip()


OF_THE_ACCESS = {"accounts", "account", "mfa"}


def _traces(user: User) -> Iterator[Entry]:
    """How many rows of each table name them as who did it, or whose it is."""
    for model, field in _naming_people():
        if number := model._default_manager.filter(**{field.name: user}).count():
            yield {_("Worin"): f"{model._meta.verbose_name_plural} ({field.verbose_name})", _("Anzahl"): number}


def _naming_people() -> Iterator[tuple[Any, Any]]:
    for model in apps.get_models(include_auto_created=True):
        if not (model._meta.proxy or issubclass(model, Event) or model._meta.app_label in OF_THE_ACCESS):
            for field in model._meta.concrete_fields:
                if field.is_relation and field.related_model is User:
                    yield model, field


# --- To erase ------------------------------------------------------------------------------------------


def effects(email: str) -> list[Effect]:
    user = _find(email)
    if user is None:
        return []
    done = sum(entry[_("Anzahl")] for entry in _traces(user))
    return [
        _only_one(user),
        Effect(_("Zugang zum Schreibtisch mit Anmeldungen, zweiten Faktoren und Ansichten"), 1, How.ANONYMISE),
        Effect(_("E-Mails an diese Adresse"), _mails(user).exclude(holds.mails()).count(), How.DELETE),
        Effect(
            _("Einträge, die sie bearbeitet hat"), done, None, _("Sie bleiben und nennen nur eine ehemalige Person.")
        ),
    ]


def _only_one(user: User) -> Effect:
    """Blocks where nobody else could do what this person does."""
    others = User.objects.filter(is_active=True).exclude(pk=user.pk)
    roles = [group.name for group in user.groups.all() if not others.filter(groups=group).exists()]
    if user.is_superuser and not others.filter(is_superuser=True).exists():
        roles.append(_("Verwaltung"))
    why = _("Niemand sonst hat diese Rolle: %(roles)s. Geben Sie sie zuerst einer anderen Person.")
    return Effect(_("Rollen, die sonst niemand hat"), len(roles), None, why % {"roles": ", ".join(roles)}, blocks=True)


def erase(email: str) -> None:
    """The row stays, since what was done hangs on it, and says nothing of anybody. Nobody gets in with it."""
    user = User.objects.select_for_update().filter(email__iexact=email).first()
    if user is None:
        return
    known = _known(user)
    everywhere(known.patterns, *known.words)
    mails.delete(known.mails.exclude(holds.mails()))
    for address in known.addresses:
        Mail.objects.filter(reply_to__iexact=address).update(reply_to="")
    desk_log.forget(User, [user.pk], called=" ".join(FORMER.values()))
    _close(user)
    user.first_name, user.last_name = FORMER["first_name"], FORMER["last_name"]
    user.email, user.phone, user.organisation = f"{uuid4()}@{NOWHERE}", "", None
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = None
    user.set_unusable_password()
    user.save()
    forget(User, [user.pk])
    for through in (User.groups.through, User.user_permissions.through):
        forget_events(events(through).filter(user=user.pk))


def _close(user: User) -> None:
    """Views that others use stay with them."""
    for model in (Session, FirstView, EmailAddress, Authenticator):
        owner = "person" if model is FirstView else "user"
        model._default_manager.filter(**{owner: user}).delete()
    SavedView.objects.filter(owner=user, sharing=SavedView.Sharing.ME).delete()
    user.groups.clear()
    user.user_permissions.clear()
