"""Mails whose time is over: what they said and to whom goes; that one was sent stays with its case."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext as _

from miglobe.history.forgetting import forget
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail, MailStep

from .parts import Entry

OVER = (Mail.State.SENT, Mail.State.FAILED, Mail.State.DISCARDED)
"""What waits is still owed."""
GONE = "(gelöscht)"


def entry(mail: Mail) -> Entry:
    """What the person gets to read of a mail that went to them. Secret links and codes are not in it."""
    return {
        _("Betreff"): mail.subject,
        _("Erstellt"): mail.created_at,
        _("Versandt"): mail.sent_at,
        _("Text"): outbox.as_preview(mail),
    }


def empty(mails: Sequence[Mail] | QuerySet[Mail]) -> None:
    """What they say, and to whom, here and in the history. What still waits to be sent is not sent any more."""
    keys = [mail.pk for mail in mails]
    found = Mail.objects.filter(pk__in=keys)
    found.exclude(state=Mail.State.SENT).update(state=Mail.State.DISCARDED)
    found.update(to="", reply_to="", text="", links={}, calendar="", error="")
    MailStep.objects.filter(mail__in=keys).exclude(note="").update(note=GONE)
    forget(Mail, keys)


def delete(mails: Sequence[Mail] | QuerySet[Mail]) -> None:
    keys = [mail.pk for mail in mails]
    Mail.objects.filter(pk__in=keys).delete()
    forget(Mail, keys)


def is_over() -> Q:
    """Sent or given up, with something in it that is still to be emptied."""
    return Q(state__in=OVER) & (~Q(to="") | ~Q(text=""))


def asked_before(asking: QuerySet[Mail], moment: datetime) -> Q:
    """Whether a mail that asks for something (`asking`, of an outer row) went out before that moment, or never will.

    Who waits for it cannot answer: after an outage a period begins when it has gone out.
    """
    waits = asking.filter(Q(state__in=(Mail.State.QUEUED, Mail.State.HELD)) | Q(sent_at__gte=moment))
    return Q(Exists(asking.filter(sent_at__lt=moment)) | ~Exists(waits))
