"""How long an offer is open, and when it is recalled: in working days of North Rhine-Westphalia."""

from datetime import datetime

import pytest
from django.utils import timezone

from advisors import links, offers, tasks
from advisors.models import Offer
from miglobe.demo import clock
from miglobe.outbox.models import Mail
from requests.models import State
from tests.factories import AdvisorFactory, CaseFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def days(settings):
    settings.OFFER_WORKDAYS = 7
    settings.OFFER_REMINDER_WORKDAYS = 2


def moment(day: str, hour: int = 10) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(f"{day} {hour:02}:15"))


def sent_on(day: str) -> Offer:
    case, by = CaseFactory(state=State.SEARCHING, person=UserFactory(), team_size=1), UserFactory()
    with clock.at(moment(day)):
        offers.propose(case, advisors=[AdvisorFactory().pk], by=by)
        offers.send(case, by=by)
    return Offer.objects.get(consultation=case)


def on(day: str) -> list[str]:
    """What the clock has owed on that day."""
    Mail.objects.all().delete()
    with clock.at(moment(day)):
        tasks.keep_deadlines.func(0)
    return sorted(Mail.objects.values_list("template", flat=True))


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        ("2026-03-26", "2026-04-08"),  # Good Friday and Easter Monday lie between
        ("2026-05-11", "2026-05-21"),  # Ascension Day
        ("2026-05-29", "2026-06-10"),  # Corpus Christi, a holiday in this Land
        ("2027-10-27", "2027-11-08"),  # All Saints' Day, a Monday and a holiday in this Land
        ("2026-12-22", "2027-01-04"),  # Christmas and New Year
        ("2026-02-02", "2026-02-11"),  # nothing but a weekend
    ],
)
def test_an_offer_is_open_until_the_end_of_the_seventh_working_day(sent, due):
    offer = sent_on(sent)
    local = timezone.localtime(offer.due_at)
    assert (local.date().isoformat(), local.hour, local.minute) == (due, 23, 59)


def test_the_reminder_comes_two_working_days_before_and_the_end_on_the_next_working_day(client):
    offer = sent_on("2026-03-26")  # due on Wednesday, 8 April
    assert on("2026-04-01") == []
    assert on("2026-04-02") == ["advisors/reminded"]
    assert "Mittwoch, 8. April" in Mail.objects.get().text
    assert on("2026-04-07") == []
    assert on("2026-04-08") == []
    with clock.at(moment("2026-04-08", 23)):
        assert "Mittwoch, 8. April" in client.get(f"/angebot/{links.token(offer)}/").content.decode()
        assert offers.is_open(offer)
    assert on("2026-04-09") == ["advisors/expired", "advisors/expired_desk"]


def test_nobody_is_written_to_on_a_holiday():
    sent_on("2026-03-23")  # due on Wednesday, 1 April
    Offer.objects.update(due_at=moment("2026-04-02", 23))
    assert on("2026-04-03") == []  # Good Friday
    assert on("2026-04-06") == []  # Easter Monday
    assert on("2026-04-07") == ["advisors/expired", "advisors/expired_desk"]


def test_the_mail_says_the_day():
    sent_on("2026-12-22")
    assert "Bitte antworten Sie bis Montag, 4. Januar 2027" in Mail.objects.get(template="advisors/offered").text
