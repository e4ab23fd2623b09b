"""Who gets where at the desk: every role and every address, button and link of it. See docs/adr/0014-roles.md.

A new address fails here until it stands in one of the tables below. That is the question it asks: who may open it?
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.template.response import SimpleTemplateResponse
from django.test import override_settings
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

from advisors.admin import OF_APPOINTMENT, OF_CANDIDACY, OF_CONSENT, OF_REPORT, RESULTS
from advisors.models import Purpose
from miglobe.desk import roles
from miglobe.outbox.models import Mail, MailText
from miglobe.pages import editing, reports
from miglobe.pages.models import Page, Portal
from miglobe.privacy import holds
from miglobe.privacy.models import RetentionRun
from requests import attachments, notes
from requests import desk as buttons
from requests.models import BulkRun, Municipality, State, TextBlock
from tests.conftest import HouseClient
from tests.factories import (
    AdvisorFactory,
    AppointmentFactory,
    CandidacyFactory,
    CaseFactory,
    DateProposalFactory,
    DeclineReasonFactory,
    FormatFactory,
    LanguageFactory,
    OfferFactory,
    OrganisationFactory,
    ReasonFactory,
    RegionFactory,
    RoundFactory,
    TopicFactory,
    UserFactory,
    consent_text,
)
from tests.login import signs_in

pytestmark = pytest.mark.django_db

OURS = "coordination of the organisation that is responsible"
THEIRS = "coordination of another one"
LEAD, FIGURES, TECHNICAL, SUPERUSER = "lead", "figures", "technical", "superuser"
NO_ROLE, NO_DESK, SWITCHED_OFF, NOBODY = "no role", "no access to the desk", "switched off", "nobody"
PEOPLE = (OURS, THEIRS, LEAD, FIGURES, TECHNICAL, SUPERUSER, NO_ROLE, NO_DESK, SWITCHED_OFF, NOBODY)

NONE = frozenset[str]()
ANYBODY = frozenset({OURS, THEIRS, LEAD, FIGURES, TECHNICAL, SUPERUSER, NO_ROLE})  # who works at the desk
READS_CASES = frozenset({OURS, THEIRS, LEAD, SUPERUSER})
ACTS = frozenset({OURS, LEAD, SUPERUSER})  # on the case of the test, which is of the organisation OURS
KEEPS_ACCOUNTS = frozenset({LEAD, TECHNICAL, SUPERUSER})
KEEPS_PAGES = READS_CASES | {TECHNICAL}
LEADS = frozenset({LEAD, SUPERUSER})
SHIELDED = (FIGURES, TECHNICAL, NO_ROLE)  # at the desk, and nothing of advisors and cases reaches them


@dataclass(frozen=True)
class Rights:
    """To a model's own pages."""

    lists: frozenset[str]
    adds: frozenset[str] = NONE
    changes: frozenset[str] = NONE
    views: frozenset[str] | None = None  # one row; as `lists` if nothing else is said


TERMS = Rights(READS_CASES, READS_CASES, READS_CASES)

MODELS = {
    "requests_consultationrequest": Rights(READS_CASES, changes=ACTS),
    "requests_bulkrun": Rights(READS_CASES, views=frozenset({OURS}), changes=frozenset({OURS})),  # one's own
    "requests_topic": TERMS,
    "requests_format": TERMS,
    "requests_language": TERMS,
    "requests_region": TERMS,
    "requests_reason": TERMS,
    "requests_municipality": Rights(READS_CASES, changes=READS_CASES),
    "advisors_declinereason": TERMS,
    "advisors_advisor": Rights(READS_CASES, READS_CASES, READS_CASES),
    "advisors_advisoraccess": Rights(LEADS),
    "advisors_candidacy": Rights(READS_CASES, READS_CASES, READS_CASES),
    "advisors_round": Rights(READS_CASES, READS_CASES),
    "advisors_consenttext": Rights(READS_CASES, LEADS),
    "advisors_consent": Rights(LEADS),
    "privacy_legalhold": Rights(LEADS, LEADS),
    "privacy_retentionrun": Rights(KEEPS_ACCOUNTS),
    "requests_textblock": TERMS,
    "outbox_mail": Rights(READS_CASES),
    "outbox_mailtext": Rights(READS_CASES, changes=READS_CASES),
    "outbox_delivery": Rights(KEEPS_ACCOUNTS, views=NONE),
    "accounts_user": Rights(KEEPS_ACCOUNTS, KEEPS_ACCOUNTS, KEEPS_ACCOUNTS),
    "accounts_organisation": Rights(KEEPS_PAGES, LEADS, READS_CASES),
    "pages_portal": Rights(KEEPS_PAGES, changes=KEEPS_PAGES),
    "pages_page": Rights(KEEPS_PAGES, changes=KEEPS_PAGES),
    "pages_accessibilityreport": Rights(READS_CASES, changes=READS_CASES),
}
READING = frozenset({"file", "pdf", "looking", "duplicates", "compare"})  # of a case: for all who see it
NOTING = frozenset({"note", "take_back"})  # for all who act on cases at all
OTHERS = {
    "index": ANYBODY,
    "password_change": ANYBODY,
    "password_change_done": ANYBODY,
    "jsi18n": ANYBODY,
    "view_on_site": ANYBODY,  # leads nowhere: nothing of the desk has a public page
    "autocomplete": NONE,  # no field asks for it
    "figures": READS_CASES | {FIGURES, TECHNICAL},
    "figures_csv": READS_CASES | {FIGURES, TECHNICAL},
    "fees": READS_CASES,
    "fees_file": READS_CASES,
    "advisors_advisor_activity": READS_CASES,
    "fairness": READS_CASES,
    "fairness_file": READS_CASES,
    "weights": READS_CASES,
    "save_weights": LEADS,
    "jobs": KEEPS_ACCOUNTS,
    "privacy_retentionrun_preview": KEEPS_ACCOUNTS,
    "privacy_legalhold_end": LEADS,
    **dict.fromkeys(("rights", "rights_person", "rights_file", "rights_erase", "rights_decline"), LEADS),
    "requests_consultationrequest_export": READS_CASES,
    "requests_bulkrun_again": frozenset({OURS}),
    "advisors_candidacy_move": READS_CASES,
    "advisors_round_again": READS_CASES,
    "advisors_round_note": ACTS,
    "advisors_advisor_consent": READS_CASES,
    **{
        f"requests_consultationrequest_{name}": READS_CASES
        for name in ("views", "save_view", "begin_with", "change_view", "record", "recording")
    },
    **{f"outbox_mail_{name}": ACTS for name in ("hold", "send", "resend", "edit", "discard", "address")},
    "outbox_mail_test": READS_CASES | {TECHNICAL},
    **{f"outbox_mailtext_{name}": READS_CASES for name in ("text", "reset", "version")},
    "accounts_user_invite": KEEPS_ACCOUNTS,
    "accounts_user_take_factor_away": KEEPS_ACCOUNTS,
    "pages_page_preview": KEEPS_PAGES,
    "pages_page_version": KEEPS_PAGES,
}
BUTTONS = {
    "requests_consultationrequest_move": buttons.BUTTONS,
    "requests_consultationrequest_appointment": OF_APPOINTMENT,
    "requests_consultationrequest_result": RESULTS,
    "advisors_candidacy_move": OF_CANDIDACY,
    "advisors_advisor_consent": OF_CONSENT,
    "requests_consultationrequest_report": OF_REPORT,
}
ELSEWHERE = {"login", "logout", "app_list", "None"}  # tested below, or nothing but a way to another address
OF_ONESELF = re.compile(r"account_|mfa_|end_session")  # everybody's own access: tests/accounts


# --- The desk with a row of everything -----------------------------------------------------------------------


SECRETS = ("Amara", "amara", "Gheim", "petra-gheim")  # an advisor, and what a case says


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    """Once: every request of these tests is undone."""
    plain = override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ATTACHMENTS_DIR=tmp_path_factory.getbasetemp() / "attachments",
    )
    with django_db_blocker.unblock(), plain, transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def world(built, db):
    return built


def build():
    """Rows by model, and people by what they are."""
    roles.load()
    editing.load()
    ours, theirs = OrganisationFactory(), OrganisationFactory()

    def person(*names, **given):
        made = UserFactory(**given)
        made.groups.set(Group.objects.filter(name__in=names))
        return made

    people = {
        OURS: person(roles.COORDINATION, organisation=ours),
        THEIRS: person(roles.COORDINATION, organisation=theirs),
        LEAD: person(roles.LEAD, organisation=theirs),
        FIGURES: person(roles.FIGURES, organisation=ours),
        TECHNICAL: person(roles.TECHNICAL, organisation=ours),
        SUPERUSER: person(is_superuser=True),
        NO_ROLE: person(organisation=ours),
        NO_DESK: person(roles.LEAD, is_staff=False),
        SWITCHED_OFF: person(roles.LEAD, is_active=False),
        NOBODY: None,
    }
    case = CaseFactory(
        state=State.SEARCHING,
        organisation=ours,
        person=people[OURS],
        concern="Gheim: das Anliegen",
        contact_name="Petra Gheim",
        contact_email="petra-gheim@stadt.example",
    )
    advisor = AdvisorFactory(name="Amara Muster", email="amara.muster@example.com")
    offer = OfferFactory(consultation=case, advisor=advisor)
    mail = Mail.objects.create(
        template="advisors/offered",
        reference=case.reference,
        to=advisor.email,
        subject="Angebot an Amara Muster",
        text="Guten Tag Amara Muster",
        state="failed",
        error="550 amara.muster unknown",
    )
    Mail.objects.create(
        template="requests/asked", reference=case.reference, to=case.contact_email, subject="Frage", text="Gheim"
    )
    for who in SHIELDED:  # they had another role once
        LogEntry.objects.log_actions(people[who].pk, [advisor, case], CHANGE, [{"changed": {"fields": ["Name"]}}])
    a_round = RoundFactory()
    a_round.places.create(consultation=case, advisor=advisor, planned=True)
    a_round.figures["cases"] = [{"case": case.pk, "places": 1, "score": 0.5, "one_by_one": 0.5}]
    a_round.save()
    file = attachments.add(case, SimpleUploadedFile("Konzept.pdf", b"%PDF-1.7"))
    page = Page.objects.get(slug="fragen", language="de")
    rows = {
        "requests_consultationrequest": case,
        "requests_bulkrun": BulkRun.objects.create(move=BulkRun.EXPORT, by=people[OURS], count=0),
        "requests_topic": TopicFactory(),
        "requests_format": FormatFactory(),
        "requests_language": LanguageFactory(),
        "requests_region": RegionFactory(),
        "requests_reason": ReasonFactory(),
        "requests_municipality": Municipality.objects.first(),
        "advisors_declinereason": DeclineReasonFactory(),
        "advisors_advisor": advisor,
        "advisors_advisoraccess": advisor.accesses.create(by=people[OURS], page="record"),
        "advisors_consent": advisor.consents.first(),
        "privacy_legalhold": holds.place(advisor, reason="Prüfung", by=people[LEAD]),
        "privacy_retentionrun": RetentionRun.objects.create(),
        "advisors_candidacy": CandidacyFactory(name="Amara Bewerberin"),
        "advisors_round": a_round,
        "advisors_consenttext": consent_text(Purpose.MATCHING),
        "outbox_mail": mail,
        "outbox_delivery": mail,
        "outbox_mailtext": MailText.objects.create(
            template="requests/received", language="de", subject="Betreff", body="Text", by=people[OURS]
        ),
        "requests_textblock": TextBlock.objects.create(name="Gruß", text="Guten Tag"),
        "accounts_user": UserFactory(last_name="Neuling"),
        "accounts_organisation": ours,
        "pages_portal": Portal.objects.create(pk=1, operator="Träger"),
        "pages_page": page,
        "pages_accessibilityreport": reports.file(uuid4(), barrier="Kontrast", page="/", email=""),
    }
    values = {
        "case_pk": case.pk,
        "offer_pk": offer.pk,
        "note_pk": notes.write(case, text="Gheim: die Notiz", mentioned=[], by=people[OURS]).pk,
        "file": file.key,
        "appointment_pk": AppointmentFactory(consultation=case).pk,
        "proposal_pk": DateProposalFactory(consultation=case).pk,
        "key": uuid4(),
        "template": "requests/received",
        "language": "de",
        "purpose": "matching",
        "year": 2026,
        "version": page.versions.get().pk,
        "content_type_id": 1,
        "other": CaseFactory(state=State.NEW, organisation=ours, municipality=case.municipality).pk,
    }
    return World(people, rows, values)


@dataclass(frozen=True)
class World:
    people: dict
    rows: dict
    values: dict

    def client(self, who):
        client = HouseClient()
        client.raise_request_exception = False
        if self.people[who]:
            signs_in(client, self.people[who], "password")  # just now: nothing asks for it once more
        return client

    def path(self, name, pattern, /, **given):
        """The address of a view, leading to the rows of the test. Unknown parts belong into `values`."""
        model = model_of(name)
        keys = dict.fromkeys(("pk", "object_id"), self.rows[model].pk if model else 1)
        known = self.values | keys | given
        return reverse(f"admin:{name}", kwargs={key: known[key] for key in pattern.pattern.converters})


def model_of(name):
    return next((model for model in MODELS if name.startswith(f"{model}_")), None)


def addresses(resolver=None, prefix=""):
    """Name and pattern of every address behind the login."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif isinstance(pattern, URLPattern) and getattr(pattern.callback, "login_required", True):
            yield f"{prefix}{pattern.name}", pattern


def of_desk():
    return [
        (name.removeprefix("admin:"), pattern)
        for name, pattern in addresses()
        if name.startswith("admin:") and name.removeprefix("admin:") not in ELSEWHERE
    ]


def who_may(name):
    """Whom the address lets in when it is looked at, and when something is sent to it. Raises LookupError."""
    if name in OTHERS:
        return OTHERS[name], OTHERS[name]
    model = model_of(name)
    if model is None:
        raise LookupError(name)
    rights, page = MODELS[model], name.removeprefix(f"{model}_")
    views = rights.lists if rights.views is None else rights.views
    own = {
        "changelist": (rights.lists, rights.lists),
        "add": (rights.adds, rights.adds),
        "change": (views, rights.changes),
        "history": (views, views),
        "delete": (NONE, NONE),
    }
    if page in own:
        return own[page]
    if model != "requests_consultationrequest":
        raise LookupError(name)
    found = READS_CASES if page in READING | NOTING else ACTS
    return found, found


# --- Every address -------------------------------------------------------------------------------------------


def test_every_address_of_the_desk_has_its_place_in_the_tables():
    unknown = []
    for name, _ in of_desk():
        try:
            who_may(name)
        except LookupError:
            unknown.append(name)
    assert unknown == [], "Wer darf das? Bitte oben einordnen."
    assert set(MODELS) == {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}


def test_behind_the_login_there_is_only_the_desk_and_the_own_access():
    others = [name for name, _ in addresses() if not name.startswith("admin:")]
    assert [name for name in others if not OF_ONESELF.match(name)] == []


LOGIN = ("/admin/login/", "/anmelden/")


def got(response):
    """How an address has answered: let in, or refused in which way."""
    if response.status_code == 302 and urlsplit(response["Location"]).path in LOGIN:
        return "login"
    return response.status_code if response.status_code in (403, 405) else "in"


def expected(who, let_in):
    if who in (NOBODY, SWITCHED_OFF):
        return {"login"}
    if who == NO_DESK:
        return {"login", 403}
    return {"in"} if who in let_in else {403}


def tries(world, name, pattern):
    """The addresses behind a name: a button each, where there are several."""
    if name in BUTTONS:
        return [world.path(name, pattern, name=button) for button in BUTTONS[name]]
    return [world.path(name, pattern)]


@pytest.mark.parametrize("who", PEOPLE)
def test_every_address_lets_in_whom_the_tables_name_and_nobody_else(world, who, unrendered):
    client, wrong = world.client(who), []
    if who not in SHIELDED:
        unrendered()
    for name, pattern in of_desk():
        for address in tries(world, name, pattern):
            answers = []
            for method, let_in in zip(("get", "post"), who_may(name), strict=True):
                with transaction.atomic():
                    response = getattr(client, method)(address)
                    transaction.set_rollback(True)
                answer = got(response)
                answers.append(answer)
                assert response.status_code < 500, (method, address)
                if answer != 405 and answer not in expected(who, let_in) and not is_gone(name, who, response):
                    wrong.append(f"{method} {address}: {answer}")
                if answer == "in" and who in SHIELDED:
                    wrong += [f"{address} says {secret}" for secret in SECRETS if secret in text_of(response)]
                let_go(response)
            if set(answers) == {405}:
                wrong.append(f"{address} takes nothing")
    assert not wrong, f"{who}:\n" + "\n".join(wrong)


@pytest.fixture
def unrendered(monkeypatch):
    """Calling it leaves pages empty from then on: where the status is the answer, words only take time."""
    return lambda: monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")


def is_gone(name, who, response):
    """What belongs to somebody else is not there: as good a refusal as any."""
    return name.startswith("requests_bulkrun_") and who in ANYBODY and response.status_code in (302, 404)


def let_go(response):
    """Closes the file behind it; `close()` would end the connection with the database as well."""
    for close in response._resource_closers:
        close()


def text_of(response):
    return b"".join(response).decode(errors="replace") if response.streaming else response.content.decode()


APPS = {
    "requests": READS_CASES,
    "advisors": READS_CASES,
    "outbox": KEEPS_PAGES,
    "accounts": KEEPS_PAGES,
    "pages": KEEPS_PAGES,
}


@pytest.mark.parametrize("who", sorted(ANYBODY))
def test_the_page_of_an_app_exists_for_those_who_see_something_of_it(world, who):
    client = world.client(who)
    exists = {app for app in APPS if client.get(reverse("admin:app_list", args=[app])).status_code == 200}
    assert exists == {app for app, let_in in APPS.items() if who in let_in}


# --- Every link ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", sorted(ANYBODY))
def test_every_link_on_a_page_of_the_desk_leads_on(world, who, unrendered):
    """No menu, list or case offers what its reader may not open."""
    client, seen = world.client(who), {}
    ahead = [reverse("admin:index"), reverse("admin:figures")]
    ahead += [reverse(f"admin:{model}_changelist") for model in MODELS]
    ahead += [reverse(f"admin:{model}_change", args=[row.pk]) for model, row in world.rows.items()]
    for address in ahead:
        response = client.get(address)
        if response.status_code == 200:
            for link in re.findall(r'(?:href|action)="(/admin/[^"#?]*)', response.content.decode()):
                seen.setdefault(kind_of(link), (link, address))
    unrendered()
    refused = {}
    for link, page in seen.values():
        response = client.get(link)
        let_go(response)
        if response.status_code in (403, 404):
            refused[link] = page
    assert refused == {}
    assert len(seen) >= (1 if who == NO_ROLE else 3)


def kind_of(link):
    """Links of one kind lead to rows of one table, which are all the same to a role. Only cases differ."""
    try:
        name = resolve(link).url_name
    except Resolver404:
        return link
    return name if name.removesuffix("_change") in ALIKE else link


ALIKE = MODELS.keys() - {"requests_consultationrequest", "requests_bulkrun"}


CLEVER = (
    "/admin/autocomplete/?term=Amara&app_label=advisors&model_name=offer&field_name=advisor",
    "/admin/autocomplete/?term=Amara&app_label=outbox&model_name=mail&field_name=to",
    "/admin/outbox/mail/?q=amara.muster@example.com",
    "/admin/outbox/delivery/?q=amara.muster@example.com",
    "/admin/outbox/delivery/?to__startswith=amara",
    "/admin/outbox/delivery/?text__contains=Amara",
    "/admin/accounts/user/?q=Amara",
    "/admin/accounts/user/?offer__advisor__name__startswith=Amara",
    "/admin/accounts/user/?consultationrequest__contact_name=Petra+Gheim",
    "/admin/accounts/user/?password__startswith=md5",
)


@pytest.mark.parametrize("who", SHIELDED)
def test_nothing_of_advisors_and_cases_is_found_by_asking_cleverly(world, who):
    client = world.client(who)
    for address in CLEVER:
        response = client.get(address)
        assert response.status_code in (302, 400, 403) or "Nichts gefunden" in text_of(response), address
