"""The desk's search: words in German, their beginnings, „exact phrases“ and -without, over all that a case says.

The database holds the words (see the migration "search"); here is what was typed and where it was found.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, OuterRef, QuerySet, Subquery
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from miglobe import references

from .models import ConsultationRequest, Message, Note, SearchEntry
from .models.search import Among, Matches

LONGEST = 200  # characters of a search
MOST_TERMS = 12
SHORTEST_BEGINNING = 2  # of a word: one letter begins too many
FEW = 10_000  # cases that are looked up by their keys
MOST = 2**31 - 1
NEWEST = 500  # messages and notes of a page of cases that are looked through for a snippet
AROUND = 70  # characters before and after a hit in a snippet

_TERM = re.compile(r'(?P<without>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_QUOTES = str.maketrans(dict.fromkeys("„“”«»\u201f", '"'))
_LEXEME = re.compile(r"'((?:[^']|'')*)'")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = str.maketrans("øđðłıæœ", "oddliao")


@dataclass(frozen=True)
class Query:
    words: str
    """A tsquery, ready for `words__matches`."""
    hits: frozenset[str]
    """Beginnings of folded words that are marked where the search has found something."""
    reference: str
    """The one that was meant, when it can be one."""


def understand(typed: str) -> Query | None:
    """What is looked for. Nothing when no letter or digit is to be found. Any text is allowed."""
    typed = typed.replace("\0", " ")[:LONGEST]
    reference = references.find(typed)
    wanted: list[str] = []
    unwanted: list[str] = []
    for term, is_unwanted in _in_sql([("", reference, True)] if reference else list(_terms(typed))[:MOST_TERMS]):
        (unwanted if is_unwanted else wanted).append(term)
    if not wanted:
        return None
    words = " & ".join([*(f"({term})" for term in wanted), *(f"!({term})" for term in unwanted)])
    hits = frozenset(lexeme for term in wanted for lexeme in _LEXEME.findall(term) if lexeme.isalnum())
    return Query(words, hits, reference)


def keys(query: Query) -> list[int] | None:
    """The cases that have the words; nothing when they are too many to name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT requests_search(%s::tsquery, %s)", [query.words, FEW + 1])
        found = [key for (key,) in cursor.fetchall()]
    return found if len(found) <= FEW else None


def found(cases: QuerySet[ConsultationRequest], query: Query, few: list[int] | None) -> QuerySet[ConsultationRequest]:
    """These cases as far as they have the words. `few`: what `keys` knows.

    With the keys the database need not guess how many there will be: it guesses badly for beginnings of words, and
    looks at every case when it expects many and there are none. Words that more have in common are looked for last,
    on the way down the list, where they are soon met.
    """
    if few is not None:
        return cases.filter(Among(F("pk"), few))
    entry = SearchEntry.objects.filter(pk=OuterRef("pk")).values(fits=Matches(F("words"), query.words))
    return cases.filter(Subquery(entry, output_field=BooleanField()))


def to_count(cases: QuerySet[ConsultationRequest], query: Query) -> QuerySet[ConsultationRequest]:
    """The same cases, for words that many have in common: quicker to count, slower to begin with."""
    return cases.extra(
        where=['"requests_consultationrequest"."id" IN (SELECT requests_search(%s::tsquery, %s))'],
        params=[query.words, MOST],
    )


def _terms(typed: str) -> Iterator[tuple[str, str, bool]]:
    """Sign, words, whether exactly these."""
    for match in _TERM.finditer(typed.translate(_QUOTES)):
        phrase = match["phrase"]
        yield match["without"] or "", match["word"] if phrase is None else phrase, phrase is not None


def _in_sql(terms: list[tuple[str, str, bool]]) -> Iterator[tuple[str, bool]]:
    """Each term as PostgreSQL reads it, and whether it is unwanted. Terms without a letter or digit are left out."""
    rows = [
        (words, exactly, not sign and len(words) >= SHORTEST_BEGINNING, bool(sign)) for sign, words, exactly in terms
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT requests_term(words, exactly, beginning)::text, unwanted"
            " FROM unnest(%s::text[], %s::boolean[], %s::boolean[], %s::boolean[])"
            " AS terms (words, exactly, beginning, unwanted)",
            [list(column) for column in zip(*rows, strict=True)],
        )
        yield from ((term, unwanted) for term, unwanted in cursor.fetchall() if term)


# --- Where it was found ---------------------------------------------------------------------------


def fold(word: str) -> str:
    """As `requests_fold` in the database, except for punctuation."""
    plain = re.sub("[\u0300-\u036f\u00ad\u200b-\u200d]+", "", unicodedata.normalize("NFKD", word)).lower()
    plain = plain.translate(_LETTERS).replace("ß", "ss").replace("ae", "a").replace("oe", "o")
    return re.sub("(?<![aeiouq])ue", "u", plain)


def snippets(cases: Collection[ConsultationRequest], query: Query) -> dict[int, SafeString]:
    """For each of these cases a few words around the newest hit in what was written, by its key."""
    if not query.hits:
        return {}
    written = _written([case.pk for case in cases], query.hits)
    shown: dict[int, SafeString] = {}
    for case in cases:
        own = (("Anliegen", case.concern), ("Erhofftes Ergebnis", case.hope), ("Amt", case.contact_office))
        for label, text in ([written[case.pk]] if case.pk in written else []) + list(own):
            if snippet := _snippet(text, query.hits):
                shown[case.pk] = format_html("{}: {}", label, snippet)
                break
    return shown


def _written(keys: list[int], hits: Collection[str]) -> dict[int, tuple[str, str]]:
    """By case the newest message or note with a hit, and which of the two it is."""
    beginning = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, hits))})")
    said = [
        (at, label, case, text)
        for label, rows in (
            ("Nachricht", Message.objects.all()),
            ("Interne Notiz", Note.objects.filter(taken_back_at=None)),
        )
        for case, at, text in rows.filter(consultation__in=keys)
        .order_by("-at", "-pk")
        .values_list("consultation", "at", "text")[:NEWEST]
    ]
    newest: dict[int, tuple[str, str]] = {}
    for _, label, case, text in sorted(said, reverse=True):
        if case not in newest and beginning.search(fold(text)):
            newest[case] = label, text
    return newest


def _snippet(text: str, hits: Collection[str]) -> SafeString | None:
    """The surroundings of the first hit, every hit in them marked."""
    marks = [match.span() for match in _WORD.finditer(text) if fold(match[0]).startswith(tuple(hits))]
    if not marks:
        return None
    start, end = max(marks[0][0] - AROUND, 0), min(marks[0][1] + AROUND, len(text))
    start = text.rfind(" ", 0, start) + 1 if start else 0
    end = len(text) if end == len(text) or (after := text.find(" ", end)) < 0 else after
    pieces: list[tuple[Any, Any, Any]] = []
    at = start
    for begin, stop in marks:
        if begin >= at and stop <= end:
            pieces.append((text[at:begin], text[begin:stop], ""))
            at = stop
    body = format_html_join("", "{}<mark>{}</mark>{}", pieces)
    return format_html("{}{}{}{}", "… " if start else "", body, text[at:end], " …" if end < len(text) else "")
