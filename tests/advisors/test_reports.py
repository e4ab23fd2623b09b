"""The team's own report: saved while it is typed, signed by all, accepted or asked back at the desk."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from advisors import forgetting, links, offers, reports, results
from advisors.models import Offer, Report, WorkRecord
from miglobe import workdays
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import State
from tests.conftest import HouseClient
from tests.desk.case import page, press
from tests.factories import CaseFactory, OfferFactory, ReportFactory, UserFactory, WorkFactory

pytestmark = pytest.mark.django_db

TEXT = {"agreed": "Ein Runder Tisch", "options": "Ein Fonds", "recommendations": "Bald beginnen"}
WORK = {"days": "2,5", "travel_km": "54321", "travel_cost": "41,30", "receipts": "3. September: Bahn"}


def team(number=2, **fields):
    case = CaseFactory(**{"state": State.CLOSED, "outcome": "consulted"} | fields)
    return [OfferFactory(consultation=case, state=Offer.State.ACCEPTED) for _ in range(number)]


def here(offer, name="report"):
    return reverse(f"advisors:{name}", kwargs={"token": links.token(offer)})


def seen_on(client, offer):
    """What the page that somebody has open tells of the text."""
    shown = client.get(here(offer)).content.decode()
    fields = re.findall(r"<input[^>]*name=\"seen_[^>]*>", shown)
    return {re.search(r'name="(\w+)"', one)[1]: re.search(r'value="(\w*)"', one)[1] for one in fields}


def write(client, offer, do="save", **typed):
    return client.post(here(offer), TEXT | WORK | seen_on(client, offer) | {"do": do} | typed)


def sent_to(offer, template):
    return Mail.objects.filter(template=f"advisors/{template}", to=offer.advisor.email).count()


def report_of(offer):
    return Report.objects.get(consultation=offer.consultation)


# --- Writing and signing -------------------------------------------------------------------------------------


def test_two_write_sign_and_the_desk_accepts(client, desk, coordinator, settings):
    settings.FEE_PER_DAY = Decimal("600.00")
    one, two = team(person=coordinator, organisation=coordinator.organisation)
    assert write(client, one).status_code == 302
    assert report_of(one).state == Report.State.DRAFT
    assert not Mail.objects.exists()
    write(client, one, "send")
    report = report_of(one)
    assert (report.state, report.days, report.by) == (Report.State.SENT, Decimal("2.5"), None)
    assert (sent_to(one, "report_to_sign"), sent_to(two, "report_to_sign")) == (0, 1)
    shown = client.get(here(two)).content.decode()
    assert "Ein Runder Tisch" in shown and "Bericht mitzeichnen" in shown
    assert "54321" not in shown  # the mate's journeys are the mate's
    client.post(here(two), {"do": "sign", "days": "1"} | seen_on(client, two))
    report.refresh_from_db()
    assert (report.state, report.days) == (Report.State.SIGNED, Decimal("3.5"))
    assert Mail.objects.filter(template="advisors/report_signed_desk", to=coordinator.email).count() == 1
    press(desk, f"{page(report.consultation).removesuffix('change/')}report/accept/")
    report.refresh_from_db()
    assert report.state == Report.State.ACCEPTED
    assert [(work.rate, work.days) for work in report.work.all()] == [
        (Decimal("600.00"), Decimal("2.5")),
        (Decimal("600.00"), Decimal("1.0")),
    ]
    assert (sent_to(one, "report_accepted"), sent_to(two, "report_accepted")) == (1, 1)


def test_who_is_alone_hands_in_at_once(client):
    (one,) = team(1)
    write(client, one, "send")
    assert report_of(one).state == Report.State.SIGNED
    assert Mail.objects.filter(template="advisors/report_signed_desk").exists()


def test_a_mate_changes_the_report_and_all_sign_anew(client):
    one, two = team()
    write(client, one, "send")
    client.post(here(two), {"do": "change"})
    report = report_of(one)
    assert report.state == Report.State.DRAFT
    assert not report.work.exclude(signed_at=None).exists()
    write(client, two, "send", agreed="Zwei Runde Tische", days="1")
    report.refresh_from_db()
    assert (report.state, report.agreed) == (Report.State.SENT, "Zwei Runde Tische")
    assert sent_to(one, "report_to_sign") == 1
    client.post(here(one), {"do": "sign"} | WORK | seen_on(client, one))
    report.refresh_from_db()
    assert report.state == Report.State.SIGNED


def test_a_report_that_is_sent_keeps_at_least_half_a_day(client):
    one, two = team()
    write(client, two, days="1")
    write(client, one, "send", days="0")
    answer = client.post(here(two), {"do": "sign", "days": "0"} | seen_on(client, two))
    assert answer.status_code == 409
    assert "mindestens einen halben Tag" in answer.content.decode()
    assert (report_of(one).state, report_of(one).days) == (Report.State.SENT, Decimal("1.0"))


def test_whoever_was_forgotten_need_not_sign_and_gets_no_mail(client, coordinator):
    one, two = team(person=coordinator, organisation=coordinator.organisation)
    forgetting.erase(two.advisor)
    write(client, one, "send")
    assert report_of(one).state == Report.State.SIGNED
    reports.accept(one.consultation, by=coordinator)
    assert set(Mail.objects.filter(template="advisors/report_accepted").values_list("to", flat=True)) == {
        one.advisor.email
    }
    workflow.resume(one.consultation, note="Es geht weiter.", by=coordinator)
    offers.settle(one.consultation, move="resume")
    assert Mail.objects.filter(template="advisors/case_resumed").count() == 1


@pytest.mark.parametrize("way", ["forgotten", "left"])
def test_a_report_goes_to_the_desk_when_who_was_to_sign_is_gone(client, coordinator, way):
    one, two, three = team(3, state=State.RUNNING, outcome="", person=coordinator, team_size=3)
    write(client, one, "send")
    client.post(here(two), {"do": "sign", "days": "1"} | seen_on(client, two))
    assert reports.hand_in_signed() == 0
    if way == "left":
        offers.cancel(three, note="krank", by=coordinator)
    else:
        workflow.close(one.consultation, outcome="consulted", by=coordinator)
        forgetting.erase(three.advisor)
    assert reports.hand_in_signed() == 1
    assert reports.hand_in_signed() == 0
    assert report_of(one).state == Report.State.SIGNED
    assert Mail.objects.filter(template="advisors/report_signed_desk", to=coordinator.email).count() == 1


def test_the_desk_asks_back_and_the_team_signs_anew(client, desk, coordinator):
    (one,) = team(1, person=coordinator, organisation=coordinator.organisation)
    write(client, one, "send")
    case = one.consultation
    press(desk, f"{page(case).removesuffix('change/')}report/return/", {"question": "Wer lädt ein?"})
    report = report_of(one)
    assert (report.state, report.question) == (Report.State.RETURNED, "Wer lädt ein?")
    assert "Wer lädt ein?" in Mail.objects.get(template="advisors/report_returned").text
    assert "Wer lädt ein?" in client.get(here(one)).content.decode()
    write(client, one, "send", agreed="Die Stadt lädt ein")
    report.refresh_from_db()
    assert report.state == Report.State.SIGNED
    lines = [line.what for line in desk.get(page(case)).context["history"]]
    assert lines.count("Bericht vom ganzen Team gezeichnet") == 2
    assert "Bericht zurückgegeben" in lines


def test_nobody_signs_what_they_have_not_read(client):
    one, two = team()
    write(client, one, "send")
    read = seen_on(client, two)
    client.post(here(one), {"do": "change"})
    write(client, one, "send", agreed="Etwas ganz anderes")
    refused = client.post(here(two), {"do": "sign", "days": "1"} | read)
    assert refused.status_code == 409
    assert "inzwischen geändert" in refused.content.decode() and "Etwas ganz anderes" in refused.content.decode()
    assert report_of(one).state == Report.State.SENT


def test_pressing_twice_changes_nothing(client):
    one, two = team(person=UserFactory())
    fields = TEXT | WORK | seen_on(client, one) | {"do": "send"}
    for _ in range(2):
        assert client.post(here(one), fields).status_code == 302
    assert sent_to(two, "report_to_sign") == 1
    read = seen_on(client, two)
    for _ in range(2):
        assert client.post(here(two), {"do": "sign", "days": "1"} | read).status_code == 302
    assert Mail.objects.filter(template="advisors/report_signed_desk").count() == 1


@pytest.mark.parametrize(
    ("do", "wrong", "sentence"),
    [
        ("send", {"agreed": ""}, "was verabredet wurde"),
        ("send", {"days": ""}, "Auch 0 ist möglich"),
        ("save", {"days": "2,3"}, "in halben Tagen"),
        ("save", {"days": "1e400"}, "Mehr als 200 Tage"),
        ("save", {"travel_km": "-1"}, "0"),
        ("save", {"travel_cost": "viel"}, "Zahl"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(client, do, wrong, sentence):
    one, _ = team()
    response = write(client, one, do, **wrong)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    report = report_of(one)
    assert (report.state, report.options) == (Report.State.DRAFT, "Ein Fonds")
    assert report.work.get().receipts == "3. September: Bahn"


@pytest.mark.parametrize("typed", ["1.048,20", "1048,2", "1048.20", "1,048.20", " 1048,20 "])
def test_a_sum_may_be_typed_in_many_ways(client, typed):
    one, _ = team()
    assert write(client, one, travel_cost=typed).status_code == 302
    assert report_of(one).work.get().travel_cost == Decimal("1048.20")


@pytest.mark.parametrize("typed", ["1,2,3", "1.048.20", "1,2.3,4", ",", "1.048"])
def test_what_is_no_sum_is_none(client, typed):
    one, _ = team()
    assert write(client, one, travel_cost=typed).status_code == 422


def test_a_team_without_a_single_day_has_not_worked(client):
    one, _ = team()
    response = write(client, one, "send", days="0")
    assert response.status_code == 409
    assert "mindestens einen halben Tag" in response.content.decode()


@pytest.mark.parametrize("state", ["signed", "accepted"])
def test_what_has_been_handed_in_is_locked(client, state):
    one, two = team()
    report = ReportFactory(consultation=one.consultation, state=state, agreed="So ist es")
    for offer in (one, two):
        WorkFactory(report=report, offer=offer)
    before = Report.objects.values().get(), list(WorkRecord.objects.values())
    for do in ("save", "send", "sign", "change"):
        client.post(here(one), TEXT | WORK | {"do": do})
    client.post(here(one, "save_report"), TEXT | WORK)
    assert (Report.objects.values().get(), list(WorkRecord.objects.values())) == before
    typed = client.post(here(one), TEXT | WORK | {"do": "save"})
    assert typed.status_code == 409 and "Ein Runder Tisch" in typed.content.decode()


# --- Saved while it is typed -----------------------------------------------------------------------------------


def test_it_is_saved_while_it_is_typed(client):
    one, _ = team(state=State.RUNNING, outcome="")
    answer = client.post(here(one, "save_report"), {"agreed": "Ein Run", "days": "x"} | seen_on(client, one))
    assert answer.status_code == 200
    assert re.fullmatch(r"Gespeichert um \d\d:\d\d Uhr, noch nicht gespeichert: Ihre Tage", answer.json()["says"])
    assert report_of(one).agreed == "Ein Run"
    again = {"agreed": "Ein Runder Tisch", "seen_agreed": answer.json()["texts"]["agreed"]["seen"]}
    client.post(here(one, "save_report"), again)
    assert report_of(one).agreed == "Ein Runder Tisch"


def test_what_two_change_in_different_fields_is_both_kept(client):
    one, two = team()
    opened_by_one, opened_by_two = seen_on(client, one), seen_on(client, two)
    client.post(here(one, "save_report"), {"agreed": "Von der ersten"} | opened_by_one)
    answer = client.post(here(two, "save_report"), {"agreed": "", "options": "Von der zweiten"} | opened_by_two)
    report = report_of(one)
    assert (report.agreed, report.options) == ("Von der ersten", "Von der zweiten")
    assert answer.json()["texts"]["agreed"]["text"] == "Von der ersten"


def test_what_both_change_in_one_field_is_shown_side_by_side(client):
    one, two = team()
    opened = seen_on(client, two)
    client.post(here(one, "save_report"), {"agreed": "Von der ersten"} | seen_on(client, one))
    quiet = client.post(here(two, "save_report"), {"agreed": "Von der zweiten"} | opened)
    assert quiet.json()["conflict"]
    shown = client.post(here(two), {"agreed": "Von der zweiten", "options": "Ein Fonds", "do": "save"} | opened)
    assert shown.status_code == 409
    assert "Von der ersten" in shown.content.decode() and "Von der zweiten" in shown.content.decode()
    assert "autosave.js" not in shown.content.decode()  # a person decides which of them holds
    report = report_of(one)
    assert (report.agreed, report.options) == ("Von der ersten", "Ein Fonds")
    knowing = dict(re.findall(r'name="(seen_\w+)" value="(\w*)"', shown.content.decode()))
    client.post(here(two), {"agreed": "Von beiden", "options": "Ein Fonds", "do": "save"} | knowing)
    report.refresh_from_db()
    assert report.agreed == "Von beiden"


def test_looking_changes_nothing(client):
    one, _ = team()
    client.get(here(one))
    assert not Report.objects.exists()
    assert client.get(here(one, "save_report")).status_code == 405


def test_a_dead_link_helps_and_strangers_write_nothing(client):
    one, _ = team()
    declined = OfferFactory(consultation=one.consultation, state=Offer.State.DECLINED)
    assert client.get("/angebot/kein-link/bericht/").status_code == 404
    assert client.post(here(declined), TEXT | {"do": "save"}).url == reverse(
        "advisors:offer", kwargs={"token": links.token(declined)}
    )
    (staffed,) = team(1, state=State.STAFFED, outcome="")
    assert client.get(here(staffed)).status_code == 302
    with pytest.raises(reports.Locked):
        reports.send(staffed, seen={})
    assert not Report.objects.exists()


def test_the_offer_page_leads_to_the_report(client):
    one, _ = team()
    shown = client.get(reverse("advisors:offer", kwargs={"token": links.token(one)})).content.decode()
    assert "/bericht/" in shown and "Bericht schreiben" in shown


def test_in_english_what_was_typed_stays(client):
    one, _ = team()
    shown = client.post(f"/en{here(one)}", TEXT | {"sprache": "en", "days": "2.5"}).content.decode()
    assert "Ein Runder Tisch" in shown and "Sign and send to the team" in shown
    assert not Report.objects.exists()


# --- At the desk ----------------------------------------------------------------------------------------------------


def test_the_desk_sees_what_was_sent_and_nothing_of_a_draft(desk, client, coordinator):
    (one,) = team(1, person=coordinator, organisation=coordinator.organisation)
    write(client, one)
    shown = desk.get(page(one.consultation)).content.decode()
    assert "Ein Runder Tisch" not in shown and "abgeschickt ist er noch nicht" in shown
    write(client, one, "send")
    shown = desk.get(page(one.consultation)).content.decode()
    for words in ("Ein Runder Tisch", "41,30 Euro", "Bericht annehmen", "3. September"):
        assert words in shown


def test_only_what_all_have_signed_is_accepted(coordinator):
    one, _ = team()
    ReportFactory(consultation=one.consultation, state="sent")
    for act in (
        lambda: reports.accept(one.consultation, by=coordinator),
        lambda: reports.give_back(one.consultation, question="Wer?", by=coordinator),
    ):
        with pytest.raises(Refused, match="vom ganzen Team"):
            act()


def test_the_desk_records_a_report_on_paper_but_not_over_signatures(coordinator):
    one, _ = team()
    report = ReportFactory(consultation=one.consultation, state="draft", agreed="Entwurf", days=None)
    results.report(one.consultation, **TEXT, days=Decimal(3), by=coordinator)
    report.refresh_from_db()
    assert (report.state, report.days) == (Report.State.ACCEPTED, Decimal(3))
    Report.objects.update(state="signed")
    with pytest.raises(Refused, match="gerade"):
        results.report(one.consultation, **TEXT | {"agreed": "Anders"}, days=Decimal(3), by=coordinator)


def test_days_recorded_one_by_one_are_what_they_add_up_to(coordinator):
    one, _ = team()
    WorkFactory(report=ReportFactory(consultation=one.consultation, days=1.5), offer=one, days=1.5)
    with pytest.raises(Refused, match=r"1,5 Tage"):
        results.report(one.consultation, **TEXT, days=Decimal(3), by=coordinator)
    results.report(one.consultation, **TEXT, days=Decimal("1.5"), by=coordinator)


def test_the_database_keeps_an_unfinished_report_from_being_sent():
    with pytest.raises(IntegrityError):
        ReportFactory(state="sent", agreed="")


# --- What time brings ------------------------------------------------------------------------------------------------


def test_closing_asks_for_the_report(desk, coordinator):
    case = CaseFactory(state=State.RUNNING, person=coordinator, organisation=coordinator.organisation)
    OfferFactory(consultation=case, state=Offer.State.ACCEPTED)
    address = f"{page(case).removesuffix('change/')}move/close/"
    press(desk, address, {"outcome": "consulted", "note": ""})
    mail = Mail.objects.get(template="advisors/case_closed")
    assert "Schreiben Sie bis" in mail.text and "advisors.report" in str(mail.links)


def test_the_team_is_reminded_once_of_a_missing_report(client, settings):
    settings.REPORT_WORKDAYS = 10
    now = timezone.now()
    one, two = team(state_since=workdays.before(now, 11) - timedelta(hours=1))
    fresh, _ = team(state_since=workdays.before(now, 9))
    done, _ = team(state_since=workdays.before(now, 11) - timedelta(hours=1))
    ReportFactory(consultation=done.consultation, state="sent")
    ended, _ = team(state_since=workdays.before(now, 11) - timedelta(hours=1), outcome="abandoned")
    for _ in range(2):
        reports.remind_missing(now)
    assert [sent_to(offer, "report_missing") for offer in (one, two, fresh, done, ended)] == [1, 1, 0, 0, 0]


def test_a_signature_stays_with_the_case_that_goes_on(coordinator):
    stays = CaseFactory(state=State.RUNNING)
    goes = CaseFactory(state=State.SEARCHING, municipality=stays.municipality)
    work = WorkFactory(report=ReportFactory(consultation=goes))
    Offer.objects.update(state="cancelled")
    offers.merge(stays, absorbed=goes, by=coordinator)
    work.refresh_from_db()
    assert work.report.consultation == work.offer.consultation == stays


def test_whoever_has_no_role_neither_accepts_nor_asks_back(client):
    one, _ = team()
    stranger = HouseClient()
    assert stranger.post(f"{page(one.consultation).removesuffix('change/')}report/accept/").status_code == 302


def test_the_own_page_says_what_there_is_to_write_and_to_sign(client):
    one, two = team()
    own = reverse("advisors:me", kwargs={"token": links.token_of(two.advisor)})
    assert "schreiben</a>" in client.get(own).content.decode()
    write(client, one, "send")
    assert "mitzeichnen</a>" in client.get(own).content.decode()
    client.post(here(two), {"do": "sign", "days": "1"} | seen_on(client, two))
    assert "/bericht/" not in client.get(own).content.decode()


def test_the_own_page_asks_back_while_the_case_runs_and_no_longer_for_what_is_old(client):
    running, _ = team(state=State.RUNNING, outcome="")
    own = reverse("advisors:me", kwargs={"token": links.token_of(running.advisor)})
    assert "/bericht/" not in client.get(own).content.decode()
    ReportFactory(consultation=running.consultation, state=Report.State.RETURNED)
    assert "Rückfrage zum Bericht" in client.get(own).content.decode()
    old, _ = team(state_since=timezone.now() - timedelta(days=366))
    own = reverse("advisors:me", kwargs={"token": links.token_of(old.advisor)})
    assert "/bericht/" not in client.get(own).content.decode()
