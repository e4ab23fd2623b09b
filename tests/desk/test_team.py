"""The team of a case at the desk: suggestions, offers, and what a move means for them."""

import re

import pytest

from advisors.admin.suggestions import suggested_for
from advisors.models import Offer
from miglobe.outbox.models import Mail
from requests.models import ConsultationRequest, State
from tests.desk.case import LIST, answers, move, page, press
from tests.factories import AdvisorFactory, CaseFactory, OfferFactory

pytestmark = pytest.mark.django_db


def test_from_suggestions_to_offers(desk):
    case = CaseFactory(state=State.SEARCHING)
    chosen, other = AdvisorFactory(), AdvisorFactory()
    excluded = AdvisorFactory(active=False)
    shown = desk.get(page(case)).content.decode()
    for words in (chosen.name, other.name, excluded.name, "zurzeit nicht aktiv"):
        assert words in shown
    desk.post(f"{LIST}{case.pk}/team/propose/", {"advisor": [chosen.pk, excluded.pk]})
    assert list(Offer.objects.values_list("advisor", "state")) == [(chosen.pk, "proposed")]
    assert "Angebote senden" in desk.get(page(case)).content.decode()
    assert chosen.email in desk.get(f"{LIST}{case.pk}/team/send/").content.decode()
    assert not Mail.objects.exists()
    press(desk, f"{LIST}{case.pk}/team/send/")
    assert list(Offer.objects.values_list("state", flat=True)) == ["sent"]
    assert Mail.objects.get().to == chosen.email


@pytest.mark.parametrize("chosen", [[], ["abc"], ["-1"], ["9" * 40], ["0"]])
def test_proposing_nobody_says_so(desk, chosen):
    case = CaseFactory(state=State.SEARCHING)
    response = desk.post(f"{LIST}{case.pk}/team/propose/", {"advisor": chosen}, follow=True)
    assert "mindestens eine Person" in response.content.decode()


def test_of_a_team_who_is_no_longer_free_is_named_and_not_noted(desk):
    case = CaseFactory(state=State.SEARCHING, team_size=2)
    free, paused = AdvisorFactory(name="Ada Amsel"), AdvisorFactory(name="Bo <i>Bussard</i>", active=False)
    address, team = f"{LIST}{case.pk}/team/propose/", {"advisor": [free.pk, paused.pk]}
    shown = desk.post(address, team, follow=True).content.decode()
    assert "Vorgemerkt: 1." in shown
    assert "Nicht vorgemerkt: Bo &lt;i&gt;Bussard&lt;/i&gt; (zurzeit nicht aktiv)." in shown
    shown = desk.post(address, team, follow=True).content.decode()
    assert "Ada Amsel (für diesen Fall schon vorgemerkt); Bo" in shown
    assert Offer.objects.count() == 1


def test_the_note_of_who_was_read_counts_those_in_teams_too(desk):
    case = CaseFactory(state=State.SEARCHING, team_size=2)
    AdvisorFactory.create_batch(14)
    suggested = suggested_for(case, everybody=False)
    shown = {person for team in suggested.teams for person in team.people} | {one.advisor for one in suggested.single}
    assert suggested.people == len(shown)


def test_an_offer_is_taken_back_and_an_acceptance_cancelled(desk):
    case = CaseFactory(state=State.STAFFED)
    offer = OfferFactory(consultation=case, state="accepted")
    address = f"{LIST}{case.pk}/offer/{offer.pk}/cancel/"
    assert address in desk.get(page(case)).content.decode()
    press(desk, address, {"note": "krank"})
    offer.refresh_from_db()
    assert offer.state == "cancelled"
    asked = OfferFactory(consultation=case)
    press(desk, f"{LIST}{case.pk}/offer/{asked.pk}/withdraw/")
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


def test_the_offer_of_another_case_is_not_found(desk):
    case, offer = CaseFactory(state=State.SEARCHING), OfferFactory()
    assert desk.post(f"{LIST}{case.pk}/offer/{offer.pk}/withdraw/", {"seen": "x"}).status_code == 404
    offer.refresh_from_db()
    assert offer.state == "sent"


def test_a_preview_that_is_no_longer_true_is_shown_again(desk):
    case = CaseFactory(contact_email="alt@stadt.example")
    given = answers("reject")
    seen = re.search(r'name="seen" value="(\w+)"', desk.post(move(case, "reject"), given).content.decode())[1]
    ConsultationRequest.objects.update(contact_email="neu@stadt.example")
    response = desk.post(move(case, "reject"), given | {"seen": seen})
    assert "Die Vorschau hat sich geändert" in response.content.decode()
    assert "neu@stadt.example" in response.content.decode()
    case.refresh_from_db()
    assert case.state == State.NEW


def test_a_move_takes_the_team_along_and_the_preview_shows_it(desk):
    case = CaseFactory(state=State.SEARCHING)
    asked = OfferFactory(consultation=case)
    accepted = OfferFactory(consultation=case, state="accepted")
    given = answers("reject")
    preview = desk.post(move(case, "reject"), given).content.decode()
    assert asked.advisor.email in preview
    assert accepted.advisor.email in preview
    press(desk, move(case, "reject"), given)
    assert set(Offer.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert Mail.objects.filter(template="advisors/case_ended").count() == 2


def test_closing_a_case_tells_its_team(desk):
    case = CaseFactory(state=State.RUNNING)
    offer = OfferFactory(consultation=case, state="accepted")
    press(desk, move(case, "close"), answers("close"))
    offer.refresh_from_db()
    assert offer.state == "accepted"
    assert Mail.objects.get(template="advisors/case_closed").to == offer.advisor.email


def test_a_smaller_team_may_be_complete_at_once(desk):
    case = CaseFactory(state=State.SEARCHING)
    OfferFactory(consultation=case, state="accepted")
    waiting = OfferFactory(consultation=case)
    press(desk, f"{LIST}{case.pk}/team/resize/", {"team_size": 1})
    case.refresh_from_db()
    waiting.refresh_from_db()
    assert (case.state, case.team_size, waiting.state) == (State.STAFFED, 1, "withdrawn")
    assert set(Mail.objects.values_list("template", flat=True)) == {
        "advisors/place_taken",
        "advisors/team_complete",
        "advisors/team_resized",
    }


def test_a_larger_team_is_told_to_the_municipality_and_to_who_has_accepted(desk):
    case = CaseFactory(state=State.SEARCHING)
    OfferFactory(consultation=case, state="accepted")
    address = f"{LIST}{case.pk}/team/resize/"
    assert '<option value="2" selected>' in desk.get(address).content.decode()
    press(desk, address, {"team_size": 3})
    assert set(Mail.objects.values_list("template", flat=True)) == {"requests/team_resized", "advisors/team_resized"}


def test_the_size_that_a_team_has_is_not_told_again(desk):
    case = CaseFactory(state=State.SEARCHING, team_size=3)
    OfferFactory(consultation=case, state="accepted")
    response = desk.post(f"{LIST}{case.pk}/team/resize/", {"team_size": 3})
    assert response.status_code == 409
    assert "wird schon gesucht" in response.content.decode()
    assert not Mail.objects.exists()


def test_a_team_cannot_be_smaller_than_those_who_have_accepted(desk):
    case = CaseFactory(state=State.SEARCHING, team_size=3)
    for _ in range(2):
        OfferFactory(consultation=case, state="accepted")
    response = desk.post(f"{LIST}{case.pk}/team/resize/", {"team_size": 1})
    assert response.status_code == 409
    assert "schon mehr Personen zugesagt" in response.content.decode()
    case.refresh_from_db()
    assert case.team_size == 3


def test_a_case_that_goes_on_tells_its_team(desk):
    case = CaseFactory(state=State.CLOSED)
    OfferFactory(consultation=case, state="accepted")
    press(desk, move(case, "resume"), answers("resume"))
    assert set(Mail.objects.values_list("template", flat=True)) == {"requests/resumed", "advisors/case_resumed"}


def test_buttons_take_no_other_methods(desk):
    case = CaseFactory(state=State.SEARCHING)
    assert desk.get(f"{LIST}{case.pk}/team/propose/").status_code == 405
    assert desk.put(move(case, "reject")).status_code == 405
