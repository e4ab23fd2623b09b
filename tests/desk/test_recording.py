"""A request that came by telephone or the like: written down, previewed, filed once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from miglobe.outbox.models import Mail
from requests import deadlines, links, recording
from requests.models import Attachment, ConsultationRequest, State, Transition
from tests.conftest import HouseClient
from tests.desk.case import LIST, page
from tests.factories import (
    CaseFactory,
    CoordinatorFactory,
    DraftFactory,
    LanguageFactory,
    MunicipalityFactory,
    OrganisationFactory,
    TopicFactory,
    UserFactory,
    recorded,
)

pytestmark = pytest.mark.django_db


def address(key=None):
    return f"{LIST}record/{key or uuid4()}/"


def typed(**changes):
    return recorded(**{"municipality": MunicipalityFactory(name="Unna").pk} | changes)


def file_it(desk, given, where=None):
    """Reads the preview, then presses the button in it."""
    where = where or address()
    preview = desk.post(where, given).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', preview)
    assert seen, preview
    return desk.post(where, given | {"seen": seen[1]}, follow=True)


# --- What becomes of it -----------------------------------------------------------------------------------


def test_a_call_becomes_a_new_case_with_its_channel_and_its_history(desk, coordinator):
    response = file_it(desk, typed(note="Ruft morgens an."))
    case = ConsultationRequest.objects.get()
    assert response.redirect_chain[-1][0] == page(case)
    assert (case.state, case.channel) == (State.NEW, "phone")
    assert case.confirmed_at
    assert case.submitted_at
    assert case.draft == {}
    assert (case.person, case.organisation) == (coordinator, coordinator.organisation)
    line = Transition.objects.get()
    assert (line.move, line.by) == ("record", coordinator)
    assert line.note == f"Telefon, eingegangen am {timezone.localdate():%d.%m.%Y}"
    assert case.notes.get().text == "Ruft morgens an."
    shown = response.content.decode()
    assert "aufgenommen" in shown
    assert "Telefon, eingegangen am" in shown


def test_the_municipality_reads_what_was_noted_by_whom_and_what_it_can_do(desk, coordinator, client):
    file_it(desk, typed())
    case = ConsultationRequest.objects.get()
    mail = Mail.objects.get()
    assert (mail.to, mail.template, mail.reply_to) == ("petra@unna.example", "requests/recorded", coordinator.email)
    for words in (
        "telefonisch",
        str(coordinator),
        "über Fairen Handel sprechen",
        "zurückziehen",
        "wir berichtigen es",
        "/datenschutz/",
        "Uns fehlen noch diese Angaben: Themen, Formate",
    ):
        assert words in mail.text, words
    assert "petra" not in mail.subject.lower()
    status = client.get(f"/anfrage/stand/{links.token(links.STATUS, case)}/").content.decode()
    assert "über Fairen Handel sprechen" in status


def test_in_english_where_that_was_chosen(desk):
    file_it(desk, typed(language="en", channel="advisor"))
    mail = Mail.objects.get()
    assert "We have recorded your request" in mail.subject
    assert "through an advisor" in mail.text
    assert "/en/datenschutz/" in mail.text
    assert "from the person who passed your request on" in mail.text
    assert ConsultationRequest.objects.get().language == "en"


@pytest.mark.parametrize(
    ("channel", "spoken"), [("phone", True), ("event", True), ("email", False), ("advisor", False)]
)
def test_who_has_talked_has_made_the_first_contact(desk, channel, spoken):
    file_it(desk, typed(channel=channel))
    case = ConsultationRequest.objects.get()
    assert (case.contacted_at is not None) == spoken
    assert ("melden uns bis" in Mail.objects.get().text) != spoken


def test_deadlines_are_counted_from_the_day_it_came_in(desk):
    day = timezone.localdate() - timedelta(days=20)
    file_it(desk, typed(channel="email", came_in_on=str(day)))
    case = ConsultationRequest.objects.get()
    assert timezone.localdate(case.confirmed_at) == day
    assert case.due_at == case.first_contact_due
    assert deadlines.of(case).level == "overdue"


def test_who_is_not_responsible_leaves_it_to_all(desk):
    OrganisationFactory(email="alle@example.org")
    given = typed()
    del given["responsible"]
    file_it(desk, given)
    case = ConsultationRequest.objects.get()
    assert case.person is None
    assert "alle@example.org" in Mail.objects.filter(template="requests/arrived").values_list("to", flat=True)


def test_everything_that_can_be_typed_is_kept(desk):
    topic, language, partner = TopicFactory(), LanguageFactory(), MunicipalityFactory()
    file_it(
        desk,
        typed(
            topics=topic.pk,
            languages=language.pk,
            co_1=partner.pk,
            hope="Rat",
            contact_phone="02303 5550",
            place="online",
        ),
    )
    case = ConsultationRequest.objects.get()
    assert list(case.topics.all()) == [topic]
    assert list(case.languages.all()) == [language]
    assert list(case.co_municipalities.all()) == [partner]
    assert (case.hope, case.contact_phone, case.place) == ("Rat", "02303 5550", "online")


# --- Before it is filed -------------------------------------------------------------------------------------


def test_opening_the_page_writes_nothing(desk):
    shown = desk.get(f"{LIST}record/").content.decode()
    assert "Anfrage aufnehmen" in shown
    assert not ConsultationRequest.objects.exists()
    assert desk.get(address()).status_code == 200
    assert not ConsultationRequest.objects.exists()


def test_the_list_and_every_page_lead_to_it(desk):
    for where in (LIST, "/admin/"):
        assert f'href="{LIST}record/"' in desk.get(where).content.decode()


def test_the_preview_files_nothing(desk):
    shown = desk.post(address(), typed()).content.decode()
    assert "Diese E-Mail geht hinaus" in shown
    assert "Wir haben Ihre Anfrage aufgenommen" in shown
    assert "sieht nach der Kommune aus" in shown
    assert not ConsultationRequest.objects.filed().exists()
    assert not Mail.objects.exists()


def test_only_what_is_needed_is_required_and_everything_typed_stays(desk):
    response = desk.post(address(), {"hope": "Ein <Ergebnis>", "note": "Intern", "contact_email": "petra@"})
    shown = response.content.decode()
    assert response.status_code == 422
    for words in (
        "auf welchem Weg",
        "an dem die Anfrage kam",
        "wählen Sie die Kommune",
        "mit der Sie gesprochen haben",
        "worum es geht",
        "id_contact_email_error",
    ):
        assert words in shown, words
    assert "Themen aus" not in shown
    assert "Ein &lt;Ergebnis&gt;" in shown
    assert "Intern" in shown
    assert 'value="petra@"' in shown


def test_coming_back_later_finds_what_was_typed(desk):
    where = address()
    desk.post(where, {"concern": "Halb geschrieben"})
    shown = desk.get(where).content.decode()
    assert "Halb geschrieben" in shown
    assert "Bitte prüfen" not in shown


@pytest.mark.parametrize(("days", "words"), [(1, "in der Zukunft"), (-400, "mehr als ein Jahr")])
def test_the_day_is_a_likely_one(desk, days, words):
    day = timezone.localdate() + timedelta(days=days)
    assert words in desk.post(address(), typed(came_in_on=str(day))).content.decode()


def test_other_cases_of_the_municipality_are_shown_before_it_is_filed(desk):
    known = CaseFactory(municipality=MunicipalityFactory(name="Unna"), concern="Fairer Handel im Rathaus")
    CaseFactory(municipality=known.municipality, state=State.CLOSED)
    preview = desk.post(address(), typed(municipality=known.municipality_id)).content.decode()
    assert known.reference in preview
    assert "Fairer Handel im Rathaus" in preview
    looked = desk.post(address(), {"municipality": known.municipality_id, "zeigen": "1"}).content.decode()
    assert known.reference in looked
    assert "Bitte prüfen" not in looked
    assert looked.count("desk-badge--closed") == 0


def test_a_municipality_without_other_cases_says_so(desk):
    shown = desk.post(address(), {"municipality": MunicipalityFactory().pk, "zeigen": "1"}).content.decode()
    assert "Keine, die offen ist" in shown


def test_files_survive_errors_and_can_be_taken_back(desk):
    where = address()
    shown = desk.post(where, {"uploads": SimpleUploadedFile("Konzept.pdf", b"%PDF-1.7")}).content.decode()
    assert "Konzept.pdf" in shown
    file = Attachment.objects.get()
    desk.post(where, {"entfernen": str(file.key)})
    assert not Attachment.objects.exists()
    refused = desk.post(where, typed(uploads=SimpleUploadedFile("x.exe", b"MZ")))
    assert refused.status_code == 422
    assert "x.exe" in refused.content.decode()


def test_what_was_handed_in_belongs_to_the_request(desk, client):
    where, given = address(), typed()
    desk.post(where, {"uploads": SimpleUploadedFile("Konzept.pdf", b"%PDF-1.7")})
    file_it(desk, given, where)
    case = ConsultationRequest.objects.get()
    assert case.attachments.of_the_form().get().name == "Konzept.pdf"
    assert "Konzept.pdf" in client.get(f"/anfrage/stand/{links.token(links.STATUS, case)}/").content.decode()


def test_a_changed_text_is_shown_before_it_goes_out(desk):
    where, given = address(), typed()
    preview = desk.post(where, given).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', preview)[1]
    changed = desk.post(where, given | {"concern": "Etwas anderes.", "seen": seen}).content.decode()
    assert "Die Vorschau hat sich geändert" in changed
    assert not ConsultationRequest.objects.filed().exists()


# --- Once, and by whom ----------------------------------------------------------------------------------------


def test_sending_it_again_leads_to_the_same_case(desk):
    where, given = address(), typed()
    file_it(desk, given, where)
    case = ConsultationRequest.objects.get()
    for again in (desk.post(where, given, follow=True), desk.get(where, follow=True)):
        assert again.redirect_chain[-1][0] == page(case)
    assert ConsultationRequest.objects.count() == Mail.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_case():
    by, given = CoordinatorFactory(), typed()
    data = QueryDict(mutable=True)
    data.update({name: str(value) for name, value in given.items()})
    for _ in range(10):
        key, barrier = uuid4(), Barrier(2)

        def click(key=key, barrier=barrier):
            try:
                barrier.wait(timeout=10)
                return recording.record(recording.keep(key, data), by=by).reference
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.submit(click), pool.submit(click)
        assert first.result() == second.result()
        assert Transition.objects.filter(consultation__key=key).count() == 1


def test_the_page_never_opens_what_a_municipality_has_begun(desk):
    theirs = DraftFactory(draft={"kontakt": {"contact_name": ["Petra Geheim"]}})
    assert "Petra Geheim" not in desk.get(address(theirs.key)).content.decode()
    assert desk.post(address(theirs.key), typed()).status_code == 409
    theirs.refresh_from_db()
    assert theirs.state == State.DRAFT


def test_nobody_else_records(client):
    for where in (f"{LIST}record/", address()):
        assert client.get(where).status_code == 302
        person = HouseClient()
        person.force_login(UserFactory())
        assert person.get(where).status_code == 403
    assert person.post(address(), typed()).status_code == 403
    assert not ConsultationRequest.objects.exists()
