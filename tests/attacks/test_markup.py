"""What people type never becomes markup: on pages, in mails, files and calendars, whatever field it was typed into."""

import csv
import io
import json
import re
import zipfile
from email import message_from_bytes, policy
from uuid import uuid4

import icalendar
import openpyxl
import pypdf
import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, ProgrammingError, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from advisors import calendars, feed
from advisors.models import Advisor
from miglobe import links
from miglobe.outbox import kinds, outbox
from miglobe.outbox.models import Audience, Mail
from miglobe.pages import reports
from requests import exports, pdf
from requests.models import ConsultationRequest, State
from tests import factories
from tests.attacks import pages, world
from tests.login import signs_in

pytestmark = pytest.mark.django_db

SHORT = "\"'><xss-a onclick=x>"
LONG = (
    SHORT
    + "zz{{7*7}}zz{%now 'Y'%}</textarea></title></script><script>xss()</script><img src=x onerror=xss()><svg/onload=x>"
    + "]]>--><!--\u2028javascript:xss() [m](javascript:xss()) ![i](javascript:xss()) <javascript:xss()> "
    + '<iframe src="javascript:xss()"> [[link|<xss-b>]] #read("/etc/passwd") #panic("x") *b* _i_ $x$ @ref \\u{1F600}'
)
REVERSED = "\u202e"  # what turns the reading direction no form takes, but a row may have it from before
URL = 'https://x.example/"><xss-a/onclick=x>'
ADDRESS = '"<xss-a/onclick=x>{}"@xss.example'
"""Django's own check takes it for an address, and rightly so."""


def payload(each: models.Field, number: int) -> str:
    if isinstance(each, models.EmailField):
        return ADDRESS.format(number)
    if isinstance(each, models.URLField):
        return URL
    most = each.max_length or 5_000
    text = LONG + REVERSED if most > len(LONG) else SHORT
    return f"{text[: most - 6]}{number}" if each.unique or each.name == "name" else text[:most]


NOT_TYPED = {
    "outbox.MailText.subject",  # templates of their own: what may stand in them, tests/outbox/test_texts.py asks
    "outbox.MailText.body",
    "accounts.Session.session_data",
    "accounts.SavedView.query",
    "outbox.Mail.calendar",
    "outbox.Delivery.calendar",
    "pages.Portal.security_contact",  # an address with a scheme, checked by its form
}


def poison() -> set[str]:
    """Writes the marker into every text of every row. Returns the fields that have taken it."""
    taken = set()
    for model in world.stored():
        for each in world.texts(model):
            if f"{model._meta.label}.{each.name}" in NOT_TYPED:
                continue
            rows = model._default_manager.order_by("pk").values_list("pk", flat=True)
            if not each.unique and at_once(model, each):
                taken.add(f"{model._meta.label}.{each.name}")
                continue
            for number, pk in enumerate(rows[:40]):
                if world.write(model, pk, each, payload(each, number)):
                    taken.add(f"{model._meta.label}.{each.name}")
    ConsultationRequest.objects.filter(state=State.DRAFT).exclude(draft={}).update(
        draft={"anliegen": {"concern": [LONG], "hope": [LONG]}, "kontakt": {"contact_name": [SHORT]}}
    )
    return taken


def at_once(model, each) -> bool:
    try:
        with transaction.atomic():
            return bool(model._default_manager.update(**{each.name: payload(each, 0)}))
    except (IntegrityError, DataError, ProgrammingError):
        return False


ALLOWED_SCRIPTS = {"application/json", "speculationrules"}
EMBEDS = {"iframe", "object", "embed", "base", "applet", "frame", "style", "marquee"}
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "srcset", "xlink:href", "background"}


def wrong(html: str) -> list[str]:
    """What of the marker has become alive."""
    found = ["{{7*7}}"] if "zz49zz" in html else []
    for element in pages.read(html).elements:
        tag, has = element.tag, element.attributes
        if tag.startswith("xss") or tag in EMBEDS:
            found.append(f"<{tag}>")
        ours = has.get("src", "").startswith(("/static/", "/admin/jsi18n/"))
        if tag == "script" and has.get("type") not in ALLOWED_SCRIPTS and not ours:
            found.append(f"<script> {element.text[:60]}")
        if tag == "meta" and has.get("http-equiv", "").lower() == "refresh":
            found.append("<meta refresh>")
        for name, value in has.items():
            address = re.sub(r"[\x00-\x20\u2028]", "", value).lower()
            leads_on = name in ADDRESSES and address.startswith(("javascript:", "vbscript:", "data:text", "//"))
            if leads_on or name.startswith(("on", "xss")) or name == "style":
                found.append(f"{tag} {name}={value[:60]}")
    return found


def test_the_marker_is_seen_where_it_comes_alive():
    """Else the tests below would prove nothing."""
    assert len(wrong(f"<p>{LONG}</p><a href=javascript:x>x</a>")) > 5
    assert wrong("zz49zz") and wrong('<b style="x">') and not wrong("<p>&lt;xss-a onclick=x&gt; javascript:xss()</p>")


@pytest.fixture
def links_of_any_address(monkeypatch):
    """So that addresses can be exchanged as well, and the links still open."""
    signer = links._signer
    monkeypatch.setattr("miglobe.links._signer", lambda purpose, bound: signer(purpose, ""))


def test_nothing_that_was_ever_typed_becomes_markup_on_any_page(links_of_any_address, stops, coordinator):
    desk = Client(raise_request_exception=False)
    signs_in(desk, coordinator, "password")
    taken = poison()
    expected = {f"{model._meta.label}.{each.name}" for model in world.stored() for each in world.texts(model)}
    filled = {name for name in expected if world_has(name)}
    assert filled - taken - NOT_TYPED <= REFUSED, "Diese Felder nehmen die Marke nicht: weshalb?"
    broken, seen = {}, 0
    for stop in stops:
        response = stop.fetched_by(desk if stop.desk else Client(raise_request_exception=False))
        text = world.body(response)
        assert response.status_code < 500 or stop.status >= 500, stop.name
        seen += "xss-a" in text
        if found := wrong(text):
            broken[stop.name] = found
    assert not broken, broken
    assert seen > 150


REFUSED = {
    "advisors.ConsentText.text",  # only added to, by trigger
    "advisors.ConsentText.text_en",
}


def world_has(name: str) -> bool:
    """Whether there is a row at all."""
    label, _, _ = name.rpartition(".")
    return apps.get_model(label)._default_manager.exists()


# --- Mails ---------------------------------------------------------------------------------------------------


@pytest.fixture
def told(links_of_any_address, coordinator):
    """A row of everything that a mail could tell of, with the marker in every text."""
    world.party("Quittenbrot")
    factories.DeclineReasonFactory()
    reports.file(uuid4(), barrier="Kontrast", page="", email="frau@example.org")
    for state in (State.REJECTED, State.REFERRED, State.STAFFED, State.UNCONFIRMED, State.MERGED):
        factories.CaseFactory(state=state, person=coordinator)
    poison()


def test_no_mail_holds_markup_or_a_second_header(told, monkeypatch):
    """Every kind of mail that has an example, and every one that is stored: both parts, subject and header."""
    mails, without = list(Mail.objects.all()), []
    for kind in (kind for audience in Audience for kind in kinds.of(audience)):
        example = kind.example("") if kind.example else None
        if example is None or kind.owe is None:
            without.append(kind.template)
        else:
            mails += outbox.rehearse(lambda owe=kind.owe, example=example: owe(example))
    monkeypatch.setattr(outbox, "addresses", lambda mail: dict.fromkeys(mail.links, "http://localhost:8000/x/"))
    assert len(mails) > 60, without
    marked = 0
    for number, mail in enumerate(mails):
        mail.pk, mail.created_at = mail.pk or number, mail.created_at or timezone.now()
        sent = message_from_bytes(outbox.message(mail).message().as_bytes(), policy=policy.default)
        assert set(sent.keys()) <= HEADERS, (mail.template, sent.keys())
        assert not sent.defects and "\n" not in sent["Subject"], mail.template
        plain, html = (sent.get_body((kind,)).get_content() for kind in ("plain", "html"))
        assert not wrong(html), (mail.template, wrong(html))
        links_in_it = {each.attributes["href"] for each in pages.read(html).elements if each.tag == "a"}
        assert links_in_it <= {"http://localhost:8000/x/"}, mail.template  # the mail's own, under whatever name
        marked += "xss-a" in plain
    assert marked > 40


HEADERS = {"Content-Type", "MIME-Version", "Subject", "From", "To", "Reply-To", "Date", "Message-ID", "Auto-Submitted"}


# --- Files ---------------------------------------------------------------------------------------------------


def test_no_cell_of_any_table_is_a_formula_and_no_row_is_torn(told, coordinator):
    desk = Client()
    coordinator.is_superuser = True
    coordinator.save()
    signs_in(desk, coordinator, "password")
    year, tables = timezone.localdate().year, 0
    ConsultationRequest.objects.exclude(state=State.DRAFT).update(concern="=1+1\r\n@SUM(A1)", contact_name="\t=cmd|x")
    Advisor.objects.update(name="-2+3")
    for path in (
        reverse("admin:requests_consultationrequest_export"),
        reverse("admin:fees_file") + f"?zeitraum={year}",
        reverse("admin:fairness_file"),
    ):
        for kind in ("csv", "xlsx"):
            response = desk.post(path, {"kind": kind, "personal": "1"})
            assert response.status_code == 200, path
            assert response["X-Content-Type-Options"] == "nosniff"
            assert response["Content-Disposition"].startswith("attachment"), path
            content = b"".join(response.streaming_content)
            check_csv(content) if kind == "csv" else check_xlsx(content)
            tables += 1
    response = desk.get(reverse("admin:figures_csv"))
    check_csv(b"".join(response.streaming_content))
    assert tables == 6


def check_csv(content: bytes) -> None:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len({len(row) for row in rows if len(row) > 1}) == 1
    for cell in (cell for row in rows for cell in row):
        is_number = re.fullmatch(r"-?\d+(,\d+)?", cell)
        assert is_number or not cell.lstrip(" \N{NO-BREAK SPACE}").startswith(exports.DANGEROUS), cell


def check_xlsx(content: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert not [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "external" in name.lower()]
    book.close()


def test_a_pdf_shows_what_was_typed_and_reads_no_file(told):
    case = ConsultationRequest.objects.filter(state=State.NEW).first() or factories.CaseFactory()
    said = (
        'Anfang #read("/etc/passwd") #include "/etc/hosts" $sum$ *fett* _kursiv_ `code` @quelle <marke> \\u{41} // weg'
    )
    ConsultationRequest.objects.filter(pk=case.pk).update(concern=said, hope="#panic()", contact_name="] #eval(1)")
    case.refresh_from_db()
    document = pypdf.PdfReader(io.BytesIO(pdf.of(case)))
    text = " ".join(" ".join(page.extract_text() for page in document.pages).split())
    assert "root:" not in text
    for piece in (
        '#read("/etc/passwd")',
        "$sum$ *fett* _kursiv_ `code` @quelle <marke>",
        "// weg",
        "#panic()",
        "#eval(1)",
    ):
        assert piece in text, piece
    actions = [page.get("/Annots") for page in document.pages]
    assert not [found for found in actions if found and "/JavaScript" in str(found)]


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\\n"])
def test_a_calendar_has_one_entry_whatever_was_typed(ending):
    evil = f"Rathaus{ending}END:VEVENT{ending}BEGIN:VEVENT{ending}ATTENDEE:mailto:x@evil.example{ending}X;Y,Z:"
    appointment = factories.AppointmentFactory(place=evil)
    advisor = factories.AdvisorFactory(name=evil, feed_key=uuid4())
    factories.OfferFactory(consultation=appointment.consultation, advisor=advisor, state="accepted")
    contact = {"name": evil, "email": "kim@example.org", "phone": evil}
    for text in (
        calendars.download(appointment),
        feed.text(advisor),
        calendars.entry(appointment, to="petra@stadt.example", language="de", contact=contact),
    ):
        lines = text.replace("\r\n ", "").split("\r\n")
        assert not [line for line in lines if "\n" in line or "\r" in line]
        assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 1
        assert not [line for line in lines if line.startswith("ATTENDEE") and "evil" in line]
        assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
        (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
        assert "END:VEVENT" in event["LOCATION"]


def test_what_is_no_page_is_never_taken_for_one(told):
    """JSON, calendars, PDFs and files say what they are, and browsers may not guess."""
    made = world.party("Ruebenkraut")
    poison()
    for row in (*made.rows.values(), *made.files.values()):
        row.refresh_from_db()
    client, kinds_seen = Client(), set()
    for name, pattern in world.by_token():
        path = made.path(name, pattern)
        response = client.post(path) if name in world.BY_POST_ALONE else client.get(path)
        kind, text = response["Content-Type"].partition(";")[0], world.body(response)
        assert response["X-Content-Type-Options"] == "nosniff", name
        if kind != "text/html" and name != "advisors:save_report":
            kinds_seen.add(kind)
            assert "filename" in response["Content-Disposition"], name
        if kind == "application/json":
            assert json.loads(text)
    assert {"application/pdf", "text/calendar"} <= kinds_seen
