"""Erasure (Art. 17 GDPR): what each app would do, in words, and then all of it at once."""

import hashlib
import json
from collections.abc import Sequence

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from miglobe.accounts import rights
from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.limits import digests
from miglobe.turns import take_turn

from . import asking, own_mails, registry
from .models import Answer, DataRequest
from .registry import Effect


class Changed(Refused):
    """What the person at the desk has read is no longer so."""

    def __init__(self) -> None:
        super().__init__("Die Vorschau hat sich geändert. Bitte lesen Sie sie noch einmal.")


def preview(email: str) -> list[Effect]:
    """In the active language. Empty where we hold nothing."""
    return [effect for each in registry.contributors() for effect in each.effects(email) if effect.number]


def fingerprint(effects: Sequence[Effect]) -> str:
    """The same for previews that say the same."""
    words = json.dumps([(effect.what, effect.number, str(effect.how), effect.why) for effect in effects])
    return hashlib.sha256(words.encode()).hexdigest()


@transaction.atomic
def erase(email: str, *, seen: str, by: User) -> Answer:
    """Erases what can go, tells the person, and writes down that it is done.

    `seen`: the fingerprint of the preview that was read. Raises Refused, Changed among them; then nothing has gone.
    """
    take_turn("privacy.erase", digests.mailbox(email))
    effects = preview(email)
    if fingerprint(effects) != seen:
        raise Changed
    _require_possible(email, effects, by)
    requests = DataRequest.objects.select_for_update().filter(email__iexact=email)
    asked = requests.exclude(erasure_asked_at=None).first() or requests.first()
    for each in reversed(list(registry.contributors())):  # the apps above know more of it than those below
        each.erase(email)
    _tell(asked or DataRequest(email=email))
    asked_at = asked.erasure_asked_at if asked else None
    requests.delete()
    return asking.note(Answer.What.ERASED, email, by=by, asked_at=asked_at, effects=effects)


def _require_possible(email: str, effects: Sequence[Effect], by: User) -> None:
    if by.email.lower() == email.lower():
        raise Refused("Sich selbst löscht hier niemand. Bitten Sie eine andere Person mit Leitung darum.")
    user = User.objects.filter(email__iexact=email).first()
    if user and not rights.covers(by, user):
        raise Refused("Diese Person hat Rechte, die Sie nicht haben. Bitten Sie jemanden darum, der sie auch hat.")
    for effect in effects:
        if effect.blocks:
            raise Refused(effect.why)
    if not any(effect.how for effect in effects):
        raise Refused("Hier ist nichts, was jetzt gelöscht werden kann.")


def _tell(asked: DataRequest) -> None:
    with translation.override(asked.language):
        left = [effect for effect in preview(asked.email) if effect.how is None]
        own_mails.erased(asked, stays=[_("%(what)s: %(number)s. %(why)s") % vars(effect) for effect in left])
