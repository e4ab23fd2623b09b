"""The report saves itself while it is typed: after a fault, on a page that has expired, beside somebody else."""

import pytest

from advisors import links, reports
from advisors.models import Offer, Report
from requests.models import State
from tests.factories import CaseFactory, OfferFactory

pytestmark = pytest.mark.django_db(transaction=True)

FIELD = "Was wurde verabredet?"
SAVES = "**/bericht/speichern/"


@pytest.fixture
def offer(place):
    case = CaseFactory(state=State.RUNNING, person=place, organisation=place.organisation)
    return OfferFactory(consultation=case, state=Offer.State.ACCEPTED)


@pytest.fixture
def writer(walk, offer):
    """Somebody with the report open, whose clock the test turns on."""
    walker = walk()
    walker.page.clock.install()
    walker.goes_to(f"/angebot/{links.token(offer)}/bericht/")
    return walker


def types(writer, text):
    writer.fills(FIELD, text)
    writer.page.clock.run_for(2_000)


def says(writer, words):
    writer.page.locator("[data-autosave-status]", has_text=words).wait_for()


def agreed():
    return Report.objects.values_list("agreed", flat=True).first()


def mate_writes(offer, text):
    seen = {"agreed": reports.fingerprint(agreed() or "")}
    reports.save(offer, texts={"agreed": text}, seen=seen, work={})


def test_after_a_fault_it_is_tried_again(writer):
    writer.page.route(SAVES, lambda route: route.abort(), times=1)
    types(writer, "Ein Runder Tisch")
    says(writer, "wir versuchen es gleich noch einmal")
    assert agreed() is None
    writer.complaints.clear()  # the browser's own word on the fault
    writer.page.clock.run_for(16_000)
    says(writer, "Gespeichert um")
    assert agreed() == "Ein Runder Tisch"


def test_an_expired_page_says_so_and_keeps_the_text(writer, offer):
    type(offer.advisor).objects.update(email="neu@example.net")
    types(writer, "Ein Runder Tisch")
    says(writer, "Diese Seite ist abgelaufen")
    assert writer.page.get_by_label(FIELD).input_value() == "Ein Runder Tisch"
    types(writer, "Zwei Runde Tische")
    assert agreed() is None


def test_a_conflict_is_shown_and_nothing_is_replaced(writer, offer):
    types(writer, "Ein Runder Tisch")
    says(writer, "Gespeichert um")
    mate_writes(offer, "Zwei Runde Tische")
    types(writer, "Ein eckiger Tisch")
    says(writer, "inzwischen dieselbe Stelle geändert")
    assert agreed() == "Zwei Runde Tische"
    writer.presses("Zwischenspeichern")
    writer.reads("Zwei Runde Tische")
    assert writer.page.get_by_label(FIELD).input_value() == "Ein eckiger Tisch"
    types(writer, "Ein eckiger und zwei runde Tische")
    assert agreed() == "Zwei Runde Tische"
    writer.presses("Zwischenspeichern")
    assert agreed() == "Ein eckiger und zwei runde Tische"


def test_pressing_while_it_is_saved_is_no_conflict_with_oneself(writer):
    slow = []
    writer.page.route(SAVES, lambda route: slow.append((route, route.fetch())))
    types(writer, "Ein Runder Tisch")
    while not slow:
        writer.page.wait_for_timeout(50)
    assert agreed() == "Ein Runder Tisch"
    writer.fills(FIELD, "Ein Runder Tisch bis Mai")
    writer.page.get_by_role("button", name="Zwischenspeichern").click()
    route, answer = slow[0]
    route.fulfill(response=answer)
    writer.page.get_by_text("Abgeschickt ist der Bericht noch nicht.").wait_for()
    assert agreed() == "Ein Runder Tisch bis Mai"
