"""Dates to choose from: proposed by desk or team, picked by the municipality, or none of them."""

import re
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

from advisors import appointments, links, offers, proposals
from advisors.models import Appointment, DateProposal, Offer
from miglobe.errors import Refused
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import links as request_links
from requests import workflow
from requests.models import State
from tests.advisors.test_race import at_once
from tests.desk.case import page, press
from tests.factories import CaseFactory, DateProposalFactory, OfferFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
S = DateProposal.State


def dates(*days):
    return [(NOW + timedelta(days=day), NOW + timedelta(days=day, hours=2)) for day in days]


def staffed(person, state=State.STAFFED, **fields):
    case = CaseFactory(state=state, person=person, organisation=person.organisation, **fields)
    return case, OfferFactory(consultation=case, state=Offer.State.ACCEPTED, by=person)


def propose(case, *days, **given):
    wanted = {"kind": "dialogue", "place": "Rathaus", "options": dates(*days or (7, 8)), "word": "Gern früh."}
    return proposals.propose(case, **wanted | given)


def mailed():
    return sorted(Mail.objects.values_list("template", flat=True))


def here(proposal):
    token = request_links.token(request_links.STATUS, proposal.consultation)
    return reverse("advisors:dates", kwargs={"token": token, "proposal": proposal.key})


def at(view, offer, **more):
    return reverse(f"advisors:{view}", kwargs={"token": links.token(offer), **more})


# --- Proposing ---------------------------------------------------------------------------------------


def test_the_municipality_gets_the_dates_and_the_link_to_choose(client, coordinator, settings):
    case, _ = staffed(coordinator)
    proposal = propose(case, by=coordinator)
    mail = Mail.objects.get()
    assert (mail.template, mail.to) == ("advisors/dates_proposed", case.contact_email)
    assert mail.text.count("Uhr") == 0 and "Gern früh." in mail.text
    assert mail.text.count(f"{timezone.localtime(NOW):%H:%M}–") == 2
    address = next(word for word in outbox.message(mail).body.split() if f"/{proposal.key}/" in word)
    assert "Welcher Termin passt" in client.get(address.removeprefix(settings.BASE_URL)).content.decode()
    assert "zur Wahl gestellt" in case.transitions.get().note


def test_whoever_of_the_team_proposes_is_named_in_the_history(coordinator):
    case, offer = staffed(coordinator)
    proposal = propose(case, of_team=offer)
    assert (proposal.by, proposal.of_team) == (None, offer)
    assert offer.advisor.name in case.transitions.get().note


@pytest.mark.parametrize("state", [state for state in State.values if state not in ("staffed", "running")])
def test_nothing_is_proposed_without_a_team_or_after_the_end(coordinator, state):
    with pytest.raises(Refused, match="sobald das Team vollständig ist"):
        propose(CaseFactory(state=state), by=coordinator)
    assert not DateProposal.objects.exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "einen bis sechs"),
        (dates(*range(1, 8)), "einen bis sechs"),
        (dates(-1, 3), "in der Vergangenheit"),
        (dates(3, 3), "zweimal"),
    ],
)
def test_dates_must_make_sense(coordinator, options, sentence):
    case, _ = staffed(coordinator)
    with pytest.raises(Refused, match=sentence):
        propose(case, by=coordinator, options=options)
    assert not DateProposal.objects.exists()
    assert mailed() == []


def test_a_new_proposal_replaces_the_former_of_its_kind_alone(coordinator):
    case, _ = staffed(coordinator)
    former, other = propose(case, by=coordinator), propose(case, kind="workshop", by=coordinator)
    propose(case, 9, by=coordinator)
    states = dict(DateProposal.objects.values_list("pk", "state"))
    assert (states[former.pk], states[other.pk]) == (S.WITHDRAWN, S.OPEN)
    texts = Mail.objects.order_by("pk").values_list("text", flat=True)
    assert ["ersetzen die früheren" in text for text in texts] == [False, False, True]


def test_a_double_click_proposes_once(coordinator):
    case, _ = staffed(coordinator)
    propose(case, by=coordinator)
    with pytest.raises(Refused, match="schon vorgeschlagen"):
        propose(case, by=coordinator)
    assert mailed() == ["advisors/dates_proposed"]


def test_whoever_has_left_the_team_proposes_nothing(coordinator):
    case, offer = staffed(coordinator)
    proposal = propose(case, of_team=offer)
    Offer.objects.filter(pk=offer.pk).update(state=Offer.State.CANCELLED)
    for act in (partial(propose, case, 9), partial(proposals.withdraw, proposal)):
        with pytest.raises(Refused, match="beendet"):
            act(of_team=offer)
    with pytest.raises(Refused, match="gelten nicht mehr"):
        proposals.pick(proposal, proposal.options.first())


# --- Picking -----------------------------------------------------------------------------------------


def test_picking_arranges_and_tells_everybody(coordinator):
    case, offer = staffed(coordinator, due_at=NOW + timedelta(days=3))
    proposal = propose(case, of_team=offer)
    option = proposal.options.last()
    Mail.objects.all().delete()
    picked = proposals.pick(proposal, option)
    appointment = Appointment.objects.get()
    assert (picked.state, picked.appointment) == (S.PICKED, appointment)
    assert (appointment.starts_at, appointment.place, appointment.by) == (option.starts_at, "Rathaus", None)
    assert mailed() == [
        "advisors/appointment_arranged",
        "advisors/appointment_arranged_team",
        "advisors/date_picked_desk",
    ]
    assert Mail.objects.get(template="advisors/date_picked_desk").to == coordinator.email
    case.refresh_from_db()
    assert case.due_at is None
    assert case.transitions.latest("pk").note.endswith("von der Kommune gewählt")


def test_picking_again_changes_nothing_and_another_is_refused(coordinator):
    case, _ = staffed(coordinator)
    proposal = propose(case, by=coordinator)
    first, second = proposal.options.all()
    proposals.pick(proposal, first)
    owed = mailed()
    proposals.pick(proposal, first)
    for act in (
        lambda: proposals.pick(proposal, second),
        lambda: proposals.none_fits(proposal, answer=""),
        lambda: proposals.withdraw(proposal, by=coordinator),
    ):
        with pytest.raises(Refused, match="schon ein Termin gewählt"):
            act()
    assert mailed() == owed
    assert Appointment.objects.count() == 1


def test_what_is_over_cannot_be_picked(coordinator):
    case, _ = staffed(coordinator)
    proposal = DateProposalFactory(consultation=case, options=[-1, 3])
    with pytest.raises(Refused, match="schon vorbei"):
        proposals.pick(proposal, proposal.options.first())
    assert proposals.pick(proposal, proposal.options.last()).state == S.PICKED


def test_nothing_is_picked_after_the_end_or_after_a_new_beginning(coordinator):
    case, _ = staffed(coordinator)
    proposal = propose(case, by=coordinator)
    workflow.withdraw(case)
    with pytest.raises(Refused):
        proposals.pick(proposal, proposal.options.first())
    case = workflow.reopen(case, note="Doch", by=coordinator)
    case.state = State.STAFFED
    case.save()
    with pytest.raises(Refused, match="gelten nicht mehr"):
        proposals.pick(proposal, proposal.options.first())


def test_none_fits_tells_team_and_desk_what_would(coordinator):
    case, offer = staffed(coordinator)
    proposal = propose(case, by=coordinator)
    Mail.objects.all().delete()
    proposals.none_fits(proposal, answer="Lieber montags.")
    proposals.none_fits(proposal, answer="Noch einmal.")
    mails = {mail.template: mail for mail in Mail.objects.all()}
    assert sorted(mails) == mailed() == ["advisors/none_fits_desk", "advisors/none_fits_team"]
    assert mails["advisors/none_fits_team"].to == offer.advisor.email
    assert all("Lieber montags." in mail.text for mail in mails.values())
    proposal.refresh_from_db()
    assert (proposal.state, proposal.answer) == (S.NONE_FITS, "Lieber montags.")


def test_taken_back_dates_are_told_and_gone(coordinator):
    case, _ = staffed(coordinator)
    proposal = propose(case, by=coordinator)
    proposals.withdraw(proposal, by=coordinator)
    assert mailed() == ["advisors/dates_proposed", "advisors/dates_withdrawn"]
    for act in (
        lambda: proposals.pick(proposal, proposal.options.first()),
        lambda: proposals.none_fits(proposal, answer=""),
        lambda: proposals.withdraw(proposal, by=coordinator),
    ):
        with pytest.raises(Refused, match="gelten nicht mehr"):
            act()


@pytest.mark.django_db(transaction=True)
def test_of_two_picks_at_once_one_holds(coordinator):
    for _ in range(8):
        case, _ = staffed(coordinator)
        proposal = propose(case, by=coordinator)
        results = at_once(*(partial(proposals.pick, proposal, option) for option in proposal.options.all()))
        assert results.count("ok") == 1
        assert Appointment.objects.filter(consultation=case).count() == 1


@pytest.mark.django_db(transaction=True)
def test_taking_back_and_picking_at_once_end_in_one_truth(coordinator):
    for _ in range(8):
        case, offer = staffed(coordinator)
        proposal = propose(case, of_team=offer)
        results = at_once(
            partial(proposals.withdraw, proposal, of_team=offer),
            partial(proposals.pick, proposal, proposal.options.first()),
        )
        assert results.count("ok") == 1
        proposal.refresh_from_db()
        assert Appointment.objects.filter(consultation=case).exists() == (proposal.state == S.PICKED)


@pytest.mark.django_db(transaction=True)
def test_two_who_propose_at_once_leave_one_open(coordinator):
    case, offer = staffed(coordinator)
    at_once(partial(propose, case, 3, of_team=offer), partial(propose, case, 4, by=coordinator))
    assert DateProposal.objects.filter(state=S.OPEN).count() == 1


# --- The pages ---------------------------------------------------------------------------------------


def test_the_municipality_chooses_on_its_page(client, coordinator):
    case, _ = staffed(coordinator)
    proposal = propose(case, by=coordinator)
    status = reverse("requests:status", kwargs={"token": request_links.token(request_links.STATUS, case)})
    assert f"/{proposal.key}/" in client.get(status).content.decode()
    before = mailed()
    client.get(here(proposal))
    client.head(here(proposal))
    assert (mailed(), Appointment.objects.count()) == (before, 0)
    option = proposal.options.first()
    shown = client.post(here(proposal), {"option": option.pk}, follow=True)
    assert "Ihr Termin steht fest" in shown.content.decode()
    again = client.post(here(proposal), {"option": option.pk}, follow=True)
    assert again.status_code == 200 and "Ihr Termin steht fest" in again.content.decode()
    assert Appointment.objects.count() == 1
    other = client.post(here(proposal), {"option": proposal.options.last().pk})
    assert other.status_code == 409 and "Ihr Termin steht fest" in other.content.decode()
    assert f"/{proposal.key}/" not in client.get(status).content.decode()


def test_without_a_choice_the_page_says_so_and_keeps_what_was_typed(client, coordinator):
    case, _ = staffed(coordinator)
    proposal = propose(case, by=coordinator)
    response = client.post(here(proposal), {"answer": "Lieber montags."})
    assert response.status_code == 422
    assert "Bitte wählen Sie einen Termin." in response.content.decode()
    assert "Lieber montags." in response.content.decode()
    assert proposals.is_open(proposal)


def test_the_language_changes_and_keeps_what_was_typed(client, coordinator):
    case, _ = staffed(coordinator)
    proposal = propose(case, by=coordinator)
    option = proposal.options.last()
    response = client.post(f"/en{here(proposal)}", {"answer": "Montags", "option": option.pk, "sprache": "en"})
    shown = response.content.decode()
    assert response.status_code == 200 and "Which date suits you?" in shown and "Montags" in shown
    assert re.search(rf'value="{option.pk}"[^>]* checked', shown)
    assert proposals.is_open(proposal)


def test_none_fits_on_the_page_without_a_choice(client, coordinator):
    case, offer = staffed(coordinator)
    proposal = propose(case, by=coordinator)
    shown = client.post(here(proposal), {"answer": "Montags", "keiner": "1"}, follow=True).content.decode()
    assert "wir suchen andere Termine" in shown and "Montags" in shown
    assert "Montags" in client.get(at("offer", offer)).content.decode()


def test_a_date_of_another_proposal_is_no_choice(client, coordinator):
    case, _ = staffed(coordinator)
    proposal = propose(case, by=coordinator)
    other = DateProposalFactory()
    response = client.post(here(proposal), {"option": other.options.first().pk})
    assert response.status_code == 422
    elsewhere = here(proposal).replace(str(proposal.key), str(other.key))
    assert client.get(elsewhere).status_code == 302  # to what the link is for
    assert not Appointment.objects.exists()


def test_a_dead_link_leads_to_the_page_that_helps(client, coordinator):
    proposal = DateProposalFactory()
    address = here(proposal)
    proposal.consultation.contact_email = "neu@unna.example"
    proposal.consultation.save()
    response = client.post(address, {"option": proposal.options.first().pk})
    assert response.status_code == 404
    assert "Link" in response.content.decode()
    assert proposals.is_open(proposal)


def day(ahead):
    return (timezone.localdate() + timedelta(days=ahead)).isoformat()


def typed(**changes):
    first = {"day_1": day(5), "begins_1": "10:00", "ends_1": "12:00"}
    return {"kind": "event", "place": "Bürgersaal", "word": "", **first} | changes


def test_the_team_proposes_on_its_page(client, coordinator):
    _, offer = staffed(coordinator)
    given = typed(day_4=day(6), begins_4="14:00", ends_4="15:30")
    response = client.post(at("propose_dates", offer), given, follow=True)
    assert "Die Kommune bekommt eine E-Mail" in response.content.decode()
    proposal = DateProposal.objects.get()
    begins = [timezone.localtime(option.starts_at).strftime("%H:%M") for option in proposal.options.all()]
    assert (begins, proposal.of_team, proposal.kind) == (["10:00", "14:00"], offer, "event")
    again = client.post(at("propose_dates", offer), given)
    assert again.status_code == 409 and "schon vorgeschlagen" in again.content.decode()
    withdraw = at("withdraw_dates", offer, proposal=proposal.key)
    assert client.get(withdraw).status_code == 200 and proposals.is_open(proposal)
    client.post(withdraw)
    proposal.refresh_from_db()
    assert proposal.state == S.WITHDRAWN


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ends_1": "09:00"}, "Das Ende liegt nicht nach dem Beginn."),
        ({"day_1": "28.03.2027", "begins_1": "02:00", "ends_1": "03:00"}, "Das Ende liegt nicht nach dem Beginn."),
        ({"day_1": day(-1)}, "liegt in der Vergangenheit"),
        ({"day_2": day(5), "begins_2": "10:00", "ends_2": "12:00"}, "steht schon weiter oben"),
        ({"day_5": day(9)}, "5. Beginn"),
        ({"day_1": "", "begins_1": "", "ends_1": ""}, "1. Tag"),
        ({"begins_1": "mittags"}, "mittags"),
        ({"place": "a\nb"}, "Ort oder Zugang"),
        ({"kind": "feier"}, "Art"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(client, coordinator, wrong, sentence):
    _, offer = staffed(coordinator)
    response = client.post(at("propose_dates", offer), typed(word="Bitte bald.") | wrong)
    assert response.status_code == 422
    assert sentence in response.content.decode() and "Bitte bald." in response.content.decode()
    assert not DateProposal.objects.exists()


def test_whoever_has_left_gets_to_the_page_that_says_so(client, coordinator):
    case, offer = staffed(coordinator)
    proposal = propose(case, by=coordinator)
    offers.cancel(offer, note="Krank", by=coordinator)
    for address in (at("propose_dates", offer), at("withdraw_dates", offer, proposal=proposal.key)):
        for response in (client.get(address), client.post(address, typed())):
            assert response.status_code == 302
    assert DateProposal.objects.count() == 1


def test_a_proposal_of_another_case_is_out_of_reach(client, coordinator):
    _, offer = staffed(coordinator)
    other = DateProposalFactory()
    assert client.post(at("withdraw_dates", offer, proposal=other.key)).status_code == 404
    assert proposals.is_open(other)


def test_the_desk_proposes_and_takes_back_with_a_preview(desk, coordinator):
    case, _ = staffed(coordinator)
    address = f"{page(case).removesuffix('change/')}dates/"
    assert "Antwort auf Terminvorschläge abwarten" in press(desk, address, typed(kind="dialogue")).content.decode()
    proposal = DateProposal.objects.get()
    shown = press(desk, f"{address}{proposal.pk}/withdraw/").content.decode()
    proposal.refresh_from_db()
    assert proposal.state == S.WITHDRAWN
    assert "Dialogforum vereinbaren" in shown
    assert desk.get(f"{address}{DateProposalFactory().pk}/withdraw/").status_code == 404


def test_the_desk_sees_that_none_fits_and_what_to_do(desk, coordinator):
    case, _ = staffed(coordinator)
    proposals.none_fits(propose(case, by=coordinator), answer="Lieber montags.")
    shown = desk.get(page(case)).content.decode()
    assert "Neue Termine vorschlagen" in shown and "Lieber montags." in shown and "keiner passt" in shown
    appointments.arrange(
        case,
        kind="dialogue",
        starts_at=datetime.now(tz=NOW.tzinfo) + timedelta(days=3),
        ends_at=datetime.now(tz=NOW.tzinfo) + timedelta(days=3, hours=1),
        place="Rathaus",
        by=coordinator,
    )
    assert "Neue Termine vorschlagen" not in desk.get(page(case)).content.decode()
