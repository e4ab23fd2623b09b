"""Lines and addresses that somebody smuggles in: into headers of mails and answers, redirects, links."""

import re
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from requests import attachments, workflow
from requests.models import Attachment, ConsultationRequest, State
from tests import factories
from tests.attacks import pages, world
from tests.login import signs_in

pytestmark = pytest.mark.django_db

BREAKS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\x00", "\t\r\n ")
MORE = "Bcc: opfer@evil.example"

# --- Mails -------------------------------------------------------------------------------------------------


def header_of(mail: Mail):
    raw = outbox.message(mail).message().as_bytes(policy=policy.SMTP)
    return message_from_bytes(raw, policy=policy.default), raw


@pytest.mark.parametrize("ending", BREAKS, ids=repr)
def test_no_break_in_what_people_type_begins_a_header(ending, settings):
    """Past every form: the row holds it. The mail goes out with one header, or does not go out."""
    place = factories.MunicipalityFactory(name=f"Soest{ending}{MORE}"[:100].replace("\x00", ""))
    said = f"Petra{ending}{MORE}".replace("\x00", "")
    case = factories.CaseFactory(state=State.UNCONFIRMED, municipality=place, contact_name=said, concern=said)
    factories.OrganisationFactory(name=said, short_name="X", email="org@example.org")
    workflow.confirm(case)
    advisor = factories.AdvisorFactory(name=said)
    for mail in Mail.objects.all():
        sent, raw = header_of(mail)
        assert sent["Bcc"] is None and sent["Cc"] is None
        assert MORE.encode() not in raw.partition(b"\r\n\r\n")[0], mail.template
    assert advisor


@pytest.mark.parametrize("ending", BREAKS, ids=repr)
def test_no_form_takes_an_address_with_a_break(client, ending):
    """Before anybody is written to."""
    typed = f"petra@stadt.example{ending}{MORE}"
    before = Mail.objects.count()
    for path, name in (
        (reverse("requests:lost_link"), "email"),
        (reverse("advisors:lost_link"), "email"),
        (reverse("codes:ask"), "email"),
        (reverse("advisors:apply"), "email"),
        (reverse("requests:pause", kwargs={"key": factories.DraftFactory().key}), "email"),
    ):
        assert client.post(path, {name: typed, "reference": "MG-2026-K7P4X"}).status_code in (400, 422), path
    draft = factories.DraftFactory()
    path = reverse("requests:step", kwargs={"key": draft.key, "name": "kontakt"})
    assert client.post(path, {"contact_name": f"P{ending}{MORE}", "contact_email": typed}).status_code == 422
    assert Mail.objects.count() == before


def test_whatever_counts_as_an_address_makes_a_mail_with_one_recipient(client):
    """Django takes quoted parts with nearly anything in them."""
    for typed in (
        '"<script>"@stadt.example',
        '"\x01\x02"@stadt.example',
        '"a,b;c"@stadt.example',
        '"a\\\\"@stadt.example',
        "petra@[127.0.0.1]",
        "petra@müller.example",
        "a@b.example,c@d.example",
        "Petra <petra@stadt.example>",
        "petra@stadt.example\r\n" + MORE,
    ):
        Mail.objects.all().delete()
        case = factories.CaseFactory(contact_email=typed)
        with transaction.atomic():
            workflow.ask(case, question="Wer?", by=factories.CoordinatorFactory(organisation=case.organisation)) if (
                case.organisation
            ) else outbox.queue("requests/status_link", to=typed, reference=case.reference, consultation=case)
        for mail in Mail.objects.filter(to=typed):
            try:
                sent, raw = header_of(mail)
            except (ValueError, UnicodeError):
                continue  # nobody is written to, and the desk gets to see it: miglobe.outbox
            assert MORE.encode() not in raw.partition(b"\r\n\r\n")[0]
            assert sent["Bcc"] is None


NAMES = (
    "Konzept\r\nSet-Cookie: x=1.pdf",
    'a"; filename="b.html',
    "a;b=c.pdf",
    "../../etc/passwd",
    "..\\..\\windows\\system.ini",
    "%2e%2e%2fpasswd.pdf",
    "%0d%0aX: y.pdf",
    "C:\\evil.exe",
    "name\x00.pdf.exe",
    "\u202egpj.exe",
    "Übersicht „Fairer Handel“ ’26.pdf",
    "a'b*c=UTF-8''d.pdf",
    "x" * 400 + ".pdf",
    ".htaccess",
    "",
    "CON.pdf",
    "<svg onload=x>.pdf",
)


def test_no_name_of_a_file_leaves_its_folder_or_begins_a_header(client, settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "files"
    draft = factories.DraftFactory()
    for number, name in enumerate(NAMES[: attachments.MOST_FILES] + NAMES[attachments.MOST_FILES :]):
        if number == attachments.MOST_FILES:
            draft = factories.DraftFactory()
        upload = SimpleUploadedFile("x.pdf", b"%PDF-1.7 " + name.encode(errors="replace"))
        upload._name = name  # as it came: Django's own reader takes folders away before we see them
        kept = attachments.add(draft, upload)
        assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{32}", kept.file.name)
        assert kept.name.endswith(".pdf") and not re.search(r"[\x00-\x1f/\\\u202e]", kept.name), name
        path = reverse("requests:draft_file", kwargs={"key": draft.key, "file": kept.key})
        response = client.get(path)
        world.body(response)
        disposition = response["Content-Disposition"]
        assert disposition.startswith("attachment; filename") and "\n" not in disposition, name
        assert "Set-Cookie" not in response.headers
        assert disposition.replace('\\"', "").count('"') in (0, 2), disposition
        assert response["Content-Type"] == "application/pdf"
    inside = {
        path.resolve().relative_to((tmp_path / "files").resolve()) for path in tmp_path.rglob("*") if path.is_file()
    }
    assert len(inside) == Attachment.objects.count()


# --- Where it leads ----------------------------------------------------------------------------------------


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "https:///evil.example",
    "http://127.0.0.1@evil.example/",
    "http://testserver@evil.example/",
    "http://testserver.evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example/",
    "/%09/evil.example",
    "\x00//evil.example",
    " //evil.example",
    "/%5cevil.example",
    "//evil%E3%80%82example",
    "/admin/\r\nLocation: //evil.example",
)
NEXT = ("next", "url", "return", "redirect", "redirect_to", "continue", "goto", "back", "_popup", "sprache", "aendern")


def leads_to_us(location: str) -> bool:
    parts = urlsplit(location.replace("\\", "/").strip())
    return parts.scheme in ("", "http") and parts.netloc in ("", "testserver") and "\n" not in location


def test_no_parameter_leads_elsewhere(client, coordinator, parties):
    """Every address, with every name that others use for it, before and after the login."""
    ours, _ = parties
    everywhere = dict(zip(NEXT, ELSEWHERE * 2, strict=False))
    paths = [ours.path(name, pattern) for name, pattern in world.by_token()]
    paths += [reverse(name) for name, pattern in world.routes() if not world.parts(pattern) and name != "admin:None"]
    desk = Client(raise_request_exception=False)
    signs_in(desk, coordinator, "password")
    for path in paths:
        for browser in (client, desk) if path.startswith(("/admin/", "/anmelden/", "/abmelden/")) else (client,):
            response = browser.get(path, everywhere)
            world.body(response)
            assert leads_to_us(response.get("Location", "")), path


@pytest.mark.parametrize("target", ELSEWHERE, ids=repr)
def test_the_login_and_its_relatives_lead_to_the_desk_and_nowhere_else(client, target):
    person = factories.CoordinatorFactory()
    typed = {"login": person.email, "password": factories.PASSWORD, "next": target}
    for path in ("/anmelden/", "/admin/login/"):
        page = client.get(path, {"next": target}, follow=True)
        for form in pages.read(page.content.decode()).forms:
            assert leads_to_us(form.action)  # what the hidden field holds is asked when it is sent: below
    assert leads_to_us(client.post("/anmelden/", typed)["Location"])
    for path in ("/abmelden/", "/bestaetigen/passwort/", "/mein-zugang/passwort/"):
        response = client.post(path, {"next": target, "password": factories.PASSWORD})
        assert leads_to_us(response.get("Location", "")), path


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "//evil.example/%2e%2e", "/\\evil.example", "/anfrage", "/en//evil.example", "/.//evil.example"],
)
def test_no_path_without_its_slash_leads_elsewhere(client, path):
    response = client.generic("GET", path)
    assert leads_to_us(response.get("Location", ""))


# --- Who is asked ------------------------------------------------------------------------------------------


FORGED = (
    {"HTTP_HOST": "evil.example"},
    {"HTTP_HOST": "testserver:80@evil.example"},
    {"HTTP_HOST": "testserver\\@evil.example"},
    {"HTTP_HOST": "evil.example#testserver"},
    {"HTTP_HOST": "testserver.evil.example"},
    {"HTTP_HOST": "testserver, evil.example"},
    {"HTTP_HOST": ""},
    {"HTTP_HOST": "testserver:99999999"},
    {"HTTP_X_FORWARDED_HOST": "evil.example"},
    {"HTTP_X_FORWARDED_PROTO": "javascript"},
    {"HTTP_X_FORWARDED_PREFIX": "//evil.example"},
    {"HTTP_X_ORIGINAL_URL": "/admin/"},
    {"HTTP_X_REWRITE_URL": "/admin/"},
    {"HTTP_FORWARDED": "host=evil.example;proto=https"},
    {"HTTP_X_FORWARDED_FOR": "127.0.0.1, '; DROP TABLE x"},
    {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"},
    {"SERVER_NAME": "evil.example", "HTTP_HOST": "testserver"},
)


@pytest.mark.parametrize("forged", FORGED, ids=repr)
def test_no_header_decides_where_a_link_leads(forged, settings):
    """Neither that of a mail nor that of a page."""
    client = Client(raise_request_exception=False, headers=None, **forged)
    case = factories.CaseFactory()
    for path, sent in (
        ("/anfrage/link/", {"email": case.contact_email}),
        ("/passwort/vergessen/", {"email": factories.CoordinatorFactory().email}),
        ("/zugang/", {"reference": case.reference, "email": case.contact_email}),
    ):
        response = client.post(path, sent)
        assert response.status_code in (302, 400), path
        assert "evil" not in response.get("Location", "")
    for mail in Mail.objects.all():
        for url in outbox.addresses(mail).values():
            assert url.startswith(settings.BASE_URL) or "/" not in url
        assert "evil" not in str(header_of(mail)[1])
    for path in ("/", "/sitemap.xml", "/robots.txt", "/admin/", "/anfrage/"):
        response = client.get(path)
        assert response.status_code in (200, 302, 400)
        assert "evil.example" not in world.body(response) + str(response.headers)


def test_a_method_in_a_header_is_no_method(client, parties):
    ours, _ = parties
    path = ours.path("requests:withdraw", dict(world.routes())["requests:withdraw"])
    for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        assert client.get(path + "?_method=POST", headers={name: "POST"}).status_code == 200
    assert ConsultationRequest.objects.get(pk=ours.rows["case"].pk).state == State.RUNNING
