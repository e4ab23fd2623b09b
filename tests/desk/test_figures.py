"""The figures: what is counted, for whom, and that nobody can be found in them."""

from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from advisors import counts
from miglobe.desk import figures, roles
from requests.models import State, Topic, Transition
from tests.conftest import HouseClient
from tests.factories import (
    AdvisorFactory,
    CaseFactory,
    FeedbackFactory,
    FollowUpFactory,
    FormatFactory,
    MunicipalityFactory,
    OfferFactory,
    OrganisationFactory,
    ReasonFactory,
    ReportFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
PAGE = "/admin/auswertung/"
THE_YEAR = figures.year(2026)


@pytest.fixture
def reader():
    """Somebody who sees figures and nothing else."""
    roles.load()
    person = UserFactory()
    person.groups.add(Group.objects.get(name=roles.FIGURES))
    client = HouseClient()
    client.force_login(person)
    return client


def on(day, hour=10):
    return timezone.make_aware(datetime.combine(day, datetime.min.time())) + timedelta(hours=hour)


def arrived(day=date(2026, 3, 2), **given):
    return CaseFactory(confirmed_at=on(day), **given)


def facts(period=THE_YEAR):
    return {fact.label: fact.words for fact in figures.of(period).facts}


def table(title, period=THE_YEAR):
    (found,) = [table for table in figures.of(period).tables if table.title == title]
    return {line.label: line.number for line in found.lines}


# --- Periods ------------------------------------------------------------------------------------------------


def test_quarters_are_the_year_without_gaps():
    quarters = [figures.quarter(number, 2024) for number in (1, 2, 3, 4)]
    days = [(part.first, part.last) for part in quarters]
    assert days == [
        (date(2024, 1, 1), date(2024, 3, 31)),
        (date(2024, 4, 1), date(2024, 6, 30)),
        (date(2024, 7, 1), date(2024, 9, 30)),
        (date(2024, 10, 1), date(2024, 12, 31)),
    ]


def test_a_request_belongs_to_the_day_on_which_it_arrived_here():
    arrived(date(2026, 1, 1))
    CaseFactory(confirmed_at=on(date(2026, 1, 1), hour=0))
    CaseFactory(confirmed_at=on(date(2026, 12, 31), hour=23))
    CaseFactory(confirmed_at=on(date(2027, 1, 1), hour=0))
    CaseFactory(confirmed_at=on(date(2025, 12, 31), hour=23))
    assert facts()["Anfragen"] == "3"


def test_what_nobody_has_confirmed_is_no_request():
    CaseFactory(state=State.UNCONFIRMED)
    CaseFactory(state=State.WITHDRAWN, confirmed_at=None)
    assert facts(figures.year(timezone.localdate().year))["Anfragen"] == "0"


# --- What is counted -----------------------------------------------------------------------------------------------


def test_requests_are_counted_by_what_funders_ask_for():
    organisation = OrganisationFactory(short_name="FSI")
    soest = MunicipalityFactory(name="Soest", district_name="Kreis Soest", region="Arnsberg", type="Stadt")
    aachen = MunicipalityFactory(district_name="Städteregion", region="Köln", type="Stadt (mit Rang)")
    fair, sdgs = TopicFactory(name="Fairer Handel"), TopicFactory(name="SDGs")
    arrived(municipality=soest, organisation=organisation, channel="phone", topics=[fair, sdgs])
    arrived(municipality=soest, state=State.CLOSED, outcome="dialogue", topics=[fair])
    arrived(municipality=aachen, state=State.REJECTED, reason=ReasonFactory(name="Kapazität"), topics=[sdgs])
    arrived(municipality=aachen, state=State.REFERRED, reason=ReasonFactory(name="anderes"), topics=[sdgs])
    case = arrived(municipality=aachen, topics=[sdgs])
    case.formats.add(FormatFactory(name="Workshop"))
    assert table("Stand") == {"neu": 2, "abgeschlossen": 1, "abgelehnt": 1, "verwiesen": 1}
    assert table("Ergebnis") == {"Dialogforum ohne weitere Beratung": 1}
    assert table("Ablehnung und Verweis") == {"Kapazität": 1, "anderes": 1}
    assert table("Weg der Anfrage") == {"Online-Formular": 4, "Telefon": 1}
    assert table("Organisation") == {"FSI": 1, "noch niemand": 4}
    assert table("Regierungsbezirk") == {"Köln": 3, "Arnsberg": 2}
    assert table("Kreis") == {"Städteregion": 3, "Kreis Soest": 2}
    assert table("Art der Kommune") == {"Stadt": 5}
    assert table("Themen") == {"SDGs": 4, "Fairer Handel": 2}
    assert table("Formate") == {"Workshop": 1, "keine Angabe": 4}


def test_a_reopened_request_is_no_longer_refused():
    arrived(state=State.NEW, reason=ReasonFactory())
    assert table("Ablehnung und Verweis") == {}


def test_municipalities_that_ask_together_are_all_reached_and_each_once():
    soest, unna = MunicipalityFactory(), MunicipalityFactory()
    arrived(municipality=soest)
    case = arrived(municipality=soest)
    case.co_municipalities.add(unna)
    assert facts()["Erreichte Kommunen"] == "2"


def test_what_began_and_ended_in_the_period_counts_whenever_it_was_asked():
    case = arrived(date(2025, 5, 5), state=State.CLOSED)
    for move, day in (("start", date(2026, 2, 2)), ("close", date(2026, 6, 1)), ("close", date(2026, 6, 2))):
        Transition.objects.create(consultation=case, move=move, source="staffed", target="closed", at=on(day))
    found = facts()
    assert (found["Anfragen"], found["Beratungen begonnen"], found["Abgeschlossen"]) == ("0", "1", "1")


@pytest.mark.parametrize("deleted", [False, True])
def test_a_case_begins_once_and_ends_once_whatever_comes_between(deleted):
    case = arrived(date(2025, 5, 5), state=State.CLOSED)
    for move, day in (
        ("start", date(2025, 6, 2)),
        ("start", date(2026, 2, 2)),  # with another team
        ("close", date(2026, 3, 2)),
        ("resume", date(2026, 3, 9)),
        ("close", date(2027, 1, 8)),
    ):
        Transition.objects.create(consultation=case, move=move, source="staffed", target="closed", at=on(day))
    if deleted:
        counts.keep([case])
        case.transitions.all().delete()
    found = [facts(figures.year(number)) for number in (2025, 2026, 2027)]
    assert [year["Beratungen begonnen"] for year in found] == ["1", "0", "0"]
    assert [year["Abgeschlossen"] for year in found] == ["0", "0", "1"]


@pytest.mark.parametrize(("number", "said"), [(0, "0"), (1, "weniger als 5"), (4, "weniger als 5"), (5, "5")])
def test_few_advisors_are_not_counted_out(number, said):
    case = arrived(state=State.RUNNING)
    for _ in range(number):
        OfferFactory(consultation=case, state="accepted")
    OfferFactory(consultation=case, state="declined")
    assert facts()["Eingesetzte Berater*innen"] == said


def test_days_worked_are_those_of_all_reports():
    assert facts()["Geleistete Tage"] == "–"
    for days in ("2.5", "4"):
        ReportFactory(consultation=arrived(state=State.CLOSED), days=days)
    ReportFactory(consultation=arrived(date(2025, 5, 5), state=State.CLOSED))
    assert facts()["Geleistete Tage"] == "6,5"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "–"),
        ((5,), "weniger als 5 Rückmeldungen"),
        ((5, 5, 5, 4), "weniger als 5 Rückmeldungen"),
        ((5, 4, 4, 3, 1), "3,4"),
    ],
)
def test_satisfaction_is_a_mean_of_enough(given, said):
    for satisfaction in given:
        FeedbackFactory(consultation=arrived(state=State.CLOSED), satisfaction=satisfaction)
    assert facts()["Zufriedenheit der Kommunen"] == said


def test_an_advisor_with_several_cases_counts_once():
    for _ in range(5):
        OfferFactory(consultation=arrived(state=State.RUNNING), advisor=AdvisorFactory(), state="accepted")
    busy = AdvisorFactory()
    for _ in range(3):
        OfferFactory(consultation=arrived(state=State.RUNNING), advisor=busy, state="accepted")
    assert facts()["Eingesetzte Berater*innen"] == "6"


# --- How long it took ------------------------------------------------------------------------------------------------


def test_waiting_is_the_median_in_working_days():
    friday = date(2026, 5, 29)
    for contacted in (date(2026, 5, 29), date(2026, 6, 1), date(2026, 6, 5)):  # the 4th is a holiday
        arrived(friday, contacted_at=on(contacted, 15))
    arrived(friday)
    fact = next(fact for fact in figures.of(THE_YEAR).facts if fact.label == figures.CONTACT)
    assert (fact.words, fact.hint) == ("1 Arbeitstag", "Median von 3 Anfragen")
    arrived(friday, contacted_at=on(date(2026, 6, 2)))
    assert facts()[figures.CONTACT] == "1,5 Arbeitstagen"


def test_a_team_is_complete_when_it_was_for_the_first_time():
    case = arrived(date(2026, 3, 2), state=State.STAFFED)
    for day in (date(2026, 3, 4), date(2026, 3, 20)):
        Transition.objects.create(consultation=case, move="staff", source="searching", target="staffed", at=on(day))
    assert facts()[figures.TEAM] == "2 Arbeitstagen"


def test_nothing_has_no_median():
    assert facts()[figures.CONTACT] == "–"
    assert facts()[figures.TEAM] == "–"


# --- The page ----------------------------------------------------------------------------------------------------


def test_the_page_shows_the_present_year_and_finds_any_other(reader):
    CaseFactory()
    arrived(date(2024, 2, 5))
    this_year = timezone.localdate().year
    assert reader.get(PAGE).context["figures"].period == figures.year(this_year)
    assert reader.get(f"{PAGE}?zeitraum=2024").context["figures"].number == 1
    assert reader.get(f"{PAGE}?zeitraum=2024-2").context["figures"].number == 0
    assert reader.get(f"{PAGE}?von=2024-02-05&bis=05.02.2024").context["figures"].number == 1


@pytest.mark.parametrize(
    "query",
    [
        "zeitraum=2024-5",
        "zeitraum=x",
        "zeitraum=1999",
        "von=2026-02-01",
        "von=x&bis=y",
        "von=2026-02-02&bis=2026-02-01",
        "von=0001-01-01&bis=2026-02-01",
        "von=2026-02-01&bis=9999-12-31",
    ],
)
def test_a_period_that_does_not_exist_says_so(reader, query):
    response = reader.get(f"{PAGE}?{query}")
    assert response.status_code == 422
    assert "Diesen Zeitraum gibt es nicht" in response.content.decode()
    assert reader.get(f"{PAGE}csv/?{query}").status_code == 422


def test_who_reads_figures_sees_nothing_else(reader):
    case = CaseFactory(person=UserFactory(last_name="Zuständig"))
    OfferFactory(consultation=case, state="accepted", advisor=AdvisorFactory(name="Amara Muster"))
    shown = reader.get(PAGE).content.decode() + reader.get(reverse("admin:index")).content.decode()
    assert 'href="/admin/auswertung/"' in shown
    for secret in ("Zuständig,", "Amara Muster", case.reference, case.contact_name, case.concern):
        assert secret not in shown
    for model in (
        "requests/consultationrequest",
        "advisors/advisor",
        "outbox/mail",
        "outbox/delivery",
        "accounts/user",
    ):
        assert f"/admin/{model}/" not in shown
        assert reader.get(f"/admin/{model}/").status_code == 403


def test_nobody_without_the_right_sees_figures(client):
    assert client.get(PAGE).status_code == 302
    client.force_login(UserFactory())
    assert client.get(PAGE).status_code == 403
    assert client.get(f"{PAGE}csv/").status_code == 403
    assert "auswertung" not in client.get(reverse("admin:index")).content.decode()


def test_the_file_says_the_same_as_the_page_and_no_cell_is_a_formula(reader):
    Topic.objects.all().delete()
    arrived(topics=[TopicFactory(name="=1+1")])
    response = reader.get(f"{PAGE}csv/?von=2026-01-01&bis=2026-12-31")
    assert response["Content-Disposition"] == 'attachment; filename="auswertung-2026-01-01-2026-12-31.csv"'
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    lines = text.split("\r\n")
    assert lines[0] == "Abschnitt;Angabe;Wert;Hinweis"
    assert lines[1] == "Zeitraum;Eingang der Anfragen;01.01.2026 bis 31.12.2026;"
    assert "Überblick;Anfragen;1;" in lines
    assert "Themen;'=1+1;1;Eine Anfrage kann mehrere nennen." in lines


def test_the_page_needs_the_same_queries_for_one_and_three(reader):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            case = CaseFactory(organisation=OrganisationFactory(), state=State.RUNNING, contacted_at=timezone.now())
            case.formats.add(FormatFactory())
            OfferFactory(consultation=case, state="accepted")
        with CaptureQueriesContext(connection) as queries:
            reader.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1] == 19


def test_a_report_counts_once_it_is_handed_in():
    for state in ("draft", "sent", "returned", "signed", "accepted"):
        ReportFactory(consultation=arrived(state=State.CLOSED), state=state, days=1)
    assert {fact.label: fact for fact in figures.of(THE_YEAR).facts}["Geleistete Tage"].words == "2"


def test_what_was_put_into_practice_is_told_of_five_and_more():
    def fact():
        return {fact.label: fact for fact in figures.of(THE_YEAR).facts}["Umgesetzt nach der Beratung"]

    assert fact().words == "–"
    FollowUpFactory(consultation=arrived(state=State.CLOSED))  # asked, not answered
    for extent in (4, 3, 3, 2):
        FollowUpFactory(consultation=arrived(state=State.CLOSED), extent=extent)
    assert fact().words == "weniger als 5 Antworten"
    FollowUpFactory(consultation=arrived(state=State.CLOSED), extent=1)
    assert (fact().words, fact().hint) == ("60 %", "alles oder das meiste; aus 5 Antworten")


def test_no_extent_is_counted_out_that_fewer_than_five_have_named():
    def table():
        return {table.title: table for table in figures.of(THE_YEAR).tables}.get("Umsetzung")

    for extent in (3, 3, 3, 3, 3, 2):
        FollowUpFactory(consultation=arrived(state=State.CLOSED), extent=extent)
    assert table() is None
    for _ in range(4):
        FollowUpFactory(consultation=arrived(state=State.CLOSED), extent=2)
    assert [(line.label, line.number) for line in table().lines] == [("das meiste", 5), ("einiges", 5)]
