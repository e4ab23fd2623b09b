"""A run of retention that did not come, did not end or did not do everything is told to whoever keeps the portal."""

from datetime import timedelta

import pytest
from django.utils import timezone

from miglobe.privacy import overdue
from miglobe.privacy.models import RetentionRun
from miglobe.watch import findings

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("hours", "ended", "failed", "words"),
    [
        (25, True, "", None),
        (0.5, False, "", None),
        (27, True, "", "Der letzte Löschlauf war am"),
        (2, False, "", "nicht zu Ende gekommen"),
        (2, True, "requests.cases", "nicht alle Regeln"),
    ],
)
def test_the_newest_run_counts(hours, ended, failed, words):
    begun = timezone.now() - timedelta(hours=hours)
    RetentionRun.objects.create(started_at=begun - timedelta(days=9))
    RetentionRun.objects.create(started_at=begun, finished_at=timezone.now() if ended else None, failed=failed)
    found = overdue.look()
    assert found.is_wrong == (words is not None)
    assert words is None or words in found.words


def test_without_any_run_only_the_demonstration_is_forgiven(settings):
    assert not overdue.look().is_wrong
    settings.DEMO = False
    assert overdue.look().is_wrong


def test_it_is_looked_at_every_day():
    assert "retention" in {check.name for check in findings.look()}
