"""The words of our mails, and how people at the desk change them.

What comes with the software are Django templates in templates/mail. Nobody at the desk writes such a template: they
edit plain text with German placeholders, each of which stands for one piece of Django's language that an app has
registered. `editable` and `source` translate to and fro, piece by piece; whatever is no registered piece never
becomes template code. The newest `MailText` of a template counts; without one, or after a reset, the file does.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.text import normalize_newlines

from miglobe.errors import Refused
from miglobe.turns import take_turn

from . import kinds
from .models import MailText

if TYPE_CHECKING:
    from miglobe.accounts.models import User

log = logging.getLogger(__name__)

FOLDER = Path(settings.BASE_DIR) / "templates" / "mail"
MOST_SUBJECT, MOST_BODY = 150, 8_000  # characters
_PREFIX = {"de": "Betreff: ", "en": "Subject: "}


class Words(NamedTuple):
    subject: str
    body: str


class Conflict(Refused):
    """Somebody else has saved the text since it was opened; `newer` is what they saved."""

    def __init__(self, newer: MailText) -> None:
        super().__init__("Inzwischen hat jemand anderes diesen Text gespeichert. Ihr Text steht noch hier.")
        self.newer = newer


# --- The pieces ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Placeholder:
    """`{{ name }}` in an edited text stands for `code` in the language of Django's templates."""

    name: str
    code: str
    says: str
    required: bool = False  # where the shipped text has it, every text must
    in_subject: bool = False  # tells nothing personal

    def code_in(self, language: str) -> str:
        suffix = "" if language == settings.LANGUAGE_CODE else f".{language}"
        return self.code.replace('.txt" %}', f'{suffix}.txt" %}}')

    @property
    def written(self) -> str:
        return f"{{{{ {self.name} }}}}"


@dataclass(frozen=True)
class Condition:
    """`{{ wenn name }} … {{ sonst }} … {{ ende }}`: a passage that stands only in some mails."""

    name: str
    test: str  # of Django's {% if %}

    @property
    def written(self) -> str:
        return f"{{{{ wenn {self.name} }}}}"


_placeholders: dict[str, Placeholder] = {}
_conditions: dict[str, Condition] = {}


def register(*pieces: Placeholder | Condition) -> None:
    """Called when an app gets ready."""
    for piece in pieces:
        known = _placeholders if isinstance(piece, Placeholder) else _conditions
        known[_folded(piece.name)] = piece  # type: ignore[assignment]


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


class Part(NamedTuple):
    """Words that stand in several mails. They have no subject."""

    template: str
    name: str
    when: str
    shown_in: str  # the mail whose preview shows them


_parts: dict[str, Part] = {}


def register_part(*parts: Part) -> None:
    _parts.update({part.template: part for part in parts})


def parts() -> list[Part]:
    return list(_parts.values())


def part(template: str) -> Part | None:
    return _parts.get(template)


register(
    Placeholder("Aktenzeichen", "{{ reference }}", "Aktenzeichen der Anfrage oder Meldung", True, in_subject=True),
    Placeholder("Gruß und Kontakt", '{% include "signature.txt" %}', "der gemeinsame Schluss unserer E-Mails", True),
    Placeholder("Name für Rückfragen", "{{ contact.name }}", "zuständige Person oder Betreiber"),
    Placeholder("E-Mail für Rückfragen", "{{ contact.email }}", "Adresse der zuständigen Person oder des Portals"),
    Placeholder("Telefon für Rückfragen", "{{ contact.phone }}", "Nummer der zuständigen Person oder des Portals"),
    Placeholder("Adresse für den Code", "{{ second_way }}", "Seite, auf der es ohne Link weitergeht"),
    Condition("eine Adresse für Rückfragen bekannt ist", "contact.email"),
    Condition("ein Name für Rückfragen bekannt ist", "contact.name"),
    Condition("ein Telefon für Rückfragen bekannt ist", "contact.phone"),
    Condition("es ein Aktenzeichen gibt", "reference"),
    Condition("es auch ohne Link geht", "second_way"),
    Condition("es eine persönliche Seite gibt", "own_page"),
)
register_part(
    Part(
        "signature",
        "Gruß und Kontakt",
        "Steht am Ende jeder E-Mail an Kommunen, an Berater*innen und an andere, die uns geschrieben haben.",
        "requests/received",
    )
)

# --- From the file to what people edit, and back ---------------------------------------------------------

ELSE, END = "sonst", "ende"
_IF, _ELIF = "wenn", "oder wenn"
_TAG = re.compile(r"\{% (if|elif) (.+?) %\}|\{% (else|endif) %\}")
_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LINK = re.compile(r"\[\[(?P<name>\w+)\|(?P<label>[^\]\n]*[^\]\s][^\]\n]*)\]\]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
INVISIBLE = "Der Text enthält unsichtbare Steuerzeichen. Bitte fügen Sie ihn ohne Formatierung ein."


class Unknown(ValueError):
    """A file holds a piece that no app has registered: its words cannot be edited."""


def editable(code: str, language: str) -> str:
    """The words of a template as people edit them. Raises Unknown."""
    by_code = {each.code_in(language): each for each in _placeholders.values()}
    pieces = re.compile("|".join(map(re.escape, sorted(by_code, key=len, reverse=True))))
    text = pieces.sub(lambda found: f"\x01 {by_code[found[0]].name} \x02", code)
    text = _TAG.sub(_editable_tag, text)
    if left := re.search(r"\{[{%#].*", text):
        raise Unknown(left[0])
    return text.replace("\x01", "{{").replace("\x02", "}}")


def _editable_tag(found: re.Match[str]) -> str:
    if found[3]:
        return f"\x01 {ELSE if found[3] == 'else' else END} \x02"
    for condition in _conditions.values():
        if condition.test == found[2]:
            return f"\x01 {_IF if found[1] == 'if' else _ELIF} {condition.name} \x02"
    raise Unknown(found[0])


def source(text: str, language: str) -> str:
    """The template behind edited words. Raises Unknown for anything but text and registered pieces."""

    def code(found: re.Match[str]) -> str:
        kind, piece = _read(found[1])
        if kind in (ELSE, END):
            return "{% else %}" if kind == ELSE else "{% endif %}"
        if piece is None:
            raise Unknown(found[0])
        if isinstance(piece, Condition):
            return f"{{% {'if' if kind == _IF else 'elif'} {piece.test} %}}"
        return piece.code_in(language)

    outside = _BRACES.sub("", text)
    if left := re.search(r"\{[{%#]|[%#}]\}", outside):
        raise Unknown(left[0])
    return _BRACES.sub(code, text)


def _read(inside: str) -> tuple[str, Placeholder | Condition | None]:
    """What stands between braces: `ELSE`, `END`, `_IF` or `_ELIF` with their condition, or "" with a placeholder."""
    words = _folded(inside)
    if words in (ELSE, END):
        return words, None
    for kind in (_ELIF, _IF):
        if words.startswith(f"{kind} "):
            return kind, _conditions.get(words.removeprefix(f"{kind} "))
    return "", _placeholders.get(words)


# --- What comes with the software ------------------------------------------------------------------------


def _path(template: str, language: str) -> Path:
    suffix = "" if language == settings.LANGUAGE_CODE else f".{language}"
    return FOLDER / f"{template}{suffix}.txt"


def languages(template: str) -> list[str]:
    return [code for code, _ in settings.LANGUAGES if _path(template, code).exists()]


@cache
def shipped(template: str, language: str) -> Words:
    """The words of the file, as people edit them. Raises Unknown."""
    text = editable(normalize_newlines(_path(template, language).read_text(encoding="utf-8")), language)
    if template in _parts:
        return Words("", text.strip("\n"))
    first, _, body = text.partition("\n")
    return Words(first.removeprefix(_PREFIX[language]).strip(), body.strip("\n"))


# --- What may stand in a text -------------------------------------------------------------------------


class Allowed(NamedTuple):
    placeholders: list[Placeholder]
    conditions: list[Condition]
    links: dict[str, str]  # name → as it is written in the shipped text

    @property
    def required(self) -> list[Placeholder]:
        return [each for each in self.placeholders if each.required]


@cache
def allowed(template: str, language: str) -> Allowed:
    """What the shipped text of either language uses, and what the kind of mail knows besides."""
    kind = kinds.find(template)
    own = [shipped(template, code) for code in languages(template)]
    text = "\n".join(f"{words.subject}\n{words.body}" for words in own)
    used = [_read(found[1])[1] for found in _BRACES.finditer(text)]
    also = [_placeholders[_folded(name)] for name in (kind.also if kind else ())]
    placeholders = list(dict.fromkeys(each for each in [*used, *also] if isinstance(each, Placeholder)))
    conditions = list(dict.fromkeys(each for each in used if isinstance(each, Condition)))
    links = {found["name"]: found[0] for found in _LINK.finditer(shipped(template, language).body)}
    return Allowed(placeholders, conditions, links)


def problems(template: str, language: str, words: Words) -> dict[str, list[str]]:
    """What forbids these words, by field: `subject` and `body`. Empty when they can be saved."""
    known = allowed(template, language)
    found: dict[str, list[str]] = {"subject": [], "body": list(_body_problems(known, template, language, words.body))}
    if template not in _parts:
        found["subject"] = list(_subject_problems(known, template, language, words.subject))
    return {field: sentences for field, sentences in found.items() if sentences}


def _subject_problems(known: Allowed, template: str, language: str, subject: str) -> Iterator[str]:
    if not _BRACES.sub("", subject).strip(" []:"):
        yield "Bitte schreiben Sie einen Betreff."
    if len(subject) > MOST_SUBJECT:
        yield f"Der Betreff darf höchstens {MOST_SUBJECT} Zeichen haben."
    yield from _stray(subject)
    if "[[" in subject:
        yield "Ein Link kann nicht im Betreff stehen."
    for found in _BRACES.finditer(subject):
        kind, piece = _read(found[1])
        if kind:
            yield "Im Betreff gibt es kein „wenn“: Er muss in jeder E-Mail passen."
        elif not isinstance(piece, Placeholder) or piece not in known.placeholders:
            yield f"Diesen Platzhalter gibt es hier nicht: {_quoted(found)}."
        elif not piece.in_subject:
            yield f"„{piece.name}“ darf nicht im Betreff stehen: Ihn lesen unterwegs viele."
    used = {_folded(found[1]) for found in _BRACES.finditer(subject)}
    for placeholder in map(_placeholder, _BRACES.finditer(shipped(template, language).subject)):
        if placeholder.required and _folded(placeholder.name) not in used:
            yield f"Im Betreff fehlt der Platzhalter „{placeholder.name}“. Daran finden alle Beteiligten den Vorgang."


def _placeholder(found: re.Match[str]) -> Placeholder:
    piece = _read(found[1])[1]
    assert isinstance(piece, Placeholder)
    return piece


def _body_problems(known: Allowed, template: str, language: str, body: str) -> Iterator[str]:
    if not body.strip():
        yield "Bitte schreiben Sie einen Text."
        return
    if len(body) > MOST_BODY:
        yield f"Der Text darf höchstens {MOST_BODY} Zeichen haben."
    yield from _stray(body)
    yield from _unknown(known, body)
    yield from _unbalanced(body)
    yield from _link_problems(known, body)
    used = {_folded(found[1]) for found in _BRACES.finditer(body)}
    for found in _BRACES.finditer(shipped(template, language).body):
        piece = _read(found[1])[1]
        if not isinstance(piece, Placeholder) or piece.in_subject or not piece.required:
            continue
        if _folded(piece.name) not in used:
            used.add(_folded(piece.name))
            yield f"Es fehlt der Platzhalter „{piece.name}“ ({piece.says})."


def _stray(text: str) -> Iterator[str]:
    if CONTROL.search(text):
        yield INVISIBLE
    outside = _BRACES.sub(lambda found: "\n" * found[0].count("\n"), text)
    if stray := re.search(r"\{[{%#]|[%#}]\}", outside):
        line = outside[: stray.start()].count("\n") + 1
        yield f"In Zeile {line} steht eine geschweifte Klammer, die zu keinem Platzhalter gehört."


def _unknown(known: Allowed, body: str) -> Iterator[str]:
    for found in _BRACES.finditer(body):
        kind, piece = _read(found[1])
        if kind in (ELSE, END):
            continue
        if kind and piece not in known.conditions:
            yield f"Diese Bedingung gibt es hier nicht: {_quoted(found)} (Zeile {_line(body, found)})."
        elif not kind and piece not in known.placeholders:
            yield f"Diesen Platzhalter gibt es hier nicht: {_quoted(found)} (Zeile {_line(body, found)})."


def _quoted(found: re.Match[str]) -> str:
    return f"„{' '.join(found[1].split())}“"


def _line(text: str, found: re.Match[str]) -> int:
    return text[: found.start()].count("\n") + 1


def _unbalanced(body: str) -> Iterator[str]:
    """`wenn` with its `ende`; in between any number of `oder wenn`, then at most one `sonst`."""
    open_ones: list[tuple[str, bool]] = []  # as written, whether `sonst` has come
    for found in _BRACES.finditer(body):
        kind, _ = _read(found[1])
        if kind == _IF:
            open_ones.append((_quoted(found), False))
        elif kind and not open_ones:
            yield f"Zu {_quoted(found)} in Zeile {_line(body, found)} fehlt davor ein „wenn …“."
            return
        elif kind == END:
            open_ones.pop()
        elif kind and open_ones[-1][1]:
            yield f"Nach „sonst“ kann in Zeile {_line(body, found)} kein {_quoted(found)} stehen."
            return
        elif kind == ELSE:
            open_ones[-1] = (open_ones[-1][0], True)
    for written, _ in open_ones:
        yield f"Zu {written} fehlt das „ende“."


def _link_problems(known: Allowed, body: str) -> Iterator[str]:
    names = [found["name"] for found in _LINK.finditer(body)]
    for name, written in known.links.items():
        if name not in names:
            yield f"Es fehlt {written}: Daraus wird beim Versand der Link oder der Code."
    for name in dict.fromkeys(names):
        if name not in known.links:
            yield f"Diesen Link gibt es hier nicht: [[{name}|…]]."
    if re.search(r"\[\[|\]\]", _LINK.sub("", body)):
        yield "Ein Link wird so geschrieben: [[link|Beschriftung]]. Bitte prüfen Sie die eckigen Klammern."


# --- What counts ------------------------------------------------------------------------------------------

_draft: ContextVar[MailText | None] = ContextVar("draft", default=None)


@contextmanager
def drafted(template: str, language: str, words: Words) -> Iterator[None]:
    """Inside, these words count instead of those saved: for a preview."""
    token = _draft.set(MailText(template=template, language=language, subject=words.subject, body=words.body))
    try:
        yield
    finally:
        _draft.reset(token)


def newest(template: str, language: str) -> MailText | None:
    """The newest version that a person has made, a reset included."""
    return MailText.objects.filter(template=template, language=language).first()


def current(template: str, language: str) -> Words:
    """What mails say now."""
    version = newest(template, language)
    return _words(version) if version else shipped(template, language)


def _words(version: MailText) -> Words:
    return shipped(version.template, version.language) if version.shipped else Words(version.subject, version.body)


def template_source(template: str, language: str) -> str | None:
    """The template to render; None where the files count unchanged. A text that no longer fits yields to its file."""
    found = MailText.objects.filter(language=language, template__in=(template, *_parts))
    changed = {version.template: version for version in found.order_by("template", "-pk").distinct("template")}
    draft = _draft.get()
    if draft is not None and draft.language == language:
        changed[draft.template] = draft
    sources = {name: code for name, version in changed.items() if (code := _source(version)) is not None}
    if not sources:
        return None
    whole = sources.get(template) or _path(template, language).read_text(encoding="utf-8")
    for name, code in sources.items():
        if name in _parts:
            whole = whole.replace(f'{{% include "{_path(name, language).relative_to(FOLDER)}" %}}', code)
    return whole


def _source(version: MailText) -> str | None:
    if version.shipped:
        return None
    try:
        code = source(version.body, version.language)
        subject = source(version.subject, version.language)
    except Unknown as unknown:
        log.error("E-Mail-Text %s (%s) passt nicht mehr: %s", version.template, version.language, unknown)
        return None
    if version.template in _parts:
        return code.strip("\n") + "\n"
    return f"{_PREFIX[version.language]}{subject}\n\n{code}"


# --- Saving -----------------------------------------------------------------------------------------------


@transaction.atomic
def save(template: str, language: str, words: Words, *, seen: int | None, by: User) -> MailText | None:
    """Makes these words count. `seen`: the key of the version that the person had before them.

    Saving what counts already changes nothing. Raises Conflict, or Refused for words that must not go out.
    """
    words = tidy(words)
    latest = _lock(template, language)
    if words == (_words(latest) if latest else shipped(template, language)):
        return latest
    if (latest and latest.pk) != seen:
        assert latest
        raise Conflict(latest)
    found = problems(template, language, words)
    if found:
        raise Refused(" ".join(sentence for sentences in found.values() for sentence in sentences))
    return MailText.objects.create(template=template, language=language, by=by, **words._asdict())


@transaction.atomic
def reset(template: str, language: str, *, by: User) -> None:
    """The words that come with the software count again, and follow it from now on."""
    latest = _lock(template, language)
    if latest and not latest.shipped:
        MailText.objects.create(template=template, language=language, by=by, shipped=True)


def _lock(template: str, language: str) -> MailText | None:
    take_turn("mail_text", template, language)
    return newest(template, language)


def tidy(words: Words) -> Words:
    body = "\n".join(line.rstrip() for line in normalize_newlines(words.body).split("\n")).strip("\n")
    return Words(" ".join(words.subject.split()), str(body))
