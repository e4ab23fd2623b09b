"""Mail texts at the desk: found by who gets them and when, written, looked at with real data, taken back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from miglobe.outbox import kinds, texts
from miglobe.outbox.models import Audience, Mail, MailText
from requests import mails
from requests.models import State
from tests.factories import CaseFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/outbox/mailtext/"
TEXT = f"{LIST}text/requests/received/de/"
WORDS = texts.Words(
    "[{{ Aktenzeichen }}] Danke", "Hallo {{ Ansprechperson }}\n\n[[link|Hier]]\n\n{{ Gruß und Kontakt }}"
)


def given(desk, address=TEXT, **changes):
    seen = desk.get(address).context["form"].initial["seen"]
    return WORDS._asdict() | {"seen": seen or ""} | changes


def body(response):
    return response.content.decode()


def test_every_mail_is_in_the_list_by_who_gets_it_and_what_has_happened(desk):
    shown = body(desk.get(LIST))
    for audience in Audience:
        for kind in kinds.of(audience):
            assert kind.event in shown
            for language in texts.languages(kind.template):
                assert f"{LIST}text/{kind.template}/{language}/" in shown
    assert f"{LIST}text/signature/en/" in shown
    assert "An Berater*innen" in shown


def test_the_list_needs_the_same_queries_for_one_and_three_changed_texts(desk):
    counts = []
    for names in (["requests/received"], ["requests/asked", "requests/closed"]):
        for name in names:
            MailText.objects.create(template=name, language="de", body="x", by=UserFactory())
        with CaptureQueriesContext(connection) as queries:
            desk.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] == 6


def test_a_text_is_saved_and_mails_say_it(desk, coordinator):
    assert body(desk.get(TEXT)).count("{{ Ansprechperson }}") > 1  # in the text and among the placeholders
    assert "Gespeichert" in body(desk.post(TEXT, given(desk), follow=True))
    mails.received(CaseFactory(contact_name="Petra"))
    assert Mail.objects.get().text.startswith("Hallo Petra\n")
    version = MailText.objects.get()
    assert (version.by, version.body) == (coordinator, WORDS.body)
    assert "geändert" in body(desk.get(LIST))


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(desk):
    response = desk.post(TEXT, given(desk, subject="Nur so", body="Hallo {{ Herz }}"))
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert "Im Betreff fehlt der Platzhalter „Aktenzeichen“" in errors["subject"][0]
    assert any("„Herz“ (Zeile 1)" in error for error in errors["body"])
    assert "Hallo {{ Herz }}" in body(response)
    assert not MailText.objects.exists()


def test_a_preview_shows_a_real_case_and_saves_nothing(desk):
    chosen = CaseFactory(contact_name="Frau Gewählt")
    CaseFactory(contact_name="Frau Neueste")
    shown = body(desk.post(TEXT, given(desk, preview="1")))
    assert "Hallo Frau Neueste" in shown
    shown = body(desk.post(TEXT, given(desk, preview="1", reference=chosen.reference)))
    assert "Hallo Frau Gewählt" in shown
    assert f"[{chosen.reference}] Danke" in shown
    assert "keinen Vorgang" in body(desk.post(TEXT, given(desk, preview="1", reference="MG-0")))
    assert not MailText.objects.exists()
    assert not Mail.objects.exists()


def test_the_preview_of_the_shared_end_shows_it_in_a_mail(desk):
    CaseFactory(state=State.NEW)
    address = f"{LIST}text/signature/de/"
    body_text = "Herzlich, {{ Name für Rückfragen }} ({{ Aktenzeichen }})\n{{ wenn es eine persönliche Seite gibt }}"
    body_text += "[[me|Meine Seite]]{{ ende }}"
    response = desk.post(address, {"body": body_text, "preview": "1"})
    assert "Herzlich, " in body(response)
    assert "ist eingegangen" in body(response)
    assert "id_subject" not in body(response)


def test_a_text_is_taken_back_by_a_second_click_only(desk):
    desk.post(TEXT, given(desk))
    assert "Ihr Aktenzeichen lautet" in body(desk.get(f"{TEXT}reset/"))
    assert texts.current("requests/received", "de") == WORDS
    desk.post(f"{TEXT}reset/")
    assert texts.current("requests/received", "de") == texts.shipped("requests/received", "de")


def test_an_older_version_comes_back(desk):
    desk.post(TEXT, given(desk))
    first = MailText.objects.get()
    desk.post(TEXT, given(desk, subject="[{{ Aktenzeichen }}] Zweite"))
    desk.post(f"{TEXT}versions/{first.pk}/")
    assert texts.current("requests/received", "de") == WORDS
    assert MailText.objects.count() == 3


def test_who_was_slower_keeps_both_texts(desk):
    opened = given(desk)
    texts.save("requests/received", "de", WORDS._replace(subject="[{{ Aktenzeichen }}] Schneller"), seen=None, by=None)
    response = desk.post(TEXT, opened | {"subject": "[{{ Aktenzeichen }}] Langsamer"})
    assert response.status_code == 422
    assert "Schneller" in body(response)
    assert "Langsamer" in body(response)
    seen = response.context["form"].data["seen"]
    assert desk.post(TEXT, opened | {"subject": "[{{ Aktenzeichen }}] Langsamer", "seen": seen}).status_code == 302


@pytest.mark.parametrize(
    "address",
    ["text/requests/no/de/", "text/advisors/offered/en/", "text/requests/received/fr/", "text/../settings/de/"],
)
def test_what_is_no_mail_is_not_found(desk, address):
    assert desk.get(f"{LIST}{address}").status_code == 404
