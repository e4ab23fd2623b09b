"""Text blocks: kept by everybody who coordinates, put into what they write, without a script."""

import json
import re

import pytest
from django.core.exceptions import ValidationError

from requests.models import TextBlock
from requests.text_blocks import filled, known_placeholders
from tests.desk.case import move
from tests.factories import CaseFactory, ReasonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def block():
    return TextBlock.objects.create(
        name="Rückruf",
        text="Guten Tag {{ Ansprechperson }}, zu {{Aktenzeichen}} für {{ Kommune nach für }}.",
        text_en="Hello {{ Ansprechperson }}.",
    )


def test_a_block_is_filled_in_the_language_of_the_request(block):
    case = CaseFactory(contact_name="Petra")
    place = case.municipality.accusative
    assert filled(block, case) == f"Guten Tag Petra, zu {case.reference} für {place}."
    case.language = "en"
    assert filled(block, case) == "Hello Petra."
    block.text_en = ""
    assert filled(block, case).startswith("Guten Tag Petra")


@pytest.mark.parametrize("text", ["{{ Passwort }}", "{{ case.pk }}", "{{ Ansprechperson", "Ansprechperson }}"])
def test_unknown_placeholders_are_refused(text):
    with pytest.raises(ValidationError):
        known_placeholders(text)


@pytest.mark.parametrize(
    ("name", "field"), [("ask", "question"), ("reply", "text"), ("reject", "note"), ("refer", "note")]
)
def test_a_block_goes_behind_what_was_typed_and_nothing_else_is_lost(desk, block, name, field):
    case = CaseFactory(contact_name="Petra")
    reason = ReasonFactory()
    given = {field: "Vorher getippt.", "reason": reason.pk, "block": block.pk, "insert": "1"}
    response = desk.post(move(case, name), given)
    assert response.status_code == 200
    shown = response.content.decode()
    assert re.search(r"Vorher getippt\.\s+Guten Tag Petra, zu", shown)
    assert "errornote" not in shown
    assert 'name="seen"' not in shown
    if "reason" in response.context["form"].fields:
        assert f'<option value="{reason.pk}" selected>' in shown
    case.refresh_from_db()
    assert case.state == "new"


def test_inserting_nothing_keeps_what_was_typed(desk, block):
    case = CaseFactory()
    shown = desk.post(move(case, "ask"), {"question": "Getippt.", "block": "", "insert": "1"}).content.decode()
    assert "Getippt." in shown
    assert "errornote" not in shown


def test_the_script_gets_the_same_texts(desk, block):
    TextBlock.objects.create(name="Alt", text="Alt", active=False)
    case = CaseFactory(contact_name="Petra </script>")
    shown = desk.get(move(case, "ask")).content.decode()
    stored = json.loads(re.search(r'<script id="text-blocks"[^>]*>(.*?)</script>', shown)[1])
    assert stored == {str(block.pk): filled(block, case)}
    assert "text-blocks.js" in shown


def test_a_button_that_asks_for_no_text_to_the_municipality_has_no_blocks(desk, block):
    assert "id_block" not in desk.get(move(CaseFactory(), "contact")).content.decode()


def test_coordinators_keep_the_blocks_and_nobody_deletes_one(desk, block):
    add = "/admin/requests/textblock/add/"
    given = {"name": "Neu", "text": "Hallo {{ Ansprechperson }}", "text_en": "", "position": "0", "active": "on"}
    response = desk.post(add, given | {"text": "{{ Unsinn }}"})
    assert "Diesen Platzhalter gibt es nicht" in response.content.decode()
    assert desk.post(add, given).status_code == 302
    assert TextBlock.objects.filter(name="Neu").exists()
    assert desk.post(f"/admin/requests/textblock/{block.pk}/delete/", {"post": "yes"}).status_code == 403
