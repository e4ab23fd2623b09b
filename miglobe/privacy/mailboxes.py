"""What we hold of any mail address: mails that belong to nobody's rows, and that it wants none."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from miglobe.accounts.models import Organisation, User
from miglobe.codes.models import AccessCode
from miglobe.limits.models import Tally
from miglobe.outbox import suppression
from miglobe.outbox.models import Audience, Mail, Suppression

from . import holds, mails
from .models import Answer, DataRequest, LegalHold
from .parts import Part
from .registry import Contributor, Effect, How, register_contributor


def register() -> None:
    models = (Mail, Suppression, AccessCode, Tally, DataRequest, Answer, LegalHold)
    register_contributor(Contributor(gettext_noop("E-Mail-Adresse"), models, parts, effects, erase))


def parts(email: str) -> list[Part]:
    sent = [mails.entry(mail) for mail in _mails(email)]
    stopped = [{_("Gesagt"): one.created_at, _("Gilt bis"): one.until} for one in suppression.of(email)]
    found = [
        Part(_("E-Mails an Sie"), sent),
        Part(_("Keine E-Mails, die andere mit Ihrer Adresse anstoßen"), stopped),
    ]
    return [part for part in found if part.entries]


def _mails(email: str) -> QuerySet[Mail]:
    """To the desk, if nobody there has this address. What answers questions like this one does not count."""
    if User.objects.filter(email__iexact=email).exists():
        return Mail.objects.none()
    return Mail.objects.filter(to__iexact=email, audience=Audience.DESK).order_by("created_at", "pk")


def _is_of_an_organisation(email: str) -> bool:
    return Organisation.objects.filter(email__iexact=email).exists()


def effects(email: str) -> list[Effect]:
    found = _mails(email).exclude(holds.mails()).count()
    what, stopped = _("E-Mails an diese Adresse"), len(suppression.of(email))
    return [
        Effect(what, found, None, _("Es ist das Postfach einer Organisation."))
        if _is_of_an_organisation(email)
        else Effect(what, found, How.DELETE),
        Effect(
            _("Prüfsumme des Postfachs, das keine E-Mails will"),
            stopped,
            None,
            _("Sonst könnten andere wieder E-Mails an diese Adresse anstoßen."),
        ),
    ]


def erase(email: str) -> None:
    """Also what was written about these very questions."""
    if not _is_of_an_organisation(email):
        mails.delete(_mails(email).exclude(holds.mails()))
    mails.delete(Mail.objects.filter(to__iexact=email, audience=Audience.PERSON))
