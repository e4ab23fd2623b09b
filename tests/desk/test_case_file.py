"""The page of a case as a file: who asks, what was asked before, one next step, notes, who else looks, paper."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from miglobe.outbox.models import Mail
from requests import looks, notes, workflow
from requests.models import Note, State
from tests.conftest import HouseClient
from tests.desk.case import FILED, LIST, move, page, press
from tests.factories import AppointmentFactory, CaseFactory, CoordinatorFactory, MunicipalityFactory, OfferFactory

pytestmark = pytest.mark.django_db


def note_page(case):
    return f"{LIST}{case.pk}/note/"


def shown(desk, case):
    return desk.get(page(case)).content.decode()


# --- Who asks ---------------------------------------------------------------------------------------------


def test_earlier_cases_of_the_municipality_are_linked_also_those_it_joined(desk):
    case = CaseFactory()
    own = CaseFactory(municipality=case.municipality, state=State.CLOSED)
    joint = CaseFactory(municipality=MunicipalityFactory(name="Lippetal", district_ags="05001"))
    joint.co_municipalities.add(case.municipality)
    stranger = CaseFactory(municipality=MunicipalityFactory(district_ags="05001"))
    draft = CaseFactory(municipality=case.municipality, state=State.DRAFT)
    text = shown(desk, case)
    for other in (own, joint):
        assert page(other) in text
        assert str(other.topics.get()) in text
    assert "Lippetal" in text
    for other in (stranger, draft):
        assert page(other) not in text
    assert "Aus Kreis Muster" not in text


def test_only_where_one_may_be_the_same_a_link_leads_to_comparing(desk):
    case = CaseFactory()
    long_gone = timezone.now() - timedelta(days=500)
    CaseFactory(municipality=case.municipality, state=State.CLOSED, state_since=long_gone)
    assert "dieselbe ist" not in shown(desk, case)
    CaseFactory(municipality=case.municipality)
    assert "dieselbe ist" in shown(desk, case)


def test_cases_of_the_kreis_stand_apart_and_none_twice(desk):
    case = CaseFactory()
    around = CaseFactory(municipality=MunicipalityFactory(name="Nebenan"))
    assert "Aus Kreis Muster" in shown(desk, case)
    assert shown(desk, case).count(page(around)) == 1
    together = CaseFactory(municipality=around.municipality)
    together.co_municipalities.add(case.municipality)
    assert shown(desk, case).count(page(together)) == 1
    together.delete()
    assert "Keine. Dies ist die erste." in shown(desk, case)


def test_beyond_five_a_link_leads_to_the_filtered_list(desk):
    case = CaseFactory()
    others = [CaseFactory(municipality=case.municipality) for _ in range(6)]
    joint = CaseFactory(municipality=MunicipalityFactory())
    joint.co_municipalities.add(case.municipality)
    stranger = CaseFactory()
    address = f"{LIST}?kommune={case.municipality_id}"
    assert address in shown(desk, case)
    found = desk.get(address).content.decode()
    assert all(one.reference in found for one in (case, joint, *others))
    assert stranger.reference not in found
    assert case.municipality.label in found
    assert "?kommune=" not in shown(desk, stranger)


@pytest.mark.parametrize("nonsense", ["0", "%00", "'", "x" * 500])
def test_nonsense_for_a_municipality_finds_nothing(desk, nonsense):
    CaseFactory()
    desk.raise_request_exception = False
    assert desk.get(f"{LIST}?kommune={nonsense}").status_code in (200, 400)


def test_the_map_shows_the_kreis_with_words_and_source(desk):
    place = MunicipalityFactory(district_ags="05974", district_name="Kreis Soest")
    text = shown(desk, CaseFactory(municipality=place))
    assert 'aria-label="Karte des Landes mit seinen Kreisen; hervorgehoben: Kreis Soest"' in text
    assert "GeoBasis-DE / BKG" in text
    assert '<svg class="portal-map' not in shown(desk, CaseFactory())  # a Kreis that nobody has drawn


# --- One next step ----------------------------------------------------------------------------------------

PRIMARY = re.compile(r'<a class="button default case-primary" href="([^"?]+)(?:\?seit=[^"]*)?">([^<]+)</a>')


@pytest.mark.parametrize(
    ("state", "label"),
    [
        ("new", "In die Teamsuche annehmen"),
        ("inquiry", "Antwort vermerken"),
        ("searching", "Team zusammenstellen"),
        ("staffed", "Termin vereinbaren"),
        ("running", "Abschließen"),
        ("closed", None),
        ("rejected", None),
        ("referred", None),
        ("withdrawn", None),
    ],
)
def test_the_state_suggests_one_step(desk, coordinator, state, label):
    case = CaseFactory(state=state, person=coordinator)
    found = PRIMARY.findall(shown(desk, case))
    assert [words for _, words in found] == ([label] if label else [])


@pytest.mark.parametrize("state", FILED)
def test_a_message_is_answered_first_whatever_the_state(desk, coordinator, state):
    case = CaseFactory(state=state, person=coordinator)
    (workflow.answer if state == State.INQUIRY else workflow.write)(case, text="Hallo?")
    if state != State.INQUIRY:
        assert PRIMARY.findall(shown(desk, case)) == [(move(case, "reply"), "Nachricht schreiben")]


def test_a_case_of_nobody_is_taken_over_first(desk):
    case = CaseFactory(state=State.SEARCHING)
    assert PRIMARY.findall(shown(desk, case)) == [(move(case, "take_over"), "Übernehmen")]


def test_noted_advisors_are_sent_their_offers_first(desk, coordinator):
    case = CaseFactory(state=State.SEARCHING, person=coordinator)
    OfferFactory(consultation=case, state="proposed")
    assert PRIMARY.findall(shown(desk, case)) == [(f"{LIST}{case.pk}/team/send/", "Angebote senden")]


@pytest.mark.parametrize(
    ("state", "offer", "days", "held", "step", "label"),
    [
        ("searching", "proposed", None, False, "Vorgemerkte anfragen", "Angebote senden"),
        ("searching", "sent", None, False, "Berater*innen auswählen und anfragen", "Team zusammenstellen"),
        ("searching", "sent sent", None, False, "Antworten der Berater*innen abwarten", "Zum Team"),
        ("searching", "declined", None, False, "Berater*innen auswählen und anfragen", "Team zusammenstellen"),
        ("staffed", "accepted", None, False, "Dialogforum vereinbaren", "Termin vereinbaren"),
        ("staffed", "accepted", 7, False, "Dialogforum abwarten", "Beratung beginnen"),
        ("staffed", "accepted", -7, False, "Ergebnis des Termins festhalten", "Ergebnis festhalten"),
        ("staffed", "accepted", -7, True, "Entscheiden: Beratung", "Beratung beginnen"),
        ("running", "accepted", -7, False, "Ergebnis des Termins festhalten", "Ergebnis festhalten"),
        ("running", "accepted", None, False, "Beratung begleiten", "Abschließen"),
    ],
)
def test_team_and_appointments_tell_the_step_more_closely(desk, coordinator, state, offer, days, held, step, label):
    case = CaseFactory(state=state, person=coordinator)
    for one in offer.split():
        OfferFactory(consultation=case, state=one)
    if days is not None:
        starts = timezone.now() + timedelta(days=days)
        AppointmentFactory(consultation=case, starts_at=starts, state="held" if held else "arranged")
    text = shown(desk, case)
    assert [words for _, words in PRIMARY.findall(text)] == [label]
    assert f"<strong>{step}" in text


def test_after_the_dialogue_both_ways_stand_side_by_side(desk, coordinator):
    case = CaseFactory(state="staffed", person=coordinator)
    OfferFactory(consultation=case, state="accepted")
    held = AppointmentFactory(consultation=case, starts_at=timezone.now() + timedelta(days=1))
    assert "Kein weiterer Bedarf" not in shown(desk, case)
    type(held).objects.update(
        state="held", starts_at=timezone.now() - timedelta(days=1), ends_at=timezone.now() - timedelta(hours=20)
    )
    (other,) = re.findall(r'<a class="button case-other" href="([^"]+)">Kein weiterer Bedarf</a>', shown(desk, case))
    address = other.replace("&amp;", "&")
    form = desk.get(address).content.decode()
    assert '<option value="dialogue" selected>' in form and "Weiter zur Vorschau" in form
    case.refresh_from_db()
    assert case.state == "staffed"
    press(desk, address, {"outcome": "dialogue", "note": ""})
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "dialogue")


def test_a_link_cannot_choose_an_outcome_that_there_is_not(desk, coordinator):
    case = CaseFactory(state="staffed", person=coordinator)
    form = desk.get(f"{move(case, 'close')}?outcome=%3Cb%3E").content.decode()
    assert "<b>" not in form and " selected>" not in form and "Weiter zur Vorschau" in form


# --- Contents ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", FILED)
def test_every_entry_of_the_contents_leads_to_a_section(desk, state):
    text = shown(desk, CaseFactory(state=state))
    contents = text[text.index('class="case-contents"') :].partition("</nav>")[0]
    targets = re.findall(r'href="#([\w-]+)"', contents)
    assert targets == [
        "stand",
        "kommune",
        "anfrage",
        "team",
        "termine",
        *(["ergebnisse"] if state in ("running", "closed") else []),
        "nachrichten",
        "notizen",
        "anlagen",
        "mails",
        "verlauf",
    ]
    for target in targets:
        assert text.count(f'id="{target}"') == 1, target


def test_the_contents_count(desk, coordinator):
    case = CaseFactory(person=coordinator)
    workflow.reply(case, text="Guten Tag", by=coordinator)
    notes.write(case, text="Notiz", by=coordinator)
    text = shown(desk, case)
    for words in ("Nachrichten (1)", "Notizen (1)", "E-Mails (1)", "Anlagen (0)", "Team (0)"):
        assert words in text


# --- Notes ------------------------------------------------------------------------------------------------


def test_a_note_is_written_in_place_and_mails_whom_it_names_and_whom_the_list_names(desk, coordinator):
    aylin = CoordinatorFactory(first_name="Aylin", last_name="Kavakli")
    jana = CoordinatorFactory(first_name="Jana", last_name="Wiechers")
    case = CaseFactory()
    given = {"text": "@Aylin bitte <b>anrufen</b>, @Nina weiß mehr.", "mentioned": [jana.pk]}
    response = desk.post(note_page(case), given, follow=True)
    text = response.content.decode()
    note = Note.objects.get()
    assert response.redirect_chain[0][0] == f"{page(case)}#notiz-{note.pk}"
    assert "@Aylin bitte &lt;b&gt;anrufen&lt;/b&gt;" in text
    assert "Eine E-Mail bekommt: Jana Wiechers, Aylin Kavakli." in text
    assert "Niemanden gefunden für: @Nina." in text
    assert set(Mail.objects.values_list("to", flat=True)) == {aylin.email, jana.email}
    case.refresh_from_db()
    assert case.state == State.NEW


@pytest.mark.parametrize("text", ["", "   ", "@Miriam bitte", "x" * 4001, "weg\u202e"])
def test_a_note_that_cannot_be_saved_keeps_what_was_typed(desk, text):
    for name in ("Lindhorst", "Benaissa"):
        CoordinatorFactory(first_name="Miriam", last_name=name)
    case = CaseFactory()
    response = desk.post(note_page(case), {"text": text})
    assert response.status_code == 422
    assert text.strip()[:20] in response.content.decode()
    assert not Note.objects.exists()


def test_a_note_cannot_mention_who_does_not_coordinate(desk):
    gone = CoordinatorFactory(is_active=False)
    assert desk.post(note_page(CaseFactory()), {"text": "Hallo", "mentioned": [gone.pk]}).status_code == 422


def test_a_note_taken_back_stays_readable_and_says_so(desk, coordinator):
    case = CaseFactory()
    mine = notes.write(case, text="Der Rat ist dafür.", by=coordinator)
    theirs = notes.write(case, text="Ich rufe an.", by=CoordinatorFactory())
    address = f"{note_page(case)}{mine.pk}/take-back/"
    text = shown(desk, case)
    assert address in text
    assert f"{note_page(case)}{theirs.pk}/take-back/" not in text
    assert press(desk, address).status_code == 200
    text = shown(desk, case)
    assert "Zurückgezogen am" in text
    assert "Der Rat ist dafür." in text
    assert address not in text
    refused = desk.post(f"{note_page(case)}{theirs.pk}/take-back/", {"seen": "x"})
    assert refused.status_code == 409
    assert desk.get(f"{note_page(CaseFactory())}{theirs.pk}/take-back/").status_code == 404


def test_who_reads_along_writes_notes(desk):
    them = CoordinatorFactory()
    case = CaseFactory(organisation=them.organisation, person=them)
    assert desk.post(note_page(case), {"text": "Wir kennen die Kommune."}).status_code == 302
    assert "Wir kennen die Kommune." in shown(desk, case)


def test_a_note_of_a_draft_does_not_exist(desk):
    assert desk.post(note_page(CaseFactory(state=State.DRAFT)), {"text": "x"}).status_code == 404
    assert desk.get(note_page(CaseFactory())).status_code == 405


# --- Who else looks ---------------------------------------------------------------------------------------


def test_the_page_says_who_else_has_the_case_open(desk, coordinator):
    case = CaseFactory()
    aylin = CoordinatorFactory(first_name="Aylin", last_name="Kavakli")
    assert "Zurzeit auch geöffnet" not in shown(desk, case)
    looks.at(case, by=aylin)
    assert "Zurzeit auch geöffnet von Aylin Kavakli seit" in shown(desk, case)
    other = HouseClient()
    other.force_login(aylin)
    words = other.get(f"{LIST}{case.pk}/looking/").json()["words"]
    assert words.startswith(f"Zurzeit auch geöffnet von {coordinator} seit")
    assert HouseClient().get(f"{LIST}{case.pk}/looking/").status_code == 302
