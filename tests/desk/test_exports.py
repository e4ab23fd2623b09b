"""A list as a file: what it holds, for whom, and that no cell is a formula."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from django.contrib.auth.models import Permission

from requests import exports
from requests.models import BulkRun, ConsultationRequest, State
from tests.desk.case import LIST
from tests.factories import CaseFactory, MunicipalityFactory, TopicFactory, UserFactory
from tests.login import signs_in

EXPORT = f"{LIST}export/"


def table(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+49 2921 5550",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        '=HYPERLINK("x")',
        "\N{NO-BREAK SPACE}=1",
        "\N{FULLWIDTH EQUALS SIGN}1+1",
    ],
)
def test_no_cell_is_a_formula(typed):
    line = b"".join(exports.as_csv([[typed]])).decode("utf-8-sig")
    (cell,) = next(csv.reader(io.StringIO(line, newline=""), delimiter=";"))
    assert cell == f"'{typed}"


def test_plain_words_stay_as_they_are():
    line = b"".join(exports.as_csv([["Köln; Bonn", None, 2, date(2026, 11, 25), 'sagt "ja"\nund geht']]))
    assert line.decode() == '\ufeff"Köln; Bonn";;2;25.11.2026;"sagt ""ja""\nund geht"\r\n'


@pytest.mark.django_db
def test_the_file_holds_what_the_list_shows_in_its_order(desk):
    topics = [TopicFactory(name="Fairer Handel"), TopicFactory(name="Agenda 2030")]
    place = MunicipalityFactory(name="Soest", district_name="Kreis Soest")
    first, second = CaseFactory(municipality=place, topics=topics), CaseFactory(state=State.NEW)
    CaseFactory(state=State.RUNNING)
    response = desk.post(f"{EXPORT}?state=new", {"kind": "csv"})
    assert response["Content-Disposition"].startswith('attachment; filename="anfragen-20')
    rows = table(response)
    assert [row["Aktenzeichen"] for row in rows] == [second.reference, first.reference]
    assert rows[1]["Kommune"] == "Soest" and rows[1]["Stand"] == "neu"
    assert set(rows[1]["Themen"].split("; ")) == {"Fairer Handel", "Agenda 2030"}


@pytest.mark.django_db
def test_personal_data_is_there_only_when_asked_for(desk):
    case = CaseFactory(contact_name="=Petra")
    (row,) = table(desk.post(EXPORT, {"kind": "csv"}))
    assert case.contact_email not in row.values()
    (row,) = table(desk.post(EXPORT, {"kind": "csv", "personal": "1"}))
    assert row["E-Mail-Adresse"] == case.contact_email
    assert row["Ansprechperson"] == "'=Petra"


@pytest.mark.django_db
def test_a_spreadsheet_holds_text_as_text_and_days_as_days(desk):
    CaseFactory(contact_name="=1+1", wished_from=date(2026, 12, 24))
    response = desk.post(EXPORT, {"kind": "xlsx", "personal": "1"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    heads, row = book["Anfragen"].iter_rows()
    cells = {head.value: cell for head, cell in zip(heads, row, strict=True)}
    assert (cells["Ansprechperson"].value, cells["Ansprechperson"].data_type) == ("=1+1", "s")
    assert cells["Gewünscht ab"].value.date() == date(2026, 12, 24)
    assert cells["Größe des Teams"].value == 2
    book.close()


@pytest.mark.django_db
def test_who_took_what_is_kept(desk, coordinator):
    CaseFactory()
    desk.post(f"{EXPORT}?state=new", {"kind": "csv", "personal": "1"})
    run = BulkRun.objects.get()
    assert (run.by, run.count, run.move) == (coordinator, 1, BulkRun.EXPORT)
    assert run.given == {"kind": "csv", "personal": True, "view": {"state": "new"}}
    assert run.finished_at
    assert "mit Kontaktdaten" in desk.get(f"/admin/requests/bulkrun/{run.pk}/change/").content.decode()


@pytest.mark.django_db
def test_chosen_cases_are_exported_alone(desk):
    chosen, _ = CaseFactory(), CaseFactory()
    response = desk.post(LIST, {"action": "export_chosen", "index": "0", "_selected_action": [chosen.pk]})
    assert "Sie bekommen eine Anfrage" in desk.get(response["Location"]).content.decode()
    rows = table(desk.post(response["Location"], {"kind": "csv"}))
    assert [row["Aktenzeichen"] for row in rows] == [chosen.reference]


@pytest.mark.django_db
def test_drafts_are_never_exported(desk):
    CaseFactory(state=State.UNCONFIRMED)
    assert "Die Liste ist leer" in desk.get(EXPORT).content.decode()
    assert table(desk.post(EXPORT, {"kind": "csv", "personal": "1"})) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rights", "personal", "status"),
    [
        (["view_consultationrequest"], "", 403),
        (["view_consultationrequest", "export_cases"], "", 200),
        (["view_consultationrequest", "export_cases"], "1", 403),
        (["view_consultationrequest", "export_cases", "export_personal_data"], "1", 200),
    ],
)
def test_an_export_needs_the_right_to_it(client, rights, personal, status):
    user = UserFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    signs_in(client, user, "password")
    CaseFactory()
    assert client.post(EXPORT, {"kind": "csv", "personal": personal}).status_code == status


@pytest.mark.django_db
def test_an_unknown_kind_of_file_is_asked_for_again(desk):
    CaseFactory()
    response = desk.post(EXPORT, {"kind": "exe"})
    assert response.status_code == 422
    assert "Bitte wählen Sie eine Dateiart." in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_an_export_asks_the_same_number_of_questions(count, django_assert_num_queries):
    for _ in range(count):
        CaseFactory()
    cases = ConsultationRequest.objects.filed()
    with django_assert_num_queries(1):
        assert len(list(exports.rows(cases, exports.columns(personal=True)))) == count + 1


@pytest.mark.django_db
def test_a_list_too_long_for_one_file_is_to_be_narrowed(desk, monkeypatch):
    monkeypatch.setattr(exports, "MOST", 1)
    CaseFactory()
    CaseFactory()
    response = desk.post(f"{EXPORT}?state=new", {"kind": "csv"}, follow=True)
    assert response.redirect_chain == [("../?state=new", 302)]
    assert "mehr als 1 Anfragen" in response.content.decode()
    assert not BulkRun.objects.exists()


@pytest.mark.django_db
def test_an_export_asks_for_the_password_again_when_the_login_was_long_ago(client, coordinator):
    client.force_login(coordinator)
    case = CaseFactory()
    for response in (client.get(f"{EXPORT}?state=new"), client.post(EXPORT, {"kind": "csv"})):
        assert response.status_code == 302
        assert "next=" in response["Location"]
    chosen = client.post(LIST, {"action": "export_chosen", "index": "0", "_selected_action": [case.pk]})
    assert "next=" in client.post(chosen["Location"], {"kind": "csv"})["Location"]
    assert not BulkRun.objects.exclude(begun_at=None).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["nonsense=1", "confirmed_at__gt=x"])
def test_an_address_that_no_list_understands_leads_back_to_the_list(desk, address):
    for response in (desk.get(f"{EXPORT}?{address}"), desk.post(f"{EXPORT}?{address}", {"kind": "csv"})):
        assert (response.status_code, response["Location"]) == (302, f"../?{address}")
    assert not BulkRun.objects.exists()
