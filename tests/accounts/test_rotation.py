"""Another SECRET_KEY: with the former one among the fallbacks all goes on; without it all is dead, and says so."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from advisors import links as advisor_links
from miglobe.accounts import asked, encryption, people
from miglobe.codes import codes
from miglobe.errors import TooOften
from miglobe.limits import limits
from miglobe.limits.models import Tally
from miglobe.outbox import outbox, suppression
from miglobe.outbox.models import Mail
from requests import links
from tests.conftest import HouseClient
from tests.factories import PASSWORD, AdvisorFactory, CaseFactory, CoordinatorFactory
from tests.jobs import works_off
from tests.login import has_app

pytestmark = pytest.mark.django_db

NEW = "another-key-" * 6


@pytest.fixture
def rotate(settings):
    former = settings.SECRET_KEY

    def to_new(*, known: bool) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [former] if known else []

    return to_new


def paths() -> dict[str, str]:
    """Every kind of link, and words of the page that helps when it is dead."""
    case, draft, advisor = CaseFactory(), CaseFactory(state="draft", reference=None), AdvisorFactory()
    person = CoordinatorFactory()
    return {
        f"/anfrage/stand/{links.token(links.STATUS, case)}/": "öffnet nichts mehr",
        f"/mein-bereich/{advisor_links.token_of(advisor)}/": "Neuen Link anfordern",
        f"/keine-mails/{suppression.token('petra@unna.example')}/": "gilt nicht mehr",
        people.password_link(person).partition("example.org")[2] or people.password_link(person): "gilt nicht mehr",
        f"/anfrage/{draft.key}/kommune/": "",
    }


def local(address: str) -> str:
    return "/" + address.partition("://")[2].partition("/")[2] if "://" in address else address


def test_links_go_on_with_the_former_key_and_help_without_it(client, rotate):
    made = {local(path): words for path, words in paths().items()}
    rotate(known=True)
    for path in made:
        page = client.get(path, follow=True)
        assert page.status_code == 200 and "gilt nicht mehr" not in page.text, path
    rotate(known=False)
    for path, words in made.items():
        page = HouseClient().get(path, follow=True)
        if words:
            assert words in page.text, path


def test_sessions_go_on_and_are_under_the_new_key_then(desk, rotate):
    rotate(known=True)
    assert desk.get("/admin/").status_code == 200
    rotate(known=False)
    assert desk.get("/admin/").status_code == 200


def test_a_session_under_a_lost_key_leads_to_the_login(desk, rotate):
    rotate(known=False)
    page = desk.get("/admin/", follow=True)
    assert page.redirect_chain and "Anmelden" in page.text


def test_codes_go_on_and_end(client, rotate):
    case = CaseFactory(contact_email="petra@unna.example")
    key = codes.send(case.reference, "petra@unna.example")
    mail = Mail.objects.get()
    code = outbox.addresses(mail)["code"]
    rotate(known=True)
    assert client.post(f"/zugang/{key}/", {"code": code}).status_code == 302
    rotate(known=False)
    assert "gilt nicht mehr" in client.post(f"/zugang/{key}/", {"code": code}).text


def test_a_known_browser_stays_known(client, rotate):
    person = CoordinatorFactory()
    client.post("/anmelden/", {"login": person.email, "password": PASSWORD})
    client.post(reverse("account_logout"))
    rotate(known=True)
    for _ in range(6):
        HouseClient().post("/anmelden/", {"login": person.email, "password": "falsch"})
    assert client.post("/anmelden/", {"login": person.email, "password": PASSWORD}).status_code == 302


def test_counts_go_on(rotate):
    for _ in range(5):
        limits.spend("confirmation", network="192.0.2.0/24", address="petra@unna.example")
    before = Tally.objects.count()
    rotate(known=True)
    for _ in range(2):
        with pytest.raises(TooOften):
            limits.spend("confirmation", network="192.0.2.0/24", address="petra@unna.example")
    limits.spend("confirmation", network="198.51.100.0/24", address="petra@unna.example")
    assert Tally.objects.count() == before + 2, "their own pair and network"


def test_what_is_encrypted_comes_under_the_new_key_by_command(client, rotate):
    person = CoordinatorFactory()
    has_app(person)
    client.has_worker = False
    CaseFactory(contact_email="petra@unna.example")
    client.post("/anfrage/link/", {"email": "petra@unna.example"})
    rotate(known=True)
    said = StringIO()
    call_command("rotate_secrets", stdout=said)
    assert "1 zweite Faktoren, 1 wartende Aufträge" in said.getvalue()
    assert "365 Tagen" in said.getvalue()
    call_command("rotate_secrets", stdout=said)
    assert "0 zweite Faktoren, 0 wartende" in said.getvalue()
    rotate(known=False)
    works_off()
    assert Mail.objects.get().template == "requests/status_link"
    (factor,) = person.authenticator_set.all()
    assert encryption.decrypt(factor.data["secret"])


def test_what_was_asked_for_under_a_lost_key_fails_where_people_see_it(rotate):
    asked.later("requests.send_links", email="petra@unna.example")
    rotate(known=False)
    job = ProcrastinateJob.objects.get()
    with pytest.raises(encryption.Unreadable):
        asked.typed(json.loads(json.dumps(job.args))["asked"])
