"""What somebody without an account gets to see of what we hold of them, and how they get there."""

import io
import json
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from pypdf import PdfReader

from advisors import links
from advisors.models import Advisor
from miglobe.history.tracking import events
from miglobe.outbox import outbox, suppression
from miglobe.outbox.models import Mail
from miglobe.pages import reports
from miglobe.privacy import asking, own_file, registry
from miglobe.privacy.models import DataRequest
from requests import attachments, notes, workflow
from requests.models import ConsultationRequest, State
from tests.factories import (
    AdvisorFactory,
    AppointmentFactory,
    CandidacyFactory,
    CaseFactory,
    FeedbackFactory,
    OfferFactory,
    ReportFactory,
    UserFactory,
)
from tests.periods import follow

pytestmark = pytest.mark.django_db

PETRA = "kranich@soest.example"
ASK = "/meine-daten/"


def petras_case(**given):
    by = UserFactory(first_name="Jana", last_name="Wiechers")
    given = {"state": State.RUNNING, "contact_name": "Petra Kranich", "contact_email": PETRA} | given
    case = CaseFactory(concern="Ein Leitbild", **given)
    workflow.write(case, text="Wann geht es los?")
    workflow.contact(case, note="Jana Wiechers hat sie erreicht", by=by)
    notes.write(case, text="Kranich drängt, Frau Wiechers ruft an", by=by)
    attachments.add(case, SimpleUploadedFile("Konzept.pdf", b"%PDF-1.7 Konzept"))
    attachments.add(case, SimpleUploadedFile("Antwort.pdf", b"%PDF-1.7 Antwort"), by=by)
    AppointmentFactory(consultation=case, place="Saal 3", minutes="Amara Okoro und Frau Kranich")
    FeedbackFactory(consultation=case, helped="Die Offenheit")
    OfferFactory(consultation=case, state="accepted", advisor=AdvisorFactory(name="Amara Okoro"))
    return case


def unpacked(response):
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response)))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def link_to(email, **given):
    return asking.token(DataRequest.objects.create(email=email, **given))


def test_the_file_holds_everything_of_a_contact_and_nobody_elses_name(client):
    case = petras_case()
    found = unpacked(client.post(f"{ASK}{link_to(PETRA)}/datei/"))
    assert set(found) == {"daten.json", "daten.pdf", "dateien/1-Konzept.pdf"}
    assert found["dateien/1-Konzept.pdf"] == b"%PDF-1.7 Konzept"
    text = found["daten.json"].decode()
    for word in (case.reference, "Petra Kranich", "Ein Leitbild", "Wann geht es los?", "Antwort.pdf", "Saal 3"):
        assert word in text, word
    for word in ("Kranich drängt, Frau [Koordination] ruft an", "[Koordination] hat sie erreicht", "Die Offenheit"):
        assert word in text, word
    assert "[Berater*in] und Frau Kranich" in text
    assert "Wiechers" not in text and "Okoro" not in text


def test_a_former_colleague_is_not_looked_for_by_a_word(client):
    """Their empty row is called „Ehemalige Person“."""
    UserFactory(first_name="Ehemalige", last_name="Person", email=f"{uuid4()}@entfernt.invalid")
    notes.write(petras_case(), text="Die Person ruft an", by=UserFactory())
    assert "Die Person ruft an" in own_file.as_json(own_file.everything(PETRA)).decode()


def test_what_names_an_advisor_who_is_a_contact_too_is_told_of_both(client):
    advisor = AdvisorFactory(name="Petra Kranich", email=PETRA)
    worked_on = CaseFactory(state=State.RUNNING)
    OfferFactory(consultation=worked_on, state="accepted", advisor=advisor)
    notes.write(worked_on, text="Petra Kranich berät", by=UserFactory())
    ReportFactory(consultation=petras_case(), agreed="Mit Petra Kranich verabredet")
    text = own_file.as_json(own_file.everything(PETRA)).decode()
    assert "Petra Kranich berät" in text and "Mit Petra Kranich verabredet" in text


def test_who_has_reported_a_barrier_gets_the_words_of_our_mails(client):
    reports.file(uuid4(), barrier="Zu klein", page="/", email="rea@example.net")
    Mail.objects.create(to="rea@example.net", audience="reporter", subject="x", text="Danke für Ihre Meldung")
    assert "Danke für Ihre Meldung" in own_file.as_json(own_file.everything("rea@example.net")).decode()


def test_the_pdf_says_the_same_and_is_tagged(client):
    petras_case()
    with translation.override("en"):
        sections = own_file.everything(PETRA)
        pdf = PdfReader(io.BytesIO(own_file.as_pdf(sections)))
    text = " ".join(page.extract_text() for page in pdf.pages)
    assert "Your data at MiGlobe" in text and "Petra Kranich" in text
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    words = " ".join(" ".join(text.split()).split())
    for section in sections:
        for part in section.parts:
            assert part.title in words


def test_former_values_of_the_contact_belong_to_whoever_had_the_address(client):
    case = CaseFactory(contact_name="Petra Kranich", contact_email=PETRA)
    ConsultationRequest.objects.filter(pk=case.pk).update(contact_name="Bo Neu", contact_email="bo@soest.example")
    (section,) = own_file.everything(PETRA)
    (part,) = section.parts
    assert [entry["Bisher"] for entry in part.entries] == ["Petra Kranich", PETRA]
    assert "Kranich" not in own_file.as_json(own_file.everything("bo@soest.example")).decode()


def test_every_app_tells_what_it_holds(client):
    """Advisor, candidate, reporter, colleague, draft, suppression."""
    AdvisorFactory(email="amara@example.net", about="Ich kenne Ghana")
    CandidacyFactory(email="bo@example.net", about="Ich kann viel")
    reports.file(uuid4(), barrier="Zu klein", page="/", email="rea@example.net")
    UserFactory(email="kim@example.org", phone="0228 5550 1")
    draft = ConsultationRequest.objects.create(draft={"kontakt": {"contact_email": ["dora@stadt.example"]}})
    attachments.add(draft, SimpleUploadedFile("Skizze.pdf", b"%PDF-1.7"))
    suppression.stop_for("stop@example.net")
    for email, word in (
        ("amara@example.net", "Ich kenne Ghana"),
        ("bo@example.net", "Ich kann viel"),
        ("rea@example.net", "Zu klein"),
        ("kim@example.org", "0228 5550 1"),
        ("Dora@Stadt.example", "dora@stadt.example"),
        ("dora@stadt.example", "Skizze.pdf"),
        ("stop@example.net", "Gilt bis"),
    ):
        assert word in own_file.as_json(own_file.everything(email)).decode(), email
    assert own_file.everything("niemand@example.net") == []


def test_the_former_values_of_an_advisor_are_in_it():
    advisor = AdvisorFactory(name="Amara Alt", email="amara@example.net")
    Advisor.objects.filter(pk=advisor.pk).update(name="Amara Neu")
    assert "Amara Alt" in own_file.as_json(own_file.everything("amara@example.net")).decode()


# --- The way there -------------------------------------------------------------------------------------


def answered():
    asking.answer(DataRequest.objects.get().pk)
    return Mail.objects.get()


def test_whoever_asks_gets_the_link_by_mail_and_downloads(client):
    petras_case()
    Mail.objects.all().delete()
    response = client.post(ASK, {"email": PETRA.upper()})
    assert response.status_code == 302 and response["Location"] == "/meine-daten/gesendet/"
    mail = answered()
    assert (mail.template, mail.language) == ("privacy/link_sent", "de")
    address = outbox.addresses(mail)["link"].removeprefix("http://localhost:8000").partition("/meine-daten/")
    page = client.get("/meine-daten/" + address[2])
    assert "Anfragen an MiGlobe" in page.content.decode()
    assert page["Cache-Control"] == "no-store, private"


def test_an_address_of_which_we_hold_nothing_is_told_so_and_forgotten(client):
    client.post("/en" + ASK, {"email": "niemand@example.net"})
    mail = answered()
    assert (mail.template, mail.language) == ("privacy/nothing_held", "en")
    assert not DataRequest.objects.exists()
    Mail.objects.update(state="sent", sent_at=timezone.now())
    assert follow("own_data.mails", timezone.now() + timedelta(days=8)) == 1
    assert not Mail.objects.exists() and not events(Mail).exists()


def test_the_answer_and_the_work_are_the_same_for_everybody(client):
    petras_case()

    def asks(email):
        with CaptureQueriesContext(connection) as queries:
            response = client.post(ASK, {"email": email})
        return response.status_code, response["Location"], len(queries)

    asks("erste@example.net")
    assert asks(PETRA) == asks("niemand@example.net")


def test_what_is_no_address_is_said_beside_the_field(client):
    response = client.post(ASK, {"email": "keine"})
    assert response.status_code == 422 and "keine" in response.content.decode()
    assert not DataRequest.objects.exists()


def test_too_often_is_too_often(client, settings):
    settings.LIMITS = settings.LIMITS | {"own_data": {"address": "2/d"}}
    answers = [client.post(ASK, {"email": PETRA}).status_code for _ in range(3)]
    assert answers == [302, 302, 429]


def test_a_mailbox_that_wants_no_such_mail_gets_none(client):
    petras_case()
    Mail.objects.all().delete()
    suppression.stop_for(PETRA)
    client.post(ASK, {"email": PETRA})
    assert answered().state == Mail.State.DISCARDED


def test_looking_is_not_taking_and_the_link_dies(client):
    petras_case()
    asked = DataRequest.objects.create(email=PETRA)
    token = asking.token(asked)
    assert client.get(f"{ASK}{token}/datei/").status_code == 405
    for part in ("", "loeschen/"):
        client.get(f"{ASK}{token}/{part}")
    asked.refresh_from_db()
    assert asked.erasure_asked_at is None
    DataRequest.objects.update(asked_at=timezone.now() - timedelta(days=8))
    for part in ("", "loeschen/"):
        assert client.get(f"{ASK}{token}/{part}").status_code == 404
    assert client.post(f"{ASK}{token}/datei/").status_code == 404
    assert follow("own_data") == 1


def test_an_erasure_is_asked_for_once_and_owed_within_a_month(client):
    petras_case()
    Mail.objects.all().delete()
    token = link_to(PETRA)
    assert "Die Anfrage läuft noch." in client.get(f"{ASK}{token}/loeschen/").content.decode()
    for _ in range(2):
        assert client.post(f"{ASK}{token}/loeschen/").status_code == 302
    asked = DataRequest.objects.get()
    assert asked.due_at - asked.erasure_asked_at == timedelta(days=28)
    sent = sorted(Mail.objects.values_list("template", flat=True))
    assert sent.count("privacy/erasure_received") == 1 and set(sent) == {
        "privacy/erasure_received",
        "privacy/erasure_asked_desk",
    }
    assert not any(PETRA in mail.subject + mail.text for mail in Mail.objects.filter(audience="desk"))
    DataRequest.objects.update(asked_at=timezone.now() - timedelta(days=8))
    assert "Ihr Antrag auf Löschung ist bei uns" in client.get(f"{ASK}{token}/").content.decode()
    assert follow("own_data") == 0


def test_advisors_get_the_same_file_on_their_own_page(client):
    advisor = AdvisorFactory()
    address = reverse("advisors:own_data_file", kwargs={"token": links.token_of(advisor)})
    assert client.get(address).status_code == 405
    assert advisor.name in unpacked(client.post(address))["daten.json"].decode()


# --- Nobody is forgotten -------------------------------------------------------------------------------

NOT_OF_SOMEBODY = {
    "procrastinate.ProcrastinateJob": "what was typed waits there for minutes, and encrypted",
    "pages.Portal": "what the operator publishes of itself; changed at the desk",
    "pages.PageVersion": "who wrote a page: counted with what a colleague has done",
    "advisors.Round": "who planned: counted with what a colleague has done",
    "requests.Note_mentioned": "goes with its note; counted for a colleague",
}


def test_no_table_with_personal_data_is_without_somebody_who_speaks_for_it():
    spoken_for = {model._meta.label for each in registry.contributors() for model in each.models}
    personal = {
        model._meta.label
        for model, said in registry.grades().items()
        if any(grade != registry.Grade.NEITHER for grade in said.values())
    }
    assert personal - spoken_for == NOT_OF_SOMEBODY.keys()


def test_json_is_json(client):
    petras_case()
    words = json.loads(own_file.as_json(own_file.everything(PETRA)))
    assert words["Anfragen an MiGlobe"]["Ihre Anfragen"][0]["Ansprechperson"] == "Petra Kranich"
