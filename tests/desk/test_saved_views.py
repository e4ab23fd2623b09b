"""Views of the list that people keep: what they hold, who sees them, who changes them."""

import pytest
from django.http import QueryDict

from miglobe.accounts import saved_views
from miglobe.accounts.models import SavedView
from miglobe.errors import Refused
from requests.admin.saved_views import kept
from tests.conftest import HouseClient
from tests.desk.case import LIST
from tests.factories import CaseFactory, CoordinatorFactory, UserFactory

pytestmark = pytest.mark.django_db
VIEWS = f"{LIST}ansichten/"


def keep(by, name="Meine", query="state=new", sharing="me", **more):
    return saved_views.save(name=name, query=query, sharing=sharing, by=by, **more)


def client_for(person):
    client = HouseClient()
    client.force_login(person)
    return client


def names(person):
    return [view.name for view in saved_views.visible(person)]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("state=new&q=Fest", "q=Fest&state=new"),
        ("state=new&state=closed&o=-due", "o=-due&state=new&state=closed"),
        ("after=7&before=3&p=2&e=1&all=1&_popup=1&from=x", ""),
        ("password__startswith=a&contact_email=x", ""),
        ("q=&state=", ""),
        ("person__id__exact=me&overdue=1", "overdue=1&person__id__exact=me"),
        ("q=a%26b", "q=a%26b"),
    ],
)
def test_a_view_keeps_what_the_list_understands_and_nothing_else(sent, expected):
    assert kept(QueryDict(sent)) == expected


def test_what_is_kept_has_an_end():
    assert len(kept(QueryDict("q=" + "x" * 5000))) < 300
    assert kept(QueryDict("&".join(f"state={number}" for number in range(500)))).count("state=") == 20


def test_a_view_is_saved_marked_and_found_again(desk, coordinator):
    new = CaseFactory(state="new")
    CaseFactory(state="searching")
    page = desk.get(LIST, {"state": "new", "o": "-due"})
    assert "Diese Ansicht merken" in page.content.decode()
    query = page.context["cl"].kept
    assert query == "o=-due&state=new"
    sent = {"query": query, "name": "  Alles   Neue ", "sharing": "all"}
    page = desk.post(f"{VIEWS}merken/", sent, follow=True)
    assert page.redirect_chain == [(f"{LIST}?o=-due&state=new", 302)]
    text = page.content.decode()
    assert "Die Ansicht „Alles Neue“ ist gespeichert." in text
    assert '<a href="?o=-due&amp;state=new" aria-current="page">Alles Neue</a>' in text
    assert "Diese Ansicht merken" not in text  # it is
    assert [case.pk for case in page.context["cl"].result_list] == [new.pk]
    assert SavedView.objects.get().owner == coordinator


def test_a_column_has_another_number_for_who_may_do_less(desk, coordinator):
    """Without the tick boxes of actions the first column is another one; the view means the same."""
    view = keep(coordinator, query="o=-due", sharing="all")
    reader = UserFactory()
    from django.contrib.auth.models import Permission

    reader.user_permissions.add(Permission.objects.get(codename="view_consultationrequest"))
    CaseFactory()
    for client in (desk, client_for(reader)):
        changes = client.get(f"{LIST}?{view.query}").context["cl"]
        assert [changes.list_display[number] for number in changes.get_ordering_field_columns()] == ["due"]
        assert changes.shown_view == view


def test_the_same_name_again_changes_the_view(coordinator):
    view = keep(coordinator, query="state=new")
    keep(coordinator, query="state=closed", sharing="all")
    view.refresh_from_db()
    assert (view.query, view.sharing, SavedView.objects.count()) == ("state=closed", "all", 1)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "  "}, "einen Namen"),
        ({"name": "x" * 61}, "höchstens 60 Zeichen"),
        ({"sharing": "world"}, "wer die Ansicht sehen soll"),
        ({"query": "nonsense=1"}, "nichts zu merken"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(desk, changed, sentence):
    sent = {"query": "state=new", "name": "Neue", "sharing": "me"} | changed
    assert sentence in desk.post(f"{VIEWS}merken/", sent, follow=True).content.decode()
    assert not SavedView.objects.exists()


def test_nobody_has_more_than_a_page_of_views(coordinator, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST", 1)
    keep(coordinator)
    keep(coordinator, query="state=closed")  # changing one is possible
    with pytest.raises(Refused):
        keep(coordinator, name="Andere")


def test_who_sees_a_view_is_what_its_owner_says(coordinator):
    colleague = CoordinatorFactory(organisation=coordinator.organisation)
    stranger, homeless = CoordinatorFactory(), CoordinatorFactory(organisation=None)
    keep(coordinator, "Eigene")
    keep(coordinator, "Unsere", sharing="organisation")
    keep(coordinator, "Aller", sharing="all")
    assert names(coordinator) == ["Eigene", "Unsere", "Aller"]
    assert names(colleague) == ["Unsere", "Aller"]
    assert names(stranger) == names(homeless) == ["Aller"]
    keep(homeless, "Ohne", sharing="organisation")
    assert "Ohne" not in names(CoordinatorFactory(organisation=None))
    coordinator.is_active = False
    coordinator.save()
    assert names(colleague) == []


@pytest.mark.parametrize("do", ["change", "up", "delete"])
def test_nobody_changes_the_view_of_another(coordinator, do):
    view = keep(coordinator, sharing="all")
    sent = {"do": do, "name": "Gekapert", "sharing": "me"}
    assert client_for(CoordinatorFactory()).post(f"{VIEWS}{view.pk}/", sent).status_code == 404
    view.refresh_from_db()
    assert view.name == "Meine"


def test_views_are_for_those_who_see_cases(client):
    client.force_login(UserFactory())
    for address, sent in (
        ("", None),
        ("merken/", {"query": "state=new", "name": "x", "sharing": "me"}),
        ("zuerst/", {"view": ""}),
        ("1/", {"do": "up"}),
    ):
        response = client.get(VIEWS + address) if sent is None else client.post(VIEWS + address, sent)
        assert response.status_code in (302, 403), address
    assert not SavedView.objects.exists()


def test_opening_an_address_changes_nothing(desk, coordinator):
    view = keep(coordinator)
    for address in ("merken/", "zuerst/", f"{view.pk}/"):
        assert desk.get(VIEWS + address).status_code == 405
    assert SavedView.objects.count() == 1


def test_views_are_renamed_shared_put_in_order_and_deleted(desk, coordinator):
    first, second = keep(coordinator, "Eins"), keep(coordinator, "Zwei")
    desk.post(f"{VIEWS}{second.pk}/", {"do": "up"})
    assert names(coordinator) == ["Zwei", "Eins"]
    page = desk.post(f"{VIEWS}{first.pk}/", {"do": "change", "name": "Drei", "sharing": "all"}, follow=True)
    assert page.redirect_chain[-1][0] == VIEWS
    first.refresh_from_db()
    assert (first.name, first.sharing) == ("Drei", "all")
    page = desk.post(f"{VIEWS}{first.pk}/", {"do": "change", "name": "Zwei", "sharing": "all"}, follow=True)
    assert "haben Sie schon" in page.content.decode()
    desk.post(f"{VIEWS}{first.pk}/", {"do": "delete"})
    assert names(coordinator) == ["Zwei"]


def test_the_list_begins_with_the_view_that_was_chosen(desk, coordinator):
    CaseFactory()
    other = keep(CoordinatorFactory(), "Geteilt", query="state=closed", sharing="all")
    assert desk.get(LIST).status_code == 200
    desk.post(f"{VIEWS}zuerst/", {"view": other.pk})
    assert desk.get(LIST)["Location"] == f"{LIST}?state=closed"
    for address in (f"{LIST}?all=1", f"{LIST}?state=new"):  # any other wish comes first
        assert desk.get(address).status_code == 200
    page = desk.get(f"{LIST}?state=closed").content.decode()
    assert 'href="?all=1">Alle</a>' in page
    SavedView.objects.filter(pk=other.pk).update(sharing="me")  # no longer shared
    assert desk.get(LIST).status_code == 200
    SavedView.objects.filter(pk=other.pk).update(sharing="all")
    desk.post(f"{VIEWS}zuerst/", {"view": ""})
    assert desk.get(LIST).status_code == 200
    assert desk.post(f"{VIEWS}zuerst/", {"view": "99999"}).status_code == 404


def test_a_new_view_can_be_the_first_at_once(desk, coordinator):
    desk.post(f"{VIEWS}merken/", {"query": "overdue=1", "name": "Spät", "sharing": "me", "first": "1"})
    assert desk.get(LIST)["Location"] == f"{LIST}?overdue=1"
    SavedView.objects.all().delete()
    assert desk.get(LIST).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_of_views_asks_as_often_for_one_as_for_three(desk, coordinator, number, django_assert_num_queries):
    desk.get(VIEWS)
    for count in range(number):
        keep(coordinator, f"Eigene {count}")
        keep(CoordinatorFactory(), "Geteilt <b>", sharing="all")
    with django_assert_num_queries(6):
        page = desk.get(VIEWS).content.decode()
    assert "Geteilt &lt;b&gt;" in page and "Eigene Ansichten" in page


def test_without_views_the_page_says_how_to_make_one(desk):
    assert "Diese Ansicht merken" in desk.get(VIEWS).content.decode()
