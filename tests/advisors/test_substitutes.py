"""Who stands by for a case: lined up in advance, asked only when a place is free and somebody at the desk says so."""

import re

import pghistory
import pytest

from advisors import consents, history, matching, offers, substitutes
from advisors.models import Offer, Purpose
from miglobe.errors import Refused
from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import State
from tests.desk.case import LIST, page, press
from tests.factories import (
    AdvisorFactory,
    AppointmentFactory,
    CaseFactory,
    DeclineReasonFactory,
    MunicipalityFactory,
    OfferFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

S = Offer.State


def a_case(state=State.SEARCHING, **changes):
    return CaseFactory(**({"state": state, "person": UserFactory(), "team_size": 1} | changes))


def line(case):
    return [offer.advisor for offer in Offer.objects.of(case).standing_by()]


def lined_up(case, number=2):
    advisors = [AdvisorFactory(name=f"Ersatz {letter}") for letter in "ABCDEF"[:number]]
    for advisor in advisors:
        substitutes.line_up(case, advisors=[advisor.pk], by=UserFactory())
    return advisors


def of(advisor):
    return Offer.objects.get(advisor=advisor)


# --- Lining up -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.SEARCHING, State.STAFFED, State.RUNNING])
def test_substitutes_stand_in_the_order_they_were_put_and_nobody_is_written_to(state):
    case = a_case(state)
    first, second = lined_up(case)
    best, worse = AdvisorFactory(name="Z", home=case.municipality), AdvisorFactory(name="A", capacity=3)
    OfferFactory(advisor=worse, state=S.ACCEPTED, consultation=CaseFactory(state=State.RUNNING))
    assert substitutes.line_up(case, advisors=[worse.pk, best.pk], by=UserFactory()) == 2
    assert line(case) == [first, second, best, worse]  # of those put together the better fitting first
    assert not Mail.objects.exists()


def test_only_who_fits_and_was_not_asked_can_be_lined_up():
    case, silent = a_case(), AdvisorFactory(consents=[])
    (first,) = lined_up(case, 1)
    for advisor in (silent, first):
        with pytest.raises(Refused, match="infrage"):
            substitutes.line_up(case, advisors=[advisor.pk], by=UserFactory())
    _, excluded = matching.suggest(case)
    assert {s.advisor: s.excluded for s in excluded}[first] == "für diesen Fall schon als Ersatz vorgemerkt"


@pytest.mark.parametrize("state", [State.NEW, State.CLOSED, State.REJECTED, State.WITHDRAWN])
def test_a_case_without_a_search_or_a_team_needs_no_substitutes(state):
    with pytest.raises(Refused, match="Ersatz"):
        substitutes.line_up(a_case(state), advisors=[AdvisorFactory().pk], by=UserFactory())


def test_substitutes_change_places():
    case = a_case()
    a, b, c = lined_up(case, 3)
    substitutes.reorder(of(c), earlier=True, by=UserFactory())
    assert line(case) == [a, c, b]
    substitutes.reorder(of(a), earlier=False, by=UserFactory())
    assert line(case) == [c, a, b]
    substitutes.reorder(of(c), earlier=True, by=UserFactory())
    substitutes.reorder(of(b), earlier=False, by=UserFactory())
    assert line(case) == [c, a, b]
    offers.withdraw(of(a), by=UserFactory())
    assert line(case) == [c, b]
    assert not Mail.objects.exists()


# --- A place is free ----------------------------------------------------------------------------------


def test_a_complete_team_leaves_them_in_place_and_who_drops_out_calls_for_them():
    case = a_case(State.SEARCHING)
    asked = OfferFactory(consultation=case)
    first, second = lined_up(case)
    offers.accept(asked)
    assert line(case) == [first, second]
    Mail.objects.all().delete()
    offers.cancel(asked, note="krank")
    told = Mail.objects.get(template="advisors/cancelled_desk").text
    assert "als Ersatz stehen 2 Personen bereit" in told
    assert "Von allein geht nichts hinaus" in told
    assert not Mail.objects.filter(to__in=[first.email, second.email]).exists()
    Mail.objects.all().delete()
    substitutes.release(of(first), by=UserFactory())
    assert [(mail.template, mail.to) for mail in Mail.objects.all()] == [("advisors/offered", first.email)]
    assert of(first).due_at is not None
    offers.accept(of(first))
    case.refresh_from_db()
    assert (case.state, line(case)) == (State.STAFFED, [second])


def test_the_desk_is_told_of_them_only_when_a_place_is_free():
    case, reason = a_case(team_size=1), DeclineReasonFactory()
    one, other = (OfferFactory(consultation=case) for _ in range(2))
    lined_up(case, 1)
    offers.decline(one, reason=reason)
    assert "Ersatz" not in Mail.objects.get().text  # the other one is still asked
    Mail.objects.all().delete()
    offers.decline(other, reason=reason)
    assert "als Ersatz steht eine Person bereit" in Mail.objects.get().text


def test_an_answer_that_never_came_calls_for_them_too():
    case = a_case()
    offer = OfferFactory(consultation=case)
    lined_up(case, 1)
    offers.expire_overdue(offer.due_at)
    assert "als Ersatz steht eine Person bereit" in Mail.objects.get(template="advisors/expired_desk").text


def test_nobody_is_asked_while_no_place_is_free():
    case = a_case()
    OfferFactory(consultation=case)
    (first,) = lined_up(case, 1)
    with pytest.raises(Refused, match="schon jemand angefragt"):
        substitutes.release(of(first), by=UserFactory())
    staffed = a_case(State.STAFFED)
    OfferFactory(consultation=staffed, state=S.ACCEPTED)
    (second,) = lined_up(staffed, 1)
    with pytest.raises(Refused, match="solange ein Team gesucht wird"):
        substitutes.release(of(second), by=UserFactory())
    assert not Mail.objects.exists()


def test_all_rules_hold_again_when_a_substitute_is_asked():
    case = a_case()
    (first,) = lined_up(case, 1)
    consents.withdraw(first, Purpose.MATCHING)
    with pytest.raises(Refused, match=r"Ersatz A \(ohne Einwilligung"):
        substitutes.release(of(first), by=UserFactory())
    assert not Mail.objects.exists()


def test_a_larger_team_has_a_place_for_them():
    case = a_case()
    OfferFactory(consultation=case)
    (first,) = lined_up(case, 1)
    offers.resize(case, team_size=2, by=UserFactory())
    assert substitutes.release(of(first), by=UserFactory()).state == S.SENT


def test_a_case_that_ends_lets_them_go_without_a_word():
    case = a_case(State.STAFFED)
    OfferFactory(consultation=case, state=S.ACCEPTED)
    lined_up(case)
    workflow.close(case, outcome="dialogue", by=UserFactory())
    Mail.objects.all().delete()
    assert offers.close_orphaned() == 2
    assert line(case) == []
    assert not Mail.objects.exists()


def test_a_reopened_request_begins_without_them():
    case = a_case()
    (first,) = lined_up(case, 1)
    workflow.withdraw(case)
    workflow.reopen(case, note="Irrtum", by=UserFactory())
    workflow.accept(case, team_size=1, by=UserFactory())
    assert line(case) == []
    with pytest.raises(Refused):
        substitutes.release(of(first), by=UserFactory())


@pytest.mark.parametrize("state", [State.SEARCHING, State.RUNNING])
def test_a_merged_case_brings_them_behind_those_of_the_other(state):
    case = a_case(state)
    other = a_case(municipality=case.municipality)
    a, b = lined_up(case)
    c, d = AdvisorFactory(), AdvisorFactory()
    for advisor in (c, a, d):
        OfferFactory(consultation=other, advisor=advisor, state=S.RESERVE, rank=len(line(other)) + 1)
    offers.merge(case, absorbed=other, by=UserFactory())
    assert line(case) == [a, b, c, d]
    assert not Mail.objects.filter(to__in=[one.email for one in (a, b, c, d)]).exists()


# --- At the desk -----------------------------------------------------------------------------------------


def test_from_suggestions_to_a_substitute_who_is_asked(desk, coordinator):
    case = a_case(person=coordinator, organisation=coordinator.organisation)
    asked = OfferFactory(consultation=case)
    first, second = AdvisorFactory(name="Ersatz A"), AdvisorFactory(name="Ersatz B")
    for advisor in (first, second):
        shown = desk.post(f"{LIST}{case.pk}/team/line-up/", {"advisor": [advisor.pk]}, follow=True).content.decode()
        assert "Als Ersatz vorgemerkt: 1" in shown
    assert "/release/" not in shown
    desk.post(f"{LIST}{case.pk}/offer/{of(second).pk}/reorder/", {"earlier": ""})
    assert line(case) == [second, first]
    offers.decline(asked, reason=DeclineReasonFactory())
    shown = desk.get(page(case)).content.decode()
    assert "Ein Platz ist frei, Ersatz steht bereit" in shown
    assert re.search(rf"/offer/{of(second).pk}/release/[^>]*>\s*Ersatz anfragen", shown)
    address = f"{LIST}{case.pk}/offer/{of(second).pk}/release/"
    assert second.email in desk.get(address).content.decode()
    press(desk, address)
    assert of(second).state == S.SENT


def test_the_complete_team_has_a_place_for_substitutes_on_demand(desk, coordinator):
    case = a_case(State.RUNNING, person=coordinator, organisation=coordinator.organisation)
    OfferFactory(consultation=case, state=S.ACCEPTED)
    advisor = AdvisorFactory(name="Ersatz A")
    assert advisor.name not in desk.get(page(case)).content.decode()
    shown = desk.get(f"{page(case)}?ersatz=1").content.decode()
    assert advisor.name in shown
    assert "/team/propose/" not in shown
    desk.post(f"{LIST}{case.pk}/team/line-up/", {"advisor": [advisor.pk]})
    assert line(case) == [advisor]


def test_a_date_that_stands_is_named_when_the_team_breaks_up(desk, coordinator):
    case = a_case(person=coordinator, organisation=coordinator.organisation)
    lined_up(case, 1)
    AppointmentFactory(consultation=case)
    shown = desk.get(page(case)).content.decode()
    assert "Ersatz steht bereit. Am " in shown
    assert "ob er gehalten werden kann" in shown


# --- The history --------------------------------------------------------------------------------------------


def test_the_history_says_who_lined_up_asked_took_back_and_gave_up():
    case, by = a_case(), UserFactory(first_name="Kim", last_name="Koordination")
    advisor = AdvisorFactory(name="Ayşe Yıldız")
    reason = DeclineReasonFactory()
    with pghistory.context(user=by.pk):
        substitutes.line_up(case, advisors=[advisor.pk], by=by)
        substitutes.release(of(advisor), by=by)
    with pghistory.context(route="advisors:offer"):
        offers.decline(of(advisor), reason=reason)
        offers.undo(of(advisor))
        offers.accept(of(advisor))
        offers.cancel(of(advisor), note="Umzug")
    told = [(line.what.removeprefix("Angebot an Ayşe Yıldız: "), line.who) for line in history.lines(case)]
    assert told == [
        ("als Ersatz vorgemerkt", str(by)),
        ("als Ersatz angefragt", str(by)),
        ("abgesagt", advisor.name),
        ("Absage zurückgenommen", advisor.name),
        ("zugesagt", advisor.name),
        ("nach Zusage ausgestiegen", advisor.name),
    ]


def test_the_history_tells_a_cancellation_by_the_desk_and_a_substitute_struck_out():
    case, by = a_case(), UserFactory()
    offer = OfferFactory(consultation=case, state=S.ACCEPTED)
    (advisor,) = lined_up(case, 1)
    with pghistory.context(user=by.pk):
        offers.cancel(offer, note="krank", by=by)
        offers.withdraw(of(advisor), by=by)
    told = [(line.what.partition(": ")[2], line.who) for line in history.lines(case)][-2:]
    assert told == [("nach Zusage ausgestiegen", str(by)), ("als Ersatz gestrichen", str(by))]


def test_a_new_order_is_no_news():
    case = a_case()
    _, second = lined_up(case)
    before = len(history.lines(case))
    substitutes.reorder(of(second), earlier=True, by=UserFactory())
    assert len(history.lines(case)) == before


# --- Asked before for this municipality ----------------------------------------------------------------------


def asked_in(year, state, advisor, municipality):
    offer = OfferFactory(advisor=advisor, state=state, consultation=CaseFactory(municipality=municipality))
    moment = offer.sent_at.replace(year=year, month=6, day=1)
    changes = {"sent_at": moment} | ({"answered_at": moment} if offer.answered_at else {})
    Offer.objects.filter(pk=offer.pk).update(**changes)


def test_what_became_of_earlier_offers_for_the_municipality_is_said(desk, coordinator):
    place = MunicipalityFactory(name="Hamm", type="Stadt")
    case = a_case(municipality=place, person=coordinator, organisation=coordinator.organisation)
    advisor, other = AdvisorFactory(), AdvisorFactory()
    asked_in(2024, S.ACCEPTED, advisor, place)
    asked_in(2023, S.DECLINED, advisor, place)
    asked_in(2023, S.DECLINED, other, MunicipalityFactory())
    OfferFactory(advisor=other, state=S.PROPOSED, consultation=CaseFactory(municipality=place))
    said = f"für {place.accusative} schon gefragt: 2023 abgesagt, 2024 zugesagt"
    assert matching.asked_elsewhere(case) == {advisor.pk: said}
    found, _ = matching.suggest(case)
    assert {s.advisor: s.reasons[-1] == said for s in found} == {advisor: True, other: False}
    OfferFactory(consultation=case, advisor=advisor)
    assert said in desk.get(page(case)).content.decode()
