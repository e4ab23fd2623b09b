"""How hard the texts are to read, measured. The numbers replace no group of readers; they stop a text from sliding.

LIX (C. H. Björnsson, "Läsbarhet", 1968): words per sentence + 100 × words of more than six letters / words.
    Up to 25 children's books, up to 40 fiction, 50 newspapers, 60 and more official prose.
Flesch for German (T. Amstad, "Wie verständlich sind unsere Zeitungen?", 1978):
    180 − words per sentence − 58.5 × syllables per word. Over 70 fairly easy, over 80 easy, under 30 very hard.

Leichte Sprache divides long words by a hyphen so that each part is read by itself, so each part counts as a word.
Syllables are groups of vowels: right for German in about 19 of 20 words, and wrong in both directions.
"""

import re

import pytest
from django.conf import settings
from django.urls import resolve
from django.utils import translation

from miglobe.pages import editing
from miglobe.pages.models import Page

PAGES = [(slug, language) for slug in Page.Slug.values for language, _ in settings.LANGUAGES]

# Netzwerk Leichte Sprache: one statement a sentence, eight to twelve words; measured 25 and 81 when written.
MOST_WORDS = 12
HIGHEST_LIX = 27
LOWEST_FLESCH = 78
# The rest is for administrations, and still no official prose: measured up to 46.
HIGHEST_LIX_OF_ANY = 48
LONGEST_SENTENCE_OF_ANY = 36


def sentences(body):
    """The words of every sentence. A line that is broken on purpose ends a sentence, as in Leichte Sprache."""
    text = re.sub(r"\{\{ land \}\}", "Nordrhein-Westfalen", body)
    text = re.sub(r"\{\{ \w+ \}\}", "5", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    text = re.sub(r"^\| ---.*$", "", text, flags=re.MULTILINE)
    parts = re.split(r"[.!?]+[“”)*\]]*\s|\n|:\s|\|", text + "\n")
    words = (re.findall(r"[^\W_]+(?:\*[^\W_]+)*", part.lstrip("#> 0123456789.-")) for part in parts)
    return [found for found in words if found]


def words(body):
    return [word for sentence in sentences(body) for word in sentence]


def lix(body):
    total, found = len(sentences(body)), words(body)
    return len(found) / total + 100 * sum(len(word) > 6 for word in found) / len(found)


def flesch(body):
    total, found = len(sentences(body)), words(body)
    syllables = sum(max(1, len(re.findall(r"[aeiouyäöü]+", word.lower()))) for word in found)
    return 180 - len(found) / total - 58.5 * syllables / len(found)


def test_the_formulas_measure_what_they_should():
    assert sentences("Das ist ein Haus. Es ist **rot**!\n\n## Der Land-Kreis") == [
        ["Das", "ist", "ein", "Haus"],
        ["Es", "ist", "rot"],
        ["Der", "Land", "Kreis"],
    ]
    assert lix("Das ist ein Haus.") == 4
    assert lix("Die Verwaltungsvereinbarung ist ein Dokument.") == 5 + 100 * 2 / 5
    assert flesch("Das ist ein Haus.") == 180 - 4 - 58.5
    assert flesch("Die Verwaltungsvereinbarung ist ein Dokument.") == pytest.approx(180 - 5 - 58.5 * 13 / 5)


def test_leichte_sprache_is_easy():
    body = editing.shipped("leichte-sprache", "de").body
    assert [" ".join(found) for found in sentences(body) if len(found) > MOST_WORDS] == []
    assert lix(body) <= HIGHEST_LIX
    assert flesch(body) >= LOWEST_FLESCH


def test_leichte_sprache_keeps_to_its_rules():
    body = editing.shipped("leichte-sprache", "de").body
    for line in body.splitlines():
        assert len(re.findall(r"[.!?](?:\s|$)", re.sub(r"^\d+\.", "", line.strip()))) <= 1, f"zwei Sätze: {line}"
    plain = re.sub(r"\{\{.*?\}\}|\]\([^)]*\)", "", body)
    undivided = {word for word in re.findall(r"[^\W\d_]+", plain) if len(word) > 13}
    assert not undivided, "lange Wörter mit Binde-Strich teilen"
    assert not re.findall(r"\b(?:würde|könnte|wäre|hätte|sollte|müsste)\w*", plain), "kein Konjunktiv"
    assert not re.findall(r"\b(?:wird|werden|wurde|worden)\b", plain), "kein Passiv"
    assert not re.findall(r"\b(?:zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn)\b", plain), "Zahlen als Ziffern"
    assert not re.findall(r"[;()*](?!\*)(?<!\*\*)|–|z\. ?B\.|usw\.", plain.replace("**", "")), "keine schweren Zeichen"


@pytest.mark.parametrize("slug", Page.Slug.values)
def test_no_german_page_reads_like_official_prose(slug):
    body = editing.shipped(slug, "de").body
    assert lix(body) <= HIGHEST_LIX_OF_ANY
    assert [" ".join(found) for found in sentences(body) if len(found) > LONGEST_SENTENCE_OF_ANY] == []


@pytest.mark.parametrize(("slug", "language"), PAGES)
def test_every_page_is_written_in_both_languages_with_the_same_sections(slug, language):
    shipped = editing.shipped(slug, language)
    assert shipped.title
    assert len(shipped.description) <= 155
    assert "# " not in shipped.description
    headings = re.findall(r"^(#+) ", shipped.body, flags=re.MULTILINE)
    assert headings == re.findall(r"^(#+) ", editing.shipped(slug, "de").body, flags=re.MULTILINE)
    assert headings.count("##") >= 2
    assert "#" not in headings


@pytest.mark.parametrize(("slug", "language"), PAGES)
def test_every_link_in_a_text_leads_to_a_public_page_in_the_same_language(slug, language):
    for address in re.findall(r"\]\(([^)]+)\)", editing.shipped(slug, language).body):
        assert address.startswith("/en/") == (language == "en"), address
        with translation.override(language):
            view = resolve(address).func
        assert not getattr(view, "login_required", True), address
