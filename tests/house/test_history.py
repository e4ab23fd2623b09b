"""What the triggers write down: everything that matters, who did it and where, and nobody changes it afterwards."""

import pghistory
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from miglobe.history.forgetting import event_models
from miglobe.history.tracking import events
from miglobe.outbox.models import Mail
from requests import links, workflow
from requests.models import Attachment, ConsultationRequest, Message, State, Topic, Transition
from tests.factories import AdvisorFactory, CaseFactory, OfferFactory, TopicFactory, UserFactory
from tests.periods import follow

pytestmark = pytest.mark.django_db


def latest(model, row=None):
    found = events(model).filter(pgh_obj=row) if row else events(model)
    return found.latest("pgh_id")


def test_a_change_says_who_and_by_which_route(desk, coordinator):
    case = CaseFactory(person=UserFactory())
    preview = desk.post(f"/admin/requests/consultationrequest/{case.pk}/move/take_over/", {})
    seen = preview.context["seen"]
    desk.post(f"/admin/requests/consultationrequest/{case.pk}/move/take_over/", {"seen": seen})
    event = latest(ConsultationRequest, case)
    assert event.person == coordinator
    assert event.pgh_context == {"user": coordinator.pk, "route": "admin:requests_consultationrequest_move"}


def test_the_tokens_of_links_never_reach_the_history(client):
    case = CaseFactory()
    token = links.token(links.STATUS, case)
    client.post(reverse("requests:status", kwargs={"token": token}), {"text": "Wann geht es los?"})
    assert Message.objects.exists()
    event = latest(Message)
    assert event.pgh_context == {"route": "requests:status"}
    assert token not in str(event.pgh_context)


def test_changes_in_bulk_and_plain_sql_are_seen():
    case = CaseFactory(hope="Alt")
    ConsultationRequest.objects.filter(pk=case.pk).update(hope="Im Ganzen")
    assert latest(ConsultationRequest, case).hope == "Im Ganzen"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE requests_consultationrequest SET hope = 'Von Hand' WHERE id = %s", [case.pk])
    assert latest(ConsultationRequest, case).hope == "Von Hand"
    Topic.objects.bulk_create([Topic(name="Neu")])
    assert latest(Topic).name == "Neu"
    advisor = AdvisorFactory()
    advisor.topics.set([TopicFactory(name="Handel")])
    assert events(type(advisor).topics.through).get(advisor=advisor).topic.name == "Handel"


@pytest.mark.parametrize("change", ["UPDATE {table} SET hope = ''", "DELETE FROM {table}"])
def test_nobody_changes_what_has_happened(change):
    case = CaseFactory()
    ConsultationRequest.objects.update(hope="Neu")
    table = events(ConsultationRequest).model._meta.db_table
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table=table))
    assert events(ConsultationRequest).filter(pgh_obj=case).count() == 2


def test_drafts_and_what_nobody_has_confirmed_leave_no_trace():
    topic = TopicFactory()
    draft = ConsultationRequest.objects.create()
    draft.topics.set([topic])
    draft.draft = {"anliegen": {"concern": ["Getippt"]}}
    draft.save()
    sent = CaseFactory(state=State.UNCONFIRMED)
    sent.attachments.create(name="Personalakte.pdf", content_type="application/pdf", size=1, sha256="0", file="x")
    sent.attachments.all().delete()
    workflow.withdraw(sent)
    sent.delete()
    for model in (ConsultationRequest, ConsultationRequest.topics.through, Transition, Attachment):
        assert not events(model).exists(), model


def test_with_the_confirmation_begins_the_history():
    case = CaseFactory(state=State.UNCONFIRMED, concern="Wie gesendet")
    workflow.confirm(case)
    event = events(ConsultationRequest).get()
    assert (event.pgh_obj_id, event.state, event.concern) == (case.pk, "new", "Wie gesendet")
    assert events(Transition).get().move == "confirm"


def test_what_is_saved_without_a_change_makes_no_row():
    case = CaseFactory()
    before = events(ConsultationRequest).count()
    case.draft = {"x": {}}
    case.save()
    assert events(ConsultationRequest).count() == before


def test_the_history_does_not_hold_a_row_that_goes():
    offer = OfferFactory()
    case, pk = offer.consultation, offer.pk
    offer.delete()
    case.delete()
    assert latest(type(offer)).pgh_label == "delete"
    assert latest(type(offer)).pgh_obj_id == pk
    assert latest(ConsultationRequest).pgh_label == "delete"


def test_a_task_of_the_worker_gives_its_name():
    from procrastinate.contrib.django import app

    from miglobe.history.context import of_task

    assert of_task in app.worker_defaults["task_middleware"]


def test_passwords_secrets_and_texts_of_mails_are_not_kept_twice():
    kept = {
        f"{model._meta.object_name}.{field.name}"
        for model in apps.get_models()
        if hasattr(model, "pgh_tracked_model")
        for field in model._meta.fields
    }
    for secret in ("UserEvent.password", "MailEvent.text", "MailEvent.links", "ConsultationRequestEvent.key"):
        assert secret not in kept
    assert "UserEvent.email" in kept


def test_every_table_with_a_history_is_append_only():
    models = [model for model in apps.get_models() if issubclass(model, pghistory.models.Event)]
    assert len(models) > 25
    for model in models:
        assert [trigger.name for trigger in model._meta.triggers] == ["append_only"], model


def test_mails_of_what_is_forgotten_leave_no_trace_either():
    from datetime import timedelta

    from django.utils import timezone

    case = CaseFactory(state=State.UNCONFIRMED, state_since=timezone.now() - timedelta(days=30))
    Mail.objects.create(reference=case.reference, to=case.contact_email, subject="Bitte bestätigen", text="x")
    kept = Mail.objects.create(reference="MG-2026-OTHER", to="a@example.org", subject="x", text="x")
    assert follow("requests.unconfirmed") == 1
    assert [event.pgh_obj_id for event in events(Mail)] == [kept.pk]


def test_every_history_finds_its_row_by_an_index():
    for model in event_models():
        first = {index.fields[0] for index in model._meta.indexes if index.fields}
        pointers = {field.name for field in model._meta.fields if field.name == "pgh_obj" and field.db_index}
        assert first | pointers, model


UNTRACKED = {
    "accounts.Session",
    "accounts.SavedView",
    "accounts.FirstView",
    "advisors.AdvisorAccess",  # is a log itself
    "advisors.ConsentText",  # has versions
    "advisors.DateOption",  # written once, with its proposal
    "advisors.KeptCount",  # only added, and names nobody
    "advisors.Round",  # a plan: what is offered by it has its history
    "advisors.RoundPlace",
    "codes.AccessCode",
    "limits.Tally",  # says how often, not who
    "outbox.Suppression",  # holds until it is lifted, and no longer
    "outbox.MailStep",  # is a log itself
    "outbox.MailText",  # has versions
    "pages.Page",  # has versions
    "pages.PageVersion",
    "privacy.Answer",  # is a log itself
    "privacy.DataRequest",  # goes with its answer
    "privacy.RetentionRun",  # is a log itself
    "privacy.RetentionCount",
    "requests.BulkRun",
    "requests.BulkItem",
    "requests.Look",
    "requests.SearchEntry",
}


def test_every_table_of_ours_has_a_history_or_a_reason_why_not():
    ours = ("requests", "advisors", "accounts", "outbox", "pages", "codes", "limits", "privacy")
    without = {
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in ours and not model._meta.proxy and not issubclass(model, pghistory.models.Event)
        if not hasattr(model, "pgh_event_model")
    }
    assert without == UNTRACKED
