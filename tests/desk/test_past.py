"""The complete history of a case: one line of time, readable, from steps and triggers."""

import pghistory
import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from advisors import offers
from miglobe.outbox.models import Mail
from requests import attachments, history, merging, notes, workflow
from requests.models import State
from tests.desk.case import page
from tests.desk.test_corrections import corrected
from tests.factories import (
    AdvisorFactory,
    CaseFactory,
    DeclineReasonFactory,
    MunicipalityFactory,
    TopicFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def past(desk, case):
    return desk.get(page(case)).context["history"]


def test_a_correction_tells_old_and_new_in_words(desk, coordinator):
    old, new = TopicFactory(name="Fairer Handel"), TopicFactory(name="Agenda 2030")
    case = CaseFactory(person=coordinator, topics=[old], hope="")
    place = MunicipalityFactory(name="Soest")
    response = desk.post(
        page(case),
        corrected(
            case,
            hope="Ein Ratsbeschluss",
            municipality=place.pk,
            topics=[new.pk],
            place="online",
            wished_from="13.05.2027",
            **{"initial-wished_from": ""},
        ),
    )
    assert response.status_code == 302, response.context["errors"]
    (line,) = past(desk, case)
    assert (line.what, line.who) == ("Angaben berichtigt", str(coordinator))
    assert {change.label: (change.old, change.new) for change in line.changes} == {
        "Kommune": (case.municipality.name, "Soest"),
        "Themen": ("Fairer Handel", "Agenda 2030"),
        "Erhofftes Ergebnis": ("", "Ein Ratsbeschluss"),
        "Ort": ("beides ist möglich", "online"),
        "Gewünscht ab": ("", "13.05.2027"),
    }
    shown = desk.get(page(case)).content.decode()
    assert "Agenda 2030" in shown


def test_everything_stands_in_one_line_of_time_the_newest_first(desk, coordinator):
    case = CaseFactory(state=State.UNCONFIRMED)
    with pghistory.context():
        workflow.confirm(case)
    with pghistory.context(user=coordinator.pk):
        workflow.take_over(case, by=coordinator)
    with pghistory.context(user=coordinator.pk):
        notes.write(case, text="Bitte bald anrufen", by=coordinator)
    with pghistory.context():
        workflow.write(case, text="Wann geht es los?")
    with pghistory.context(task="outbox.deliver"):
        Mail.objects.filter(template="requests/received").update(state="failed", error="550")
    lines = past(desk, case)
    words = {line.what: line for line in lines}
    assert words["bestätigt"].who == "Kommune"
    assert words["übernommen"].who == str(coordinator)
    assert {change.new for change in words["übernommen"].changes} == {str(coordinator), str(coordinator.organisation)}
    assert words["Interne Notiz"].who == str(coordinator)
    assert "Bitte bald anrufen" not in str(words["Interne Notiz"])
    assert words["Nachricht der Kommune"].anchor == "nachrichten"
    (failed,) = [line for what, line in words.items() if "nicht zustellbar" in what]
    assert failed.who == "automatisch"
    assert lines == sorted(lines, key=lambda line: line.at, reverse=True)


def test_what_nobody_did_at_the_desk_is_in_the_history_too(desk):
    with pghistory.context():
        case = CaseFactory(hope="Alt")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE requests_consultationrequest SET hope = 'Neu' WHERE id = %s", [case.pk])
    (line,) = past(desk, case)
    assert (line.what, line.who) == ("Angaben geändert", "unmittelbar in der Datenbank")
    assert [(change.old, change.new) for change in line.changes] == [("Alt", "Neu")]


def test_offers_are_told_by_name_and_nothing_else_of_the_advisor(desk, coordinator):
    case = CaseFactory(state=State.SEARCHING, person=coordinator, organisation=coordinator.organisation)
    advisor = AdvisorFactory(name="Ayşe Yıldız")
    with pghistory.context(user=coordinator.pk):
        offers.propose(case, advisors=[advisor.pk], by=coordinator)
        offers.send(case, by=coordinator)
    with pghistory.context(route="advisors:offer"):
        offers.decline(case.offers.get(), reason=DeclineReasonFactory(name="zu weit"), note="Ich ziehe um.")
    lines = [line for line in past(desk, case) if line.anchor == "team"]
    assert (lines[0].what, lines[0].who) == ("Angebot an Ayşe Yıldız: abgesagt", "Ayşe Yıldız")
    assert {line.who for line in lines[1:]} == {str(coordinator)}
    everything = str(past(desk, case))
    for secret in (advisor.email, advisor.phone, "Ich ziehe um.", "zu weit"):
        assert secret not in everything


def test_the_history_needs_the_same_queries_for_one_and_three_of_everything(coordinator):
    case = CaseFactory(person=coordinator)
    counts = []
    for number in (1, 2, 3):
        with pghistory.context(user=UserFactory().pk):
            workflow.correct(case, note="Anliegen", concern=f"Neu {number}", by=UserFactory())
            case.topics.set([TopicFactory()])
            notes.write(case, text=f"Notiz {number}", by=UserFactory())
            Mail.objects.create(reference=case.reference, to="a@example.org", subject="x", text="x", state="failed")
        with CaptureQueriesContext(connection) as queries:
            history.lines(case)
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] == 9


def test_long_histories_are_folded(desk, coordinator):
    case = CaseFactory()
    for number in range(20):
        workflow.contact(case, note=f"Anruf {number}", by=coordinator)
    shown = desk.get(page(case)).content.decode()
    assert shown.count("Ältere Einträge") == 1
    assert shown.index("Anruf 19") < shown.index("Ältere Einträge") < shown.index("Anruf 0<")


def test_files_and_taken_back_notes_are_told(desk, coordinator):
    from django.core.files.uploadedfile import SimpleUploadedFile

    case = CaseFactory(person=coordinator)
    attachments.add(case, SimpleUploadedFile("Konzept.pdf", b"%PDF-1.7"), by=coordinator)
    notes.take_back(notes.write(case, text="Falsch", by=coordinator), by=coordinator)
    assert {"Anlage hinzugefügt: Konzept.pdf", "Interne Notiz zurückgezogen"} <= {
        line.what for line in past(desk, case)
    }


def test_who_may_not_see_the_case_does_not_see_its_history(client):
    case = CaseFactory()
    assert client.get(page(case)).status_code == 302
    plain = UserFactory()
    plain.user_permissions.set(Permission.objects.filter(codename="view_topic"))
    client.force_login(plain)
    assert client.get(page(case)).status_code == 403


@pytest.mark.parametrize("nonsense", ["", "x", "m1.o", "m1.t99999999999999999", "m-1", "m1.2", "m%00", "ш1"])
def test_a_mangled_mark_of_what_was_seen_is_no_fault(desk, nonsense):
    assert history.opened(nonsense) is None or nonsense == "m1.2"
    assert desk.get(f"{page(CaseFactory())}?seit={nonsense}").status_code == 200


def test_what_was_seen_survives_the_way_through_an_address():
    seen = history.now(m=12, o=40)
    back = history.opened(str(seen))
    assert back.marks == seen.marks
    assert abs((back.at - seen.at).total_seconds()) < 1


# --- The history of other rows ---------------------------------------------------------------------------


def test_an_advisors_history_is_readable(desk, coordinator):
    with pghistory.context(user=coordinator.pk):
        advisor = AdvisorFactory(name="Ayşe Yıldız", active=True, online=False)
    with pghistory.context(user=coordinator.pk):
        advisor.online, advisor.home = True, MunicipalityFactory(name="Soest")
        advisor.save()
        advisor.topics.set([TopicFactory(name="Fairer Handel")])
    with pghistory.context(task="advisors.keep_deadlines"):
        type(advisor).objects.update(capacity=4)
    shown = desk.get(f"/admin/advisors/advisor/{advisor.pk}/history/").content.decode()
    for words in ("Angelegt", "Berät auch online", "nein", "ja", "Soest", "Fairer Handel", "automatisch", "4"):
        assert words in shown
    assert str(coordinator) in shown


def test_every_kind_of_row_shows_its_history(desk):
    for row in (TopicFactory(), DeclineReasonFactory(), CaseFactory()):
        app, model = row._meta.app_label, row._meta.model_name
        assert "Angelegt" in desk.get(f"/admin/{app}/{model}/{row.pk}/history/").content.decode()


def test_who_sees_deliveries_without_addresses_sees_none_in_their_history(client):
    from miglobe.outbox.models import Delivery
    from miglobe.templatetags.past import past

    Mail.objects.create(reference="MG-1", to="petra@stadt.example", subject="x", text="x")
    assert past(Delivery.objects.get()) is None
    assert past(Mail.objects.get())


def test_what_a_merge_brings_is_told_by_its_step_alone(coordinator):
    place = MunicipalityFactory()
    stays, goes = (CaseFactory(municipality=place, person=coordinator) for _ in range(2))
    with pghistory.context():
        workflow.write(goes, text="Ich habe zweimal gefragt.")
        notes.write(goes, text="Doppelt", by=coordinator)
        attachments.add(goes, SimpleUploadedFile("Konzept.pdf", b"%PDF-1.7"), by=coordinator)
    with pghistory.context(user=coordinator.pk):
        merging.merge(stays, absorbed=goes, note="Doppelt", by=coordinator)
    lines = {line.what for line in history.lines(stays)}
    assert workflow.MOVES["absorb"].label in lines
    assert not {line for line in lines if "geändert" in line or "zurückgezogen" in line or "hinzugefügt" in line}
    assert "Anlage hinzugefügt: Konzept.pdf" in {line.what for line in history.lines(goes)}
