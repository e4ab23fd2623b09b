"""What a consultation has brought: the team's report and the municipality's feedback."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.utils import timezone

from advisors import offers, results
from advisors.models import Feedback, Offer, Report
from advisors.waiting import WAITING
from miglobe import workdays
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests.models import ConsultationRequest, State
from tests.conftest import HouseClient
from tests.desk.case import page, press
from tests.desk.test_conflicts import pressed
from tests.factories import (
    AgreementFactory,
    CaseFactory,
    CoordinatorFactory,
    FeedbackFactory,
    OfferFactory,
    ReportFactory,
)

pytestmark = pytest.mark.django_db
SAID = {"agreed": "Ein Runder Tisch", "options": "Ein Fonds", "recommendations": "Bald beginnen"}
HEARD = {"satisfaction": 4, "helped": "Die Erfahrung", "missing": "Mehr Zeit"}


@pytest.fixture(autouse=True)
def days(settings):
    settings.REPORT_WORKDAYS, settings.FEEDBACK_WORKDAYS = 10, 15


def ended(coordinator, **fields):
    given = {"state": State.CLOSED, "outcome": "consulted"} | fields
    return CaseFactory(person=coordinator, organisation=coordinator.organisation, **given)


def here(case, name):
    return f"{page(case).removesuffix('change/')}result/{name}/"


def waits(case):
    now = timezone.now()
    return [
        name
        for name in ("report", "feedback")
        if ConsultationRequest.objects.filter(WAITING[name].condition(now), pk=case.pk).exists()
    ]


def since(number):
    return workdays.before(timezone.now(), number) - timedelta(hours=14)


# --- Recording and correcting -------------------------------------------------------------------------------


def test_the_desk_records_both_with_a_preview_and_corrects_them(desk, coordinator):
    case = ended(coordinator)
    press(desk, here(case, "report"), SAID | {"days": "2,5"})
    press(desk, here(case, "feedback"), HEARD)
    report, feedback = Report.objects.get(), Feedback.objects.get()
    assert (report.consultation, report.days, report.by) == (case, Decimal("2.5"), coordinator)
    assert (feedback.satisfaction, feedback.missing) == (4, "Mehr Zeit")
    again = desk.get(here(case, "report")).content.decode()
    assert "Ein Runder Tisch" in again and 'value="2,5"' in again
    press(desk, here(case, "report"), SAID | {"days": "3", "agreed": "Zwei Runde Tische"})
    press(desk, here(case, "feedback"), HEARD | {"satisfaction": 5})
    shown = desk.get(page(case)).content.decode()
    for words in ("Zwei Runde Tische", "sehr zufrieden", "Bericht berichtigt", "Rückmeldung festgehalten"):
        assert words in shown
    assert (Report.objects.count(), Feedback.objects.count()) == (1, 1)
    assert not Mail.objects.exists()


def test_a_consultation_that_goes_on_begins_with_what_was_agreed_on(desk, coordinator):
    case = ended(coordinator, state=State.STAFFED, outcome="")
    start = f"{page(case).removesuffix('change/')}move/start/"
    assert desk.get(start).context["form"]["goals"].value() is None
    AgreementFactory(consultation=case, goals="Ein Runder Tisch bis zum Herbst")
    assert "Ein Runder Tisch bis zum Herbst" in desk.get(start).content.decode()


def test_the_history_shows_what_a_correction_has_changed(desk, coordinator):
    case = ended(coordinator)
    results.report(case, **SAID, days=Decimal("2.5"), by=coordinator)
    results.feedback(case, **HEARD, by=None)
    results.report(case, **SAID, days=Decimal(4), by=coordinator)
    lines = {line.what: line for line in desk.get(page(case)).context["history"]}
    (change,) = lines["Bericht berichtigt"].changes
    assert (change.label, change.old, change.new) == ("Geleistete Tage", "2,5", "4,0")
    assert lines["Rückmeldung festgehalten"].who == "Kommune"
    assert lines["Bericht festgehalten"].who == str(coordinator)


@pytest.mark.parametrize("state", [state for state in State.values if state not in ("running", "closed")])
def test_what_has_not_begun_has_no_result(coordinator, state):
    case = CaseFactory(state=state)
    with pytest.raises(Refused, match="läuft oder abgeschlossen ist"):
        results.report(case, **SAID, days=Decimal(1), by=coordinator)
    with pytest.raises(Refused, match="läuft oder abgeschlossen ist"):
        results.feedback(case, **HEARD, by=coordinator)


def test_the_same_twice_is_refused(coordinator):
    case = ended(coordinator)
    results.feedback(case, **HEARD, by=coordinator)
    with pytest.raises(Refused, match="schon festgehalten"):
        results.feedback(case, **HEARD, by=coordinator)


@pytest.mark.parametrize(
    ("name", "wrong", "sentence"),
    [
        ("report", {"days": "2,3"}, "in halben Tagen"),
        ("report", {"days": "1e400"}, "Mehr als 200 Tage"),
        ("report", {"days": "9" * 400}, "Mehr als 200 Tage"),
        ("report", {"days": "0"}, "mindestens einen halben Tag"),
        ("report", {"days": "viele"}, "Zahl"),
        ("report", {"agreed": ""}, ""),
        ("feedback", {"satisfaction": ""}, ""),
        ("feedback", {"satisfaction": "6"}, "eine der Antworten"),
    ],
)
def test_bad_input_is_explained_beside_its_field(desk, coordinator, name, wrong, sentence):
    given = SAID | HEARD | {"days": "2"} | wrong
    response = desk.post(here(ended(coordinator), name), given)
    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_an_unknown_result_is_not_found(desk, coordinator):
    assert desk.get(here(ended(coordinator), "unknown")).status_code == 404


def test_whoever_may_not_act_on_the_case_reads_but_has_no_buttons(coordinator):
    case = ended(coordinator)
    ReportFactory(consultation=case, agreed="Ein Runder Tisch")
    theirs = HouseClient()
    theirs.force_login(CoordinatorFactory())
    shown = theirs.get(page(case)).content.decode()
    assert "Ein Runder Tisch" in shown and "/result/" not in shown
    assert theirs.get(here(case, "report")).status_code == 403


def test_a_report_is_not_overwritten_unseen(desk, coordinator):
    case = ended(coordinator)
    colleague = CoordinatorFactory(organisation=coordinator.organisation)
    opened = str(desk.get(page(case)).context["opened"])
    results.report(case, **SAID | {"agreed": "Ihre Fassung"}, days=Decimal(2), by=colleague)
    mine = SAID | {"agreed": "Meine Fassung", "days": "1"}
    seen = pressed(desk.post(here(case, "report"), mine | {"opened": opened}))
    refused = desk.post(here(case, "report"), mine | seen | {"opened": opened})
    assert refused.status_code == 409
    assert str(colleague) in refused.content.decode() and "Meine Fassung" in refused.content.decode()
    assert Report.objects.get().agreed == "Ihre Fassung"


@pytest.mark.parametrize("wrong", [{"days": Decimal("1.3")}, {"days": Decimal(0)}])
def test_the_database_keeps_half_days(wrong):
    with pytest.raises(IntegrityError):
        ReportFactory(**wrong)


def test_the_database_keeps_one_to_five():
    with pytest.raises(IntegrityError):
        FeedbackFactory(satisfaction=6)


# --- What is missing ------------------------------------------------------------------------------------------


def test_a_report_is_missing_after_ten_working_days_and_feedback_after_fifteen(coordinator):
    for number, missing in ((10, []), (11, ["report"]), (15, ["report"]), (16, ["report", "feedback"])):
        case = ended(coordinator, state_since=since(number))
        OfferFactory(consultation=case, state=Offer.State.ACCEPTED)
        assert waits(case) == missing, number
    results.report(case, **SAID, days=Decimal(1), by=coordinator)
    assert waits(case) == ["feedback"]
    results.feedback(case, **HEARD, by=coordinator)
    assert waits(case) == []


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"outcome": "dialogue"}, ["report", "feedback"]),
        ({"outcome": "abandoned"}, []),
        ({"state": State.RUNNING}, []),
        ({"state_since": timezone.now() - timedelta(days=364)}, ["report", "feedback"]),
        ({"state_since": timezone.now() - timedelta(days=366)}, []),
    ],
)
def test_only_what_took_place_and_ended_within_a_year_is_asked_for(coordinator, fields, missing):
    case = ended(coordinator, **{"state_since": since(20)} | fields)
    OfferFactory(consultation=case, state=Offer.State.ACCEPTED)
    assert waits(case) == missing


def test_without_a_team_nobody_can_report(coordinator):
    case = ended(coordinator, state_since=since(20))
    OfferFactory(consultation=case, state=Offer.State.DECLINED)
    assert waits(case) == ["feedback"]


# --- Two cases become one ---------------------------------------------------------------------------------------


def pair():
    stays = CaseFactory(state=State.RUNNING)
    return stays, CaseFactory(state=State.SEARCHING, municipality=stays.municipality)


def test_results_go_along_with_a_merged_case(coordinator):
    stays, goes = pair()
    ReportFactory(consultation=goes)
    FeedbackFactory(consultation=goes)
    offers.merge(stays, absorbed=goes, by=coordinator)
    assert (Report.objects.get().consultation, Feedback.objects.get().consultation) == (stays, stays)


def test_of_two_reports_none_is_lost(coordinator):
    stays, goes = pair()
    for case in (stays, goes):
        ReportFactory(consultation=case)
    with pytest.raises(Refused, match="Bericht"):
        offers.merge(stays, absorbed=goes, by=coordinator)
    goes.refresh_from_db()
    assert goes.state == State.SEARCHING


# --- Costs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("recorded", [False, True])
def test_the_case_page_asks_once_for_each(desk, coordinator, recorded, django_assert_max_num_queries):
    case = ended(coordinator)
    if recorded:
        ReportFactory(consultation=case)
        FeedbackFactory(consultation=case)
    desk.get(page(case))
    with django_assert_max_num_queries(60) as made:
        desk.get(page(case))
    for table in ("advisors_report", "advisors_feedback"):
        assert sum(f'FROM "{table}"' in query["sql"] for query in made.captured_queries) == 1
