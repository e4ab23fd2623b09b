"""Enter in a field presses the first button of its form, wherever it stands: never the change of language."""

import re

import pytest
from django.urls import reverse

from tests.factories import DraftFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["a step", "the second way"])
def test_the_first_button_of_a_form_is_not_the_change_of_language(client, page):
    step = reverse("requests:step", kwargs={"key": DraftFactory().key, "name": "anliegen"})
    html = client.get(step if page == "a step" else reverse("codes:ask")).content.decode()
    buttons = re.findall(r"<button[^>]*>", html)
    assert any('name="sprache"' in button for button in buttons)
    first = next(button for button in buttons if 'form="formular"' in button)
    assert "name=" not in first
    assert 'aria-hidden="true"' in first and 'tabindex="-1"' in first
