"""The public texts: every page in both languages, from the database or from the files that we ship."""

import pytest
from django.conf import settings
from django.core.management import call_command

from miglobe.pages import editing, markup
from miglobe.pages.models import Page, PageVersion, Portal
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

ADDRESSES = {
    "start": "/",
    "ablauf": "/ablauf/",
    "fragen": "/fragen/",
    "ueber-uns": "/ueber-uns/",
    "fuer-beratende": "/fuer-beratende/",
    "impressum": "/impressum/",
    "datenschutz": "/datenschutz/",
    "barrierefreiheit": "/barrierefreiheit/",
    "leichte-sprache": "/leichte-sprache/",
    "gebaerdensprache": "/gebaerdensprache/",
}
EVERY_PAGE = [(slug, language) for slug in ADDRESSES for language, _ in settings.LANGUAGES]


def address(slug, language):
    return ADDRESSES[slug] if language == "de" else f"/{language}{ADDRESSES[slug]}"


def shown(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_every_slug_has_an_address():
    assert set(ADDRESSES) == set(Page.Slug.values)


@pytest.mark.parametrize(("slug", "language"), EVERY_PAGE)
def test_every_page_answers_with_the_text_that_we_ship(client, slug, language):
    page = shown(client, address(slug, language))
    words = editing.shipped(slug, language)
    assert f'<html lang="{language}">' in page
    assert page.count("<h1") == 1
    assert f">{words.title}</h1>" in page


@pytest.mark.parametrize(("slug", "language"), EVERY_PAGE)
def test_every_text_that_we_ship_fits_its_page(slug, language):
    words = editing.shipped(slug, language)
    page = Page(slug=slug, language=language, **words._asdict())
    page.full_clean(validate_unique=False, validate_constraints=False)
    assert markup.unknown_placeholders(words.body) == []
    assert 20 < len(words.description) <= 200


@pytest.mark.parametrize(("slug", "language"), EVERY_PAGE)
def test_a_page_costs_the_same_few_queries_whatever_it_shows(client, django_assert_num_queries, slug, language):
    call_command("load_data")
    queries = {"ueber-uns": 4, "datenschutz": 3, "start": 4}.get(slug, 2)  # partners, profiles; topics, requests
    for organisations in (1, 3):
        for _ in range(organisations):
            OrganisationFactory(description="Hilft.")
        with django_assert_num_queries(queries):
            client.get(address(slug, language))


def test_what_a_person_saved_is_what_the_page_shows(client):
    editing.load()
    page = Page.objects.get(slug="fragen", language="de")
    seen = page.versions.first().pk
    editing.save(page, title="Neue Fragen", description="Neu.", body="*Betont*", seen=seen, by=UserFactory())
    words = shown(client, "/fragen/")
    assert "Neue Fragen" in words
    assert "<em>Betont</em>" in words
    assert "Neue Fragen" not in shown(client, "/en/fragen/")


# --- Loading ------------------------------------------------------------------------------------


def test_loading_twice_adds_nothing():
    editing.load()
    assert PageVersion.objects.count() == Page.objects.count() == len(EVERY_PAGE)
    editing.load()
    assert PageVersion.objects.count() == len(EVERY_PAGE)


def test_a_page_follows_its_file_until_a_person_has_saved_it(monkeypatch):
    editing.load()
    page, other = Page.objects.get(slug="fragen", language="de"), Page.objects.get(slug="ablauf", language="de")
    editing.save(page, title="A", description="B", body="C", seen=page.versions.first().pk, by=UserFactory())
    monkeypatch.setattr(editing, "shipped", lambda *_: editing.Words("Neu", "Neue Datei.", "Text"))
    editing.load()
    page.refresh_from_db()
    other.refresh_from_db()
    assert (page.title, page.versions.count()) == ("A", 2)
    assert (other.title, other.versions.count()) == ("Neu", 2)


# --- Saving -------------------------------------------------------------------------------------


def test_every_change_is_a_version_and_saving_the_same_is_none():
    editing.load()
    page, person = Page.objects.get(slug="fragen", language="de"), UserFactory()
    first = page.versions.first()
    editing.save(page, title="Eins", description="", body="Text", seen=first.pk, by=person)
    editing.save(page, title="Eins", description="", body="Text", seen=first.pk, by=person)
    newest = page.versions.first()
    assert page.versions.count() == 2
    assert (newest.title, newest.by) == ("Eins", person)

    page = editing.restore(first, by=person)
    assert page.title == first.title
    assert page.versions.count() == 3


def test_nobody_saves_over_a_version_that_they_have_not_seen():
    editing.load()
    page, person = Page.objects.get(slug="fragen", language="de"), UserFactory()
    seen = page.versions.first().pk
    editing.save(page, title="Eins", description="", body="Text", seen=seen, by=person)
    with pytest.raises(editing.Conflict) as conflict:
        editing.save(page, title="Zwei", description="", body="Text", seen=seen, by=UserFactory())
    page.refresh_from_db()
    assert page.title == "Eins"
    assert conflict.value.newer.by == person


# --- What the portal says of itself -------------------------------------------------------------------


def test_the_imprint_shows_what_the_operator_has_filled_in(client):
    Portal.objects.create(
        operator="Träger gGmbH",
        address="Weg 1\n53113 Bonn",
        represented_by="Ida Muster",
        contact_email="post@example.org",
        register_entry="HRB 1",
        vat_id="DE000000000",
        responsible_for_content="Otto Muster",
        imprint="Noch ein Absatz.",
    )
    page = shown(client, "/impressum/")
    for words in ("Träger gGmbH", "Weg 1<br>53113 Bonn", "Ida Muster", "post@example.org", "HRB 1", "DE000000000"):
        assert words in page
    for words in ("Otto Muster", "Noch ein Absatz.", "© GeoBasis-DE / BKG 2017"):
        assert words in page


def test_about_shows_every_partner_in_the_language_of_the_page(client):
    OrganisationFactory(
        name="Erste",
        website="https://erste.example.org",
        description="Hilft.",
        description_en="Helps.",
        address="Weg 2",
    )
    OrganisationFactory(name="Zweite", description="Berät.")
    german, english = shown(client, "/ueber-uns/"), shown(client, "/en/ueber-uns/")
    assert "Hilft." in german and "Helps." not in german
    assert "Helps." in english and "Hilft." not in english
    assert "Berät." in english
    for words in ("Erste", "Zweite", "Weg 2", 'href="https://erste.example.org"'):
        assert words in german


def test_privacy_names_the_joint_controllers_and_the_deadlines_of_the_settings(client, settings):
    settings.DRAFT_DAYS = 23
    OrganisationFactory(name="Erste")
    Portal.objects.create(privacy_officer="Ida Muster", supervisory_authority="Behörde\nMusterallee 5")
    page = shown(client, "/datenschutz/")
    for words in ("Erste", "Artikel 26", "23 Tagen", "Ida Muster", "Behörde<br>Musterallee 5"):
        assert words in page


@pytest.mark.parametrize(
    ("body", "says", "says_not"),
    [
        ("", "21 Tagen", "BGG"),
        ("bund", "Schlichtungsstelle nach § 16", "Ombudsstelle für"),
        ("nrw", "Ombudsstelle für", "Schlichtungsstelle BGG"),
    ],
)
def test_the_accessibility_statement_names_the_body_that_the_operator_chose(client, body, says, says_not):
    Portal.objects.create(enforcement_body=body, accessibility_checked_on="2026-11-02", accessibility_answer_days=21)
    page = shown(client, "/barrierefreiheit/")
    assert says in page
    assert says_not not in page
    assert "2. November 2026" in page
    assert "21 Tagen" in page


def test_sign_language_is_linked_and_never_embedded(client):
    assert "/gebaerdensprache/" not in shown(client, "/")
    Portal.objects.create(sign_language_url="https://video.example.org/dgs")
    assert 'href="/gebaerdensprache/"' in shown(client, "/")
    page = shown(client, "/gebaerdensprache/")
    assert '<a class="kern-link" href="https://video.example.org/dgs"' in page
    assert "<iframe" not in page and "<video" not in page


# --- Finding one's way ----------------------------------------------------------------------------


def test_the_navigation_says_where_one_is(client):
    assert '<a class="portal-nav__link" href="/fragen/" aria-current="page">' in shown(client, "/fragen/")
    assert shown(client, "/ablauf/").count("aria-current") == 1
    assert shown(client, "/leichte-sprache/").count("aria-current") == 1
