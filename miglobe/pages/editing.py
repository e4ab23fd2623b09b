"""The only writer of pages: every change is a new version, in the same transaction.

What the software brings stands in `texts/<slug>.<language>.md`: `# Überschrift`, then `> Beschreibung` in one line,
then the body. A page follows its file until a person has saved it.
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language

from miglobe.accounts.models import User
from miglobe.errors import Refused

from .models import Page, PageVersion

FOLDER = Path(__file__).parent / "texts"
_SHIPPED = re.compile(r"# (?P<title>[^\n]+)\n+> (?P<description>[^\n]+)\n*(?P<body>.*)", re.DOTALL)


class Conflict(Refused):
    """Somebody else has saved the page since it was opened; `newer` is what they saved."""

    def __init__(self, newer: PageVersion) -> None:
        super().__init__(
            "Inzwischen ist eine andere Fassung gespeichert worden. Ihr Text steht noch hier, der andere darunter."
        )
        self.newer = newer


class Words(NamedTuple):
    title: str
    description: str
    body: str


def find(slug: str) -> Page:
    """The page in the active language; the text that the software brings where none has been loaded yet."""
    language = get_language() or settings.LANGUAGE_CODE
    page = Page.objects.filter(slug=slug, language=language).first()
    return page or Page(slug=slug, language=language, **shipped(slug, language)._asdict())


@cache
def shipped(slug: str, language: str) -> Words:
    """What the file says. Raises ValueError where it is not written as the head of this module says."""
    path = FOLDER / f"{slug}.{language}.md"
    found = _SHIPPED.fullmatch(path.read_text(encoding="utf-8").strip())
    if found is None:
        raise ValueError(f"{path.name} beginnt nicht mit „# Überschrift“ und „> Beschreibung“.")
    return Words(**found.groupdict())


@transaction.atomic
def load() -> None:
    """Brings every page that no person has saved up to its file."""
    for slug in Page.Slug.values:
        for language, _ in settings.LANGUAGES:
            words = shipped(slug, language)
            page, _ = Page.objects.get_or_create(slug=slug, language=language, defaults=words._asdict())
            page = lock(page)
            latest = page.versions.first()
            if latest is None or (_words(latest) != words and not is_edited(page)):
                _write(page, words, by=None)


def is_edited(page: Page) -> bool:
    return page.versions.filter(by__isnull=False).exists()


def lock(page: Page) -> Page:
    """The fresh row, locked until the end of the transaction."""
    return Page.objects.select_for_update().get(pk=page.pk)


@transaction.atomic
def save(page: Page, *, title: str, description: str, body: str, seen: int | None, by: User) -> Page:
    """Writes the page and its version. `seen` is the key of the version that the person had before them.

    Saving what stands there already changes nothing. Raises Conflict when somebody has saved since.
    """
    page = lock(page)
    words = Words(title, description, body)
    latest = page.versions.first()
    if latest and _words(latest) == words:
        return page
    if latest and latest.pk != seen:
        raise Conflict(latest)
    return _write(page, words, by=by)


@transaction.atomic
def restore(version: PageVersion, *, by: User) -> Page:
    """Makes an old version the newest one; those in between stay."""
    page = lock(version.page)
    return _write(page, _words(version), by=by)


def _words(version: PageVersion) -> Words:
    return Words(version.title, version.description, version.body)


def _write(page: Page, words: Words, *, by: User | None) -> Page:
    page.title, page.description, page.body = words
    page.save(update_fields=["title", "description", "body"])
    PageVersion.objects.create(page=page, by=by, **words._asdict())
    return page
