"""The request as a PDF, read by a second library."""

import re
from io import BytesIO
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from requests import links, pdf
from requests.models import State
from tests.factories import CaseFactory, DraftFactory, MunicipalityFactory, UserFactory

pytestmark = pytest.mark.django_db

TYPED = '#let x = 1; $ \\u{41} *fett* _kursiv_ @verweis "äöüß" // Rest\n= Titel\n- Punkt'


def read(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def words(document: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in document.pages)


def headings(node) -> list[str]:
    """The kinds of the headings in the tree that a screen reader follows."""
    node = node.get_object()
    if isinstance(node, list):
        return [kind for child in node for kind in headings(child)]
    if not isinstance(node, dict):
        return []
    own = [node["/S"]] if str(node.get("/S", "")).startswith("/H") else []
    return own + (headings(node["/K"]) if "/K" in node else [])


def test_it_is_tagged_titled_and_knows_its_language():
    document = read(pdf.of(CaseFactory(municipality=MunicipalityFactory(name="Musterstadt"))))
    catalogue = document.root_object
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "de"
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert document.metadata.title == "Anfrage für Musterstadt"
    assert b"pdfuaid:part>1<" in catalogue["/Metadata"].get_data()
    assert headings(catalogue["/StructTreeRoot"])[:2] == ["/H1", "/H2"]


def test_it_says_what_was_sent_and_whom_to_ask(coordinator):
    case = CaseFactory(concern="Wir möchten fair beschaffen.", person=coordinator)
    text = words(read(pdf.of(case)))
    for said in (case.reference, "Wir möchten fair beschaffen.", case.contact_email, coordinator.email, "Seite 1 / "):
        assert said in text


def test_what_looks_like_markup_stays_text():
    document = read(pdf.of(CaseFactory(concern=TYPED)))
    for line in TYPED.split("\n"):
        assert line in words(document)
    assert headings(document.root_object["/StructTreeRoot"]).count("/H1") == 1


def test_it_is_in_the_language_of_the_page():
    with translation.override("en"):
        document = read(pdf.of(CaseFactory()))
    assert document.root_object["/Lang"] == "en"


@pytest.mark.parametrize("name", ["王小明", "Ольга Пример", "😀 Petra", "\u202aPetra\u202c"])
def test_letters_that_no_font_has_cost_nobody_their_pdf(name):
    document = read(pdf.of(CaseFactory(contact_name=name, concern="Lesbar.")))
    assert "Lesbar." in words(document)
    assert document.root_object["/MarkInfo"]["/Marked"]


def test_the_longest_request_is_set_in_less_than_a_second():
    import time

    case = CaseFactory(concern="Wort " * 800, hope="Wort " * 800)
    begin = time.perf_counter()
    pdf.of(case)
    assert time.perf_counter() - begin < 1


# --- Who gets it -----------------------------------------------------------------------------------


def is_private_pdf(response) -> bool:
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    return response.content.startswith(b"%PDF-")


@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
def test_the_status_page_leads_to_it_in_every_state(client, state):
    case = CaseFactory(state=state)
    page = client.get(reverse("requests:status", kwargs={"token": links.token(links.STATUS, case)})).text
    response = client.get(re.search(r'href="(/anfrage/stand/[^"]+/anfrage\.pdf)"', page)[1])
    assert is_private_pdf(response)
    assert response["Content-Disposition"] == f'inline; filename="{case.reference}.pdf"'


def test_the_receipt_leads_to_it_until_the_request_is_confirmed(client):
    case = CaseFactory(state=State.UNCONFIRMED)
    address = reverse("requests:receipt_pdf", kwargs={"key": case.key})
    receipt = reverse("requests:receipt", kwargs={"key": case.key})
    assert address in client.get(receipt).text
    assert is_private_pdf(client.get(address))
    case.confirmed_at, case.state = case.submitted_at, State.NEW
    case.save()
    assert client.get(address).url == receipt
    assert address not in client.get(receipt).text


def test_without_a_sent_request_there_is_none(client):
    draft = DraftFactory()
    assert client.get(reverse("requests:receipt_pdf", kwargs={"key": draft.key})).status_code == 302
    assert client.get(reverse("requests:receipt_pdf", kwargs={"key": uuid4()})).status_code == 404
    assert client.get(reverse("requests:status_pdf", kwargs={"token": "kein-link"})).status_code == 404


def test_the_desk_has_it_for_those_who_may_see_the_case(desk, client):
    case = CaseFactory()
    address = reverse("admin:requests_consultationrequest_pdf", args=[case.pk])
    assert address in desk.get(reverse("admin:requests_consultationrequest_change", args=[case.pk])).text
    assert is_private_pdf(desk.get(address))
    client.force_login(UserFactory())
    assert client.get(address).status_code == 403
