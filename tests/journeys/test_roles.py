"""The pages of those who lead, count or keep the portal running, on a desk and on a phone."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from advisors.models import AdvisorAccess
from miglobe.desk import roles
from miglobe.outbox.models import Mail
from requests.models import State
from tests.factories import (
    PASSWORD,
    AdvisorFactory,
    CaseFactory,
    CoordinatorFactory,
    OrganisationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture
def enter(walk):
    """Somebody with that role at a browser of that size."""
    call_command("load_data")

    def come(role, **size):
        person = UserFactory()
        person.groups.add(Group.objects.get(name=role))
        walker = walk(**size)
        walker.goes_to("/admin/")
        walker.fills("E-Mail-Adresse", person.email)
        walker.fills("Passwort", PASSWORD)
        walker.presses("Anmelden")
        return walker

    return come


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desk", "phone"])
def test_who_sees_figures_alone_begins_with_them_and_finds_a_quarter(enter, size):
    CaseFactory()
    CaseFactory(state=State.CLOSED)
    reader = enter(roles.FIGURES, **size)
    reader.reads("Erreichte Kommunen")
    reader.page.get_by_label("Jahr oder Quartal").select_option(label="2026, 1. Quartal")
    reader.presses("Jahr oder Quartal")
    reader.reads("01.01.2026 bis 31.03.2026")
    reader.page.get_by_label("Von", exact=True).fill("2026-01-01")
    reader.page.get_by_label("Bis", exact=True).fill("2025-01-01")
    reader.presses("eigener Zeitraum")
    reader.reads("Das Ende liegt vor dem Beginn")
    reader.page.get_by_label("Bis", exact=True).fill("2026-12-31")
    reader.presses("eigener Zeitraum")
    with reader.page.expect_download() as taken:
        reader.page.get_by_role("link", name="Als Tabelle herunterladen").click()
    assert taken.value.suggested_filename == "auswertung-2026-01-01-2026-12-31.csv"


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desk", "phone"])
def test_who_keeps_the_portal_running_sees_deliveries_jobs_and_accounts(enter, size):
    Mail.objects.create(template="advisors/offered", to="x@example.com", subject="S", text="T", state="failed")
    colleague = CoordinatorFactory(last_name="Muster")
    keeper = enter(roles.TECHNICAL, **size)
    keeper.follows("Zustellungen")
    keeper.reads("vertraulich")
    keeper.follows("Technischer Zustand")
    keeper.reads("Er antwortet nicht")
    keeper.follows("Zugänge")
    keeper.goes_to(f"/admin/accounts/user/{colleague.pk}/change/")
    keeper.goes_to("/admin/accounts/user/add/")


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desk", "phone"])
def test_the_lead_sees_who_has_read_and_a_coordinator_whom_to_ask(enter, size):
    advisor = AdvisorFactory()
    AdvisorAccess.objects.create(by=UserFactory(), page="list", count=3)
    case = CaseFactory(organisation=OrganisationFactory())
    lead = enter(roles.LEAD, **size)
    lead.goes_to(f"/admin/advisors/advisor/{advisor.pk}/change/")
    lead.follows("Wer hat es gelesen?")
    lead.reads("Profil")
    lead.goes_to("/admin/advisors/advisoraccess/")
    lead.reads("3 Personen")
    other = enter(roles.COORDINATION, **size)
    other.goes_to(f"/admin/requests/consultationrequest/{case.pk}/change/")
    other.reads("um eine Übergabe")
    other.page.goto(f"{other.base}/admin/requests/consultationrequest/{case.pk}/move/take_over/")
    assert "um eine Übergabe" in other.page.inner_text("main")
