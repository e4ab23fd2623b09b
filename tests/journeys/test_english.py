"""Somebody who reads English files a request, and changes the language on the way."""

import pytest
from playwright.sync_api import expect

from requests.models import ConsultationRequest
from tests.journeys.conftest import link_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_request_in_english_keeps_what_was_typed_and_answers_in_english(walk, place, mailbox):
    clerk = walk(viewport={"width": 360, "height": 740})
    clerk.goes_to("/en/anfrage/")
    clerk.presses("Start the request")
    field = clerk.page.locator("#id_municipality[role=combobox]")
    field.fill("Nowhere upon Sea")
    expect(clerk.page.locator(".autocomplete__option--no-results")).to_have_text(
        "Nothing found. Please check the spelling."
    )
    clerk.presses("Deutsch")
    clerk.reads("Für welche Kommune fragen Sie an?")
    expect(field).to_have_value("Nowhere upon Sea")
    assert clerk.page.locator(".portal-error-summary").count() == 0
    field.fill("unna")
    clerk.page.get_by_role("option").first.click()
    clerk.presses("English")
    clerk.presses("Next")
    clerk.ticks("Fair trade and fair procurement")
    clerk.fills("What is on your mind?", "We would like some advice.")
    clerk.presses("Next")
    clerk.presses("Next")
    clerk.presses("Next")
    clerk.fills("First and last name of the contact person", "Kim Doe")
    clerk.fills("Work e-mail address", "kim.doe@unna.example")
    clerk.presses("Next")
    clerk.presses("Send the request")
    clerk.reads("We have sent an e-mail to kim.doe@unna.example.")
    mail = mailbox("kim.doe@unna.example")
    assert "please confirm that the address is yours" in mail
    clerk.goes_to(link_in(mail))
    clerk.presses("Confirm the request")
    clerk.reads("Thank you, your request is confirmed.")
    assert "/en/anfrage/stand/" in clerk.page.url
    assert ConsultationRequest.objects.get().language == "en"
