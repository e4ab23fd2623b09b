"""Days and fees as the operator's accounting gets them."""

import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from advisors.models import AdvisorAccess
from requests.models import State
from tests.conftest import HouseClient
from tests.factories import AdvisorFactory, CaseFactory, OfferFactory, ReportFactory, UserFactory, WorkFactory

pytestmark = pytest.mark.django_db

PAGE = "/admin/honorare/"
FILE = "/admin/honorare/datei/?von=2026-01-01&bis=2026-06-30"


def on(day):
    return timezone.make_aware(datetime.combine(day, datetime.min.time())) + timedelta(hours=10)


def worked(day=date(2026, 3, 2), name="Ana Muster", state="accepted", **work):
    case = CaseFactory(state=State.CLOSED)
    report = ReportFactory(consultation=case, state=state, days=2.5, sent_at=on(day))
    offer = OfferFactory(consultation=case, state="accepted", advisor=AdvisorFactory(name=name))
    given = {
        "days": 2.5,
        "travel_km": 120,
        "travel_cost": Decimal("41.30"),
        "receipts": "2. März",
        "rate": Decimal(600),
    }
    return WorkFactory(report=report, offer=offer, **given | work)


def table(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_every_row_says_who_has_worked_how_much_for_whom(desk):
    work = worked()
    head, row = table(desk.post(FILE, {"kind": "csv"}))
    assert head[:3] == ["Aktenzeichen", "Kommune", "Berater*in"]
    case = work.report.consultation
    assert row == [
        case.reference,
        case.municipality.name,
        *("Ana Muster", "02.03.2026", "2,5", "120", "41,30", "2. März", "600,00", "1500,00", "angenommen"),
    ]


def test_only_what_was_handed_in_within_the_period_counts(desk):
    worked()
    worked(day=date(2026, 7, 1), name="Zu spät")
    worked(day=date(2025, 12, 31), name="Zu früh")
    worked(state="sent", name="Noch nicht gezeichnet")
    ReportFactory(consultation=CaseFactory(state=State.CLOSED), recorded_at=on(date(2026, 5, 4)))
    _, *rows = table(desk.post(FILE, {"kind": "csv"}))
    assert [row[2] for row in rows] == ["Ana Muster", "Team, am Schreibtisch festgehalten"]


def test_without_a_rate_there_is_no_amount(desk):
    worked(rate=None)
    _, row = table(desk.post(FILE, {"kind": "csv"}))
    assert row[8:10] == ["", ""]


def test_numbers_are_numbers_in_a_spreadsheet_and_nothing_is_a_formula(desk):
    worked(name="=1+1", receipts="=HYPERLINK(1)")
    response = desk.post(FILE, {"kind": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))["Honorare"]
    row = [cell.value for cell in sheet[2]]
    assert row[2] == "=1+1" and sheet.cell(2, 3).data_type == "s"
    assert (row[4], row[5], row[8], row[9]) == (2.5, 120, 600, 1500)
    assert table(desk.post(FILE, {"kind": "csv"}))[1][2] == "'=1+1"


def test_the_page_shows_the_rows_and_every_look_is_noted(desk, coordinator):
    worked()
    shown = desk.get(f"{PAGE}?von=2026-01-01&bis=2026-06-30").content.decode()
    assert ("Ana Muster" in shown and "1.500" in shown) or "1500" in shown
    desk.post(FILE, {"kind": "csv"})
    noted = list(AdvisorAccess.objects.order_by("pk").values_list("by", "page", "count"))
    assert noted == [(coordinator.pk, "list", 1), (coordinator.pk, "export", 1)]


@pytest.mark.parametrize(("address", "given"), [(FILE, {}), (FILE, {"kind": "exe"}), (f"{FILE}x", {"kind": "csv"})])
def test_what_is_no_file_is_said(desk, address, given):
    assert desk.post(address, given).status_code == 422


def test_a_wrong_period_is_said(desk):
    assert desk.get(f"{PAGE}?von=2026-06-01&bis=2026-01-01").status_code == 422


def test_it_is_for_those_who_may_take_personal_data(client):
    person = UserFactory()
    person.user_permissions.set(Permission.objects.filter(codename__in=("view_figures", "export_cases")))
    theirs = HouseClient()
    theirs.force_login(person)
    assert theirs.get(PAGE).status_code in (302, 403)
    assert not AdvisorAccess.objects.exists()


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_as_often_for_one_as_for_three(desk, number, django_assert_max_num_queries):
    for _ in range(number):
        worked()
    desk.get(PAGE)
    with django_assert_max_num_queries(14):
        desk.get(f"{PAGE}?von=2026-01-01&bis=2026-06-30")
