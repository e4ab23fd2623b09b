"""Two languages by path: /anfrage/ is German, /en/anfrage/ English. Neither cookie nor header decides."""

from django.http import HttpRequest
from django.utils.translation import get_language


def in_language(german: str, english: str) -> str:
    """What people have written in both languages, in the active one; German where the English is missing."""
    return english if english and get_language() == "en" else german


def is_switched(request: HttpRequest) -> bool:
    """Whether a form was sent to show the same page in another language, with what was typed and unchecked.

    The button is in templates/components/language_switch.html; it sends the form to the other language's address.
    """
    return "sprache" in request.POST
