"""What those see of mails who keep the portal running: whether they arrive."""

import pytest
from django.contrib.auth.models import Group

from miglobe.desk import roles
from miglobe.outbox.models import Delivery, Mail
from tests.conftest import HouseClient
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/outbox/delivery/"


@pytest.fixture
def desk():
    roles.load()
    person = UserFactory()
    person.groups.add(Group.objects.get(name=roles.TECHNICAL))
    client = HouseClient()
    client.force_login(person)
    return client


@pytest.fixture
def offered():
    return Mail.objects.create(
        template="advisors/offered",
        to="amara.muster@amara-muster.example",
        reply_to="sie@skew.example",
        reference="MG-2026-00001",
        subject="[MG-2026-00001] Möchten Sie Amara Muster werden?",
        text="Guten Tag Amara Muster",
        state="failed",
        error="550 5.1.1 Amara Muster is unknown here <amara.muster@amara-muster.example>",
    )


def test_the_list_tells_the_state_and_nothing_of_whom_and_what(desk, offered):
    shown = desk.get(LIST).content.decode()
    for words in ("MG-2026-00001", "Angebot und Team", "nicht zustellbar", "550 5.1.1", "vertraulich"):
        assert words in shown
    for secret in ("Amara", "amara", "Möchten", "sie@skew"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("template", "server"),
    [
        ("requests/received", "…@stadt.example"),
        ("advisors/accepted_desk", "…@stadt.example"),
        ("advisors/access_code", "vertraulich"),
        ("advisors/team_complete", "vertraulich"),
        ("pages/barrier_received", "vertraulich"),
        ("neu/erfunden", "vertraulich"),
    ],
)
def test_only_servers_of_municipalities_and_our_own_are_named(template, server):
    assert Delivery(template=template, to="p@stadt.example").recipient == server


@pytest.mark.parametrize(
    ("template", "error", "said"),
    [
        ("requests/received", "550 <petra@stadt.example> Petra unknown", "550 (Adresse) (Adresse) unknown"),
        ("requests/received", "[Errno 111] Connection refused", "[Errno 111] Connection refused"),
        ("advisors/offered", "[Errno 111] Connection refused", "[Errno 111] Connection refused"),
        ("advisors/offered", "Petra ist umgezogen", "vertraulich"),
        ("advisors/offered", "", ""),
    ],
)
def test_what_the_server_said_names_nobody(template, error, said):
    assert Delivery(template=template, to="petra@stadt.example", error=error).server_words == said


@pytest.mark.parametrize(
    "query", ["to__startswith=amara", "text__contains=Amara", "subject__contains=M", "to=x", "reply_to__contains=s"]
)
def test_nobody_guesses_what_is_not_shown_with_filters_of_their_own(desk, offered, query):
    response = desk.get(f"{LIST}?{query}")
    assert response.status_code in (302, 400)
    assert "MG-2026-00001" not in response.content.decode()


@pytest.mark.parametrize("query", ["q=amara.muster@amara-muster.example", "q=Amara", "q=M%C3%B6chten"])
def test_the_search_finds_references_only(desk, offered, query):
    assert "MG-2026-00001" not in desk.get(f"{LIST}?{query}").content.decode()
    assert "550 5.1.1" in desk.get(f"{LIST}?q=MG-2026-00001").content.decode()


def test_there_is_no_page_behind_a_row(desk, offered):
    for page in ("change", "history", "delete"):
        assert desk.get(f"{LIST}{offered.pk}/{page}/").status_code in (302, 403), page
    assert desk.get("/admin/outbox/mail/").status_code == 403
    assert desk.get(f"/admin/outbox/mail/{offered.pk}/change/").status_code == 403


def test_what_failed_is_sent_again_without_being_read(desk, offered):
    sent = {"action": "resend", "_selected_action": [offered.pk]}
    shown = desk.post(LIST, sent, follow=True).content.decode()
    assert f"E-Mail {offered.pk} wird erneut gesendet." in shown
    assert "Amara" not in shown
    offered.refresh_from_db()
    assert offered.state == "queued"
    assert "Nur eine E-Mail" in desk.post(LIST, sent, follow=True).content.decode()
