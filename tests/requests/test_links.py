"""What a municipality does behind the links in our mails."""

import pytest
from django.conf import settings
from django.core import signing
from django.utils import timezone

from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import links
from requests.models import ConsultationRequest, Message, State
from tests.factories import CaseFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


def confirm_url(case):
    return f"/anfrage/bestaetigen/{links.token(links.CONFIRM, case)}/"


def status_url(case):
    return f"/anfrage/stand/{links.token(links.STATUS, case)}/"


def withdraw_url(case):
    return status_url(case) + "zurueckziehen/"


def snapshot():
    return list(ConsultationRequest.objects.values_list()), Mail.objects.count(), Message.objects.count()


@pytest.mark.parametrize("method", ["get", "head", "options"])
@pytest.mark.parametrize("address", [confirm_url, status_url, withdraw_url])
@pytest.mark.parametrize("state", [state for state in State.values if state != State.DRAFT])
def test_opening_a_link_changes_nothing(client, state, address, method):
    case = CaseFactory(state=state)
    before = snapshot()
    response = getattr(client, method)(address(case))
    assert response.status_code in (200, 302, 405)
    assert snapshot() == before


def test_the_link_in_the_mail_confirms_by_post_and_shows_where_it_stands(client):
    OrganisationFactory()
    case = CaseFactory(state=State.UNCONFIRMED)
    assert case.concern in client.get(confirm_url(case)).content.decode()
    page = client.post(confirm_url(case), follow=True).content.decode()
    case.refresh_from_db()
    assert case.state == State.NEW
    assert "Ihre Anfrage ist bei uns" in page
    assert case.reference in page


def test_confirming_again_shows_the_status(client):
    case = CaseFactory(state=State.SEARCHING)
    response = client.post(confirm_url(case), follow=True)
    assert "Wir stellen Ihr Team zusammen" in response.content.decode()
    case.refresh_from_db()
    assert case.state == State.SEARCHING


def test_this_was_not_me_throws_the_request_away(client):
    case = CaseFactory(state=State.UNCONFIRMED)
    page = client.post(confirm_url(case), {"verwerfen": "1"}, follow=True).content.decode()
    case.refresh_from_db()
    assert case.state == State.WITHDRAWN
    assert "verworfen" in page


@pytest.mark.parametrize("state", [state for state in State.values if state != State.DRAFT])
def test_the_status_page_speaks_in_every_state(client, state):
    case = CaseFactory(state=state, person=UserFactory())
    page = client.get(status_url(case)).content.decode()
    assert case.concern in page
    heading = page.partition('id="stand">')[2].partition("</h2>")[0].strip()
    assert len(heading) > 10


def forged(case):
    good = links.token(links.STATUS, case)
    other = CaseFactory()
    key, _, rest = good.partition(".")
    return {
        "nonsense": "quatsch",
        "cut off": good[:-3],
        "for another purpose": links.token(links.CONFIRM, case),
        "with another's key": f"{other.key.hex}.{rest}",
        "signed with another secret": signing.TimestampSigner(key="x" * 50, salt=links.STATUS, sep=".").sign(key),
        "unknown key": f"{'0' * 32}.{rest}",
    }


def test_mangled_and_forged_links_lead_to_a_page_that_helps(client):
    case = CaseFactory()
    for kind, token in forged(case).items():
        for action in ("", "zurueckziehen/"):
            path = f"/anfrage/stand/{token}/{action}"
            for response in (client.get(path), client.post(path, {"text": "x"})):
                assert response.status_code == 404, kind
                assert "Neuen Link anfordern" in response.content.decode(), kind
    case.refresh_from_db()
    assert case.state == State.NEW


def test_an_expired_link_leads_to_a_page_that_helps(client, monkeypatch):
    import time

    case = CaseFactory()
    path = status_url(case)
    later = time.time() + (settings.LINK_DAYS + 1) * 86400
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert client.get(path).status_code == 404


def test_a_corrected_address_kills_the_links_to_the_wrong_mailbox(client):
    case = CaseFactory(contact_email="falsch@stadt.example")
    path = status_url(case)
    assert client.get(path).status_code == 200
    ConsultationRequest.objects.filter(pk=case.pk).update(contact_email="richtig@stadt.example")
    assert client.get(path).status_code == 404


def test_a_mail_that_reaches_the_wrong_mailbox_late_brings_a_dead_link(client):
    from requests import mails

    case = CaseFactory(contact_email="falsch@stadt.example")
    mails.status_link(case)
    ConsultationRequest.objects.filter(pk=case.pk).update(contact_email="richtig@stadt.example")
    address = outbox.addresses(Mail.objects.get())["link"]
    assert client.get(address.removeprefix(settings.BASE_URL)).status_code == 404


def test_confirming_and_discarding_at_once_show_what_holds(client, monkeypatch):
    from requests import workflow

    case = CaseFactory(state=State.UNCONFIRMED)

    def somebody_was_quicker(consultation):
        raise workflow.IllegalMove("zu spät")

    monkeypatch.setattr("requests.workflow.withdraw", somebody_was_quicker)
    assert client.post(confirm_url(case), {"verwerfen": "1"}).status_code == 302


def test_secret_pages_are_kept_by_nobody(client):
    response = client.get(status_url(CaseFactory()))
    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "strict-origin"
    assert "noindex" in response["X-Robots-Tag"]


def test_a_lost_link_is_sent_again_and_nobody_learns_whether_the_address_is_known(client):
    known = CaseFactory(contact_email="Petra@stadt.example")
    waiting = CaseFactory(state=State.UNCONFIRMED, contact_email="petra@stadt.example")
    answers = [
        client.post("/anfrage/link/", {"email": email}, follow=True)
        for email in ("petra@stadt.example", "niemand@stadt.example")
    ]
    assert answers[0].content == answers[1].content
    sent = dict(Mail.objects.values_list("reference", "template"))
    assert sent == {known.reference: "requests/status_link", waiting.reference: "requests/please_confirm"}


def test_asking_again_and_again_fills_no_mailbox(client):
    case = CaseFactory()
    for _ in range(3):
        client.post("/anfrage/link/", {"email": case.contact_email})
    assert Mail.objects.count() == 1


def test_a_mail_holds_no_link_in_the_database():
    from requests import mails

    case = CaseFactory()
    mails.status_link(case)
    mail = Mail.objects.get()
    token = links.token(links.STATUS, case)
    assert token.rpartition(".")[2] not in mail.text + str(mail.links)
    assert case.key.hex in outbox.as_text(mail, outbox.addresses(mail))


def test_the_promise_of_a_first_contact_counts_working_days():
    from datetime import datetime

    confirmed = timezone.make_aware(datetime(2026, 12, 22, 10, 0))
    case = CaseFactory(confirmed_at=confirmed)
    # 23 and 24 December, 28 to 30: Christmas days and the weekend do not count.
    assert case.first_contact_due.date().isoformat() == "2026-12-30"


@pytest.mark.parametrize("state", [State.NEW, State.INQUIRY, State.SEARCHING, State.STAFFED])
def test_the_status_page_says_by_when_and_apologises_when_it_is_late(client, state):
    from datetime import timedelta

    from django.utils.formats import date_format

    case = CaseFactory(state=state, person=UserFactory(), contacted_at=timezone.now())
    due = date_format(timezone.localtime(case.next_step_due), "l, j. F Y")
    page = client.get(status_url(case)).content.decode()
    assert due in page
    assert "Verzögerung" not in page
    long_ago = timezone.now() - timedelta(days=60)
    ConsultationRequest.objects.update(state_since=long_ago, due_at=None if state == State.INQUIRY else long_ago)
    case.refresh_from_db()
    late = client.get(status_url(case)).content.decode()
    assert ("Verzögerung" in late) == (state != State.INQUIRY)
    passed = date_format(timezone.localtime(long_ago), "l, j. F Y")
    assert (passed in late) == (state != State.INQUIRY)  # nobody is asked to answer by a day that is over
