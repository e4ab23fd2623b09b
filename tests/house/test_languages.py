"""No half-translated page: the catalogue is complete, English pages hold no German, the switch keeps what was typed."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

import pytest
from babel.messages.pofile import read_po
from django.template.base import Lexer, TokenType
from django.utils import translation
from django.utils.translation.template import templatize

from advisors.models import Advisor, Agreement, Candidacy, DateProposal, DeclineReason, Feedback, FollowUp, Report
from miglobe.accounts.models import Organisation
from miglobe.history.forgetting import forget
from miglobe.pages.models import Portal
from requests import drafts
from requests.models import ConsultationRequest, Format, Language, Message, Municipality, Reason, Region, Topic
from tests import error_urls
from tests.house.test_house import ROOT

CATALOGUE = ROOT / "locale/en/LC_MESSAGES/django.po"
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNREAD = {"script", "style", "textarea", "code", "pre"}
READ_ALOUD = {"aria-label", "title", "placeholder", "alt"}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]")


# --- The catalogue ---------------------------------------------------------------------------------


def marked_in_python(path: Path) -> Iterator[str]:
    for call in ast.walk(ast.parse(path.read_text())):
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in MARKS:
            for argument in call.args[: 2 if "ngettext" in ast.unparse(call.func) else 1]:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


LITERAL = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"(?:\bn?gettext|\b_)\({LITERAL}(?:, *{LITERAL})?")


def marked_in_template(path: Path) -> Iterator[str]:
    """Django itself says what xgettext would find; its answer is Python with gaps."""
    for call in CALL.finditer(templatize(path.read_text())):
        yield from (ast.literal_eval(text) for text in call.groups() if text)


def public_sources() -> Iterator[tuple[Path, str]]:
    for app in ("requests", "advisors", "miglobe"):
        for path in (ROOT / app).rglob("*.py"):
            yield from ((path, text) for text in marked_in_python(path))
    for path in (ROOT / "templates").rglob("*.html"):
        if path.relative_to(ROOT / "templates").parts[0] not in ("admin", "mail", "accounts", "account", "mfa"):
            yield from ((path, text) for text in marked_in_template(path))


def entries():
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file)
    return catalogue, [message for message in catalogue if message.id]


def test_everything_that_is_marked_is_translated():
    _, messages = entries()
    translated = set()
    for message in messages:
        strings = (message.string,) if isinstance(message.string, str) else message.string
        if all(strings):
            translated |= {message.id} if isinstance(message.id, str) else set(message.id)
    marked = list(public_sources())
    assert len(marked) > 400
    missing = {text: str(path.relative_to(ROOT)) for path, text in marked if text not in translated}
    assert missing == {}


def test_the_catalogue_holds_nothing_that_nobody_asks_for():
    _, messages = entries()
    marked = {text for _, text in public_sources()}
    left = [m.id for m in messages if not {*([m.id] if isinstance(m.id, str) else m.id)} <= marked]
    assert left == []


def test_the_catalogue_is_finished_and_fills_in_the_same_things():
    catalogue, messages = entries()
    assert not catalogue.obsolete
    for message in messages:
        assert not message.fuzzy, message.id
        pairs = (
            [(message.id, message.string)]
            if isinstance(message.id, str)
            else zip(message.id, message.string, strict=True)
        )
        for german, english in pairs:
            assert sorted(PLACEHOLDER.findall(german)) == sorted(PLACEHOLDER.findall(english)), german
            assert german.count("<") == english.count("<"), german


def test_english_uses_one_word_for_one_thing():
    texts = [str(message.string) for message in entries()[1]]
    texts += [path.read_text() for path in (ROOT / "templates/mail").rglob("*.en.txt")]
    texts += [path.read_text() for path in (ROOT / "miglobe/pages/texts").glob("*.en.md")]
    for wrong in (
        r"\b[Ee]mails?\b(?! ?\}\})(?!_)",
        r"[Dd]ialogue forum",
        r"[Cc]onsultant",
        r"[Pp]rovince",
        r"\bstate of\b",
    ):
        found = [text[:80] for text in texts if re.search(wrong, re.sub(r"\{[{%].*?[%}]\}|%\(\w+\)s|<.*?>", "", text))]
        assert found == [], wrong


class Unmarked(HTMLParser):
    """The words of a template that no mark covers."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        marked, text = False, ""
        for token in Lexer(source).tokenize():
            command = token.contents.split(" ")[0]
            if token.token_type == TokenType.BLOCK and command.removeprefix("end") == "blocktranslate":
                marked = command == "blocktranslate"
            elif token.token_type == TokenType.BLOCK and command in ("include", "with"):
                self.words += re.findall(r'="([^"]* [^"]*|[A-ZÄÖÜ][^"]*)"', token.contents)
            elif token.token_type == TokenType.TEXT and not marked:
                text += token.contents
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.words += [value for name, value in attrs if name in READ_ALOUD and value and re.search(r"\w", value)]

    def handle_data(self, data):
        self.words += re.findall(r"[^\W\d_]{2,}", data)


ALIKE = {"MiGlobe", "GeoBasis", "DE", "BKG"}
GERMAN_ONLY = {
    "admin",
    "accounts",
    "account",
    "mfa",
    "mail",
    "outbox",
    "500.html",
    "503.html",
}  # 500 and 503 speak both languages by themselves


def test_no_template_holds_words_without_a_mark():
    templates = ROOT / "templates"
    found = {}
    for path in templates.rglob("*.html"):
        if path.relative_to(templates).parts[0] not in GERMAN_ONLY:
            words = set(Unmarked(path.read_text()).words) - ALIKE
            if words:
                found[str(path.relative_to(templates))] = sorted(words)
    assert found == {}


# --- The pages -------------------------------------------------------------------------------------

DATA_FIELDS = {"text", "email", "tel", "date", "number", "checkbox", "radio", "search", "url"}


@dataclass
class Control:
    form: str
    tag: str
    type: str
    name: str
    value: str
    address: str = ""


@dataclass
class Page(HTMLParser):
    """What a person reads or hears of a page, and what can be filled in."""

    html: str
    words: list[str] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []  # tag, whether its language is another
        self.form = ""
        self.own = ""
        self.feed(self.html)

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.own = values["lang"]
        foreign = "lang" in values and values["lang"] != self.own
        if not foreign and not self.hidden:
            self.words += [values[name] for name in READ_ALOUD if values.get(name)]
            if tag == "meta" and values.get("name") == "description":
                self.words.append(values["content"])
        if tag == "form":
            self.form = values.get("id", "") or f"(form to {values.get('action', 'here')})"
        if tag in ("input", "textarea", "select", "button", "option"):
            self.take(tag, values)
        if tag not in VOID:
            self.open.append((tag, foreign))

    def take(self, tag, values):
        if tag == "option":
            if values.get("value") and not self.controls[-1].value:
                self.controls[-1].value = values["value"]
            return
        owner, kind = values.get("form", self.form), values.get("type", tag)
        self.controls.append(
            Control(owner, tag, kind, values.get("name", ""), values.get("value", ""), values.get("formaction", ""))
        )

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass
        if tag == "form":
            self.form = ""

    @property
    def hidden(self) -> bool:
        return any(foreign or tag in UNREAD for tag, foreign in self.open)

    def handle_data(self, data):
        if data.strip() and not self.hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " · ".join(self.words))

    @property
    def fields(self) -> list[Control]:
        return [
            control
            for control in self.controls
            if control.form and control.name and (control.tag in ("textarea", "select") or control.type in DATA_FIELDS)
        ]


GERMAN = re.compile(
    r"[\wäöüßÄÖÜ]*[äöüßÄÖÜ][\wäöüß]*|\b(?:der|das|den|dem|und|oder|nicht|Sie|Ihr|Ihre[nmrs]?|wir|uns|mit|von|vom|zur?m?|"
    r"eine?[nmrs]?|ist|sind|wird|werden|[Bb]itte|auf|bei|nach|[Aa]nfragen?|Berat\w+|Kreis|Stadt|Gemeinde|Fehler|"
    r"Weiter|Seite|Antwort|Thema|Grund|Sprache|Dieses|Feld|Wert|[Kk]eine?)\b"
)
ENGLISH = re.compile(
    r"\b(?:the|and|your|you|please|with|request|municipality|this|field|is|are|of|valid|enter|value|next|back|error)\b",
    re.IGNORECASE,
)


@pytest.fixture
def neutral_rows(stops):
    """Everything that people have typed reads the same in both languages. Names of places stay what they are."""
    ConsultationRequest.objects.update(concern="Concern", hope="Hope", contact_office="Office")
    Message.objects.update(text="Message")
    Advisor.objects.update(name="Ana Muster")
    forget(Advisor, Advisor.objects.values_list("pk", flat=True))
    Candidacy.objects.update(about="Experience")
    DateProposal.objects.update(word="Word", answer="Answer")
    Agreement.objects.update(goals="Goals")
    Report.objects.update(agreed="Report", options="Options", recommendations="Advice", question="Question")
    Feedback.objects.update(helped="Help", missing="Time")
    FollowUp.objects.update(done="Plan", hindered="Time")
    for organisation in Organisation.objects.all():
        Organisation.objects.filter(pk=organisation.pk).update(name=f"Consortium {organisation.pk}", address="Bonn")
    for model in (Topic, Format, Language, Region, Reason, DeclineReason):
        for term in model.objects.filter(name_en=""):
            model.objects.filter(pk=term.pk).update(name=f"Term {term.pk}", name_en=f"Term {term.pk}")
    Reason.objects.update(explanation="Explanation.", explanation_en="Explanation.")
    texts = [
        f.name for f in Portal._meta.fields if f.get_internal_type() in ("TextField", "CharField") and not f.choices
    ]
    kept = {"contact_email", "contact_phone", "security_contact", "sign_language_url", "land", "land_en"}
    Portal.objects.update(**{name: "Musterwerk" for name in texts if name not in kept})
    return stops


def translated(stops):
    """500 and 503 depend on nothing, so they say everything in both languages."""
    return [stop for stop in stops if "en" in stop.languages and stop.status < 500]


def names_of_places() -> set[str]:
    places = Municipality.objects.values_list("name", "district_name", "region")
    return {name for row in places for name in row}


def without(text: str, names: set[str]) -> str:
    found = re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))
    return found.sub("", text)


TYPED = {"Petra Beispiel", "Musterstadt", "keine Adresse", "Beispielträger gGmbH", "Wir suchen Rat.", "Musterwerk"}
SAID = {  # names that English keeps, and links to what is German
    "Kommune", "Schlichtungsstelle BGG", "Ombudsstelle barrierefreie Informationstechnik NRW", "Deutsch",
    "© GeoBasis-DE / BKG 2017", "FSI", "Forum für soziale Innovation gGmbH", "Düsseldorf", "Köln", "Münster",
}  # fmt: skip


def read(stop, client, language: str, names: set[str]) -> str:
    page = Page(stop.fetched_by(client, language).content.decode())
    assert page.own == language, stop.name
    return without(page.text, names)


@pytest.mark.django_db
def test_no_english_page_holds_german(neutral_rows, client_of):
    names = names_of_places() | TYPED | SAID | {str(refusal) for refusal in error_urls.ERRORS.values()}
    found = {}
    for stop in translated(neutral_rows):
        text = read(stop, client_of(stop), "en", names)
        if german := sorted({match[0] for match in GERMAN.finditer(text)}):
            first = GERMAN.search(text)
            found[stop.name] = (german, text[max(0, first.start() - 60) : first.end() + 60])
    assert not found, "\n".join(f"{name}: {what}" for name, what in found.items())


@pytest.mark.django_db
def test_no_german_page_holds_english(neutral_rows, client_of):
    names = names_of_places() | {"Eine Welt Netz NRW", "Self-Service"}
    found = {}
    for stop in translated(neutral_rows):
        text = read(stop, client_of(stop), "de", names)
        if english := sorted({match[0] for match in ENGLISH.finditer(text)}):
            first = ENGLISH.search(text)
            found[stop.name] = (english, text[max(0, first.start() - 60) : first.end() + 60])
    assert not found, "\n".join(f"{name}: {what}" for name, what in found.items())


# --- The switch ------------------------------------------------------------------------------------


def typed_into(control: Control) -> str:
    """Something that can be recognised; for most fields not even valid."""
    if control.tag == "select" or control.type in ("checkbox", "radio"):
        return control.value
    return "2030-02-03" if control.type == "date" else f"Getippt in {control.name}"


BY_GET = ("advisors:public_profiles",)  # what was chosen stands in the address, which the switch keeps


@pytest.mark.django_db
def test_the_switch_keeps_the_page_and_what_was_typed(stops, client_of):
    tried = set()
    for stop in translated(stops):
        client = client_of(stop)
        page = Page(stop.fetched_by(client).content.decode())
        if not page.fields or stop.view in BY_GET:
            continue
        (form,) = {control.form for control in page.fields}
        (switch,) = [control for control in page.controls if control.name == "sprache"]
        assert switch.form == form, f"{stop.name}: the switch does not send {form}"
        typed = {control.name: typed_into(control) for control in page.fields}
        hidden = {c.name: c.value for c in page.controls if c.form == form and c.type == "hidden" and c.name}
        response = client.post(switch.address, {**hidden, **typed, "sprache": "en"}, follow=True)
        english = response.content.decode()
        assert response.wsgi_request.path.startswith("/en/"), stop.name
        assert 'lang="en"' in english[:200], stop.name
        assert response.wsgi_request.path == stop.path_in("en").partition("?")[0], stop.name
        for name, value in typed.items():
            assert value in english, f"{stop.name}: {name}"
        assert "portal-error-summary" not in english, f"{stop.name}: checked too early"
        tried.add(stop.view)
    assert len(tried) > 6


@pytest.mark.django_db
def test_a_switched_form_is_checked_in_the_new_language(client):
    draft = drafts.begin()
    address = f"/en/anfrage/{draft.key}/anliegen/"
    client.post(f"/anfrage/{draft.key}/anliegen/", {"concern": "Ein Anliegen"})
    page = client.post(address, {"concern": ""}).content.decode()
    assert "Please choose at least one topic." in page
    draft.refresh_from_db()
    assert draft.language == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["keine Adresse", "", "x" * 400 + "@a.de"])
def test_djangos_own_sentences_are_english_too(client, typed):
    english = Page(client.post("/en/anfrage/link/", {"email": typed}).content.decode())
    assert GERMAN.findall(without(english.text, TYPED | {"Deutsch"})) == []


def test_no_text_that_django_says_is_german_in_english():
    """Django's English sentences are its keys: our German catalogue must not answer for them."""
    with translation.override("en"):
        assert translation.gettext("Enter a valid email address.") == "Enter a valid email address."
        assert translation.gettext("Anfrage absenden") == "Send the request"
    assert translation.gettext("Anfrage absenden") == "Anfrage absenden"


@pytest.mark.django_db
def test_neither_cookie_nor_header_changes_the_language(client):
    client.cookies["django_language"] = "en"
    page = client.get("/anfrage/", headers={"accept-language": "en"}).content.decode()
    assert '<html lang="de">' in page
    assert (
        client.get(f"/en/anfrage/{uuid4()}/kommune/", headers={"accept-language": "de"})
        .content.decode()
        .count('<html lang="en">')
    )
