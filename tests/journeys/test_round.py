"""A round in a browser: by keyboard and without scripts, on a phone."""

import pytest
from django.conf import settings
from django.test import Client

from advisors.models import Offer, Round
from requests.models import State
from tests.factories import AdvisorFactory, CaseFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_team_is_planned_marked_anew_and_noted_without_scripts_on_a_phone(walk, live_server, place):
    case = CaseFactory(state=State.SEARCHING, team_size=1, person=place, organisation=place.organisation)
    ada, bo = AdvisorFactory(name="Ada Amsel"), AdvisorFactory(name="Bo Bussard")
    client = Client()
    client.force_login(place)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    desk = walk(java_script_enabled=False, viewport={"width": 390, "height": 800})
    desk.page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    desk.page.goto(f"{desk.base}/admin/requests/consultationrequest/")
    desk.page.get_by_role("link", name="Runde planen").click()
    desk.page.get_by_role("link", name="Neue Runde").click()
    desk.page.get_by_label("Neue Einsätze je Person höchstens").fill("1")
    with desk.page.expect_navigation():
        desk.page.keyboard.press("Enter")
    desk.reads("Der Fall bekommt ein volles Team.")
    desk.page.get_by_label(f"ausschließen: {ada.name} für {case.reference}").focus()
    desk.page.keyboard.press("Space")
    with desk.page.expect_navigation():
        desk.page.get_by_role("button", name="Neu rechnen mit diesen Vorgaben").press("Enter")
    assert Round.objects.count() == 2
    assert desk.page.get_by_label(f"ausschließen: {ada.name} für {case.reference}").is_checked()
    with desk.page.expect_navigation():
        desk.page.get_by_role("button", name=f"Team vormerken für {case.reference}").press("Enter")
    desk.reads("Angebote sind noch nicht gesendet.")
    assert desk.page.url.endswith(f"/{case.pk}/team/send/")
    assert Offer.objects.get().advisor == bo
