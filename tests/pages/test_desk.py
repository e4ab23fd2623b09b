"""Editing the public texts at the desk."""

import pytest
from django.contrib.auth.models import Permission
from django.core.checks import Tags, run_checks
from django.urls import reverse

from miglobe.pages import duties, editing
from miglobe.pages.models import Page, PageVersion, Portal
from tests.conftest import HouseClient
from tests.factories import CoordinatorFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    editing.load()
    return Page.objects.get(slug="fragen", language="de")


def change(page):
    return reverse("admin:pages_page_change", args=[page.pk])


def preview(page):
    return reverse("admin:pages_page_preview", args=[page.pk])


def version(version):
    return reverse("admin:pages_page_version", args=[version.page_id, version.pk])


def typed(page, **changes):
    seen = page.versions.first().pk
    return {"title": "Fragen", "description": "Neue Antworten.", "body": "Neu\r\n\r\nText", "seen": seen} | changes


def test_saving_writes_the_page_and_a_version_with_who_and_when(desk, coordinator, page):
    response = desk.post(change(page), typed(page), follow=True)
    page.refresh_from_db()
    newest = page.versions.first()
    assert (page.title, page.body) == ("Fragen", "Neu\n\nText")
    assert (newest.body, newest.by) == ("Neu\n\nText", coordinator)
    shown = desk.get(change(page)).content.decode()
    assert str(coordinator) in shown
    assert "mit dem Portal gekommen" in shown
    assert response.status_code == 200


def test_the_form_explains_the_syntax_and_every_placeholder(desk, page):
    shown = desk.get(change(page)).content.decode()
    assert "## Überschrift" in shown
    assert "{{ first_contact_workdays }}" in shown


def test_an_unknown_placeholder_is_named_beside_the_field(desk, page):
    before = page.title
    shown = desk.post(change(page), typed(page, body="Hallo {{ lnad }}")).content.decode()
    assert "Diesen Platzhalter gibt es nicht: „lnad“. Es gibt: land, " in shown
    page.refresh_from_db()
    assert page.title == before


def test_who_saves_over_a_newer_version_is_asked_and_sees_both_texts(desk, page):
    late = typed(page, body="Mein langer Text")
    other = UserFactory(first_name="Ada", last_name="Andere")
    editing.save(page, title="Anders", description="X.", body="Ihr Text", seen=late["seen"], by=other)

    refused = desk.post(change(page), late)
    shown = refused.content.decode()
    for words in ("Inzwischen ist eine andere Fassung", "Ada Andere", "Ihr Text", "Mein langer Text"):
        assert words in shown
    page.refresh_from_db()
    assert page.body == "Ihr Text"

    newest = page.versions.first().pk
    assert f'name="seen" value="{newest}"' in shown
    desk.post(change(page), late | {"seen": newest})
    page.refresh_from_db()
    assert page.body == "Mein langer Text"


def test_the_preview_shows_the_typed_text_in_the_public_layout_and_saves_nothing(desk, page):
    before = (page.body, PageVersion.objects.count())
    response = desk.post(preview(page), typed(page, body="**Neu** <script>alert(1)</script> {{ land }}"))
    shown = response.content.decode()
    assert "<strong>Neu</strong>" in shown
    assert "Nordrhein-Westfalen" in shown
    assert "<script>alert" not in shown
    assert "Vorschau" in shown and 'class="portal-main' in shown and "noindex" in shown
    page.refresh_from_db()
    assert (page.body, PageVersion.objects.count()) == before
    assert desk.get(preview(page)).status_code == 405


def test_the_preview_speaks_the_language_of_the_page(desk, page):
    english = Page.objects.get(slug="fragen", language="en")
    assert '<html lang="en">' in desk.post(preview(english), typed(english)).content.decode()


def test_every_page_has_a_preview(desk, page):
    for each in Page.objects.all():
        shown = desk.post(preview(each), {"title": each.title, "description": "", "body": each.body})
        assert shown.status_code == 200
        assert each.title in shown.content.decode()


def test_an_old_version_can_be_read_and_restored(desk, coordinator, page):
    first = page.versions.first()
    editing.save(page, title="Neu", description="", body="Neu", seen=first.pk, by=coordinator)
    shown = desk.get(version(first)).content.decode()
    assert first.title in shown
    assert "Diese Fassung wiederherstellen" in shown
    page.refresh_from_db()
    assert page.title == "Neu"

    desk.post(version(first))
    page.refresh_from_db()
    assert page.title == first.title
    assert page.versions.count() == 3
    assert page.versions.first().by == coordinator
    assert "Diese Fassung wiederherstellen" not in desk.get(version(page.versions.first())).content.decode()


def test_a_version_belongs_to_its_page(desk, page):
    other = Page.objects.exclude(pk=page.pk).first()
    address = reverse("admin:pages_page_version", args=[other.pk, page.versions.first().pk])
    assert desk.get(address).status_code == 404


def test_pages_are_neither_added_nor_deleted(client, page):
    client.force_login(CoordinatorFactory(is_superuser=True))
    assert client.get(reverse("admin:pages_page_add")).status_code == 403
    assert client.post(reverse("admin:pages_page_delete", args=[page.pk]), {"post": "yes"}).status_code == 403


def test_who_may_not_change_a_page_is_refused(page):
    viewer, plain = UserFactory(), UserFactory()
    viewer.user_permissions.set(Permission.objects.filter(codename="view_page"))
    for person, may_read in ((viewer, 200), (plain, 403)):
        browser = HouseClient()
        browser.force_login(person)
        assert browser.get(change(page)).status_code == may_read
        assert browser.get(version(page.versions.first())).status_code == may_read
        assert browser.post(change(page), typed(page)).status_code == 403
        assert browser.post(preview(page), typed(page)).status_code == 403
        assert browser.post(version(page.versions.first())).status_code == 403
    assert page.versions.count() == 1


def test_the_list_of_pages_costs_the_same_however_many_versions_there_are(
    desk, page, coordinator, django_assert_max_num_queries
):
    for body in ("a", "b", "c"):
        with django_assert_max_num_queries(8):
            assert desk.get(reverse("admin:pages_page_changelist")).status_code == 200
        editing.save(page, title="T", description="", body=body, seen=page.versions.first().pk, by=coordinator)


# --- Duties ------------------------------------------------------------------------------------------

COMPLETE = {
    "operator": "Träger",
    "address": "Weg 1",
    "represented_by": "Ida Muster",
    "contact_email": "post@example.org",
    "contact_phone": "0228 5550",
    "privacy_officer": "Otto Muster",
    "supervisory_authority": "Behörde",
    "accessibility_checked_on": "2026-11-02",
    "accessibility_method": "Selbstbewertung",
    "enforcement_body": "nrw",
}


def test_nothing_is_missing_when_everything_is_filled_in():
    Portal.objects.create(**COMPLETE)
    OrganisationFactory(address="Weg 2")
    assert duties.missing(Portal.current()) == []


@pytest.mark.parametrize("field", COMPLETE)
def test_every_empty_duty_is_named_once(field):
    empty = None if field == "accessibility_checked_on" else ""
    Portal.objects.create(**COMPLETE | {field: empty})
    OrganisationFactory(address="Weg 2")
    (duty,) = duties.missing(Portal.current())
    assert duty.sentence.endswith(".")
    assert duties.address(duty, Portal.current()) == "/admin/pages/portal/1/change/"


def test_partners_must_be_named_with_their_address():
    Portal.objects.create(**COMPLETE)
    assert ["gemeinsam Verantwortlichen" in duty.sentence for duty in duties.missing(Portal.current())] == [True]
    OrganisationFactory(short_name="EINS")
    (duty,) = duties.missing(Portal.current())
    assert "Anschrift von EINS" in duty.sentence
    assert duties.address(duty, Portal.current()) == "/admin/accounts/organisation/"


def test_the_check_warns_of_what_is_missing_only_when_it_may_ask_the_database():
    found = run_checks(tags=[Tags.database], databases=["default"])
    assert [warning.id for warning in found if "fehlt der Betreiber" in warning.msg] == ["pages.W001"]
    assert not [warning for warning in run_checks() if warning.id == "pages.W001"]


def test_the_start_page_of_the_desk_says_what_is_missing_to_those_who_can_mend_it(desk, client):
    shown = desk.get(reverse("admin:index")).content.decode()
    assert "Im Impressum fehlt der Betreiber" in shown
    assert 'href="/admin/pages/portal/add/"' in shown
    client.force_login(UserFactory())
    assert "Im Impressum fehlt" not in client.get(reverse("admin:index")).content.decode()
    Portal.objects.create(**COMPLETE)
    for organisation in OrganisationFactory._meta.model.objects.all():
        organisation.address = "Weg 2"
        organisation.save()
    assert "Auf den öffentlichen Seiten fehlt" not in desk.get(reverse("admin:index")).content.decode()
