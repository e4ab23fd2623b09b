"""Which browser a session lives in, in words by which its owner knows it again. Nothing of it leaves the session.

And which browser somebody has logged in with before: there, wrong passwords typed elsewhere lock nobody out.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

KEY = "accounts_browser"
NAMES = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
UNKNOWN = "Unbekannter Browser"


def note(request: HttpRequest) -> dict[str, Any]:
    return {"name": name(request.headers.get("User-Agent", "")), "since": timezone.now().isoformat()}


def name(user_agent: str) -> str:
    browser = next((words for sign, words in NAMES if sign in user_agent), UNKNOWN)
    system = next((words for sign, words in SYSTEMS if sign in user_agent), "")
    return f"{browser} auf {system}" if system else browser


# --- A browser that is known ---------------------------------------------------------------------------

KNOWN_FOR = timedelta(days=180)


def _signer(email: str) -> TimestampSigner:
    return TimestampSigner(salt=f"accounts.browser:{email.lower()}", sep=".")


def remember(response: HttpResponse, email: str) -> None:
    """After a whole login. The cookie opens nothing: it is a word of chance, signed for this person."""
    word = _signer(email).sign(secrets.token_hex(16))
    response.set_cookie(
        settings.BROWSER_COOKIE_NAME,
        word,
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known(request: HttpRequest, email: str) -> str:
    """The browser's own word; empty where this person has not logged in before, or long ago."""
    try:
        return _signer(email).unsign(request.COOKIES.get(settings.BROWSER_COOKIE_NAME, ""), max_age=KNOWN_FOR)
    except BadSignature:
        return ""
