"""Text blocks: passages that coordinators put into what they write to a municipality."""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from .models import ConsultationRequest, TextBlock

_BRACES = re.compile(r"\{\{ *([^{}\n]*?) *\}\}")

PLACEHOLDERS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "Ansprechperson": ("Name der Ansprechperson", lambda case: case.contact_name),
    "Aktenzeichen": ("Aktenzeichen der Anfrage", lambda case: case.reference or ""),
    "Kommune": ("Name der Kommune", lambda case: str(case.municipality)),
    "Kommune nach für": (
        "die Kommune, wie sie nach „für“ steht: „Unna“, „den Kreis Soest“",
        lambda case: case.municipality.accusative if case.municipality else "",
    ),
}


def known_placeholders(text: str) -> None:
    """Validator: every pair of double braces holds a placeholder that exists, and no brace stands alone."""
    unknown = [f"„{found[1]}“" for found in _BRACES.finditer(text) if found[1] not in PLACEHOLDERS]
    if unknown:
        known = ", ".join(f"„{name}“" for name in PLACEHOLDERS)
        raise ValidationError(f"Diesen Platzhalter gibt es nicht: {', '.join(unknown)}. Es gibt: {known}.")
    if re.search(r"\{\{|\}\}", _BRACES.sub("", text)):
        raise ValidationError("Platzhalter stehen zwischen zwei doppelten Klammern. Bitte prüfen Sie sie.")


def filled(block: "TextBlock", consultation: "ConsultationRequest") -> str:
    """The block in the language of the request, with what its placeholders stand for."""

    def value(found: re.Match[str]) -> str:
        placeholder = PLACEHOLDERS.get(found[1])
        return placeholder[1](consultation) if placeholder else found[0]

    text = block.text_en if consultation.language == "en" and block.text_en else block.text
    return _BRACES.sub(value, text)


def plain(text: str) -> str:
    """The text for a list: its placeholders in brackets."""
    return _BRACES.sub(r"[\1]", text)


def choices(blocks: Iterable["TextBlock"], consultation: "ConsultationRequest") -> dict[str, tuple[str, str]]:
    """By key: the name of each block, and its text for this request."""
    return {str(block.pk): (block.name, filled(block, consultation)) for block in blocks}


def appended(text: str, block: str) -> str:
    """The block after what was typed, as a paragraph of its own."""
    return f"{text.rstrip()}\n\n{block}" if text.strip() else block
