"""The desk's pages of retention and holds."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from advisors.models import AdvisorAccess
from miglobe.desk import roles
from miglobe.privacy import holds
from miglobe.privacy.models import LegalHold, RetentionRun
from requests.models import State
from tests.conftest import HouseClient
from tests.factories import AdvisorFactory, CaseFactory, UserFactory
from tests.login import signs_in

pytestmark = pytest.mark.django_db
HOLDS, RUNS = "/admin/privacy/legalhold/", "/admin/privacy/retentionrun/"


@pytest.fixture
def lead() -> HouseClient:
    roles.load()
    user = UserFactory()
    user.groups.add(Group.objects.get(name=roles.LEAD))
    client = HouseClient()
    signs_in(client, user, "password")
    return client


@pytest.mark.parametrize("find", [lambda: CaseFactory().reference, lambda: AdvisorFactory().email.upper()])
def test_deletion_is_suspended_by_reference_or_address_and_taken_up_again(lead, find):
    name = find()
    for _ in range(2):
        page = lead.post(f"{HOLDS}add/", {"name": f" {name} ", "reason": "Prüfung"}, follow=True)
    assert "Hier ist die Löschung schon ausgesetzt." in page.text
    hold = LegalHold.objects.get()
    assert hold.reason == "Prüfung" and hold.by
    row = holds.row_of(hold)
    end = f"{HOLDS}{hold.pk}/aufheben/"
    assert lead.get(end).status_code == 200
    assert holds.is_held(row), "opening the page changes nothing"
    for _ in range(2):
        assert "gelten wieder" in lead.post(end, follow=True).text
    assert not holds.is_held(row)
    hold.refresh_from_db()
    assert hold.ended_by


def test_what_does_not_exist_cannot_be_held(lead):
    page = lead.post(f"{HOLDS}add/", {"name": "MG-2026-00000", "reason": "Prüfung"})
    assert "Dazu gibt es keinen Eintrag." in page.text and "MG-2026-00000" in page.text
    assert not LegalHold.objects.exists()


def test_coordinators_hold_nothing(desk):
    CaseFactory()
    for page in (HOLDS, f"{HOLDS}add/", RUNS, f"{RUNS}vorschau/"):
        assert desk.get(page).status_code == 403


def test_the_preview_says_what_is_due_and_does_nothing(lead):
    CaseFactory(state=State.REJECTED, state_since="2020-01-01T12:00Z")
    page = lead.get(f"{RUNS}vorschau/").text
    row = page[page.index("Abgelehnte, verwiesene") :].partition("</tr>")[0]
    assert "12 Monate" in row and "<td>1</td>" in row
    assert not RetentionRun.objects.exists()


def test_a_run_that_failed_names_what_in_words(lead):
    run = RetentionRun.objects.create(failed="requests.drafts")
    page = lead.get(f"{RUNS}{run.pk}/change/").text
    assert "Nicht gelungen ist: Entwürfe, an denen niemand weiterschreibt." in page


def test_who_reads_the_register_of_consents_is_noted(lead):
    advisor = AdvisorFactory(name="Amara Muster")
    page = lead.get(reverse("admin:advisors_consent_changelist")).text
    assert page.count("Amara Muster") == advisor.consents.count() == AdvisorAccess.objects.get().count
