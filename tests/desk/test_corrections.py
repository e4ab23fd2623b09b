"""Correcting what a municipality has sent, and what else coordinators keep."""

import pytest

from miglobe.outbox.models import Mail
from requests import workflow
from requests.models import ConsultationRequest, State
from tests.desk.case import LIST, page
from tests.factories import AdvisorFactory, CaseFactory, OfferFactory, ReasonFactory, TopicFactory

pytestmark = pytest.mark.django_db


def corrected(case, **changes):
    """What a browser sends: the fields of the form, and what they held when the page was opened."""
    shown = {
        "municipality": case.municipality_id,
        "topics": [topic.pk for topic in case.topics.all()],
        "concern": case.concern,
        "hope": case.hope,
        "place": case.place,
        "contact_name": case.contact_name,
        "contact_email": case.contact_email,
        "contact_phone": case.contact_phone,
    }
    return {f"initial-{name}": value for name, value in shown.items()} | shown | changes


def test_a_corrected_address_gets_the_link(desk):
    case = CaseFactory()
    response = desk.post(page(case), corrected(case, contact_email="richtig@stadt.example"))
    assert response.status_code == 302
    mail = Mail.objects.get()
    assert (mail.to, mail.template) == ("richtig@stadt.example", "requests/address_corrected")


def test_two_corrections_of_different_fields_both_hold(desk):
    case, topic = CaseFactory(concern="Alt", hope="Alt"), TopicFactory()
    assert 'name="initial-concern"' in desk.get(page(case)).content.decode()
    opened = corrected(case)  # by both, before either has saved
    desk.post(page(case), opened | {"concern": "Neu", "topics": [topic.pk]})
    desk.post(page(case), opened | {"hope": "Neu"})
    case.refresh_from_db()
    assert (case.concern, case.hope, list(case.topics.all())) == ("Neu", "Neu", [topic])


def test_a_correction_cannot_touch_the_state(desk):
    case = CaseFactory()
    desk.post(page(case), corrected(case, state="closed", reference="MG-1", outcome="consulted", concern="Neu"))
    case.refresh_from_db()
    assert (case.state, case.concern, case.outcome) == (State.NEW, "Neu", "")


def test_a_correction_stands_in_the_history_without_its_values(desk, coordinator):
    case, topic = CaseFactory(), TopicFactory()
    desk.post(page(case), corrected(case, contact_phone="0231 5550 199", topics=[topic.pk]))
    line = case.transitions.get()
    assert (line.move, line.by, line.note) == ("correct", coordinator, "Themen, Telefon")
    assert "Angaben berichtigt" in desk.get(page(case)).content.decode()
    case.refresh_from_db()
    desk.post(page(case), corrected(case))  # nothing new
    assert case.transitions.count() == 1


def test_a_period_that_ends_before_it_begins_is_said_once_beside_its_field(desk):
    case = CaseFactory()
    response = desk.post(page(case), corrected(case, wished_from="2031-02-01", wished_until="2031-01-01"))
    assert response.content.decode().count("Das Ende liegt vor dem Beginn") == 1
    assert list(response.context["adminform"].form.errors) == ["wished_until"]


def test_a_correction_does_not_overwrite_what_happened_meanwhile(desk, coordinator, monkeypatch):
    case = CaseFactory()
    from requests.admin import ConsultationRequestAdmin

    saved = ConsultationRequestAdmin.save_model

    def somebody_was_quicker(self, request, obj, form, change):
        workflow.reject(ConsultationRequest.objects.get(pk=case.pk), reason=ReasonFactory(), by=coordinator)
        saved(self, request, obj, form, change)

    monkeypatch.setattr(ConsultationRequestAdmin, "save_model", somebody_was_quicker)
    desk.post(page(case), corrected(case, concern="Neu"))
    case.refresh_from_db()
    assert (case.state, case.concern) == (State.REJECTED, "Neu")


@pytest.mark.parametrize("field", ["municipality", "contact_email", "contact_name"])
def test_a_correction_cannot_remove_what_a_request_needs(desk, field):
    case = CaseFactory()
    response = desk.post(page(case), corrected(case) | {field: ""})
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()


def test_an_advisor_whose_address_is_corrected_gets_the_links(desk):
    advisor = AdvisorFactory(email="falsch@example.com")
    open_offer = OfferFactory(advisor=advisor)
    OfferFactory(advisor=advisor, state="declined")
    fields = ("name", "phone", "home", "travel_km", "online", "capacity", "active")
    shown = {name: getattr(advisor, "home_id" if name == "home" else name) for name in fields}
    counts = {f"pauses-{count}_FORMS": 0 for count in ("TOTAL", "INITIAL")}
    typed = shown | counts | {"email": "neu@example.com"}
    response = desk.post(f"/admin/advisors/advisor/{advisor.pk}/change/", typed)
    assert response.status_code == 302
    assert set(Mail.objects.values_list("template", "to", "reference")) == {
        ("advisors/link_again", "neu@example.com", open_offer.consultation.reference),
        ("advisors/own_page_again", "neu@example.com", ""),
    }


def test_nobody_deletes_a_case_or_an_advisor(desk):
    case, advisor = CaseFactory(), AdvisorFactory()
    assert desk.post(f"{LIST}{case.pk}/delete/", {"post": "yes"}).status_code == 403
    assert desk.post(f"/admin/advisors/advisor/{advisor.pk}/delete/", {"post": "yes"}).status_code == 403


def test_failed_mails_are_sent_again_from_the_list(desk):
    failed = Mail.objects.create(state="failed", to="a@example.org", subject="x", text="x")
    response = desk.post("/admin/outbox/mail/", {"action": "resend", "_selected_action": [failed.pk]}, follow=True)
    assert "erneut gesendet" in response.content.decode()
    failed.refresh_from_db()
    assert failed.state == "queued"
