"""The start page: every number, and the list that it leads to."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from advisors.models import Offer
from miglobe import workdays
from miglobe.desk import queues
from miglobe.outbox.models import Mail
from miglobe.pages.models import AccessibilityReport
from miglobe.privacy import asking
from miglobe.privacy.models import DataRequest
from requests.models import ConsultationRequest, State
from tests.conftest import HouseClient
from tests.factories import (
    AppointmentFactory,
    CandidacyFactory,
    CaseFactory,
    CoordinatorFactory,
    OfferFactory,
    ReportFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

INDEX = "/admin/"
NAMES = [name for names in queues.GROUPS.values() for name in names if name not in ("deliveries", "erasures")]


@pytest.fixture(autouse=True)
def days(settings):
    settings.ESCALATE_WORKDAYS = 3
    settings.INQUIRY_REMINDER_WORKDAYS = 5
    settings.QUIET_WORKDAYS = 30
    settings.REPORT_WORKDAYS, settings.FEEDBACK_WORKDAYS = 10, 15


def ago(number: int) -> datetime:
    """In the morning of the day that lies so many working days back."""
    return workdays.before(timezone.now(), number) - timedelta(hours=14)


def matching(name: str, **owner) -> None:
    """One case, or what else the queue counts, that belongs to it."""
    offer_of = {"by": UserFactory()}
    match name:
        case "overdue":
            CaseFactory(due_at=ago(1), **owner)
        case "escalated":
            CaseFactory(due_at=ago(3), **owner)
        case "triage":
            CaseFactory(**owner)
        case "answered":
            CaseFactory(answered_at=ago(1), **owner)
        case "unanswered":
            CaseFactory(state=State.CLOSED, unanswered_since=ago(1), **owner)
        case "silent":
            CaseFactory(state=State.INQUIRY, state_since=ago(11), **owner)
        case "offers":
            asked = CaseFactory(state=State.SEARCHING, **owner)
            OfferFactory(consultation=asked, reminded_at=ago(1), **offer_of)
        case "team":
            OfferFactory(consultation=CaseFactory(state=State.SEARCHING, **owner), **offer_of)
        case "appointment":
            CaseFactory(state=State.STAFFED, **owner)
        case "unrecorded":
            begun = timezone.now() - timedelta(hours=3)
            AppointmentFactory(consultation=CaseFactory(state=State.RUNNING, **owner), starts_at=begun)
        case "report":
            ended = CaseFactory(state=State.CLOSED, outcome="consulted", state_since=ago(11), **owner)
            OfferFactory(consultation=ended, state="accepted", **offer_of)
        case "signed" | "returned":
            reported = CaseFactory(state=State.CLOSED, outcome="consulted", **owner)
            ReportFactory(consultation=reported, state=name, by=None)
        case "feedback":
            CaseFactory(state=State.CLOSED, outcome="dialogue", state_since=ago(16), **owner)
        case "contact":
            CaseFactory(state=State.RUNNING, state_since=ago(40), last_contact_at=ago(30), **owner)
        case "mail":
            failed_mail(CaseFactory(state=State.CLOSED, **owner).reference)
        case "mails" | "deliveries":
            failed_mail("")
        case "held":
            Mail.objects.create(state=Mail.State.HELD, to="a@example.org", subject="x", text="x")
        case "barriers":
            report()
        case "applications":
            CandidacyFactory()


def failed_mail(reference: str) -> Mail:
    return Mail.objects.create(state=Mail.State.FAILED, reference=reference, to="a@example.org", subject="x", text="x")


def report() -> AccessibilityReport:
    number = AccessibilityReport.objects.count()
    return AccessibilityReport.objects.create(reference=f"BF-{number}", barrier="Kontrast", due_at=timezone.now())


def shown(desk) -> dict[str, queues.Row]:
    groups = desk.get(INDEX).context["queues"]
    return {row.name: row for group in groups for row in group.rows}


def numbers(row: queues.Row) -> list[int]:
    return [cell.number for cell in row.cells]


# --- Numbers and lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_that_of_the_rows_behind_its_link(desk, coordinator, name):
    mate = UserFactory(organisation=coordinator.organisation)
    for owner in (
        {"person": coordinator, "organisation": coordinator.organisation},
        {"person": mate, "organisation": coordinator.organisation},
        {"person": (other := UserFactory()), "organisation": other.organisation},
        {},
    ):
        matching(name, **owner)
    for other in NAMES:  # what does not belong to the queue is there as well
        matching(other)
    for state in State.values:
        if state not in (State.NEW, State.STAFFED):
            CaseFactory(state=state)
    row = shown(desk)[name]
    personal = name not in queues.EVERYBODYS
    assert numbers(row)[:2] == ([1, 2] if personal else [0, 0])
    assert numbers(row)[2] >= 5
    for cell in row.cells:
        if cell.number:
            page = desk.get(cell.address)
            assert page.context["cl"].result_count == cell.number, cell.address
            assert len(page.context["cl"].result_list) == cell.number


def test_the_numbers_are_links_with_words_and_an_empty_row_says_so_once(desk):
    matching("triage")
    text = desk.get(INDEX).content.decode()
    assert re.search(r'<a href="\S+waiting=triage"><span class="visually-hidden">Neu, Für alle: </span>1</a>', text)
    row = re.search(r"Nachrichten unbeantwortet</th>\s*(<td.*?)</tr>", text, re.DOTALL)
    assert row
    assert re.sub(r"\s+", " ", row[1]).strip() == '<td colspan="3">nichts</td>'


def test_it_says_how_long_the_oldest_waits(desk):
    matching("unanswered")
    CaseFactory(unanswered_since=ago(6))
    CaseFactory(answered_at=timezone.now())
    rows = shown(desk)
    assert (rows["unanswered"].waiting, rows["answered"].waiting, rows["team"].waiting) == (6, 0, None)
    page = desk.get(INDEX).content.decode()
    assert "am längsten seit 6 Arbeitstagen" in page
    assert "seit heute" in page


def test_a_person_without_organisation_has_two_columns(client):
    person = CoordinatorFactory(organisation=None)
    client.force_login(person)
    matching("triage", person=person)
    assert numbers(shown(client)["triage"]) == [1, 1]


# --- What belongs to a queue ----------------------------------------------------------------------------------


def test_a_question_without_answer_waits_for_us_only_when_the_reminder_has_had_its_days(desk):
    CaseFactory(state=State.INQUIRY, state_since=ago(10))
    assert numbers(shown(desk)["silent"]) == [0, 0, 0]
    CaseFactory(state=State.INQUIRY, state_since=ago(11))
    assert numbers(shown(desk)["silent"]) == [0, 0, 1]


def test_a_case_that_is_late_for_some_days_is_more_than_its_persons_matter(desk, coordinator):
    CaseFactory(due_at=workdays.due(ago(3), 1), person=coordinator)
    rows = shown(desk)
    assert numbers(rows["overdue"]) == [1, 0, 1]
    assert numbers(rows["escalated"]) == [0, 0, 0]
    CaseFactory(due_at=workdays.due(ago(4), 1), organisation=coordinator.organisation)
    rows = shown(desk)
    assert numbers(rows["overdue"]) == [1, 1, 2]
    assert numbers(rows["escalated"]) == [0, 1, 1]


@pytest.mark.parametrize(
    ("offers", "waits"),
    [
        ([], False),
        ([{"state": "sent"}], False),
        ([{"state": "sent", "due_at": timezone.now() - timedelta(hours=1)}], True),
        ([{"state": "sent", "reminded_at": timezone.now()}], True),
        ([{"state": "expired"}], True),
        ([{"state": "expired"}, {"state": "sent"}], False),
        ([{"state": "accepted", "reminded_at": timezone.now()}], False),
        ([{"state": "declined"}], False),
    ],
)
def test_offers_wait_for_us_when_somebody_is_silent_and_nobody_else_is_asked(desk, offers, waits):
    case = CaseFactory(state=State.SEARCHING)
    for offer in offers:
        OfferFactory(consultation=case, by=UserFactory(), **offer)
    assert numbers(shown(desk)["offers"])[2] == waits


def test_offers_of_a_former_search_do_not_count(desk):
    case = CaseFactory(state=State.SEARCHING)
    OfferFactory(consultation=case, state="expired", by=UserFactory())
    assert numbers(shown(desk)["offers"])[2] == 1
    ConsultationRequest.objects.update(reopened_at=timezone.now())
    assert numbers(shown(desk)["offers"])[2] == 0


def test_a_team_is_complete_enough_when_everybody_it_needs_is_asked(desk):
    case = CaseFactory(state=State.SEARCHING, team_size=2)
    for state, missing in (("accepted", 1), ("proposed", 1), ("declined", 1), ("sent", 0)):
        OfferFactory(consultation=case, state=state, by=UserFactory())
        assert numbers(shown(desk)["team"])[2] == missing, state
    Offer.objects.filter(state="sent").update(state="withdrawn")
    assert numbers(shown(desk)["team"])[2] == 1


def test_a_consultation_with_recent_contact_is_left_in_peace(desk):
    CaseFactory(state=State.RUNNING, state_since=ago(29))
    CaseFactory(state=State.RUNNING, state_since=ago(40), last_contact_at=ago(29))
    assert numbers(shown(desk)["contact"]) == [0, 0, 0]
    CaseFactory(state=State.RUNNING, state_since=ago(30))
    assert numbers(shown(desk)["contact"]) == [0, 0, 1]


# --- Rights --------------------------------------------------------------------------------------------------------


def who_may(*names: str) -> HouseClient:
    person = UserFactory()
    for name in names:
        app, _, codename = name.partition(".")
        person.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    client = HouseClient()
    client.force_login(person)
    return client


def test_a_person_sees_only_what_the_role_may_see():
    for name in NAMES:
        matching(name)
    assert desk_of(who_may()) == (set(), False)
    assert desk_of(who_may("outbox.view_mail")) == ({"mails", "held"}, False)
    technical = who_may("outbox.view_delivery")
    assert desk_of(technical) == ({"deliveries"}, False)
    cell = shown(technical)["deliveries"].cells[-1]
    assert cell.number == technical.get(cell.address).context["cl"].result_count == 2
    assert desk_of(who_may("pages.view_accessibilityreport")) == ({"barriers"}, False)
    asking.ask_erasure(DataRequest.objects.create(email="petra@stadt.example"))
    leads = who_may("privacy.answer_people")
    assert desk_of(leads) == ({"erasures"}, False)
    cell = shown(leads)["erasures"].cells[-1]
    assert (cell.number, cell.address) == (1, "/admin/auskunft/")
    cases = {*NAMES} - {*queues.EVERYBODYS}
    assert desk_of(who_may("requests.view_consultationrequest")) == (cases, True)


def desk_of(client: HouseClient) -> tuple[set[str], bool]:
    page = client.get(INDEX)
    assert ("Das wartet" in page.content.decode()) == bool(page.context["queues"])
    return {row.name for group in page.context["queues"] for row in group.rows}, page.context["week"] is not None


# --- The week ahead ---------------------------------------------------------------------------------------------------


def week(desk, whose=""):
    return desk.get(INDEX, {"woche": whose}).context["week"]


def due_in(number: int, **case) -> ConsultationRequest:
    day = workdays.ahead(timezone.localdate(), 6)[number]
    return CaseFactory(due_at=timezone.make_aware(datetime(day.year, day.month, day.day, 23, 59)), **case)


def test_the_week_shows_what_gets_due_by_day(desk, coordinator):
    first, last = due_in(0, person=coordinator), due_in(4, person=coordinator, contacted_at=timezone.now())
    due_in(5, person=coordinator)
    due_in(2)
    found = week(desk)
    assert [[case for case, _, _ in day.cases] for day in found.days] == [[first], [], [], [], [last]]
    assert [day.at for day in found.days] == workdays.ahead(timezone.localdate(), 5)
    page = desk.get(INDEX).content.decode()
    assert reverse("admin:requests_consultationrequest_change", args=[first.pk]) in page
    assert "Erster Kontakt" in page
    if workdays.is_workday(timezone.localdate()):  # otherwise the first day is another
        assert '<span class="desk-due desk-due--soon">heute fällig</span>' in page
        assert page.count("desk-due--") == 1  # what is further off needs no colour
    assert "Entscheidung" in page


def test_the_week_can_be_that_of_the_organisation_or_of_all(desk, coordinator):
    due_in(1, organisation=coordinator.organisation)
    due_in(2)
    found = week(desk)
    assert [(choice.scope.name, choice.number, choice.is_chosen) for choice in found.choices] == [
        ("ich", 0, False),
        ("organisation", 1, True),  # the narrowest in which there is anything
        ("alle", 2, False),
    ]
    assert [len(day.cases) for day in week(desk, "alle").days] == [0, 1, 1, 0, 0]
    assert [len(day.cases) for day in week(desk, "ich").days] == [0, 0, 0, 0, 0]
    assert [len(day.cases) for day in week(desk, "wer?").days] == [0, 1, 0, 0, 0]


def test_a_day_with_many_cases_shows_ten_and_leads_to_all(desk, coordinator):
    for _ in range(11):
        due_in(1, person=coordinator)
    due_in(1)
    day = week(desk).days[1]
    assert (len(day.cases), day.number) == (10, 11)
    assert "Alle 11<" in desk.get(INDEX).content.decode()
    assert desk.get(day.address).context["cl"].result_count == 11


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "morgen", ""])
def test_a_day_that_nobody_means_breaks_nothing(desk, day):
    assert desk.get("/admin/requests/consultationrequest/", {"due": day}).status_code == 200


# --- Costs ---------------------------------------------------------------------------------------------------


def test_queues_and_week_are_three_queries_for_one_and_three_of_everything(rf, coordinator):
    request = rf.get(INDEX)
    request.user = coordinator
    assert coordinator.has_perm("requests.coordinate")  # asks once
    counts = []
    for number in (1, 2):
        for name in NAMES:
            for _ in range(number):
                matching(name, person=coordinator, organisation=coordinator.organisation)
        due_in(1, person=coordinator)
        with CaptureQueriesContext(connection) as queries_made:
            queues.context(request)
        counts.append(len(queries_made))
    assert counts == [3, 3]


def test_the_page_needs_the_same_queries_for_one_and_three_of_everything(desk, coordinator):
    counts = []
    for number in (1, 2):
        for _ in range(number):
            matching("triage", person=coordinator)
            due_in(1, person=coordinator)
        with CaptureQueriesContext(connection) as queries_made:
            desk.get(INDEX)
        counts.append(len(queries_made))
    assert counts[0] == counts[1] == 14
