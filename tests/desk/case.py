"""Where the pages of a case are, and how a person uses their buttons."""

import re

from requests.models import State
from tests.factories import OrganisationFactory, ReasonFactory

LIST = "/admin/requests/consultationrequest/"
FILED = [state for state in State.values if state not in ("draft", "unconfirmed", "merged")]


def page(case):
    return f"{LIST}{case.pk}/change/"


def move(case, name):
    return f"{LIST}{case.pk}/move/{name}/"


def press(desk, address, given=None):
    """What a person does: reads the preview, then presses the button in it."""
    preview = desk.post(address, given or {})
    seen = re.search(r'name="seen" value="(\w+)"', preview.content.decode())
    return desk.post(address, (given or {}) | {"seen": seen[1] if seen else ""}, follow=True)


def answers(name):
    return {
        "accept": lambda: {"team_size": 2},
        "hand_over": lambda: {"to": f"organisation-{OrganisationFactory().pk}", "note": "Urlaub"},
        "contact": lambda: {"note": "Telefonat"},
        "ask": lambda: {"question": "Wer nimmt teil?"},
        "answer": lambda: {"text": "Alle."},
        "reply": lambda: {"text": "Bald."},
        "start": lambda: {"goals": "Ein Leitbild", "days": "10", "starts_on": "2026-03-01", "ends_on": "2026-09-30"},
        "close": lambda: {"outcome": "dialogue", "note": ""},
        "refer": lambda: {"reason": ReasonFactory().pk, "note": "Bitte dort fragen."},
        "reject": lambda: {"reason": ReasonFactory().pk, "note": "Leider."},
        "withdraw": lambda: {"note": "Anruf"},
        "reopen": lambda: {"note": "Irrtum"},
        "resume": lambda: {"note": "Irrtum"},
    }.get(name, dict)()
