"""Every look at an advisor's record is noted: who, when, which, on what page."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import ProgrammingError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from advisors.models import AdvisorAccess
from miglobe.desk import roles
from requests.models import State
from tests.conftest import HouseClient
from tests.desk.case import page
from tests.factories import AdvisorFactory, CaseFactory, UserFactory
from tests.periods import follow

pytestmark = pytest.mark.django_db
LIST = "/admin/advisors/advisor/"
LOG = "/admin/advisors/advisoraccess/"


def noted():
    return list(AdvisorAccess.objects.order_by("pk").values_list("by", "page", "advisor", "count"))


def at_desk(role):
    roles.load()
    person = UserFactory()
    person.groups.add(Group.objects.get(name=role))
    client = HouseClient()
    client.force_login(person)
    return client


def test_the_record_and_its_history_are_noted_by_name(desk, coordinator):
    advisor = AdvisorFactory()
    desk.get(f"{LIST}{advisor.pk}/change/")
    desk.post(f"{LIST}{advisor.pk}/change/", {"name": ""})  # errors show the record again
    desk.get(f"{LIST}{advisor.pk}/history/")
    pk = coordinator.pk
    assert noted() == [(pk, "record", advisor.pk, 1), (pk, "record", advisor.pk, 1), (pk, "history", advisor.pk, 1)]
    assert abs(AdvisorAccess.objects.first().at - timezone.now()) < timedelta(minutes=1)


def test_a_list_is_one_row_with_its_length_and_nobodys_name(desk, coordinator):
    for name in ("Ada", "Bo", "Cleo"):
        AdvisorFactory(name=name)
    desk.get(LIST)
    desk.get(f"{LIST}?q=Cleo")
    assert noted() == [(coordinator.pk, "list", None, 3), (coordinator.pk, "list", None, 1)]


def test_suggestions_for_a_team_are_a_list_too(desk, coordinator):
    case = CaseFactory(state=State.SEARCHING)
    AdvisorFactory()
    AdvisorFactory(active=False)
    desk.get(page(case))
    assert noted() == [(coordinator.pk, "suggestions", None, 2)]


def test_what_shows_nobody_is_not_noted(desk):
    desk.get(LIST)
    desk.get(f"{LIST}add/")
    desk.get(f"{LIST}999/change/")
    desk.get(page(CaseFactory(state=State.SEARCHING)))
    assert noted() == []


def test_who_is_refused_has_not_read(client):
    advisor = AdvisorFactory()
    desk = at_desk(roles.TECHNICAL)
    for address in (LIST, f"{LIST}{advisor.pk}/change/", f"{LIST}{advisor.pk}/history/"):
        assert desk.get(address).status_code == 403
    assert noted() == []


def test_a_superuser_is_noted_like_everybody(client):
    person = UserFactory(is_superuser=True)
    client.force_login(person)
    advisor = AdvisorFactory()
    client.get(f"{LIST}{advisor.pk}/change/")
    assert noted() == [(person.pk, "record", advisor.pk, 1)]


def test_what_was_noted_cannot_be_changed_or_deleted():
    access = AdvisorAccess.objects.create(by=UserFactory(), advisor=AdvisorFactory(), page="record")
    for change in (
        lambda: AdvisorAccess.objects.update(page="history"),
        lambda: AdvisorAccess.objects.all().delete(),
        lambda: access.save(),
    ):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            change()
    with pytest.raises(ProtectedError):
        access.by.delete()
    assert len(noted()) == 1


def test_it_is_kept_as_long_as_the_setting_says(settings):
    settings.AUDIT_MONTHS = 1
    now = timezone.now()
    for days in (32, 27):
        AdvisorAccess.objects.create(by=UserFactory(), page="list", count=2, at=now - timedelta(days=days))
    assert follow("advisors.accesses", now) == 1
    assert AdvisorAccess.objects.get().at == now - timedelta(days=27)


def test_the_lead_reads_who_has_read_and_nobody_else_does(desk):
    advisor = AdvisorFactory(name="Amara Muster")
    desk.get(f"{LIST}{advisor.pk}/change/")
    lead = at_desk(roles.LEAD)
    shown = lead.get(LOG).content.decode()
    for words in ("Amara Muster", "Profil", "Kim Muster"):
        assert words in shown
    access = AdvisorAccess.objects.get()
    assert f"{LOG}?advisor__id__exact={advisor.pk}" in lead.get(f"{LIST}{advisor.pk}/change/").content.decode()
    for query in (
        "page=record",
        f"advisor__id__exact={advisor.pk}",
        f"by__id__exact={access.by_id}",
    ):
        assert "Amara Muster" in lead.get(f"{LOG}?{query}").content.decode()
    for pages in ("add/", f"{access.pk}/delete/"):
        assert lead.get(f"{LOG}{pages}").status_code == 403
    for role in (roles.COORDINATION, roles.FIGURES, roles.TECHNICAL):
        assert at_desk(role).get(LOG).status_code == 403, role


def test_the_log_needs_the_same_queries_for_one_and_three():
    lead = at_desk(roles.LEAD)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            AdvisorAccess.objects.create(by=UserFactory(), advisor=AdvisorFactory(), page="record")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            lead.get(LOG)
        counts.append(len(queries))
    assert counts[0] == counts[1]
