"""A report on paper: the desk writes down what each of the team has worked and travelled."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from advisors import fees, offers, results
from advisors.models import Offer, Report, WorkRecord
from miglobe.errors import Refused
from requests.models import State
from tests.conftest import HouseClient
from tests.desk.case import page, press
from tests.desk.test_conflicts import pressed
from tests.factories import CaseFactory, CoordinatorFactory, OfferFactory, ReportFactory, WorkFactory

pytestmark = pytest.mark.django_db
TEXT = {"agreed": "Ein Runder Tisch", "options": "Ein Fonds", "recommendations": "Bald beginnen"}


@pytest.fixture(autouse=True)
def rate(settings):
    settings.FEE_PER_DAY = Decimal(600)


@pytest.fixture
def case(coordinator):
    return CaseFactory(
        state=State.CLOSED, outcome="consulted", person=coordinator, organisation=coordinator.organisation
    )


def of_team(case, state="accepted"):
    return OfferFactory(consultation=case, state=state, answered_at=timezone.now())


def here(case):
    return f"{page(case).removesuffix('change/')}result/report/"


def typed(offer, days, km="", cost="", receipts=""):
    given = {"days": days, "travel_km": km, "travel_cost": cost, "receipts": receipts}
    return {f"{name}_{offer.pk}": value for name, value in given.items()}


def worked(days, km=None, cost=None, receipts=""):
    return {"days": Decimal(days), "travel_km": km, "travel_cost": cost, "receipts": receipts}


def record(offer):
    return WorkRecord.objects.get(offer=offer)


def rows():
    now = timezone.now()
    _, *found = fees.rows(now - timedelta(days=1), now + timedelta(days=1))
    return [(row[2], row[4], row[8], row[9]) for row in found]


def test_everybody_of_the_team_gets_a_row_in_the_record_of_fees(desk, case):
    one, two = of_team(case), of_team(case)
    shown = desk.get(here(case)).content.decode()
    assert one.advisor.name in shown and two.advisor.name in shown and 'name="days"' not in shown
    given = TEXT | typed(one, "2,5", "120", "41,30", "3. September Bahn") | typed(two, "0")
    press(desk, here(case), given)
    assert Report.objects.get().days == Decimal("2.5")
    assert (record(one).travel_km, record(one).travel_cost) == (120, Decimal("41.30"))
    assert record(one).signed_at is None
    assert rows() == [
        (one.advisor.name, Decimal("2.5"), Decimal(600), Decimal(1500)),
        (two.advisor.name, Decimal(0), Decimal(600), Decimal(0)),
    ]
    shown = desk.get(page(case)).content.decode()
    assert f"Leistungsnachweis von {one.advisor} festgehalten" in shown and "41,30 Euro" in shown


def test_a_correction_shows_what_stands_and_tells_what_has_changed(desk, case, coordinator):
    one = of_team(case)
    results.report(case, **TEXT, work={one.pk: worked("2.5", receipts="3. Mai\n4. Mai")}, by=coordinator)
    assert 'value="2,5"' in desk.get(here(case)).content.decode()
    press(desk, here(case), TEXT | typed(one, "3", receipts="3. Mai\r\n4. Mai"))
    lines = {line.what: line for line in desk.get(page(case)).context["history"]}
    (change,) = lines[f"Leistungsnachweis von {one.advisor} berichtigt"].changes
    assert (change.label, change.old, change.new) == ("Geleistete Tage", "2,5", "3,0")
    assert Report.objects.get().days == Decimal(3)


def test_journeys_alone_may_be_corrected_and_the_same_twice_is_refused(case, coordinator):
    one = of_team(case)
    results.report(case, **TEXT, work={one.pk: worked(1)}, by=coordinator)
    results.report(case, **TEXT, work={one.pk: worked(1, km=80)}, by=coordinator)
    assert record(one).travel_km == 80
    with pytest.raises(Refused, match="schon festgehalten"):
        results.report(case, **TEXT, work={one.pk: worked(1, km=80)}, by=coordinator)


def test_journeys_are_not_overwritten_unseen(desk, case, coordinator):
    one = of_team(case)
    results.report(case, **TEXT, work={one.pk: worked(1)}, by=coordinator)
    opened = str(desk.get(page(case)).context["opened"])
    colleague = CoordinatorFactory(organisation=coordinator.organisation)
    theirs = HouseClient()
    theirs.force_login(colleague)
    press(theirs, here(case), TEXT | typed(one, "1", "80"))
    mine = TEXT | typed(one, "1", "90") | {"opened": opened}
    refused = desk.post(here(case), mine | pressed(desk.post(here(case), mine)) | {"opened": opened})
    assert refused.status_code == 409 and str(colleague) in refused.content.decode()
    assert record(one).travel_km == 80


def test_a_signature_and_a_rate_hold_for_what_was_signed_and_accepted(case, coordinator, settings):
    one, two = of_team(case), of_team(case)
    report = ReportFactory(consultation=case, days=3, **TEXT)
    for offer in (one, two):
        WorkFactory(report=report, offer=offer, days=1.5, rate=500, signed_at=timezone.now())
    results.report(case, **TEXT, work={one.pk: worked("1.5"), two.pk: worked(2)}, by=coordinator)
    assert record(one).signed_at and record(two).signed_at is None
    assert {record(one).rate, record(two).rate} == {Decimal(500)}


def test_what_the_team_has_typed_itself_counts_once_the_desk_takes_the_report(case, coordinator):
    one = of_team(case)
    report = ReportFactory(consultation=case, state="draft", days=1.5, **TEXT)
    WorkFactory(report=report, offer=one, days=1.5)
    results.report(case, **TEXT, work={one.pk: worked("1.5")}, by=coordinator)
    assert (Report.objects.get().state, record(one).rate) == ("accepted", Decimal(600))


def test_who_has_left_the_team_may_have_worked_but_need_not(desk, case):
    stays, left = of_team(case), of_team(case, state=Offer.State.CANCELLED)
    assert "(nicht mehr im Team)" in desk.get(here(case)).content.decode()
    press(desk, here(case), TEXT | typed(stays, "2") | typed(left, ""))
    assert not WorkRecord.objects.filter(offer=left).exists()
    press(desk, here(case), TEXT | typed(stays, "2") | typed(left, "0,5"))
    assert rows() == [
        (stays.advisor.name, 2, 600, 1200),
        (left.advisor.name, Decimal("0.5"), 600, 300),
    ]


def test_without_a_team_the_days_of_all_are_asked_for(desk, case):
    assert 'name="days"' in desk.get(here(case)).content.decode()
    press(desk, here(case), TEXT | {"days": "2,5"})
    assert rows() == [(fees.BY_DESK, Decimal("2.5"), None, None)]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"days": ""}, "wie viele Tage"),
        ({"days": "0"}, "mindestens ein halber Tag"),
        ({"days": "2,3"}, "in halben Tagen"),
        ({"days": "-1"}, "Weniger als 0"),
        ({"days": "1e400"}, "Mehr als 200 Tage"),
        ({"days": "1", "km": "viele"}, "ganze Zahl"),
        ({"days": "1", "cost": "zehn"}, "Zahl"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_stays(desk, case, wrong, sentence):
    one = of_team(case)
    response = desk.post(here(case), TEXT | typed(one, **wrong))
    shown = response.content.decode()
    assert response.status_code == 422 and sentence in shown and "Ein Runder Tisch" in shown
    assert not Report.objects.exists()


def test_a_team_that_has_changed_meanwhile_is_noticed(case, coordinator):
    stranger = OfferFactory(state="accepted")
    with pytest.raises(Refused, match="inzwischen ein anderes"):
        results.report(case, **TEXT, work={stranger.pk: worked(1)}, by=coordinator)
    one = of_team(case)
    with pytest.raises(Refused, match="mindestens einen halben Tag"):
        results.report(case, **TEXT, work={one.pk: worked(0)}, by=coordinator)


def test_opening_the_page_changes_nothing(desk, case):
    of_team(case)
    desk.get(here(case))
    assert not Report.objects.exists() and not WorkRecord.objects.exists()


def test_offers_of_an_earlier_search_are_not_asked_for(case, coordinator):
    old = of_team(case)
    case.reopened_at = timezone.now() + timedelta(seconds=1)
    case.save()
    assert not results.who_worked(case).exists()
    WorkFactory(report=ReportFactory(consultation=case), offer=old)
    assert list(results.who_worked(case)) == [old]
    assert offers.team(case) == []
