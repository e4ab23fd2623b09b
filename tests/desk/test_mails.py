"""Mails at the desk: the list, one mail and what can be done with it, from the case and back."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from miglobe.desk import roles
from miglobe.outbox import outbox
from miglobe.outbox.models import Audience, Mail
from requests import links, mails
from requests.models import State
from tests.conftest import HouseClient
from tests.desk.case import move, page
from tests.factories import CaseFactory, CoordinatorFactory, OfferFactory, ReasonFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/outbox/mail/"
S = Mail.State
STEPS = ("hold", "send", "resend", "edit", "discard", "address")


def step(mail, name=""):
    return f"{LIST}{mail.pk}/{name}/" if name else f"{LIST}{mail.pk}/change/"


def a_mail(case=None, state=S.QUEUED, **changes):
    case = case or CaseFactory()
    given = {
        "template": "requests/status_link",
        "audience": Audience.MUNICIPALITY,
        "reference": case.reference,
        "to": case.contact_email,
        "subject": f"[{case.reference}] Ihr Link",
        "text": "Guten Tag\n\n[[link|Ansehen]]\n",
        "links": {"link": [links.STATUS, str(case.key)]},
        "state": state,
        "sent_at": timezone.now() if state == S.SENT else None,
        "error": "550 5.1.1 unknown user" if state == S.FAILED else "",
    }
    return Mail.objects.create(**given | changes)


def body(response):
    return response.content.decode()


def test_what_somebody_is_told_about_their_access_is_not_for_colleagues_to_reword():
    roles.load()
    mail = a_mail(template="accounts/access_changed", audience=Audience.DESK, reference="", links={}, state=S.FAILED)
    for role, allowed in ((roles.COORDINATION, False), (roles.LEAD, True)):
        person = UserFactory()
        person.groups.add(Group.objects.get(name=role))
        client = HouseClient()
        client.force_login(person)
        assert client.get(step(mail)).status_code == 200
        assert (client.get(step(mail, "discard")).status_code == 200) == allowed
        assert (client.post(step(mail, "hold")).status_code == 302) == allowed


# --- The list ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=failed", [2]),
        ("state=held", [1]),
        ("an=advisor", [1]),
        ("an=municipality", [0, 2]),
        ("zeitraum=7", [0, 1, 2]),
        ("zeitraum=unsinn", []),
        ("q={reference}", [0]),
        ("q={to}", [0]),
        ("q=niemand", []),
        ("state=failed&an=municipality&zeitraum=1", [2]),
    ],
)
def test_the_list_is_filtered_by_state_recipients_and_period_and_searched(desk, query, found):
    rows = [a_mail(), a_mail(state=S.HELD, audience=Audience.ADVISOR), a_mail(state=S.FAILED)]
    response = desk.get(f"{LIST}?{query.format(reference=rows[0].reference, to=rows[0].to.upper())}")
    assert {mail.pk for mail in response.context["cl"].result_list} == {rows[number].pk for number in found}


def test_the_list_says_in_german_why_a_mail_came_back(desk):
    a_mail(state=S.FAILED)
    assert "Dieses Postfach gibt es nicht" in body(desk.get(LIST))


def test_the_list_needs_the_same_queries_for_one_and_three(desk):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            a_mail()
        with CaptureQueriesContext(connection) as queries:
            desk.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] == 7


# --- One mail ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (S.QUEUED, {"hold", "send", "discard"}),
        (S.HELD, {"edit", "send", "discard"}),
        (S.FAILED, {"address", "resend", "hold", "discard"}),
        (S.SENT, set()),
        (S.DISCARDED, {"hold"}),
    ],
)
def test_a_mail_offers_what_its_state_allows(desk, state, offered):
    mail = a_mail(state=state)
    shown = body(desk.get(step(mail)))
    assert {name for name in STEPS if f'"{step(mail, name)}"' in shown} == offered
    assert page_of(mail) in shown


def page_of(mail):
    return reverse("admin:requests_consultationrequest_changelist").rstrip("/")


def test_a_mail_that_came_back_says_so_in_german_and_in_the_servers_words(desk):
    shown = body(desk.get(step(a_mail(state=S.FAILED))))
    assert "Dieses Postfach gibt es nicht" in shown
    assert "550 5.1.1 unknown user" in shown


def test_the_secret_link_is_never_shown(desk):
    case = CaseFactory()
    shown = body(desk.get(step(a_mail(case))))
    assert "(Link)" in shown
    assert links.token(links.STATUS, case).partition(".")[0] not in shown


def test_a_mail_is_held_edited_and_sent(desk, coordinator):
    mail = a_mail()
    assert "zurückgehalten" in body(desk.post(step(mail, "hold"), follow=True))
    shown = body(desk.get(step(mail, "edit")))
    seen = re.search(r'name="seen" value="(\w+)"', shown)[1]
    given = {"subject": f"[{mail.reference}] Neu", "text": "Liebe Leute\n\n[[link|Hier]]", "seen": seen}
    desk.post(step(mail, "edit"), given, follow=True)
    mail.refresh_from_db()
    assert (mail.subject, mail.text, mail.state) == (
        f"[{mail.reference}] Neu",
        "Liebe Leute\n\n[[link|Hier]]\n",
        S.HELD,
    )
    assert "wird jetzt versandt" in body(desk.post(step(mail, "send"), follow=True))
    assert [each.what for each in mail.steps.all()] == ["held", "edited", "released"]
    assert str(coordinator) in body(desk.get(step(mail)))


def test_what_is_wrong_with_an_edited_mail_stands_beside_its_field(desk):
    mail = a_mail(state=S.HELD)
    response = desk.post(step(mail, "edit"), {"subject": "Ohne", "text": "Ohne Link", "seen": "x"})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"subject", "text"}
    assert "Ohne Link" in body(response)


def test_who_was_slower_keeps_both_texts(desk, coordinator):
    mail = a_mail(state=S.HELD)
    seen = outbox.fingerprint([mail])
    outbox.edit(mail, subject=mail.subject, text=f"Schneller\n{mail.text}", seen=seen, by=coordinator)
    given = {"subject": mail.subject, "text": "Langsamer\n[[link|Hier]]", "seen": seen}
    response = desk.post(step(mail, "edit"), given)
    assert response.status_code == 422
    assert "Schneller" in body(response)
    assert "Langsamer" in body(response)
    again = re.search(r'name="seen" value="(\w+)"', body(response))[1]
    assert desk.post(step(mail, "edit"), given | {"seen": again}).status_code == 302


def test_a_discarded_mail_tells_the_case_why(desk):
    case = CaseFactory()
    mail = a_mail(case)
    assert desk.post(step(mail, "discard"), {"reason": " "}).status_code == 422
    desk.post(step(mail, "discard"), {"reason": "Am Telefon geklärt."})
    shown = body(desk.get(page(case)))
    assert "verworfen" in shown
    assert "Am Telefon geklärt." in shown


def test_what_comes_too_late_is_refused_with_a_sentence(desk):
    mail = a_mail(state=S.SENT)
    for name in ("hold", "send", "resend"):
        assert "inzwischen" in (shown := body(desk.post(step(mail, name), follow=True))) or "lässt sich" in shown


def test_the_case_shows_what_came_back_and_leads_to_the_corrected_address(desk):
    case = CaseFactory(contact_email="falsch@stadt.example")
    mail = a_mail(case, state=S.FAILED)
    shown = body(desk.get(page(case)))
    assert "Dieses Postfach gibt es nicht" in shown
    assert step(mail, "address") in shown
    form = body(desk.get(step(mail, "address")))
    assert 'value="falsch@stadt.example"' in form
    assert case.contact_name in form
    assert desk.post(step(mail, "address"), {"to": "keine"}).status_code == 422
    assert "Die Adresse ist berichtigt. Eine E-Mail geht erneut hinaus." in body(
        desk.post(step(mail, "address"), {"to": "neu@stadt.example"}, follow=True)
    )
    case.refresh_from_db()
    mail.refresh_from_db()
    assert (case.contact_email, mail.to, mail.state) == ("neu@stadt.example", "neu@stadt.example", S.QUEUED)


def test_an_advisors_address_that_is_taken_is_said_beside_the_field(desk):
    offer, other = OfferFactory(), OfferFactory()
    mail = a_mail(offer.consultation, S.FAILED, audience=Audience.ADVISOR, to=offer.advisor.email, links={})
    response = desk.post(step(mail, "address"), {"to": other.advisor.email})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["to"]


# --- Who may do what --------------------------------------------------------------------------------------


def at_desk(person):
    client = HouseClient()
    client.force_login(person)
    return client


def in_role(name):
    person = CoordinatorFactory() if name == roles.COORDINATION else UserFactory()
    CoordinatorFactory()  # loads the roles
    person.groups.set(Group.objects.filter(name=name))
    return at_desk(person)


@pytest.mark.parametrize("role", [roles.TECHNICAL, roles.FIGURES])
def test_texts_and_addresses_are_not_for_every_role(role):
    mail, held = a_mail(state=S.FAILED), a_mail(state=S.HELD)
    client = in_role(role)
    assert client.get(step(mail)).status_code == 403
    for name in STEPS:
        for one in (mail, held):
            response = client.post(step(one, name), {"reason": "x", "to": "a@example.org", "subject": "x", "text": "x"})
            assert response.status_code == 403, name
    for address in ("/admin/outbox/mailtext/", "/admin/outbox/mailtext/text/requests/received/de/"):
        assert client.get(address).status_code == 403
        assert client.post(address, {"subject": "x", "body": "x", "preview": "1"}).status_code in (403, 405)
    assert set(Mail.objects.values_list("state", flat=True)) == {S.FAILED, S.HELD}


def test_who_may_only_read_mails_changes_none():
    reader = UserFactory()
    reader.user_permissions.set(Permission.objects.filter(codename="view_mail"))
    mail = a_mail()
    client = at_desk(reader)
    assert not any(f'"{step(mail, name)}"' in body(client.get(step(mail))) for name in STEPS)
    assert client.post(step(mail, "hold")).status_code == 403


def test_mails_of_another_organisations_case_are_read_and_left_alone(desk):
    them = CoordinatorFactory()
    case = CaseFactory(organisation=them.organisation, person=them)
    mail = a_mail(case, S.FAILED)
    read = body(desk.get(step(mail)))
    assert not any(f'"{step(mail, name)}"' in read for name in STEPS)
    assert "Sie lesen diese E-Mail nur" in read
    assert "Sie lesen diese E-Mail nur" not in body(at_desk(them).get(step(mail)))
    for name in STEPS:
        assert desk.post(step(mail, name), {"reason": "x", "to": "a@b.example"}).status_code == 403
    response = desk.post(LIST, {"action": "resend", "_selected_action": [mail.pk]}, follow=True)
    assert "jemand anderes zuständig" in body(response)
    assert at_desk(them).post(step(mail, "discard"), {"reason": "x"}).status_code == 302


def test_steps_are_never_made_by_looking(desk):
    mail = a_mail()
    for name in ("hold", "send", "resend"):
        assert desk.get(step(mail, name)).status_code == 405
    assert desk.get(f"{LIST}test/").status_code == 405


# --- The test mail ----------------------------------------------------------------------------------------


def test_a_test_mail_takes_the_way_of_all_mails_and_shows_its_state(desk, coordinator):
    assert "Test-E-Mail an mich" in body(desk.get(LIST))
    shown = body(desk.post(f"{LIST}test/", follow=True))
    assert "wartet auf Versand" in shown
    mail = Mail.objects.get()
    assert (mail.to, mail.template) == (coordinator.email, "outbox/tested")
    outbox.deliver(mail.pk)
    assert "versandt" in body(desk.get(step(mail)))


def test_the_technical_role_tests_the_way_too_without_reading(desk):
    client = in_role(roles.TECHNICAL)
    response = client.post(f"{LIST}test/", follow=True)
    assert response.redirect_chain[-1][0] == "/admin/outbox/delivery/"
    assert Mail.objects.count() == 1


def test_test_mails_have_a_cap(desk):
    for _ in range(20):
        desk.post(f"{LIST}test/")
    assert "Heute sind schon 20" in body(desk.post(f"{LIST}test/", follow=True))
    assert Mail.objects.count() == 20


# --- Holding what a step owes -----------------------------------------------------------------------------


def test_what_a_step_owes_can_be_held_from_its_preview(desk, coordinator):
    case = CaseFactory(person=coordinator)
    given = {"reason": ReasonFactory().pk, "note": "Leider."}
    preview = body(desk.post(move(case, "reject"), given))
    assert 'name="hold"' in preview
    seen = re.search(r'name="seen" value="(\w+)"', preview)[1]
    shown = body(desk.post(move(case, "reject"), given | {"seen": seen, "hold": "1"}, follow=True))
    assert "zurückgehalten" in shown
    case.refresh_from_db()
    mail = Mail.objects.get()
    assert (case.state, mail.state, mail.steps.get().by) == (State.REJECTED, S.HELD, coordinator)


def test_a_step_without_mails_has_nothing_to_hold(desk):
    assert 'name="hold"' not in body(desk.get(move(CaseFactory(), "take_over")))


# --- Asking and answering, from end to end ----------------------------------------------------------------


def test_a_question_goes_out_and_its_answer_arrives_on_the_case(desk, coordinator, client):
    case = CaseFactory(person=coordinator)
    preview = body(desk.post(move(case, "ask"), {"question": "Wer nimmt teil?"}))
    seen = re.search(r'name="seen" value="(\w+)"', preview)[1]
    desk.post(move(case, "ask"), {"question": "Wer nimmt teil?", "seen": seen})
    mail = Mail.objects.get(template="requests/asked")
    message = outbox.message(mail)
    path = re.search(r"/anfrage/stand/\S+", message.body)[0]
    assert "Wer nimmt teil?" in body(client.get(path))
    client.post(path, {"antwort": "1", "text": "Das Rathaus."})
    case.refresh_from_db()
    assert case.state == State.NEW
    shown = body(desk.get(page(case)))
    assert "Das Rathaus." in shown
    assert Mail.objects.get(template="requests/answered").to == coordinator.email


def test_the_page_of_a_case_needs_the_same_queries_for_one_and_three_mails(desk):
    case = CaseFactory()
    desk.get(page(case))  # the first look is noted
    counts = []
    for more in (1, 2):
        for _ in range(more):
            mails.status_link(case)
            outbox.hold(Mail.objects.latest("pk"), by=UserFactory())
        with CaptureQueriesContext(connection) as queries:
            desk.get(page(case))
        counts.append(len(queries))
    assert counts[0] == counts[1] == 53
