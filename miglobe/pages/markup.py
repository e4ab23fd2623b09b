"""From a page's Markdown to safe HTML: CommonMark with tables, no raw HTML, no images, headings from <h2> on.

`{{ name }}` in a text stands for a fact that the portal knows (PLACEHOLDERS). It is looked up, never executed.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import nh3
from django.conf import settings
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from .models import Portal


class Placeholder(NamedTuple):
    says: str  # what it stands for, for those who write
    value: Callable[[Portal], str]


PLACEHOLDERS = {
    "land": Placeholder("Name des Landes", lambda portal: portal.land),
    "operator": Placeholder("Betreiber des Portals", lambda portal: portal.operator),
    "contact_email": Placeholder("E-Mail-Adresse für Fragen", lambda portal: portal.contact_email),
    "contact_phone": Placeholder("Telefon für Fragen", lambda portal: portal.contact_phone),
    "first_contact_workdays": Placeholder(
        "Arbeitstage, bis sich die Koordination meldet", lambda portal: str(settings.FIRST_CONTACT_WORKDAYS)
    ),
    "offer_workdays": Placeholder(
        "Arbeitstage, die Berater*innen für ihre Antwort haben", lambda portal: str(settings.OFFER_WORKDAYS)
    ),
    "draft_days": Placeholder("Tage, die ein Entwurf bleibt", lambda portal: str(settings.DRAFT_DAYS)),
    "refused_months": Placeholder(
        "Monate, die eine abgelehnte oder zurückgezogene Anfrage bleibt", lambda portal: str(settings.REFUSED_MONTHS)
    ),
    "case_persons_months": Placeholder(
        "Monate, die Personen nach dem Abschluss einer Anfrage bleiben",
        lambda portal: str(settings.CASE_PERSONS_MONTHS),
    ),
    "case_core_years": Placeholder(
        "Jahre, die eine abgeschlossene Anfrage bleibt", lambda portal: str(settings.CASE_CORE_YEARS)
    ),
    "advisor_months": Placeholder(
        "Monate, die Angaben von Berater*innen nach ihrem Abschied bleiben",
        lambda portal: str(settings.ADVISOR_MONTHS),
    ),
    "candidacy_days": Placeholder(
        "Tage, die eine Bewerbung ohne Ergebnis bleibt", lambda portal: str(settings.CANDIDACY_DAYS)
    ),
    "barrier_months": Placeholder(
        "Monate, die eine beantwortete Barrieremeldung bleibt", lambda portal: str(settings.BARRIER_MONTHS)
    ),
    "mail_months": Placeholder("Monate, die der Text einer E-Mail bleibt", lambda portal: str(settings.MAIL_MONTHS)),
    "unconfirmed_days": Placeholder(
        "Tage, die eine Anfrage auf ihre Bestätigung wartet", lambda portal: str(settings.UNCONFIRMED_DAYS)
    ),
    "accessibility_answer_days": Placeholder(
        "Tage bis zur Antwort auf eine gemeldete Barriere", lambda portal: str(portal.accessibility_answer_days)
    ),
}

TAGS = {"h2", "h3", "h4", "p", "br", "hr", "ul", "ol", "li", "strong", "em", "a", "blockquote", "code", "pre"} | {
    "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),
    "a": {"href", "rel"},
    "h2": {"id"},
    "h3": {"id"},
    "th": {"scope"},
    "ol": {"start"},
}
SCHEMES = {"http", "https", "mailto", "tel"}
TAKEN = {"inhalt", "formular", "fehler", "fortschritt"}  # ids of our templates

_BRACES = re.compile(r"\{\{ *([^{}\n]*?) *\}\}")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_FOLD = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def unknown_placeholders(body: str) -> list[str]:
    """The names in double braces that are no placeholders."""
    return [found[1] for found in _BRACES.finditer(body) if found[1] not in PLACEHOLDERS]


def html(body: str, portal: Portal) -> SafeString:
    """Safe whatever the body holds. An unknown placeholder stays as it was written."""
    rendered = _markdown.render(_filled(body, portal))
    clean = nh3.clean(rendered, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None)
    return mark_safe(clean)  # noqa: S308 (cleaned)


def _filled(body: str, portal: Portal) -> str:
    """A value is put in as plain words: what has a meaning in Markdown is escaped."""

    def value(found: re.Match[str]) -> str:
        placeholder = PLACEHOLDERS.get(found[1])
        if placeholder is None:
            return found[0]
        return _PUNCTUATION.sub(r"\\\1", " ".join(placeholder.value(portal).split()))

    return _BRACES.sub(value, body)


def _open_heading(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """<h1> belongs to the page; the id lets others link to a section."""
    tag = _heading(tokens[index])
    words = slugify(strip_tags(tokens[index + 1].content.translate(_FOLD))) or "abschnitt"
    ids = env.setdefault("ids", set(TAKEN))
    name, number = words, 1
    while name in ids:
        number += 1
        name = f"{words}-{number}"
    ids.add(name)
    return f'<{tag} id="{name}">'


def _close_heading(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f"</{_heading(tokens[index])}>\n"


def _heading(token: Token) -> str:
    return f"h{min(max(int(token.tag[1]), 2), 4)}"


def _open_link(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[index]
    if re.match(r"(https?:)?//", str(token.attrs.get("href", "")), re.IGNORECASE):
        token.attrSet("rel", "external noopener noreferrer")
    return renderer.renderToken(tokens, index, options, env)  # type: ignore[attr-defined, no-any-return]


def _open_header_cell(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return '<th scope="col">'


def _make() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    markdown.add_render_rule("heading_open", _open_heading)
    markdown.add_render_rule("heading_close", _close_heading)
    markdown.add_render_rule("link_open", _open_link)
    markdown.add_render_rule("th_open", _open_header_cell)
    return markdown


_markdown = _make()
