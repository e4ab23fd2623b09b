"""Reported barriers: the public form, the queue at the desk, the answer."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from miglobe.pages import mails, reports
from miglobe.pages.models import AccessibilityReport, Portal
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

FORM = "/barrierefreiheit/melden/"
QUEUE = "/admin/pages/accessibilityreport/"


def typed(**changes):
    return {"key": uuid4(), "barrier": "Kein Alternativtext", "page": "/ablauf/", "email": "ida@example.org"} | changes


def report(**changes):
    values = {"barrier": "Zu wenig Kontrast", "page": "/", "email": "ida@example.org"} | changes
    due_at = values.pop("due_at", None)
    filed = reports.file(uuid4(), **values)
    if due_at:
        AccessibilityReport.objects.filter(pk=filed.pk).update(due_at=due_at)
        filed.refresh_from_db()
    return filed


def change(filed):
    return f"{QUEUE}{filed.pk}/change/"


# --- In public ---------------------------------------------------------------------------------------


def test_a_report_gets_a_reference_and_a_due_date_and_everybody_hears_of_it(client):
    Portal.objects.create(accessibility_answer_days=21)
    OrganisationFactory(email="eins@example.org")
    OrganisationFactory(email="zwei@example.org")
    receipt = client.post(FORM, typed(), follow=True)

    filed = AccessibilityReport.objects.get()
    assert filed.reference.startswith(f"BF-{timezone.localdate().year}-")
    assert timezone.localdate(filed.due_at) == timezone.localdate() + timedelta(days=21)
    assert filed.reference in receipt.content.decode()
    assert receipt.headers["Cache-Control"] == "no-store, private"
    assert set(Mail.objects.filter(template="pages/barrier_desk").values_list("to", flat=True)) == {
        "eins@example.org",
        "zwei@example.org",
    }
    thanks = Mail.objects.get(template="pages/barrier_received")
    assert thanks.to == "ida@example.org"
    assert filed.reference in thanks.subject
    for mail in Mail.objects.all():
        assert "Alternativtext" not in mail.text + mail.subject, "nothing that was typed is sent on"


def test_the_mail_to_the_desk_leads_to_the_report(client):
    OrganisationFactory()
    client.post(FORM, typed())
    mail = Mail.objects.get(template="pages/barrier_desk")
    (address,) = outbox.addresses(mail).values()
    assert address.endswith(change(AccessibilityReport.objects.get()))


def test_without_organisations_the_portals_own_mailbox_hears_of_it(client):
    Portal.objects.create(contact_email="post@example.org")
    client.post(FORM, typed(email=""))
    assert Mail.objects.get().to == "post@example.org"


def test_sending_twice_files_once(client):
    sent = typed()
    first, second = client.post(FORM, sent), client.post(FORM, sent)
    assert first.url == second.url
    assert AccessibilityReport.objects.count() == 1
    assert Mail.objects.filter(template="pages/barrier_received").count() == 1


def test_without_an_address_nobody_gets_a_receipt_by_mail(client):
    receipt = client.post(FORM, typed(email=""), follow=True).content.decode()
    assert "keine E-Mail-Adresse angegeben" in receipt
    assert not Mail.objects.filter(template="pages/barrier_received").exists()


def test_in_english_the_receipt_is_english(client):
    client.post(f"/en{FORM}", typed())
    mail = Mail.objects.get(template="pages/barrier_received")
    assert (mail.language, "We have received" in mail.subject) == ("en", True)


def test_a_mailbox_gets_only_a_few_receipts_a_day_but_every_report_is_filed(client):
    OrganisationFactory()
    for number in range(mails.NOTICES_A_DAY + 2):
        client.post(FORM, typed(email="Ida@example.org" if number % 2 else "ida@example.org"))
    assert AccessibilityReport.objects.count() == mails.NOTICES_A_DAY + 2
    assert Mail.objects.filter(template="pages/barrier_received").count() == mails.RECEIPTS_A_DAY
    assert Mail.objects.filter(template="pages/barrier_desk").count() == mails.NOTICES_A_DAY


def test_what_is_wrong_is_said_and_what_was_typed_stays(client):
    response = client.post(FORM, typed(barrier="", email="keine"))
    shown = response.content.decode()
    assert response.status_code == 422
    assert "Bitte beschreiben Sie kurz" in shown
    assert 'value="keine"' in shown
    assert not AccessibilityReport.objects.exists()


def test_changing_the_language_keeps_what_was_typed_and_checks_nothing(client):
    sent = typed(barrier="Halb fert", email="ida@")
    shown = client.post(f"/en{FORM}", sent | {"sprache": "en"}).content.decode()
    assert '<html lang="en">' in shown
    for words in ("Halb fert", "ida@", str(sent["key"])):
        assert words in shown
    assert "kern-error" not in shown
    assert not AccessibilityReport.objects.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/ablauf/", "/ablauf/"),
        ("/en/fragen/?x=1", "/en/fragen/?x=1"),
        ("https://example.org/", ""),
        ("//example.org/", ""),
        ("/\\example.org/", ""),
        ("javascript:alert(1)", ""),
        ("/a\nb", ""),
        ("/" + "x" * 999, "/" + "x" * 299),
    ],
)
def test_the_page_somebody_came_from_is_filled_in_if_it_is_ours(client, given, kept):
    shown = client.get(FORM, {"seite": given}).context["form"]["page"].value()
    assert shown == kept


def test_the_footer_leads_to_the_form_and_tells_the_page_only_where_it_is_no_secret(client):
    assert f'href="{FORM}?seite=/ablauf/"' in client.get("/ablauf/").content.decode()
    lost = client.get("/anfrage/stand/geheim/").content.decode()
    assert f'href="{FORM}"' in lost


def test_a_receipt_that_does_not_exist_is_not_found(client):
    assert client.get(f"/barrierefreiheit/gemeldet/{uuid4()}/").status_code == 404


# --- At the desk ----------------------------------------------------------------------------------------


def test_the_queue_shows_what_is_due_first_and_what_is_overdue(desk, coordinator):
    now = timezone.now()
    late = report(due_at=now - timedelta(days=1))
    soon = report(due_at=now + timedelta(days=1))
    done = reports.answer(report(), text="Erledigt.", by=coordinator)
    later = report(due_at=now + timedelta(days=9))
    shown = desk.get(QUEUE).content.decode()
    places = [shown.index(each.reference) for each in (late, soon, later, done)]
    assert places == sorted(places)
    assert shown.count("überfällig") == 1


def test_the_queue_costs_the_same_for_one_and_for_three(desk, coordinator, django_assert_num_queries):
    reports.answer(report(), text="Erledigt.", by=coordinator)
    desk.get(QUEUE)
    with django_assert_num_queries(7):
        desk.get(QUEUE)
    for _ in range(2):
        reports.answer(report(), text="Erledigt.", by=UserFactory())
    with django_assert_num_queries(7):
        desk.get(QUEUE)


def test_an_answer_is_noted_and_mailed(desk, coordinator):
    filed = report()
    assert "Antwort senden" in desk.get(change(filed)).content.decode()
    desk.post(change(filed), {"answer": "Wir haben den Kontrast erhöht."})
    filed.refresh_from_db()
    assert (filed.answer, filed.by) == ("Wir haben den Kontrast erhöht.", coordinator)
    assert filed.answered_at
    mail = Mail.objects.get(template="pages/barrier_answered")
    assert mail.to == "ida@example.org"
    assert "Wir haben den Kontrast erhöht." in mail.text
    shown = desk.get(change(filed)).content.decode()
    assert "<textarea" not in shown and str(coordinator) in shown


def test_an_answer_without_an_address_is_only_noted(desk):
    filed = report(email="")
    assert "Antwort vermerken" in desk.get(change(filed)).content.decode()
    desk.post(change(filed), {"answer": "Behoben."})
    filed.refresh_from_db()
    assert filed.answered_at
    assert not Mail.objects.filter(template="pages/barrier_answered").exists()


def test_an_address_that_is_html_stays_text_at_the_desk(client, desk):
    client.post(FORM, typed(email='"<b/hidden>"@example.org'))
    page = desk.get(change(AccessibilityReport.objects.get())).content.decode()
    assert "<b/hidden>" not in page
    assert page.count("&lt;b/hidden&gt;") == 2  # the reported address, and the sentence below the answer


def test_an_answer_needs_words(desk):
    filed = report()
    assert "Bitte füllen Sie dieses Feld aus" in desk.post(change(filed), {"answer": " "}).content.decode()
    filed.refresh_from_db()
    assert filed.answered_at is None


def test_two_answers_to_one_report_are_refused_and_the_second_text_is_not_lost(desk):
    filed = report()
    reports.answer(filed, text="Die erste Antwort.", by=UserFactory(first_name="Ada", last_name="Erste"))
    shown = desk.post(change(filed), {"answer": "Meine Antwort"}).content.decode()
    assert "Ada Erste hat diese Meldung inzwischen beantwortet" in shown
    assert "Meine Antwort" in shown
    filed.refresh_from_db()
    assert filed.answer == "Die erste Antwort."
    with pytest.raises(reports.Answered):
        reports.answer(filed, text="Noch eine", by=UserFactory())
    assert Mail.objects.filter(template="pages/barrier_answered").count() == 1


def test_reports_are_neither_added_nor_deleted_at_the_desk(desk, client):
    filed = report()
    assert desk.get(reverse("admin:pages_accessibilityreport_add")).status_code == 403
    assert desk.post(f"{QUEUE}{filed.pk}/delete/", {"post": "yes"}).status_code == 403
    client.force_login(UserFactory())
    assert client.get(QUEUE).status_code == 403
    assert client.post(change(filed), {"answer": "x"}).status_code == 403
