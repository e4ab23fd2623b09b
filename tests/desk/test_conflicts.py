"""Two people on one case: what somebody saved since I opened it is shown before mine is saved on top."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pghistory
import pytest
from django.db import connections
from django.utils import timezone

from advisors import offers
from advisors.models import Appointment
from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import ConsultationRequest, Message, State, Transition
from tests.conftest import HouseClient
from tests.desk.case import move, page
from tests.desk.test_corrections import corrected
from tests.factories import AdvisorFactory, CaseFactory, CoordinatorFactory, OfferFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(coordinator):
    return CoordinatorFactory(organisation=coordinator.organisation, first_name="Tom", last_name="Berger")


@pytest.fixture
def their_desk(colleague):
    client = HouseClient()
    client.force_login(colleague)
    return client


@pytest.fixture
def case(coordinator):
    return CaseFactory(person=coordinator, organisation=coordinator.organisation)


def form_of(response):
    """What a browser would send of the form on a page, as it stands there."""
    shown = response.content.decode()
    form = re.search(r"<form[^>]*(?:novalidate|propose/\")[^>]*>.*?</form>", shown, re.DOTALL)[0]
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', form))


def address_of(response, case, name):
    return re.search(rf'href="({move(case, name)}\?seit=[\w.]+)"', response.content.decode())[1]


def pressed(response):
    return {"seen": response.context["seen"], "opened": str(response.context["opened"])}


# --- Corrections -----------------------------------------------------------------------------------------


def test_the_same_field_is_refused_with_both_texts_and_then_saved_knowingly(desk, their_desk, case, colleague):
    opened = corrected(case)
    their_desk.post(page(case), opened | {"contact_phone": "02921 1111"})
    refused = desk.post(page(case), opened | {"contact_phone": "02921 2222", "hope": "Auch getippt"})
    shown = refused.content.decode()
    assert refused.status_code == 409
    for words in ("02921 1111", "02921 2222", "Auch getippt", str(colleague), "#verlauf"):
        assert words in shown, words
    case.refresh_from_db()
    assert (case.contact_phone, case.hope) == ("02921 1111", "")
    form = refused.context["adminform"].form
    assert form["contact_phone"].value() == "02921 2222"
    again = opened | {"contact_phone": "02921 2222", "initial-contact_phone": "02921 1111", "hope": "Auch getippt"}
    assert 'name="initial-contact_phone" value="02921 1111"' in shown
    assert desk.post(page(case), again).status_code == 302
    case.refresh_from_db()
    assert (case.contact_phone, case.hope) == ("02921 2222", "Auch getippt")


def test_a_message_or_another_field_does_not_stop_a_correction(desk, their_desk, case):
    opened = corrected(case) | form_of(desk.get(page(case)))
    workflow.write(case, text="Eine Nachricht")
    their_desk.post(page(case), opened | {"hope": "Neu"})
    assert desk.post(page(case), opened | {"contact_phone": "02921 2222"}).status_code == 302
    case.refresh_from_db()
    assert (case.contact_phone, case.hope) == ("02921 2222", "Neu")


def test_vocabularies_and_dates_are_compared_too(desk, their_desk, case):
    mine, theirs = TopicFactory(name="Meins"), TopicFactory(name="Ihres")
    opened = corrected(case) | {"initial-wished_from": ""}
    their_desk.post(page(case), opened | {"topics": [theirs.pk], "wished_from": "01.06.2027"})
    refused = desk.post(page(case), opened | {"topics": [mine.pk], "wished_from": "02.06.2027"})
    assert refused.status_code == 409
    told = {conflict.label: (conflict.theirs, conflict.mine) for conflict in refused.context["conflicts"]}
    assert told["Themen"] == ("Ihres", "Meins")
    assert told["Gewünscht ab"] == ("1. Juni 2027", "2. Juni 2027")
    assert list(case.topics.all()) == [theirs]


def test_the_same_correction_twice_is_one(desk, their_desk, case):
    opened = corrected(case)
    changed = opened | {"contact_email": "richtig@stadt.example", "concern": "Zwei\r\nZeilen"}
    assert their_desk.post(page(case), changed).status_code == 302
    assert desk.post(page(case), changed).status_code == 302
    assert Transition.objects.count() == 1
    assert Mail.objects.count() == 1


def test_line_breaks_as_browsers_send_them_are_no_conflict(desk, case):
    ConsultationRequest.objects.filter(pk=case.pk).update(concern="Zwei\nZeilen")
    sent = corrected(case, concern="Drei\r\nZeilen") | {"initial-concern": "Zwei\r\nZeilen"}
    assert desk.post(page(case), sent).status_code == 302
    case.refresh_from_db()
    assert case.concern == "Drei\r\nZeilen"


# --- Buttons ------------------------------------------------------------------------------------------------


def test_a_reply_is_refused_when_a_colleague_has_replied_and_can_then_be_sent(desk, their_desk, case, colleague):
    form = desk.get(address_of(desk.get(page(case)), case, "reply"))
    preview = desk.post(move(case, "reply"), {"text": "Meine Antwort", "opened": str(form.context["opened"])})
    theirs = their_desk.post(move(case, "reply"), {"text": "Ihre Antwort"})
    their_desk.post(move(case, "reply"), {"text": "Ihre Antwort"} | pressed(theirs))
    assert Message.objects.get().by == colleague
    refused = desk.post(move(case, "reply"), {"text": "Meine Antwort"} | pressed(preview))
    shown = refused.content.decode()
    assert refused.status_code == 409
    for words in ("Meine Antwort", "Ihre Antwort", str(colleague), "#verlauf", "Noch nichts ausgeführt"):
        assert words in shown, words
    assert Message.objects.count() == 1
    assert desk.post(move(case, "reply"), {"text": "Meine Antwort"} | pressed(refused)).status_code == 302
    assert Message.objects.count() == 2
    assert Mail.objects.filter(template="requests/message").count() == 2


def test_what_happened_between_the_case_and_its_button_is_shown_first(desk, case, colleague):
    address = f"{move(case, 'take_over')}?seit={desk.get(page(case)).context['opened']}"
    workflow.take_over(case, by=colleague)
    shown = desk.get(address)
    assert [line.what for line in shown.context["newer"]] == ["übernommen"]
    assert str(colleague) in shown.content.decode()
    assert desk.post(move(case, "take_over"), pressed(shown)).status_code == 302


def test_a_button_minds_only_what_matters_to_it(desk, case, colleague):
    opened = str(desk.get(page(case)).context["opened"])
    workflow.correct(case, note="Telefon", contact_phone="02921 3333", by=colleague)
    workflow.write(case, text="Eine Nachricht")
    assert not desk.get(f"{move(case, 'take_over')}?seit={opened}").context["newer"]
    assert [line.what for line in desk.get(f"{move(case, 'reject')}?seit={opened}").context["newer"]] == [
        "Nachricht der Kommune"
    ]


def test_what_i_did_myself_does_not_stop_me(desk, case, coordinator):
    opened = str(desk.get(page(case)).context["opened"])
    workflow.reply(case, text="Von mir", by=coordinator)
    assert not desk.get(f"{move(case, 'reply')}?seit={opened}").context["newer"]


def test_a_move_that_is_no_longer_possible_keeps_the_text_and_says_who(desk, case, colleague):
    opened = str(desk.get(page(case)).context["opened"])
    workflow.accept(case, team_size=2, by=colleague)
    refused = desk.post(move(case, "ask"), {"question": "Wer kommt?", "opened": opened, "seen": "x"})
    assert refused.status_code == 409
    for words in ("Wer kommt?", str(colleague), "In die Teamsuche angenommen"):
        assert words in refused.content.decode()
    assert desk.get(f"{move(case, 'ask')}?seit={opened}").url.endswith(f"?seit={opened}#verlauf")


def test_the_history_marks_what_is_new_since_i_opened_the_case(desk, case, colleague):
    workflow.contact(case, note="Vorher", by=colleague)
    opened = str(desk.get(page(case)).context["opened"])
    workflow.contact(case, note="Nachher", by=colleague)
    shown = desk.get(f"{page(case)}?seit={opened}")
    assert [line.note for line in shown.context["history"] if line.is_new] == ["Nachher"]
    assert shown.content.decode().count('<span class="past-new">neu</span>') == 2  # with the sentence above


# --- The team ------------------------------------------------------------------------------------------------


def test_picks_are_kept_when_a_colleague_was_faster(desk, colleague, coordinator):
    case = CaseFactory(state=State.SEARCHING, person=coordinator, organisation=coordinator.organisation)
    mine, theirs = AdvisorFactory(name="Meine Wahl"), AdvisorFactory(name="Ihre Wahl")
    opened = str(desk.get(page(case)).context["opened"])
    offers.propose(case, advisors=[theirs.pk], by=colleague)
    address = f"/admin/requests/consultationrequest/{case.pk}/team/propose/"
    refused = desk.post(address, {"advisor": [mine.pk], "opened": opened})
    shown = refused.content.decode()
    assert refused.status_code == 409
    for words in ("Meine Wahl", "Ihre Wahl", str(colleague)):
        assert words in shown
    assert case.offers.count() == 1
    assert f'value="{mine.pk}"' in shown and "checked" in shown
    assert desk.post(address, {"advisor": [mine.pk]} | pressed(refused)).status_code == 302
    assert case.offers.count() == 2


def test_offers_go_out_only_to_the_team_that_was_seen(desk, colleague, coordinator):
    case = CaseFactory(state=State.SEARCHING, person=coordinator, organisation=coordinator.organisation)
    offer = OfferFactory(consultation=case, state="proposed", by=coordinator)
    address = f"/admin/requests/consultationrequest/{case.pk}/team/send/"
    preview = desk.get(f"{address}?seit={desk.get(page(case)).context['opened']}")
    with pghistory.context(user=colleague.pk):
        offers.withdraw(OfferFactory(consultation=case, state="sent", by=colleague), by=colleague)
    refused = desk.post(address, pressed(preview))
    assert refused.status_code == 409
    offer.refresh_from_db()
    assert offer.state == "proposed"


# --- At the same moment ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_press_at_once_one_is_asked_again(desk, their_desk, case):
    """Both have seen the same case and both reply: the second learns of the first."""
    starts = Barrier(2)
    previews = {}
    for client, text in ((desk, "Eins"), (their_desk, "Zwei")):
        form = client.get(address_of(client.get(page(case)), case, "reply"))
        preview = client.post(move(case, "reply"), {"text": text, "opened": str(form.context["opened"])})
        previews[client] = {"text": text} | pressed(preview)

    def press(client):
        try:
            starts.wait()
            return client.post(move(case, "reply"), previews[client]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(press, previews))
    assert statuses == [302, 409]
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_correct_the_same_field_at_once_one_is_refused(desk, their_desk, case):
    starts = Barrier(2)
    sent = {
        client: corrected(case) | {"contact_phone": phone}
        for client, phone in ((desk, "02921 1"), (their_desk, "02921 2"))
    }

    def save(client):
        try:
            starts.wait()
            return client.post(page(case), sent[client]).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, sent)) == [302, 409]
    assert Transition.objects.count() == 1


def test_the_result_of_an_appointment_is_not_overwritten_unseen(desk, their_desk, coordinator, colleague):
    now = timezone.now()
    case = CaseFactory(state=State.RUNNING, person=coordinator, organisation=coordinator.organisation)
    meeting = Appointment.objects.create(
        consultation=case,
        kind="dialogue",
        state="held",
        starts_at=now - timedelta(days=1),
        ends_at=now - timedelta(hours=20),
        place="Rathaus",
        participants=9,
        minutes="Erste Fassung",
        by=colleague,
    )
    address = f"/admin/requests/consultationrequest/{case.pk}/appointment/{meeting.pk}/record/"
    opened = str(desk.get(page(case)).context["opened"])
    theirs = {"participants": 10, "minutes": "Ihre Fassung"}
    their_desk.post(address, theirs | pressed(their_desk.post(address, theirs)))
    mine = {"participants": 9, "minutes": "Meine Fassung"}
    refused = desk.post(address, mine | pressed(desk.post(address, mine | {"opened": opened})) | {"opened": opened})
    assert refused.status_code == 409
    for words in ("Meine Fassung", "Ihre Fassung", str(colleague)):
        assert words in refused.content.decode()
    meeting.refresh_from_db()
    assert meeting.minutes == "Ihre Fassung"
