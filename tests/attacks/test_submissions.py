"""Requests as nobody would file them: any values, in any order, any button. Nothing is ever half-written.

SUBMISSIONS says how many: a few hundred in `make test`, ten thousand in `make test-submissions`.
"""

import os
from urllib.parse import quote_from_bytes

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from miglobe import references
from miglobe.outbox.models import Mail
from requests import links
from requests.forms import STEPS
from requests.models import ConsultationRequest, State
from tests import factories

pytestmark = pytest.mark.django_db

SUBMISSIONS = int(os.environ.get("SUBMISSIONS", "100"))
ANSWERS = {200, 302, 400, 404, 405, 409, 413, 422, 429}
FORM = "application/x-www-form-urlencoded"

# --- What is typed -------------------------------------------------------------------------------------------

NASTY = [
    *("", " ", "0", "-1", "1", "1e9", "NaN", "None", "null", "true", "[]", "{}", "on", "99999999999999999999", "\x00"),
    *("\ud800", "a\ud800b", "\ufffe", "\u202eevil", "\u0000x", "\r\nBcc: x@evil.example", "' OR 1=1 --", "{{7*7}}"),
    *("<script>x</script>", "%s%n", "../../etc/passwd", "\U0001f600" * 50, "ﬀ" * 130, "İ" * 121, "x" * 5_000),
    *(
        "2026-13-45",
        "9999-12-31",
        "0001-01-01",
        "2031-01-01",
        "٢٠٣١-٠١-٠١",
        "a@b",
        "a@xn--.example",
        "a" * 250 + "@b.example",
    ),
    *('"\x01"@b.example', "a@b.example,c@d.example", "a@b.example\n", "+49 (0) 231 / 5550-10", "online", "either"),
]
WORDS = st.one_of(st.sampled_from(NASTY), st.text(max_size=30), st.text(st.characters(), max_size=8))
FIELDS = (
    *("municipality", "co_1", "co_2", "co_3", "topics", "concern", "hope", "formats", "place", "wished_from"),
    *("wished_until", "languages", "regions", "contact_name", "contact_office", "contact_email", "contact_phone"),
    *("uploads", "state", "reference", "key", "pk", "organisation", "confirmed_at", "draft", "text", "email", "code"),
)
BUTTONS = ("zurueck", "spaeter", "hochladen", "entfernen", "sprache", "verwerfen", "antwort", "anlage", "weiter")
JUNK = st.dictionaries(
    st.one_of(st.sampled_from(FIELDS), st.sampled_from(BUTTONS), st.text(max_size=5)),
    st.lists(WORDS, max_size=3),
    max_size=6,
)
OTHER_FORMS = ("requests:lost_link", "advisors:apply", "advisors:lost_link", "codes:ask", "pages:report_barrier")
RIGHT = st.fixed_dictionaries(
    {"right": st.sampled_from(list(STEPS)), "and": st.just({}) | JUNK, "aendern": st.booleans()}
)
ANY = st.fixed_dictionaries({"step": st.sampled_from([*STEPS, "pruefen", "eingang", "weg"]), "fields": JUNK})
PRESS = st.fixed_dictionaries(
    {
        "press": st.sampled_from(["review", "review", "confirm", "status", "withdraw", "pause", "throw_away"]),
        "fields": JUNK,
    }
)
LOOK = st.fixed_dictionaries({"look": st.sampled_from(["pruefen", "eingang", "anfrage.pdf", "kontakt", "spaeter"])})
ELSEWHERE = st.fixed_dictionaries({"other": st.sampled_from(OTHER_FORMS), "fields": JUNK})
ACTION = st.one_of(RIGHT, RIGHT, ANY, PRESS, PRESS, LOOK, ELSEWHERE)
ALL_RIGHT = [{"right": name, "and": {}, "aendern": False} for name in STEPS]
COURSE = st.builds(
    lambda begin, middle, end: begin + middle + end,
    st.sampled_from([[], ALL_RIGHT, ALL_RIGHT[::-1]]),
    st.lists(ACTION, max_size=5),
    st.lists(st.one_of(PRESS, ACTION), max_size=4),
)


def encoded(fields: dict[str, list[str]]) -> bytes:
    """As a script sends it, that knows nothing of UTF-8."""
    pairs = [(name, value) for name, values in fields.items() for value in values]
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in pairs).encode()


def quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))


# --- Somebody who files ------------------------------------------------------------------------------------


class Somebody:
    def __init__(self, right: dict) -> None:
        self.client, self.right = Client(raise_request_exception=False), right
        begun = self.client.post("/anfrage/")
        self.key = begun["Location"].split("/")[2]

    def url(self, name: str) -> str:
        return f"/anfrage/{self.key}/{name}" + ("" if name.endswith(".pdf") else "/")

    def send(self, path: str, fields: dict[str, list[str]]) -> None:
        response = self.client.post(path, encoded(fields), content_type=FORM)
        assert response.status_code in ANSWERS, (path, fields, response.status_code)

    def act(self, action: dict) -> None:
        fields = action.get("fields", {})
        if "right" in action:
            query = "?aendern" if action["aendern"] else ""
            self.send(self.url(action["right"]) + query, action["and"] | self.right.get(action["right"], {}))
        elif "step" in action:
            self.send(self.url(action["step"]), fields)
        elif "look" in action:
            assert self.client.get(self.url(action["look"])).status_code in ANSWERS
        elif "other" in action:
            self.send(reverse(action["other"]), fields)
        else:
            self.press(action["press"], fields)

    def press(self, button: str, fields: dict[str, list[str]]) -> None:
        if button in ("review", "pause", "throw_away"):
            self.send(self.url({"review": "pruefen", "pause": "spaeter", "throw_away": "loeschen"}[button]), fields)
            return
        case = ConsultationRequest.objects.filter(key=self.key).first()
        if case is None or case.state == State.DRAFT:
            return  # nobody has a link yet
        if button == "confirm":
            token = links.token(links.CONFIRM, case)
            self.send(reverse("requests:confirm", kwargs={"token": token}), fields)
        else:
            token = links.token(links.STATUS, case)
            self.send(reverse(f"requests:{button}", kwargs={"token": token}), fields)


# --- What must hold ----------------------------------------------------------------------------------------


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'outbox.deliver'")
        return cursor.fetchone()[0]


def check(key: str) -> str:
    """The state it has come to. Either nothing of it is filed, or all."""
    case = ConsultationRequest.objects.filter(key=key).first()
    if case is None:
        return "thrown away"
    asked = Mail.objects.filter(template="requests/please_confirm", reference=case.reference or "-")
    if case.state == State.DRAFT:
        assert not case.reference and not case.submitted_at and not case.confirmed_at
        assert not case.municipality_id and not case.concern and not case.contact_email
        assert not case.topics.exists() and not case.co_municipalities.exists()
        assert not case.transitions.exists()
        return "draft"
    assert references.find(case.reference) == case.reference
    assert ConsultationRequest.objects.filter(reference=case.reference).count() == 1
    assert case.draft == {} and case.submitted_at
    assert case.municipality_id and case.concern.strip() and case.contact_name.strip() and "@" in case.contact_email
    assert case.topics.exists()
    assert case.municipality_id not in case.co_municipalities.values_list("pk", flat=True)
    assert not case.organisation_id and not case.person_id
    case.full_clean(validate_unique=False)
    assert asked.count() == 1, "exactly one mail asks for the confirmation"
    received = Mail.objects.filter(template="requests/received", reference=case.reference).count()
    assert received == (1 if case.confirmed_at else 0)
    last = case.transitions.order_by("pk").last()
    assert last and last.target == case.state
    return str(case.state)


@pytest.fixture
def right(settings):
    """What is right for each step. Nobody counts how often."""
    settings.LIMITS = {act: dict.fromkeys(kinds, "999999999/m") for act, kinds in settings.LIMITS.items()}
    places = [factories.MunicipalityFactory() for _ in range(3)]
    topic, region = factories.TopicFactory(), factories.RegionFactory()
    factories.OrganisationFactory()
    return {
        "kommune": {"municipality": [str(places[0].pk)], "co_1": [str(places[1].pk)], "co_2": [str(places[0].pk)]},
        "anliegen": {"topics": [str(topic.pk)], "concern": ["Wir suchen Rat."]},
        "rahmen": {"place": ["online"], "regions": [str(region.pk)], "formats": [str(factories.FormatFactory().pk)]},
        "kontakt": {"contact_name": ["Petra Beispiel"], "contact_email": ["petra@stadt.example"]},
    }


@settings(max_examples=SUBMISSIONS, suppress_health_check=list(HealthCheck))
@given(course=COURSE)
def test_whatever_is_sent_is_a_draft_or_complete(right, course):
    with transaction.atomic():
        mails, owed = Mail.objects.count(), jobs()
        somebody = Somebody(right)
        for action in course:
            somebody.act(action)
        event(check(somebody.key))
        assert Mail.objects.count() - mails == jobs() - owed, "every mail has its job"
        transaction.set_rollback(True)
