"""Which browser a session lives in, in words by which its owner knows it again. Nothing of it leaves the session."""

from typing import Any

from django.http import HttpRequest
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
