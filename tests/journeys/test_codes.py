"""The way in without links, in a real browser."""

import re

import pytest

from advisors.models import Offer
from requests.models import State
from tests.factories import CaseFactory, OfferFactory

pytestmark = pytest.mark.django_db(transaction=True)

CLERK = "petra.beispiel@unna.example"
PHONE = {"viewport": {"width": 360, "height": 740}}


def code_in(text):
    assert "http" not in text
    return re.search(r"Ihr Code: (\w{6})", text)[1]


@pytest.mark.parametrize("options", [{}, PHONE, {"color_scheme": "dark"}], ids=["desktop", "phone", "dark"])
def test_a_clerk_who_must_not_open_links_reaches_the_status_page(walk, place, mailbox, options):
    case = CaseFactory(contact_email=CLERK)
    clerk = walk(**options)
    clerk.goes_to("/anfrage/link/")
    clerk.follows("Mit Aktenzeichen und Code")
    clerk.fills("Aktenzeichen", "MG-26")
    clerk.presses("Code zusenden")
    clerk.reads("so ein, wie es in unserer E-Mail steht")
    clerk.fills("Aktenzeichen", case.reference.lower().replace("-", " "))
    clerk.fills("Ihre E-Mail-Adresse", CLERK)
    clerk.page.locator(".portal-language__other").click()  # the other language keeps what was typed
    clerk.looks()
    assert clerk.page.locator("[name=email]").input_value() == CLERK
    clerk.page.locator(".portal-language__other").click()
    clerk.looks()
    clerk.presses("Code zusenden")
    clerk.fills("Code aus der E-Mail", "AAAAAA")
    clerk.presses("Seite öffnen")
    clerk.reads("Dieser Code stimmt nicht oder gilt nicht mehr.")
    clerk.fills("Code aus der E-Mail", code_in(mailbox(CLERK)).lower())
    clerk.page.keyboard.press("Enter")
    clerk.page.get_by_text(case.concern).first.wait_for()
    clerk.looks()
    clerk.reads(case.reference)


def test_an_advisor_reaches_the_offer_and_accepts(walk, place, two_advisors, mailbox):
    amina, _ = two_advisors
    case = CaseFactory(state=State.SEARCHING, team_size=1)
    offer = OfferFactory(consultation=case, advisor=amina, by=place)
    advisor = walk(**PHONE)
    advisor.goes_to("/zugang/")
    advisor.fills("Aktenzeichen", case.reference)
    advisor.fills("Ihre E-Mail-Adresse", amina.email)
    advisor.presses("Code zusenden")
    advisor.fills("Code aus der E-Mail", code_in(mailbox(amina.email)))
    advisor.presses("Seite öffnen")
    advisor.presses("Ja, ich übernehme den Einsatz")
    advisor.reads("Sie haben zugesagt")
    offer.refresh_from_db()
    assert offer.state == Offer.State.ACCEPTED
