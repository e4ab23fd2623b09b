"""The invented data of the demonstration."""

import re
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Count, F, Max, Min
from django.test import override_settings
from django.utils import timezone

from advisors.models import Advisor, DateProposal, Feedback, FollowUp, Offer, Purpose, Report
from advisors.waiting import WAITING
from miglobe.accounts.models import Organisation, User
from miglobe.demo.cases import CASES
from miglobe.desk import roles
from miglobe.outbox import outbox
from miglobe.outbox.models import Mail
from miglobe.pages.models import Portal
from requests.models import ConsultationRequest, Message, Note, State, Transition

pytestmark = pytest.mark.django_db
RESERVED = re.compile(r"@([\w-]+\.)*(example|example\.(org|com|net))$")


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """What the command says when it has loaded the demo: once, because it takes some seconds."""
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with django_db_blocker.unblock(), quick, transaction.atomic():
        call_command("load_data")
        yield load()
        transaction.set_rollback(True)


@pytest.fixture
def output(loaded, db):
    return loaded


def load():
    said = StringIO()
    call_command("load_demo", stdout=said)
    return said.getvalue()


def everything():
    return [
        (model.__name__, list(model.objects.order_by("pk").values()))
        for model in (Portal, Organisation, User, Advisor, ConsultationRequest, Transition, Message, Offer, Mail)
    ]


def jobs():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return cursor.fetchone()[0]


def test_results_are_recorded_and_some_are_missing(output):
    now = timezone.now()
    assert Report.objects.exists() and Feedback.objects.exists()
    for name in ("report", "feedback"):
        assert ConsultationRequest.objects.filter(WAITING[name].condition(now)).exists(), name


def test_the_course_of_cases_can_be_seen(output):
    assert DateProposal.objects.open().filter(options__starts_at__gt=timezone.now()).exists()
    waiting = Report.objects.get(state=Report.State.SENT)
    assert waiting.work.filter(signed_at__isnull=False).count() == 1
    answered = FollowUp.objects.get(answered_at__isnull=False)
    assert answered.asked_at < answered.answered_at < timezone.now()
    assert {by is None for by in Feedback.objects.values_list("by", flat=True)} == {True, False}
    assert not Report.objects.handed_in().filter(work=None).exists()


def test_the_demo_is_complete(output):
    assert Advisor.objects.count() == 24
    assert ConsultationRequest.objects.count() == 46
    people = User.objects.filter(is_staff=True, is_superuser=False)
    coordinators = people.filter(groups__name=roles.COORDINATION)
    organisations = Organisation.objects.filter(user__in=coordinators)
    assert set(organisations.annotate(people=Count("user")).values_list("people", flat=True)) == {2}
    assert Counter(people.values_list("groups__name", flat=True)) == {
        roles.COORDINATION: 6,
        roles.LEAD: 1,
        roles.FIGURES: 1,
        roles.TECHNICAL: 1,
    }
    assert Portal.current().contact_email


def test_every_state_of_cases_and_offers_can_be_seen(output):
    assert set(ConsultationRequest.objects.values_list("state", flat=True)) == set(State.values)
    assert set(Offer.objects.values_list("state", flat=True)) == set(Offer.State.values)
    outcomes = ConsultationRequest.objects.filter(state=State.CLOSED).values_list("outcome", flat=True)
    assert set(outcomes) == set(ConsultationRequest.Outcome.values)
    assert set(ConsultationRequest.objects.values_list("channel", flat=True)) == set(ConsultationRequest.Channel.values)


def test_every_concern_is_a_different_one():
    assert len({case.concern for case in CASES}) == len(CASES)


def test_everybody_can_log_in_with_what_the_command_prints(output, client):
    rows = [line.split() for line in output.splitlines() if "@" in line]
    assert len(rows) == 9
    assert {row[0] for row in rows} == set(roles.ROLES)
    assert all(client.login(email=row[-2], password=row[-1]) for row in rows)


def test_a_second_run_changes_nothing(output):
    before = everything()
    assert load().strip() == "Es gibt schon Organisationen oder Anfragen; es bleibt alles, wie es ist."
    assert everything() == before


def test_no_mail_is_left_to_send(output):
    assert Counter(Mail.objects.values_list("state", flat=True)).keys() == {"sent", "failed", "held"}
    assert Mail.objects.filter(state="failed").exclude(error="").count() == 2
    assert jobs() == 0


def test_all_addresses_are_reserved_for_examples(output):
    addresses = [
        *Organisation.objects.values_list("email", flat=True),
        *User.objects.values_list("email", flat=True),
        *Advisor.objects.values_list("email", flat=True),
        *ConsultationRequest.objects.exclude(contact_email="").values_list("contact_email", flat=True),
        *Mail.objects.values_list("to", flat=True),
        *Mail.objects.exclude(reply_to="").values_list("reply_to", flat=True),
        Portal.current().contact_email,
    ]
    assert [address for address in addresses if not RESERVED.search(address)] == []


def test_the_links_in_the_mails_open_real_pages(output, client):
    """One mail of each kind: nearly all lead to the same few pages."""
    newest = Mail.objects.values("template").annotate(pk=Max("pk")).values("pk")
    for mail in Mail.objects.filter(pk__in=newest):
        for name, address in outbox.addresses(mail).items():
            page = client.get(address, follow=True)
            assert page.status_code == 200, (mail.template, name)


def test_history_lies_in_the_past_and_in_order(output):
    now = timezone.now()
    for model, moment in ((Transition, "at"), (Mail, "sent_at"), (Offer, "created_at"), (User, "date_joined")):
        assert model.objects.aggregate(last=Max(moment))["last"] <= now, model
    lives = Transition.objects.values("consultation").annotate(first=Min("at"), last=Max("at"))
    for life in lives.values("first", "last", born=F("consultation__created_at"), since=F("consultation__state_since")):
        assert life["born"] <= life["first"] <= life["since"] <= life["last"]


def test_the_oldest_case_is_some_three_years_old_and_the_newest_some_minutes(output):
    ages = ConsultationRequest.objects.aggregate(first=Min("created_at"), last=Max("created_at"))
    now = timezone.now()
    assert timedelta(days=900) < now - ages["first"] < timedelta(days=1250)
    assert now - ages["last"] < timedelta(hours=1)


def test_what_happened_earlier_happened_in_working_hours(output):
    earlier = Transition.objects.filter(at__lt=timezone.now() - timedelta(hours=1))
    by_people = earlier.exclude(move="remind").values_list("at", flat=True)
    moments = [timezone.localtime(at) for at in by_people]
    assert all(at.weekday() < 5 and 8 <= at.hour < 18 for at in moments)


def test_nobody_is_loaded_beyond_what_the_pool_allows(output):
    for advisor in Advisor.objects.with_load():
        assert advisor.load <= (advisor.capacity if advisor.active else 0), advisor
    accepted = Offer.objects.accepted()
    assert not accepted.exclude(advisor__in=Advisor.objects.consenting(Purpose.MATCHING)).exists()
    assert not accepted.filter(advisor__biased_for=F("consultation__municipality")).exists()


def test_every_kind_of_message_can_be_seen_and_one_waits_for_an_answer(output):
    assert set(Message.objects.values_list("move", flat=True)) == {"ask", "answer", "write", "reply"}
    waiting = ConsultationRequest.objects.get(unanswered_since__isnull=False)
    assert waiting.messages.last().is_theirs


def test_a_case_was_handed_over_notes_mention_colleagues_and_some_municipalities_ask_again(output):
    assert Transition.objects.filter(move="hand_over").exists()
    assert (
        Note.objects.filter(mentioned__isnull=False).count()
        == Mail.objects.filter(template__contains="mentioned").count()
        > 0
    )
    asked = ConsultationRequest.objects.filed().values("municipality").annotate(cases=Count("pk"))
    assert asked.filter(cases__gt=1).exists()
