"""A field that only programs fill in, and a least time: neither loses a person's words, neither needs JavaScript."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import signing
from django.utils import timezone

from advisors.models import Candidacy
from miglobe.outbox.models import Mail
from miglobe.pages.models import AccessibilityReport
from requests.models import ConsultationRequest, State
from tests.factories import DraftFactory
from tests.house.test_enumeration import apply_typed
from tests.requests.test_form import fill, url

pytestmark = pytest.mark.django_db


def forms():
    return {
        "/anfrage/link/": {"email": "petra@unna.example"},
        "/angebot/link/": {"email": "amara@example.net"},
        "/zugang/": {"reference": "MG-2026-K7P4X", "email": "petra@unna.example"},
        "/beraten/": apply_typed(str(uuid4()), "amara@example.net"),
        "/barrierefreiheit/melden/": {"key": str(uuid4()), "barrier": "Kontrast", "page": "", "email": ""},
        f"/anfrage/{DraftFactory().key}/spaeter/": {"email": "petra@unna.example"},
    }


def written() -> int:
    return sum(model.objects.count() for model in (Mail, Candidacy, AccessibilityReport))


def field(page, name):
    return page.context["form"][name].value()


def test_a_filled_trap_says_what_to_do_and_pressing_again_is_enough(client):
    for path, typed in forms().items():
        before = written()
        page = client.post(path, typed | {"homepage": "https://example.com"})
        assert page.status_code == 422, path
        assert "Bitte senden Sie noch einmal ab." in page.text
        assert written() == before
        assert field(page, "homepage") == ""
        for name, value in typed.items():
            assert field(page, name) in (value, True), name
        again = {name: field(page, name) or "" for name in page.context["form"].fields}
        assert client.post(path, again).status_code == 302, path


def test_who_is_faster_than_a_person_is_asked_to_press_again(client, settings, monkeypatch):
    settings.FORM_SECONDS = 600
    now = signing.time.time()
    for path, typed in forms().items():
        before = written()
        begun = client.get(path).context["form"]["begun"].value()
        page = client.post(path, typed | {"begun": begun})
        assert page.status_code == 422 and "sehr schnell" in page.text, path
        assert written() == before
        again = {name: field(page, name) or "" for name in page.context["form"].fields}
        with monkeypatch.context() as patch:
            patch.setattr(signing.time, "time", lambda: now + 601)
            assert client.post(path, again).status_code == 302, path


@pytest.mark.parametrize("begun", ["", "x", ":1xXeKc:abc"])
def test_a_form_without_its_moment_gets_one_and_is_taken_then(client, settings, monkeypatch, begun):
    settings.FORM_SECONDS = 600
    page = client.post("/anfrage/link/", {"email": "petra@unna.example", "begun": begun})
    assert page.status_code == 422
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 601)
    assert client.post("/anfrage/link/", {"email": "a@b.example", "begun": field(page, "begun")}).status_code == 302


def test_other_mistakes_come_first(client):
    page = client.post("/anfrage/link/", {"email": "keine", "homepage": "x"})
    assert "noch einmal ab" not in page.text


def test_a_request_that_was_filled_in_by_a_program_waits_for_a_person(client, settings):
    settings.FORM_SECONDS = 2
    case = DraftFactory()
    fill(client, case)
    page = client.post(url(case, "pruefen"))
    assert page.status_code == 422 and "sehr schnell" in page.text and "Wir suchen Rat." in page.text
    ConsultationRequest.objects.update(created_at=timezone.now() - timedelta(seconds=11))
    page = client.post(url(case, "pruefen"), {"homepage": "x"})
    assert page.status_code == 422 and "soll" in page.text and 'name="homepage" value=""' in page.text
    assert not Mail.objects.exists()
    assert client.post(url(case, "pruefen"), {"homepage": ""}).status_code == 302
    case.refresh_from_db()
    assert case.state == State.UNCONFIRMED


def test_the_trap_is_met_by_programs_alone(client):
    for path in [*forms(), url(DraftFactory(), "kommune")]:
        page = client.get(path).text
        if path.endswith("kommune/"):
            assert "homepage" not in page  # only where something is sent
            continue
        start = page.index('<div class="portal-trap" aria-hidden="true">')
        trap = page[start : page.index("</div>", start)]
        assert 'tabindex="-1"' in trap and 'autocomplete="off"' in trap and "Bitte leer lassen" in trap
