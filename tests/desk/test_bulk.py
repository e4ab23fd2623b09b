"""Many cases at once: chosen in the list, read beforehand, done by the worker, with a record of what failed."""

import re
from datetime import timedelta

import pytest

from miglobe.outbox.models import Mail
from requests import bulk, tasks
from requests.models import BulkItem, BulkRun, ConsultationRequest, State
from tests.desk.case import LIST
from tests.factories import CaseFactory, CoordinatorFactory, UserFactory
from tests.periods import follow

pytestmark = pytest.mark.django_db
RUNS = "/admin/requests/bulkrun/"


def choose(desk, action, cases):
    sent = {"action": action, "index": "0", "_selected_action": [case.pk for case in cases]}
    return desk.post(LIST, sent)


def run_page(run):
    return f"{RUNS}{run.pk}/change/"


def begin(desk, run, given):
    """What a person does: types, reads the preview, presses the button in it."""
    preview = desk.post(run_page(run), given)
    seen = re.search(r'name="seen" value="(\w+)"', preview.content.decode())
    return desk.post(run_page(run), given | {"seen": seen[1]}, follow=True)


def own(coordinator, **fields):
    return CaseFactory(person=coordinator, organisation=coordinator.organisation, **fields)


def test_choosing_cases_changes_nothing(desk, coordinator):
    cases = [own(coordinator, state=State.RUNNING) for _ in range(2)]
    response = choose(desk, "close", cases)
    run = BulkRun.objects.get()
    assert response["Location"] == run_page(run)
    assert run.begun_at is None and run.count == 2
    assert "Ausgewählt" in desk.get(run_page(run)).content.decode()
    assert set(ConsultationRequest.objects.values_list("state", flat=True)) == {State.RUNNING}


def test_the_preview_says_what_will_happen_to_each_and_shows_the_mails(desk, coordinator):
    possible, impossible = own(coordinator, state=State.RUNNING), own(coordinator, state=State.NEW)
    choose(desk, "close", [possible, impossible])
    words = desk.post(run_page(BulkRun.objects.get()), {"outcome": "dialogue", "note": ""}).content.decode()
    assert "Bei 1 von 2 Anfragen ist das möglich." in words
    assert "Nicht möglich: Das geht nicht mehr" in words
    assert possible.contact_email in words and impossible.contact_email not in words
    assert not Mail.objects.exists()
    possible.refresh_from_db()
    assert possible.state == State.RUNNING


def test_what_was_begun_is_done_case_by_case_and_failures_say_why(desk, coordinator):
    closed, untouched = own(coordinator, state=State.RUNNING), own(coordinator, state=State.NEW)
    choose(desk, "close", [closed, untouched])
    run = BulkRun.objects.get()
    page_of_run = begin(desk, run, {"outcome": "consulted", "note": ""})
    assert "Wird erledigt: 0 von 2" in page_of_run.content.decode()
    tasks.work_in_bulk(run_id=run.pk)
    closed.refresh_from_db()
    untouched.refresh_from_db()
    assert (closed.state, closed.outcome, untouched.state) == (State.CLOSED, "consulted", State.NEW)
    assert closed.transitions.get().by == coordinator
    words = desk.get(run_page(run)).content.decode()
    assert "Fertig: 1 von 2 erledigt, 1 nicht möglich." in words
    assert untouched.reference in words and "Das geht nicht mehr" in words


def test_working_twice_does_a_case_once(desk, coordinator):
    case = own(coordinator, state=State.RUNNING)
    choose(desk, "write", [case])
    run = BulkRun.objects.get()
    begin(desk, run, {"text": "Wir melden uns."})
    for _ in range(2):
        tasks.work_in_bulk(run_id=run.pk)
    assert case.messages.count() == 1
    assert Mail.objects.filter(to=case.contact_email).count() == 1


def test_beginning_twice_hands_the_run_over_once(coordinator, django_capture_on_commit_callbacks):
    from procrastinate.contrib.django.models import ProcrastinateJob

    run = bulk.choose(ConsultationRequest.objects.filter(pk=own(coordinator).pk), move="reply", by=coordinator)
    for _ in range(2):
        bulk.begin(run, given={"text": ["Guten Tag"]})
    assert ProcrastinateJob.objects.filter(task_name="requests.work_in_bulk").count() == 1


def test_an_error_of_ours_fails_one_case_and_not_the_run(desk, coordinator):
    broken, fine = own(coordinator, state=State.RUNNING), own(coordinator, state=State.RUNNING)
    run = bulk.choose(ConsultationRequest.objects.all(), move="close", by=coordinator)
    bulk.begin(run, given={})

    def act(case):
        if case == broken:
            raise RuntimeError("Petra Beispiel")

    bulk.work(run, act)
    run.refresh_from_db()
    assert run.finished_at
    states = dict(run.items.values_list("consultation", "state"))
    assert states == {broken.pk: BulkItem.State.FAILED, fine.pk: BulkItem.State.DONE}
    words = desk.get(run_page(run)).content.decode()
    assert "Dabei ist ein Fehler aufgetreten." in words and "Diese noch einmal versuchen" in words


def test_what_failed_can_be_tried_again(desk, coordinator):
    case = own(coordinator, state=State.NEW)
    choose(desk, "close", [case])
    run = BulkRun.objects.get()
    bulk.begin(run, given={"outcome": ["dialogue"], "note": [""]})
    tasks.work_in_bulk(run_id=run.pk)
    assert run.items.get().state == BulkItem.State.FAILED
    ConsultationRequest.objects.filter(pk=case.pk).update(state=State.RUNNING, due_at=None)
    desk.post(f"{RUNS}{run.pk}/again/")
    tasks.work_in_bulk(run_id=run.pk)
    case.refresh_from_db()
    run.refresh_from_db()
    assert case.state == State.CLOSED
    assert run.items.get().state == BulkItem.State.DONE and run.finished_at


def test_a_changed_preview_is_read_again_before_anything_begins(desk, coordinator):
    case = own(coordinator, state=State.RUNNING)
    choose(desk, "write", [case])
    run = BulkRun.objects.get()
    response = desk.post(run_page(run), {"text": "Neu", "seen": "veraltet"})
    assert "Die Vorschau hat sich geändert." in response.content.decode()
    run.refresh_from_db()
    assert run.begun_at is None


def test_bad_input_keeps_what_was_typed(desk, coordinator):
    choose(desk, "close", [own(coordinator, state=State.RUNNING)])
    response = desk.post(run_page(BulkRun.objects.get()), {"outcome": "", "note": "Alles gesagt"})
    assert response.status_code == 422
    assert "Alles gesagt" in response.content.decode()


def test_too_many_cases_are_refused_with_a_sentence(desk, coordinator, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 1)
    response = choose(desk, "close", [own(coordinator), own(coordinator)])
    assert not BulkRun.objects.exists()
    assert "mehr als 1 Anfragen" in desk.get(response["Location"]).content.decode()


def test_a_run_is_seen_by_the_one_who_made_it(client, desk, coordinator):
    choose(desk, "close", [own(coordinator)])
    client.force_login(CoordinatorFactory())
    assert client.get(run_page(BulkRun.objects.get())).status_code == 404


def test_nobody_without_the_right_begins_a_run(client, coordinator):
    run = bulk.choose(ConsultationRequest.objects.all(), move="close", by=coordinator)
    client.force_login(UserFactory())
    assert client.get(run_page(run)).status_code == 403
    assert client.post(f"{RUNS}{run.pk}/again/").status_code == 403


def test_choices_nobody_made_use_of_are_forgotten(coordinator):
    run = bulk.choose(ConsultationRequest.objects.all(), move="close", by=coordinator)
    assert follow("requests.choices") == 0
    assert BulkRun.objects.exists()
    assert follow("requests.choices", run.created_at + timedelta(days=2)) == 1
    assert not BulkRun.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_of_a_run_ask_the_same_number_of_questions(desk, coordinator, count, django_assert_num_queries):
    choose(desk, "close", [own(coordinator, state=State.NEW) for _ in range(count)])
    run = BulkRun.objects.get()
    with django_assert_num_queries(7):
        desk.get(run_page(run))
    bulk.begin(run, given={"outcome": ["dialogue"], "note": [""]})
    tasks.work_in_bulk(run_id=run.pk)
    with django_assert_num_queries(7):
        desk.get(run_page(run))


def test_assigning_gives_each_case_to_the_chosen_person(desk, coordinator):
    cases, colleague = [CaseFactory(state=State.NEW), own(coordinator, state=State.RUNNING)], CoordinatorFactory()
    choose(desk, "assign", cases)
    run = BulkRun.objects.get()
    begin(desk, run, {"to": f"person-{colleague.pk}", "note": "Bitte übernehmen Sie das."})
    tasks.work_in_bulk(run_id=run.pk)
    assert set(ConsultationRequest.objects.values_list("person", flat=True)) == {colleague.pk}
    assert Mail.objects.filter(to=colleague.email).count() == 2
