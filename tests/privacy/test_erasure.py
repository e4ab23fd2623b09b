"""Whoever is erased is gone from every table; what must stay says nothing of them."""

import io
import re
import zipfile
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.utils import timezone

from advisors.models import Advisor, Candidacy, Offer
from miglobe.accounts import saved_views
from miglobe.accounts.models import SavedView, User
from miglobe.errors import Refused
from miglobe.outbox import suppression
from miglobe.outbox.models import Mail
from miglobe.pages import reports
from miglobe.pages.models import AccessibilityReport
from miglobe.privacy import asking, erasing, holds
from miglobe.privacy.models import Answer, DataRequest
from requests import drafts, notes
from requests.models import ConsultationRequest, State
from tests.conftest import HouseClient
from tests.factories import (
    AdvisorFactory,
    CandidacyFactory,
    CaseFactory,
    OfferFactory,
    ReportFactory,
    UserFactory,
    WorkFactory,
)
from tests.login import signs_in
from tests.periods import follow
from tests.privacy.test_retention import PETRA, TRACES, a_closed_case, where

pytestmark = pytest.mark.django_db

ADDRESS = PETRA["contact_email"]


@pytest.fixture
def at_the_desk(lead):
    client = HouseClient()
    signs_in(client, lead, "password")
    return client


def erase(email, by):
    """And the night after, when the last mail is sent."""
    answer = erasing.erase(email, seen=erasing.fingerprint(erasing.preview(email)), by=by)
    (mail,) = Mail.objects.filter(template="privacy/erased")
    assert mail.to.lower() == email.lower()
    Mail.objects.filter(pk=mail.pk).update(state="sent", sent_at=timezone.now())
    assert follow("own_data.erased") == 1
    return answer


def test_a_contact_is_gone_from_every_table(lead, tmp_path, settings):
    settings.ATTACHMENTS_DIR = tmp_path
    case = a_closed_case()
    DataRequest.objects.create(email=ADDRESS)
    ConsultationRequest.objects.create(draft={"kontakt": {"contact_email": [ADDRESS]}})
    CaseFactory(state=State.UNCONFIRMED, **PETRA)
    assert len(where(TRACES)) > 8
    erase(ADDRESS.upper(), lead)
    assert where(TRACES) == []
    assert ConsultationRequest.objects.get() == case
    assert Answer.objects.get().effects[0][2] == "anonymisiert"


def test_a_former_contact_is_gone_from_the_case_that_has_another(lead):
    case = CaseFactory(state=State.RUNNING, **PETRA)
    ConsultationRequest.objects.filter(pk=case.pk).update(
        contact_name="Bo Neu", contact_email="bo@soest.example", contact_phone=""
    )
    Mail.objects.create(
        template="requests/received", audience="municipality", to=ADDRESS, reference=case.reference, text="Frau Kranich"
    )
    erase(ADDRESS, lead)
    assert where(TRACES) == []
    case.refresh_from_db()
    assert case.contact_name == "Bo Neu"


def test_a_draft_whose_link_was_mailed_goes_with_that_mail(lead):
    draft = ConsultationRequest.objects.create(draft={"kontakt": {"contact_email": ["bo@soest.example"]}})
    drafts.pause(draft, email=ADDRESS)
    erase(ADDRESS, lead)
    assert not ConsultationRequest.objects.exists() and where(TRACES) == []


def test_a_running_case_stays_and_the_person_is_told_why(lead):
    running = CaseFactory(state=State.RUNNING, **PETRA)
    ended = a_closed_case()
    answer = erasing.erase(ADDRESS, seen=erasing.fingerprint(erasing.preview(ADDRESS)), by=lead)
    ended.refresh_from_db()
    running.refresh_from_db()
    assert ended.anonymised_at and running.contact_name == "Petra Kranich"
    assert "Die Anfrage läuft noch" in Mail.objects.get(template="privacy/erased").text
    assert [how for _what, _number, how in answer.effects if how == "bleibt"]


def test_what_is_held_stays(lead):
    case = a_closed_case()
    holds.place(case, reason="Streit", by=lead)
    with pytest.raises(Refused, match="nichts, was jetzt"):
        erasing.erase(ADDRESS, seen=erasing.fingerprint(erasing.preview(ADDRESS)), by=lead)
    case.refresh_from_db()
    assert case.contact_name == "Petra Kranich"


def test_an_advisor_is_gone_and_the_work_stays(lead):
    advisor = AdvisorFactory(name="Amara Okoro", email="okoro@example.net", phone="0231 5550 99", about="Okoro berät")
    offer = OfferFactory(advisor=advisor, state=Offer.State.ACCEPTED, consultation=CaseFactory(state=State.CLOSED))
    report = ReportFactory(consultation=offer.consultation, agreed="Amara Okoro hat beraten.")
    WorkFactory(report=report, offer=offer, days=3)
    other = CaseFactory(state=State.RUNNING)
    notes.write(other, text="Auch Amara Okoro gefragt", by=lead)
    Advisor.objects.filter(pk=advisor.pk).update(about="Amara")
    erase("okoro@example.net", lead)
    assert where(("Okoro", "5550 99")) == []
    assert offer.work.get().days == 3


def test_an_advisor_at_work_stays(lead):
    advisor = AdvisorFactory(email="okoro@example.net")
    OfferFactory(advisor=advisor, state=Offer.State.ACCEPTED, consultation=CaseFactory(state=State.RUNNING))
    with pytest.raises(Refused, match="nichts, was jetzt"):
        erasing.erase(advisor.email, seen=erasing.fingerprint(erasing.preview(advisor.email)), by=lead)


def test_a_candidate_and_a_reporter_are_gone(lead):
    CandidacyFactory(name="Bo Ahrens", email="ahrens@example.net")
    reports.file(uuid4(), barrier="Zu klein, ahrens@example.net", page="", email="ahrens@example.net")
    erase("ahrens@example.net", lead)
    assert where(("ahrens",)) == []
    assert AccessibilityReport.objects.get().email == "" and not Candidacy.objects.exists()


def colleague():
    made = UserFactory(first_name="Jana", last_name="Wiechers", email="wiechers@example.org", phone="0228 5550 77")
    case = CaseFactory(state=State.CLOSED, person=made)
    case.messages.create(move="write", text="Danke, Jana Wiechers!")
    notes.write(case, text="Jana Wiechers ruft an", mentioned=[made], by=made)
    Mail.objects.create(to="petra@stadt.example", audience="municipality", text="Ihre Jana Wiechers", subject="x")
    Authenticator.objects.create(user=made, type="totp", data={})
    saved_views.save(name="Neue", query="state=new", sharing="me", by=made)
    LogEntry.objects.log_actions(made.pk, [made], CHANGE, [{"changed": {"fields": ["Telefon"]}}])
    User.objects.filter(pk=made.pk).update(phone="0228 5550 78")
    return made


def test_a_colleague_is_gone_and_what_was_done_stays(lead):
    made = colleague()
    erase("wiechers@example.org", lead)
    assert where(("Wiechers", "5550 77", "5550 78")) == []
    made.refresh_from_db()
    assert str(made) == "Ehemalige Person" and not made.is_active and not made.has_usable_password()
    assert not Authenticator.objects.exists() and not SavedView.objects.exists()
    assert ConsultationRequest.objects.get().person == made
    assert made.groups.count() == 0


def test_a_colleague_with_running_cases_stays(lead):
    made = UserFactory(email="wiechers@example.org")
    CaseFactory(state=State.RUNNING, person=made)
    with pytest.raises(Refused, match="1 laufende Anfrage zuständig"):
        erasing.erase(made.email, seen=erasing.fingerprint(erasing.preview(made.email)), by=lead)
    made.refresh_from_db()
    assert made.is_active


def test_nobody_erases_themselves(lead):
    with pytest.raises(Refused, match="Sich selbst"):
        erasing.erase(lead.email, seen=erasing.fingerprint(erasing.preview(lead.email)), by=lead)


def test_that_a_mailbox_wants_nothing_stays(lead):
    CandidacyFactory(email="bo@example.net")
    suppression.stop_for("bo@example.net")
    erasing.erase("bo@example.net", seen=erasing.fingerprint(erasing.preview("bo@example.net")), by=lead)
    assert suppression.holds("bo@example.net")


def test_everything_or_nothing(lead, monkeypatch):
    a_closed_case()
    before = where(TRACES)

    def fails(*args, **kwargs):
        raise RuntimeError

    seen = erasing.fingerprint(erasing.preview(ADDRESS))
    monkeypatch.setattr(asking, "note", fails)
    with pytest.raises(RuntimeError):
        erasing.erase(ADDRESS, seen=seen, by=lead)
    assert where(TRACES) == before


# --- At the desk ---------------------------------------------------------------------------------------

PAGE = "/admin/auskunft/"


def seen_on(page):
    return re.search(r'name="seen" value="(\w+)"', page.content.decode())[1]


def test_the_lead_looks_hands_out_and_erases(at_the_desk, lead):
    a_closed_case()
    asked = asking.ask_erasure(DataRequest.objects.create(email=ADDRESS))
    assert "Verlangte Löschungen" in at_the_desk.get("/admin/").content.decode()
    assert ADDRESS in at_the_desk.get(PAGE).content.decode()
    assert at_the_desk.get(f"{PAGE}person/")["Location"] == PAGE
    page = at_the_desk.post(f"{PAGE}person/", {"email": ADDRESS})
    assert "Beendete Anfragen" in page.content.decode() and "Ihre Anfragen: 1" in page.content.decode()
    response = at_the_desk.post(f"{PAGE}datei/", {"email": ADDRESS})
    assert "daten.pdf" in zipfile.ZipFile(io.BytesIO(b"".join(response))).namelist()
    wrong = at_the_desk.post(f"{PAGE}loeschen/", {"email": ADDRESS, "seen": seen_on(page), "typed": "kranich"})
    assert wrong.status_code == 422 and where(TRACES)
    right = {"email": ADDRESS, "seen": seen_on(page), "typed": ADDRESS.upper()}
    assert at_the_desk.post(f"{PAGE}loeschen/", right)["Location"] == PAGE
    assert [answer.what for answer in Answer.objects.order_by("pk")] == ["handed_out", "erased"]
    assert Answer.objects.get(what="erased").asked_at == asked.erasure_asked_at
    assert not DataRequest.objects.exists()
    assert at_the_desk.post(f"{PAGE}loeschen/", right).status_code == 409
    assert at_the_desk.get(PAGE).status_code == 200


def test_what_has_changed_since_the_preview_is_read_once_more(at_the_desk):
    a_closed_case()
    seen = seen_on(at_the_desk.post(f"{PAGE}person/", {"email": ADDRESS}))
    CaseFactory(state=State.RUNNING, **PETRA)
    given = {"email": ADDRESS, "seen": seen, "typed": ADDRESS}
    response = at_the_desk.post(f"{PAGE}loeschen/", given)
    assert response.status_code == 409 and "Die Vorschau hat sich geändert" in response.content.decode()
    assert ConsultationRequest.objects.filter(anonymised_at=None).count() == 2


def test_a_refusal_goes_to_the_person_with_its_reason(at_the_desk):
    CaseFactory(state=State.RUNNING, **PETRA)
    asking.ask_erasure(DataRequest.objects.create(email=ADDRESS, language="en"))
    given = {"email": ADDRESS, "reason": ""}
    assert at_the_desk.post(f"{PAGE}ablehnen/", given).status_code == 422
    given["reason"] = "Ihre Beratung läuft."
    assert at_the_desk.post(f"{PAGE}ablehnen/", given).status_code == 302
    mail = Mail.objects.get(template="privacy/erasure_declined")
    assert mail.language == "en" and "Ihre Beratung läuft." in mail.text
    assert Answer.objects.get().what == "declined" and not DataRequest.objects.exists()
    assert at_the_desk.post(f"{PAGE}ablehnen/", given).status_code == 409


def test_nothing_is_handed_out_where_nothing_is_held(at_the_desk):
    response = at_the_desk.post(f"{PAGE}datei/", {"email": "niemand@example.net"})
    assert response.status_code == 409 and "nichts mehr gespeichert" in response.content.decode()
    assert not Answer.objects.exists()


def test_only_who_leads_gets_there(desk):
    assert desk.get(PAGE).status_code == 403
    assert desk.post(f"{PAGE}loeschen/", {"email": ADDRESS}).status_code == 403
