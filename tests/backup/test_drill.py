"""The drill: back up, destroy, restore, compare."""

import io

import pytest
from django.core.management import CommandError
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from miglobe.backup import postgres
from requests import attachments, search, workflow
from requests.models import Attachment, ConsultationRequest, State
from tests import factories
from tests.backup.drill import back_up, destroy, files, picture, restore

ASKS = input


def test_the_drill(portal, database):
    before, kept = picture(), files(portal)
    file = back_up()
    destroy(database)
    for path in (portal / "attachments").rglob("*"):
        path.is_file() and path.unlink()
    assert postgres.is_empty()

    said = restore(file)

    assert "Jede Tabelle hat so viele Zeilen" in said
    after = picture()
    assert after.keys() == before.keys()
    for name, rows in before.items():
        assert after[name] == rows, name
    assert files(portal) == kept
    assert len(kept) == 1
    assert len(before["triggers"]) > 50
    life_goes_on()


def life_goes_on():
    """Sequences stand behind what is there, the history is written and still refuses to be changed, search finds."""
    case = factories.CaseFactory(state=State.UNCONFIRMED, hope="Neuanfang")
    workflow.confirm(case)
    assert ConsultationRequest.objects.filter(hope="Neuanfang", state=State.NEW).exists()
    for word in ("Neuanfang", "Partnerschaft"):  # of a new case and of one that was restored
        query = search.understand(word)
        assert search.found(ConsultationRequest.objects.all(), query, search.keys(query)).exists(), word
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM requests_consultationrequestevent WHERE hope = 'Neuanfang'")
        assert cursor.fetchone()[0]
        with pytest.raises(Exception, match="append"), transaction.atomic():
            cursor.execute("DELETE FROM requests_consultationrequestevent")


def test_a_check_opens_and_compares_everything_and_changes_nothing(portal):
    file, before = back_up(), picture()
    with CaptureQueriesContext(connection) as queries:
        said = restore(file, "--check")
    assert not queries.captured_queries  # a machine without the database checks as well
    assert "vollständig und unversehrt" in said
    assert "Anlagen: 1." in said
    assert picture() == before


def test_a_full_database_is_only_replaced_when_told(portal, monkeypatch):
    file = back_up()
    ConsultationRequest.objects.update(hope="Seitdem geändert")
    before = picture()
    with pytest.raises(CommandError, match="nicht leer"):
        restore(file)
    monkeypatch.setattr("builtins.input", lambda question: "nein")
    with pytest.raises(CommandError, match="Abgebrochen"):
        restore(file, "--replace")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr("builtins.input", ASKS)
    with pytest.raises(CommandError, match="Mit --yes"):
        restore(file, "--replace")
    assert picture() == before
    monkeypatch.setattr("builtins.input", lambda question: "ersetzen")
    restore(file, "--replace")
    assert not ConsultationRequest.objects.filter(hope="Seitdem geändert").exists()


def test_what_the_backup_does_not_know_goes_too(portal):
    before, file = picture(), back_up()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE of_a_newer_version (case_id bigint REFERENCES requests_consultationrequest)")
    restore(file, "--replace", "--yes")
    assert picture() == before


def test_a_restore_that_fails_leaves_everything_as_it_was(portal, monkeypatch):
    file = back_up()
    attachments.discard(Attachment.objects.all())
    before = picture()
    monkeypatch.setattr(postgres, "_counted", lambda rows: "DO $$ BEGIN RAISE 'rows of x differ'; END $$")
    with pytest.raises(CommandError, match="rows of x differ"):
        restore(file, "--replace", "--yes")
    assert picture() == before
    assert files(portal) == {}


def test_the_number_of_rows_is_compared_before_anything_holds(portal, monkeypatch):
    file, before = back_up(), picture()
    counted = postgres._counted
    monkeypatch.setattr(postgres, "_counted", lambda rows: counted({**rows, "outbox_mail": 999}))
    with pytest.raises(CommandError, match="rows of outbox_mail differ"):
        restore(file, "--replace", "--yes")
    assert picture() == before


def test_a_database_that_does_not_answer_is_told(portal, monkeypatch):
    file = back_up()

    def away():
        raise OperationalError("connection to petra failed")

    monkeypatch.setattr(connection, "ensure_connection", away)
    with pytest.raises(CommandError, match=r"Die Datenbank antwortet nicht\."):
        back_up()
    with pytest.raises(CommandError, match=r"Die Datenbank antwortet nicht\."):
        restore(file)
    assert "unversehrt" in restore(file, "--check")
