"""How often is too often: counted for mailboxes and networks, in the database, without their names."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import RequestFactory
from django.utils import timezone

from miglobe.checks import somebody_tells_where_visitors_come_from
from miglobe.errors import TooOften
from miglobe.limits import digests, limits, networks, rates
from miglobe.limits.models import Tally
from miglobe.outbox.models import Mail
from miglobe.pages.models import AccessibilityReport, Portal
from requests import workflow
from requests.models import Attachment, ConsultationRequest
from tests.factories import CaseFactory, DraftFactory
from tests.periods import follow
from tests.requests.test_form import fill, url

HERE, THERE = "192.0.2.0/24", "198.51.100.0/24"


@pytest.fixture
def small(settings):
    """Limits that a test reaches."""
    settings.LIMITS = {act: dict.fromkeys(kinds, "2/h") for act, kinds in settings.LIMITS.items()}


def refused(**words) -> TooOften:
    with pytest.raises(TooOften) as caught:
        limits.spend("confirmation", **words)
    return caught.value


# --- Counting ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.muster@stadt.example", "A.Muster@Stadt.Example"),
        ("a.muster@stadt.example", "a.muster+7@stadt.example"),
        ("a.muster@stadt.example", " a.muster@stadt.example."),
        ("a.muster@gmail.com", "amuster+x@googlemail.com"),
    ],
)
def test_the_ways_to_write_a_mailbox_count_as_one(one, other):
    assert digests.mailbox(one) == digests.mailbox(other)


def test_two_mailboxes_that_differ_by_a_dot_are_two():
    assert digests.mailbox("max.muster@stadt.example") != digests.mailbox("maxmuster@stadt.example")
    assert digests.mailbox("+49@stadt.example") != digests.mailbox("+50@stadt.example")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("192.0.2.77:51234", "192.0.2.0/24"),
        ("[2001:db8:1:2ff:3::4]:443", "2001:db8:1:200::/56"),
        ("[2001:db8:1:2ff:3::4]", "2001:db8:1:200::/56"),
        ("192.0.2:7:7", ""),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_a_network_is_coarse(address, network):
    assert networks.of(RequestFactory().get("/", REMOTE_ADDR=address)) == network


@pytest.mark.parametrize(
    ("proxies", "told", "seen"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.6, 203.0.113.9", "203.0.113.9"),  # the first is what the visitor says of itself
        (2, "198.51.100.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (1, "", "192.0.2.1"),
        (2, "203.0.113.9", "192.0.2.1"),
    ],
)
def test_only_our_own_proxies_tell_where_a_visitor_comes_from(settings, proxies, told, seen):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": told})
    assert networks.address_of(request) == seen


def test_a_deployment_in_which_all_visitors_seem_one_is_warned_of(settings):
    settings.HTTPS = True
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    (warning,) = somebody_tells_where_visitors_come_from()
    assert "TRUSTED_PROXIES" in warning.msg
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert somebody_tells_where_visitors_come_from() == []


@pytest.mark.django_db
def test_what_a_stranger_uses_up_does_not_lock_the_owner_out():
    for _ in range(5):
        limits.spend("confirmation", network=HERE, address="petra@unna.example")
    assert "E-Mail-Adresse" in str(refused(network=HERE, address="Petra+1@unna.example"))
    limits.spend("confirmation", network=THERE, address="petra@unna.example")


@pytest.mark.django_db
def test_one_mailbox_gets_no_more_however_many_networks_ask():
    for number in range(10):
        limits.spend("confirmation", network=f"10.0.{number}.0/24", address=f"petra+{number}@unna.example")
    refused(network="10.1.0.0/24", address="petra@unna.example")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["domain", "network"])
def test_many_mailboxes_of_one_domain_or_from_one_network_are_a_flood(settings, kind):
    settings.LIMITS = {"confirmation": {kind: "3/d"}}
    for number in range(3):
        limits.spend("confirmation", network=HERE, address=f"person{number}@unna.example")
    refused(network=HERE, address="person9@unna.example")
    limits.spend("confirmation", network=THERE, address="person9@soest.example")


@pytest.mark.django_db
def test_a_bucket_empties_as_time_goes_on_and_says_when():
    for _ in range(5):
        limits.spend("confirmation", network=HERE, address="petra@unna.example")
    refusal = refused(network=HERE, address="petra@unna.example")
    assert 0 < refusal.seconds <= timedelta(days=1).total_seconds() / 5 + 1
    assert "geht es weiter" in str(refusal)
    theirs = Tally.objects.filter(digest=digests.of("confirmation", "pair", "petra@unna.example", HERE))
    assert theirs.update(empty_at=timezone.now() + timedelta(hours=19)) == 1
    limits.spend("confirmation", network=HERE, address="petra@unna.example")


def use_up(monkeypatch, *, by_a_clock_ahead: timedelta) -> None:
    then = timezone.now() + by_a_clock_ahead
    with monkeypatch.context() as wrong:
        wrong.setattr(timezone, "now", lambda: then)
        for _ in range(5):
            limits.spend("confirmation", network=HERE, address="petra@unna.example")


@pytest.mark.django_db
def test_a_clock_that_was_ahead_locks_nobody_out(monkeypatch):
    """Nor does a limit whose period has become shorter."""
    use_up(monkeypatch, by_a_clock_ahead=timedelta(days=400))
    for _ in range(5):
        limits.spend("confirmation", network=HERE, address="petra@unna.example")
    refused(network=HERE, address="petra@unna.example")


@pytest.mark.django_db
def test_the_clocks_of_two_servers_may_differ(monkeypatch):
    use_up(monkeypatch, by_a_clock_ahead=timedelta(minutes=5))
    refused(network=HERE, address="petra@unna.example")


@pytest.mark.django_db
def test_whoever_is_refused_has_counted_nothing_anywhere(settings):
    settings.LIMITS = {"confirmation": {"address": "1/d", "network": "2/d"}}
    limits.spend("confirmation", network=HERE, address="petra@unna.example")
    for _ in range(3):
        refused(network=HERE, address="petra@unna.example")
    limits.spend("confirmation", network=HERE, address="somebody@unna.example")


@pytest.mark.django_db
def test_what_is_undone_was_not_counted():
    for _ in range(6):
        with transaction.atomic():
            limits.spend("confirmation", network=HERE, address="petra@unna.example")
            transaction.set_rollback(True)
    limits.spend("confirmation", network=HERE, address="petra@unna.example")


@pytest.mark.django_db
def test_what_is_more_than_all_at_once_is_refused(settings):
    settings.LIMITS = {"upload": {"network": "1M/d"}}
    with pytest.raises(TooOften):
        limits.spend("upload", network=HERE, cost=2 * 1024 * 1024)
    assert not Tally.objects.exists()


@pytest.mark.django_db
def test_no_address_and_no_network_can_be_read_in_the_table():
    limits.spend("confirmation", network=HERE, address="petra@unna.example")
    kept = " ".join(Tally.objects.values_list("digest", flat=True))
    assert "petra" not in kept and "192.0.2" not in kept
    assert Tally.objects.count() == 4


@pytest.mark.django_db
def test_counts_are_forgotten_when_they_are_over():
    limits.spend("draft", network=HERE)
    limits.spend("confirmation", network=HERE, address="petra@unna.example")
    Tally.objects.filter(digest=digests.of("draft", "network", HERE)).update(empty_at=timezone.now())
    follow("counters")
    assert Tally.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_limit_holds_when_all_come_at_once():
    """Real threads on a real database, in one order: nobody waits for ever."""
    barrier = Barrier(12)

    def run(number):
        barrier.wait(timeout=10)
        try:
            limits.spend("confirmation", network=HERE, address="petra@unna.example")
            return True
        except TooOften:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(run, range(12))) == 5


@pytest.mark.parametrize("text", ["", "5", "5/w", "0/d", "-1/h", "5/d/x", "M/d"])
def test_a_limit_that_is_none_is_said(text):
    with pytest.raises(ValueError, match="ist keine Grenze"):
        rates.parse(text)


def test_an_operator_changes_single_limits_by_name(settings):
    changed = rates.changed(settings.LIMITS, ["draft.network=300/h", "upload.network=5000M/d"])
    assert changed["draft"]["network"] == "300/h"
    assert rates.parse(changed["upload"]["network"]).amount == 5000 * 1024 * 1024
    assert settings.LIMITS["draft"]["network"] == "120/h"
    with pytest.raises(ValueError, match="gibt es nicht"):
        rates.changed(settings.LIMITS, ["drafts.network=5/d"])


def test_every_limit_can_be_read(settings):
    for kinds in settings.LIMITS.values():
        for rate in kinds.values():
            assert rates.parse(rate).amount > 0


def test_every_limit_is_written_down_for_operators(settings):
    written = (settings.BASE_DIR / "docs/adr/0032-limits.md").read_text()
    assert {act for act in settings.LIMITS if f"`{act}`" not in written} == set()


# --- Where it counts -----------------------------------------------------------------------------------------


def says_when(page) -> bool:
    return page.status_code == 429 and int(page["Retry-After"]) > 0 and "geht es weiter" in page.text


@pytest.mark.django_db
def test_nobody_begins_drafts_without_end(client, small):
    for _ in range(2):
        assert client.post("/anfrage/").status_code == 302
    assert says_when(client.post("/anfrage/"))
    assert ConsultationRequest.objects.count() == 2
    assert client.post("/anfrage/", REMOTE_ADDR="198.51.100.1").status_code == 302


@pytest.mark.django_db
def test_a_refused_page_keeps_what_was_typed_and_says_whom_to_ask(client, small):
    Portal.objects.update_or_create(pk=1, defaults={"contact_email": "hilfe@example.org"})
    barrier = {"key": str(uuid4()), "barrier": "Der Kontrast ist zu schwach.", "page": "", "email": ""}
    for path, typed in {
        "/anfrage/link/": {"email": "petra@unna.example"},
        "/angebot/link/": {"email": "petra@unna.example"},
        "/en/zugang/": {"reference": "MG-2026-K7P4X", "email": "petra@unna.example"},
        "/barrierefreiheit/melden/": barrier,
    }.items():
        Tally.objects.all().delete()
        for _ in range(2):
            assert client.post(path, typed | {"key": str(uuid4())}).status_code == 302, path
        page = client.post(path, typed)
        assert page.status_code == 429 and int(page["Retry-After"]) > 0, path
        assert "mailto:hilfe@example.org" in page.text.split("<footer")[0]
        for words in filter(None, typed.values()):
            assert words in page.text, path
        assert ("Not sent yet" in page.text) == path.startswith("/en/")
    assert AccessibilityReport.objects.count() == 2


@pytest.mark.django_db
def test_a_request_waits_as_a_draft_when_its_mailbox_has_enough(client, small):
    for _ in range(2):
        limits.spend("confirmation", network="127.0.0.0/24", address="petra@stadt.example")
    case = DraftFactory()
    fill(client, case)
    page = client.post(url(case, "pruefen"))
    assert says_when(page)
    assert "Wir suchen Rat." in page.text
    Tally.objects.all().delete()
    assert client.post(url(case, "pruefen"), follow=True).status_code == 200
    assert Mail.objects.filter(template="requests/please_confirm").count() == 1


@pytest.mark.django_db
def test_a_message_that_is_one_too_many_is_kept_on_its_page(client, small):
    from requests import links

    case = workflow.confirm(CaseFactory(state="unconfirmed"))
    path = f"/anfrage/stand/{links.token(links.STATUS, case)}/"
    for number in range(2):
        assert client.post(path, {"text": f"Frage {number}"}).status_code == 302
    page = client.post(path, {"text": "Noch eine Frage"})
    assert says_when(page)
    assert "Noch eine Frage" in page.text
    assert case.messages.count() == 2


@pytest.mark.django_db
def test_codes_cannot_be_guessed_by_many_tries_in_many_windows(client, small):
    key = uuid4()
    for _ in range(2):
        assert client.post(f"/zugang/{key}/", {"code": "ABCDEF"}).status_code == 422
    assert says_when(client.post(f"/zugang/{key}/", {"code": "ABCDEF"}))


@pytest.mark.django_db
def test_drafts_fill_no_disk(client, settings):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.LIMITS = {**settings.LIMITS, "upload": {"network": "1M/d"}}
    for number in range(3):
        draft = DraftFactory()
        file = SimpleUploadedFile(f"Konzept{number}.pdf", b"%PDF-1.7" + bytes([number]) * 400_000)
        page = client.post(url(draft, "unterlagen"), {"uploads": file, "hochladen": "1"})
    assert page.status_code == 422
    assert "Konzept2.pdf: Aus Ihrem Netz kam das in kurzer Zeit sehr oft." in page.text
    assert Attachment.objects.count() == 2


@pytest.mark.django_db
def test_the_words_of_drafts_fill_no_disk_either(client):
    draft = DraftFactory()
    too_long = "ä" * 20_000
    page = client.post(url(draft, "anliegen"), {"concern": too_long})
    assert page.status_code == 422
    assert too_long in page.text
    page = client.post(url(draft, "anliegen"), {"concern": too_long, "hope": too_long})
    assert page.status_code == 413
    draft.refresh_from_db()
    assert draft.draft == {"anliegen": {"concern": [too_long]}}


@pytest.mark.django_db
def test_no_file_is_taken_when_the_disk_is_nearly_full(client, settings):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.ATTACHMENTS_MIN_FREE_MB = 10**9
    draft = DraftFactory()
    page = client.post(
        url(draft, "unterlagen"), {"uploads": SimpleUploadedFile("Konzept.pdf", b"%PDF-1.7"), "hochladen": "1"}
    )
    assert page.status_code == 422
    assert "nicht speichern" in page.text
    assert not Attachment.objects.exists()
