"""Once a day somebody looks. Only what is wrong is worth a mail, and one mail is enough for all of it.

A worker that stands cannot tell so itself: that is what `/-/health/ready/` and `manage.py watch` are for.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from miglobe.outbox.models import Mail
from miglobe.turns import take_turn

from . import findings, mails

TOLD = timedelta(hours=20)  # a task may run twice; tomorrow's is another one


def tell() -> None:
    """To WATCH_MAIL, if that names somebody."""
    found = troubles()
    if found and settings.WATCH_MAIL:
        with transaction.atomic():
            take_turn("watch")
            if not _told_already():
                mails.trouble_found(found)


def troubles() -> mails.Troubles:
    return [(check.label, finding.words) for check, finding in findings.look().items() if finding.is_wrong]


def _told_already() -> bool:
    since = timezone.now() - TOLD
    return Mail.objects.filter(template="watch/trouble_found", created_at__gt=since).exists()
