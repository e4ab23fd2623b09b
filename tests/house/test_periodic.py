"""What the clock sets off for many rows: one that fails stops no other, and somebody hears of it."""

import pytest

from advisors import follow_ups, offers, reports
from advisors import tasks as advisor_tasks
from miglobe import periodic, workdays
from miglobe.limits.models import Tally
from miglobe.outbox.models import Mail
from requests import reminders
from requests import tasks as request_tasks

pytestmark = pytest.mark.django_db
ROUNDS = [
    (
        advisor_tasks.keep_deadlines,
        [offers.await_mails, offers.remind_due, offers.expire_overdue, reports.remind_missing],
    ),
    (request_tasks.keep_deadlines, [reminders.remind_municipalities, reminders.remind_of_due]),
    (advisor_tasks.follow_up, [follow_ups.ask_due]),
]


def count(digest: str) -> int:
    Tally.objects.create(digest=digest, empty_at="2026-01-01T00:00Z")
    if digest == "broken":
        raise OSError
    return 1


def test_the_others_are_done_and_then_the_round_fails(caplog):
    with pytest.raises(periodic.SomeFailed, match=r"^Fall 2$"), periodic.complete():
        done = [
            periodic.safely(lambda word=word: count(word), f"Fall {n}") for n, word in enumerate(("a", "b", "broken"))
        ]
    assert done == [1, 1, 0]
    assert set(Tally.objects.values_list("digest", flat=True)) == {"a", "b"}
    assert "Fall 2" in caplog.text


def test_a_round_in_which_all_goes_well_says_nothing():
    with periodic.complete():
        assert periodic.safely(lambda: 3, "Fall") == 3


@pytest.mark.parametrize(("task", "steps"), ROUNDS)
def test_the_tasks_by_the_clock_fail_when_a_row_did(task, steps, monkeypatch):
    """Whoever looks at the failed jobs in the morning learns of it."""
    monkeypatch.setattr(workdays, "is_workday", lambda day: True)

    def broken(now):
        return periodic.safely(lambda: 1 // 0, "Fall 7")

    for step in steps:
        monkeypatch.setattr(f"{step.__module__}.{step.__name__}", broken)
    with pytest.raises(periodic.SomeFailed, match="Fall 7"):
        task(timestamp=0)
    assert not Mail.objects.exists()
