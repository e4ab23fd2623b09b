"""The desk speaks German: Django's words are all translated, and no page of it shows an English one."""

import re
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

import allauth
import django
import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.urls import reverse
from django.utils import timezone, translation

from advisors.models import Advisor, AdvisorAccess, Candidacy, Consent, ConsentText, DeclineReason, Round
from miglobe.accounts.models import Organisation, User
from miglobe.outbox.models import Delivery, Mail, MailText
from miglobe.pages import editing, reports
from miglobe.pages.models import AccessibilityReport, Page, Portal
from miglobe.privacy import holds, retention
from miglobe.privacy.models import LegalHold, RetentionRun
from requests import bulk
from requests.models import (
    BulkRun,
    ConsultationRequest,
    Format,
    Language,
    Municipality,
    Reason,
    Region,
    State,
    TextBlock,
    Topic,
)
from tests import factories

DJANGO = Path(django.__file__).parent
ALLAUTH = Path(allauth.__file__).parent
OURS = Path(settings.BASE_DIR) / "locale"
PARTS = ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/sessions")
DOMAINS = ("django", "djangojs")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdr]|\{\w*\}")


def messages(folder, language, domain):
    """Every message of a catalogue by context and (singular) msgid."""
    path = folder / language / "LC_MESSAGES" / f"{domain}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file)
    return {(message.context, _first(message.id)): message for message in catalogue if message.id}


def _first(text):
    return text if isinstance(text, str) else text[0]


def _all(text):
    return [text] if isinstance(text, str) else list(text)


def is_translated(message):
    return message is not None and not message.fuzzy and all(_all(message.string))


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_message_of_django_has_a_german_one(domain):
    ours = messages(OURS, "de", domain)
    missing = []
    for part in PARTS:
        german = messages(DJANGO / part / "locale", "de", domain)
        english = messages(DJANGO / part / "locale", "en", domain)
        missing += [key for key in english if not is_translated(ours.get(key)) and not is_translated(german.get(key))]
    assert missing == []


def said_by_allauth():
    """What its Python says in the parts that we use; the templates are all ours."""
    parts = ("account/", "mfa/", "core/")
    english = messages(ALLAUTH / "locale", "en", "django")
    return {
        key
        for key, message in english.items()
        if any(place.startswith(parts) and place.endswith(".py") for place, _ in message.locations)
    }


def test_every_message_of_allauth_has_a_german_one():
    ours = messages(OURS, "de", "django")
    assert len(said_by_allauth()) > 60
    assert [key for key in said_by_allauth() if not is_translated(ours.get(key))] == []


def test_allauths_own_templates_and_catalogue_are_not_in_use():
    """They say "du", and their pages have inline scripts: a page that we forgot must fail, not look foreign."""
    assert "allauth" not in settings.INSTALLED_APPS


@pytest.mark.parametrize("domain", DOMAINS)
def test_our_catalogue_translates_only_what_somebody_says(domain):
    """After an update of Django or allauth, a line that nothing asks for any more is found here."""
    known = said_by_allauth() if domain == "django" else set()
    known = known.union(*(messages(DJANGO / part / "locale", "en", domain) for part in PARTS))
    assert [key for key in messages(OURS, "de", domain) if key not in known] == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_our_translations_keep_the_placeholders(domain):
    for message in messages(OURS, "de", domain).values():
        expected = set(PLACEHOLDER.findall(_all(message.id)[-1]))
        for text in _all(message.string):
            assert set(PLACEHOLDER.findall(text)) == expected, text


@pytest.mark.parametrize("domain", DOMAINS)
def test_our_translations_are_formal_and_mean_everybody(domain):
    unwanted = re.compile(r"\b(du|dein\w*|dich|dir|euch|Benutzer|Nutzer|Administrator|Mitarbeiter)\b", re.IGNORECASE)
    for message in messages(OURS, "de", domain).values():
        for text in _all(message.string):
            assert not unwanted.search(text), text


def test_the_catalogues_are_compiled_and_win_over_djangos():
    """`make translations` compiles them."""
    with translation.override("de"):
        assert translation.gettext("Run") == "Ausführen"
        assert translation.gettext("Home") == "Übersicht"
        assert translation.ngettext("Please correct the error below.", "Please correct the errors below.", 2) == (
            "Bitte prüfen Sie die markierten Angaben."
        )


# --- The pages ---------------------------------------------------------------------------------------

ENGLISH = re.compile(
    r"\b(the|and|or|of|with|without|you|your|please|this|that|is|are|not|no|yes|all|any|none|from|by"
    r"|add|added|change|changed|changes|delete|deleted|save|saved|search|view|history|home|select|selected|run|go"
    r"|filter by|today|now|yesterday|tomorrow|welcome|toggle|theme|skip|page|pages|error|errors|required|optional"
    r"|user|users|password|group|groups|permission|permissions|log|logged|login|logout|site|administration"
    r"|action|actions|object|objects|entry|entries|result|results|show|hide|clear|choose|remove|close|cancel"
    r"|date|time|first|last|next|previous|empty|unknown|default|example|january|march|may|june|july|october|december"
    r"|monday|sunday|hour|hours|day|days|week|weeks|month|months|year|years|ago)\b",
    re.IGNORECASE,
)
READ_ALOUD = ("alt", "aria-label", "title", "placeholder", "aria-description", "summary", "label")


class Reader(HTMLParser):
    """Gathers what people see or hear, except in parts that are marked as another language or as data."""

    SILENT = ("script", "style", "svg", "template")
    VOID = ("meta", "link", "input", "img", "br", "hr", "use", "path")

    def __init__(self):
        super().__init__()
        self.open: list[tuple[str, bool]] = []  # tag, whether it silences what it holds
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        silent = tag in self.SILENT or (given.get("lang") or "de") != "de"
        if tag not in self.VOID:
            self.open.append((tag, silent))
        if silent or self._is_silent():
            return
        self.words += [given[name] or "" for name in READ_ALOUD if name in given]
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            self.words.append(given.get("value") or "")

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not self._is_silent():
            self.words.append(data)

    def _is_silent(self):
        return any(silent for _, silent in self.open)


def english_in(page):
    reader = Reader()
    reader.feed(page)
    found = []
    for words in reader.words:
        plain = re.sub(r"\S+@\S+", "", words)  # addresses are data
        found += [f"{hit[0]!r} in {plain.strip()[:80]!r}" for hit in ENGLISH.finditer(plain)]
    return found


def test_the_reader_finds_english_where_it_is_seen_or_heard():
    assert english_in("<p>Bitte warten</p>") == []
    assert english_in("<p>Please wait</p>")
    assert english_in('<img alt="Search">')
    assert english_in('<input type="submit" value="Run">')
    assert english_in('<p lang="en">Please wait</p><input value="Run">') == []


def rows():
    """One row of everything the desk shows."""
    case = factories.CaseFactory(state=State.NEW)
    return {
        ConsultationRequest: case,
        Advisor: factories.AdvisorFactory(),
        Candidacy: factories.CandidacyFactory(),
        Round: factories.RoundFactory(),
        ConsentText: factories.consent_text("matching"),
        AdvisorAccess: AdvisorAccess.objects.create(
            by=factories.UserFactory(), advisor=factories.AdvisorFactory(), page="record"
        ),
        Consent: factories.ConsentFactory(advisor=factories.AdvisorFactory(consents=())),
        LegalHold: holds.place(case, reason="Prüfung", by=factories.UserFactory()),
        RetentionRun: retention.run(timezone.now()),
        Mail: Mail.objects.create(template="requests/received", to="p@stadt.example", subject="Betreff", text="Text"),
        MailText: MailText.objects.create(template="requests/received", language="de", shipped=True),
        TextBlock: TextBlock.objects.create(name="Rückruf", text="Rufen Sie uns gern an."),
        Delivery: Delivery.objects.latest("pk"),
        Topic: case.topics.first(),
        Format: factories.FormatFactory(),
        Language: factories.LanguageFactory(),
        Region: factories.RegionFactory(),
        Reason: factories.ReasonFactory(),
        DeclineReason: factories.DeclineReasonFactory(),
        Municipality: case.municipality,
        Organisation: factories.OrganisationFactory(),
        User: factories.UserFactory(last_name="Änderung"),
        Portal: Portal.objects.create(pk=1, operator="Land"),
        Page: _page(),
        AccessibilityReport: reports.file(uuid4(), barrier="Kontrast", page="/", email=""),
        BulkRun: bulk.choose(ConsultationRequest.objects.all(), move="close", by=factories.CoordinatorFactory()),
    }


def _page():
    editing.load()
    return Page.objects.get(slug="fragen", language="de")


def addresses(shown):
    yield reverse("admin:index")
    for model, row in shown.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse("admin:app_list", args=[model._meta.app_label])
        yield reverse(f"{name}_changelist")
        yield f"{reverse(f'{name}_changelist')}?q=gibt-es-nicht"
        yield f"{reverse(f'{name}_changelist')}?o=1"
        yield reverse(f"{name}_add")
        for view in ("change", "history", "delete"):
            yield reverse(f"{name}_{view}", args=[row.pk])
    for view in ("invite", "take_factor_away"):
        yield reverse(f"admin:accounts_user_{view}", args=[shown[User].pk])
    for state in State.values:
        if state not in ("draft", "unconfirmed"):
            case = factories.CaseFactory(state=state)
            factories.OfferFactory(consultation=case, state="declined")
            yield reverse("admin:requests_consultationrequest_change", args=[case.pk])
    yield reverse("admin:pages_page_version", args=[shown[Page].pk, shown[Page].versions.first().pk])
    yield "/admin/gibt-es-nicht/"


def test_every_model_of_the_desk_is_walked(db):
    assert set(rows()) == set(admin.site._registry)


@pytest.mark.django_db
@pytest.mark.parametrize("everything", [False, True], ids=["coordinator", "superuser"])
def test_no_page_of_the_desk_speaks_english(client, everything):
    person = factories.CoordinatorFactory(is_superuser=everything)
    client.force_login(person)
    shown = rows()
    for row in shown.values():
        changed = [{"changed": {"fields": ["Name"]}}]
        LogEntry.objects.log_actions(person.pk, [row], CHANGE, changed)
    complaints, seen = [], set()
    for address in addresses(shown):
        response = client.get(address)
        assert response.status_code in (200, 302, 403, 404), address
        seen.add(response.status_code)
        complaints += [f"{address}: {hit}" for hit in english_in(response.content.decode())]
    assert not complaints, "\n".join(complaints)
    assert {200, 404} <= seen


@pytest.mark.django_db
def test_forms_with_errors_and_the_ways_out_speak_german(client):
    client.force_login(factories.CoordinatorFactory(is_superuser=True))
    pages = [
        client.post(reverse("admin:accounts_user_add"), {"email": "keine"}),
        client.post(reverse("admin:advisors_advisor_add"), {"travel_km": "viel"}),
        client.post(reverse("admin:requests_topic_add"), {}),
        client.post(reverse("admin:requests_topic_add"), {"name": "Neu", "position": "0"}, follow=True),
        client.post(reverse("admin:requests_topic_changelist"), {"action": "", "index": "0"}, follow=True),
        client.post(reverse("admin:logout")),
    ]
    assert [(page.request["PATH_INFO"], hit) for page in pages for hit in english_in(page.content.decode())] == []


@pytest.mark.django_db
def test_the_date_picker_speaks_german(client):
    client.force_login(factories.CoordinatorFactory())
    script = client.get(reverse("admin:jsi18n")).content.decode()
    assert '"Today (%(date)s)": "Heute (%(date)s)"' in script
    assert "Bitte geben Sie Uhrzeiten der Zeitzone" in script
