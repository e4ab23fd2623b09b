"""The case file in the admin: what it shows, what its buttons do, and whom they refuse."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from advisors.admin import OF_APPOINTMENT, OF_REPORT, RESULTS
from miglobe.outbox.models import Mail
from requests import desk as buttons
from requests import looks, notes, workflow
from requests.models import ConsultationRequest, Message, State, Transition
from tests.conftest import HouseClient
from tests.desk.case import FILED, LIST, answers, move, page, press
from tests.factories import (
    AdvisorFactory,
    AppointmentFactory,
    CaseFactory,
    CoordinatorFactory,
    MunicipalityFactory,
    OfferFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

# --- Who gets in ------------------------------------------------------------------------------------


def every_button(case, offer):
    """All addresses of the case's admin that are our own."""
    own = [(pattern.name, pattern.pattern) for pattern in admin_patterns() if not is_djangos(pattern.name)]
    addresses = []
    for name, route in own:
        if not str(route).startswith("<int:pk>"):
            continue  # of the list, not of a case
        if name.endswith("_move"):
            addresses += [move(case, button) for button in buttons.BUTTONS]
        elif name.endswith(("_file", "_pdf", "_looking", "_duplicates", "_compare", "_merge")):
            continue  # no buttons; their rights are tested beside what they do
        elif name.endswith("_appointment"):
            key = AppointmentFactory(consultation=case).pk
            addresses += [reverse(f"admin:{name}", args=(case.pk, key, one)) for one in OF_APPOINTMENT]
        elif name.endswith(("_result", "_report")):
            known = RESULTS if name.endswith("_result") else OF_REPORT
            addresses += [reverse(f"admin:{name}", args=(case.pk, one)) for one in known]
        elif name.endswith(("_offer", "_take_back", "_withdraw_dates")):
            addresses.append(reverse(f"admin:{name}", args=(case.pk, offer.pk)))
        else:
            addresses.append(reverse(f"admin:{name}", args=(case.pk,)))
    return addresses


def admin_patterns():
    from django.contrib import admin

    return [pattern for pattern in admin.site._registry[ConsultationRequest].get_urls() if pattern.name]


def is_djangos(name):
    return name.rpartition("_")[2] in ("changelist", "add", "history", "delete", "change")


def test_every_button_refuses_everybody_without_the_role(client):
    offer = OfferFactory(consultation=CaseFactory(state=State.SEARCHING))
    case = offer.consultation
    viewer = UserFactory()
    viewer.user_permissions.set(Permission.objects.filter(codename__contains="consultationrequest"))
    plain = UserFactory(is_staff=False)
    addresses = every_button(case, offer)
    assert len(addresses) == len(buttons.BUTTONS) + 13 + len(OF_APPOINTMENT) + len(RESULTS) + len(OF_REPORT)
    for address in addresses:
        for method in (
            ("post",) if address.endswith(("propose/", "line-up/", "reorder/", "/note/")) else ("get", "post")
        ):
            for person, status in ((None, 302), (plain, 302), (viewer, 403)):
                browser = HouseClient()
                if person:
                    browser.force_login(person)
                response = getattr(browser, method)(address, {"seen": "x"} | answers("reject"))
                assert response.status_code == status, (address, method, person)
    case.refresh_from_db()
    assert case.state == State.SEARCHING
    assert not Transition.objects.exists()
    assert not Mail.objects.exists()


def test_who_may_only_look_sees_the_case_without_buttons(client):
    viewer = UserFactory()
    viewer.user_permissions.set(Permission.objects.filter(codename="view_consultationrequest"))
    client.force_login(viewer)
    case = CaseFactory()
    shown = client.get(page(case)).content.decode()
    assert case.concern in shown
    assert "/move/" not in shown


@pytest.mark.parametrize("state", ["draft", "unconfirmed"])
def test_what_nobody_has_confirmed_is_not_at_the_desk(desk, state):
    case = CaseFactory(state=state)
    assert case.reference not in desk.get(LIST).content.decode()
    assert desk.get(page(case)).status_code == 302
    assert desk.get(move(case, "take_over")).status_code == 404


# --- The list --------------------------------------------------------------------------------------------


def test_the_list_tells_what_a_coordinator_needs(desk, coordinator):
    case = CaseFactory(person=coordinator, organisation=coordinator.organisation)
    shown = desk.get(LIST).content.decode()
    for words in (
        case.reference,
        "neu",
        case.municipality.name,
        case.municipality.district_name,
        case.topics.get().name,
        str(coordinator),
        "Anliegen prüfen",
    ):
        assert words in shown


@pytest.mark.parametrize(
    "query",
    [
        "state=new",
        "kreis=05999",
        "municipality__region=Arnsberg",
        "q=MG-2026",
        "q=Muster",
        "q=petra",
        "topics__id__exact={topic}",
        "organisation__isnull=True",
    ],
)
def test_filters_and_search_find_the_case(desk, query):
    case = CaseFactory()
    shown = desk.get(f"{LIST}?{query.format(topic=case.topics.get().pk)}").content.decode()
    assert case.reference in shown


def test_filters_leave_out_the_others(desk):
    case = CaseFactory()
    for query in ("state=closed", "kreis=05111", "q=Nirgendwo"):
        assert case.reference not in desk.get(f"{LIST}?{query}").content.decode()


@pytest.mark.parametrize(
    "query", ["state=%00", "state=nirgends", "kreis=%27", "topics__id__exact=abc", "p=x", "o=99", "q=%00"]
)
def test_nonsense_in_the_address_of_the_list_is_no_fault(desk, query):
    CaseFactory()
    desk.raise_request_exception = False
    assert desk.get(f"{LIST}?{query}").status_code in (200, 302, 400)


def test_the_list_needs_the_same_queries_for_one_and_three(desk):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for more in (1, 2):
        for _ in range(more):
            CaseFactory(person=UserFactory())
        with CaptureQueriesContext(connection) as queries:
            desk.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] == 16


# --- The case file --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", FILED)
def test_the_page_offers_exactly_the_moves_that_the_state_allows(desk, state):
    case = CaseFactory(state=state)
    shown = desk.get(page(case)).content.decode()
    for name in buttons.BUTTONS:
        assert (move(case, name) in shown) == workflow.allows(case, name), name


def test_the_case_reads_like_a_file(desk, coordinator):
    case = CaseFactory(state=State.UNCONFIRMED, hope="Einen Ratsbeschluss")
    workflow.confirm(case)
    workflow.ask(case, question="Wer nimmt teil?", by=coordinator)
    shown = desk.get(page(case)).content.decode()
    for words in ("Einen Ratsbeschluss", case.contact_email, "Wer nimmt teil?", "Rückfrage gestellt", "Eine Rückfrage"):
        assert words in shown


def test_the_thread_is_beside_the_history_and_no_text_stands_twice(desk, coordinator):
    case = CaseFactory(person=coordinator)
    workflow.ask(case, question="Wer nimmt <b>teil</b>?", by=coordinator)
    workflow.answer(case, text="Frau Muster, am Telefon.", by=coordinator)
    workflow.write(case, text="Wann geht es weiter?")
    shown = desk.get(page(case)).content.decode()
    for words in (
        "Wer nimmt &lt;b&gt;teil&lt;/b&gt;?",
        "Frau Muster, am Telefon.",
        f"vermerkt von {coordinator}",
        "Wann geht es weiter?",
        "Rückfrage gestellt",
    ):
        assert shown.count(words) == 1, words
    assert "Nachricht der Kommune beantworten" in shown
    assert "Nachricht der Kommune beantworten" in desk.get(LIST).content.decode()


def test_a_reply_goes_out_as_the_preview_has_shown_it(desk, coordinator):
    case = CaseFactory(state=State.CLOSED, person=coordinator)
    workflow.write(case, text="Danke!")
    given = {"text": "Gern geschehen."}
    assert "Gern geschehen." in desk.post(move(case, "reply"), given).content.decode()
    shown = press(desk, move(case, "reply"), given).content.decode()
    assert "Nachricht der Kommune beantworten" not in shown
    mail = Mail.objects.get(template="requests/message")
    assert mail.to == case.contact_email
    assert "Gern geschehen." in mail.text
    case.refresh_from_db()
    assert case.state == State.CLOSED


def test_an_overdue_first_contact_is_marked(desk):
    late = CaseFactory(due_at=timezone.now() - timedelta(days=30))
    assert "überfällig" in desk.get(page(late)).content.decode()
    assert "überfällig" not in desk.get(page(CaseFactory())).content.decode()


def test_the_page_needs_the_same_queries_for_one_and_three_of_everything(desk, coordinator):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    case = CaseFactory(state=State.SEARCHING, person=coordinator, organisation=coordinator.organisation)
    desk.get(page(case))  # the first look at a case is written down
    AdvisorFactory.create_batch(2)  # enough for a team to be suggested
    counts = []
    for more in (1, 2):
        for number in range(more):
            CaseFactory(municipality=case.municipality)
            CaseFactory(municipality=MunicipalityFactory())
            notes.write(case, text=f"Notiz {more}.{number}", mentioned=[UserFactory()], by=CoordinatorFactory())
            looks.at(case, by=UserFactory())
            AdvisorFactory()
            OfferFactory(consultation=case)
            Transition.objects.create(consultation=case, move="take_over", source="new", target="new", by=UserFactory())
            Mail.objects.create(reference=case.reference, to="a@example.org", subject="x", text="x")
            workflow.reply(case, text=f"Nachricht {Message.objects.count()}", by=UserFactory())
        with CaptureQueriesContext(connection) as queries:
            desk.get(page(case))
        counts.append(len(queries))
    assert counts[0] == counts[1] == 86


# --- Buttons ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(buttons.BUTTONS))
def test_a_button_asks_shows_the_mail_and_then_acts(desk, name):
    state = next(state for state in FILED if state in workflow.MOVES[name].sources)
    case = CaseFactory(state=state, person=UserFactory())
    given = answers(name)
    assert desk.get(move(case, name)).status_code == 200
    preview = desk.post(move(case, name), given)
    assert preview.status_code == 200
    assert not Transition.objects.exists()
    assert not Mail.objects.exists()
    response = press(desk, move(case, name), given)
    assert f"Erledigt: {buttons.BUTTONS[name].label}" in response.content.decode()
    assert Transition.objects.get().move == name
    for mail in Mail.objects.all():
        assert mail.subject in preview.content.decode()


def test_a_reason_that_is_missing_is_asked_for(desk):
    case = CaseFactory()
    response = desk.post(move(case, "reject"), {"seen": "x", "note": "Weil."})
    assert response.status_code == 422
    assert "Weil." in response.content.decode()
    case.refresh_from_db()
    assert case.state == State.NEW


@pytest.mark.parametrize("state", FILED)
def test_a_button_that_the_state_does_not_allow_says_so(desk, state):
    case = CaseFactory(state=state)
    for name in buttons.BUTTONS:
        if not workflow.allows(case, name):
            given = answers(name)
            response = desk.post(move(case, name), given | {"seen": "x"})
            assert response.status_code == 409
            assert "Das geht nicht mehr" in response.content.decode(), name
            assert given.get("note", "") in response.content.decode()
    case.refresh_from_db()
    assert case.state == state


def test_an_unknown_button_is_not_found(desk):
    assert desk.get(move(CaseFactory(), "explode")).status_code == 404


def test_what_the_coordinator_types_is_shown_as_typed(desk):
    case = CaseFactory()
    response = desk.post(move(case, "ask"), {"question": "<script>alert(1)</script> {{ x }}".replace("{{ x }}", "")})
    assert "&lt;script&gt;alert(1)" in response.content.decode()
