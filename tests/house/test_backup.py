"""The drill: back up, destroy, restore, compare. And every way in which a backup can be no good."""

import hashlib
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import tarfile
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from miglobe.backup import archive, making, postgres, seal, tasks
from miglobe.outbox.models import Mail
from requests import attachments, search, workflow
from requests.models import Attachment, ConsultationRequest, State
from scripts import embedded_postgres
from tests import factories

PRIVATE, PUBLIC = seal.new_pair()
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

EVERYTHING = {
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    " AND prokind = 'f'",
    "constraints": "SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "sequences": "SELECT sequencename || coalesce(last_value, 0) FROM pg_sequences",
}


@pytest.fixture(scope="module")
def database(django_db_setup, django_db_blocker):
    """One of their own, in which these tests may destroy everything; it begins as a copy of that of the tests."""
    original = connection.settings_dict["NAME"]
    name, empty = f"{original}_drill", os.environ.get("TEST_TEMPLATE", original)
    with django_db_blocker.unblock():
        leave()
        elsewhere(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{empty}"')
        connection.settings_dict["NAME"] = name
        factories.CoordinatorFactory()
        factories.AdvisorFactory()
        workflow.confirm(factories.CaseFactory(state=State.UNCONFIRMED, hope="Partnerschaft mit „Çelik“ 🌍\t\\N"))
        assert Mail.objects.exists()
        yield name
        leave()
        connection.settings_dict["NAME"] = original
        elsewhere(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def place(settings, tmp_path):
    """Where backups go, with a key and the programs of the embedded server."""
    settings.BACKUP_DIR, settings.BACKUP_PUBLIC_KEY = str(tmp_path / "backups"), PUBLIC
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    settings.PG_BIN = os.environ.get("PG_BIN", str(Path(embedded_postgres.program("psql")).parent))
    (tmp_path / "key").write_text(f"# public key: {PUBLIC}\n{PRIVATE}\n")
    return tmp_path


@pytest.fixture
def portal(database, place):
    """A portal with cases, mails, what has happened to them, and one file."""
    Attachment.objects.all().delete()
    concept = SimpleUploadedFile("Konzept.pdf", PDF + os.urandom(600_000))
    attachments.add(factories.CaseFactory(state=State.DRAFT), concept)
    return place


def leave():
    connections.close_all()
    connection.close_pool()


def elsewhere(*commands):
    """Run in the maintenance database of the same server."""
    where = {**connection.settings_dict["OPTIONS"], "dbname": "postgres", "user": connection.settings_dict["USER"]}
    where.pop("pool", None)
    if connection.settings_dict["HOST"]:
        where |= {"host": connection.settings_dict["HOST"], "password": connection.settings_dict["PASSWORD"]}
    with psycopg.connect(**where, autocommit=True) as link:
        for command in commands:
            link.execute(command)


def destroy(name):
    leave()
    elsewhere(f'DROP DATABASE "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE template0')


def picture():
    """Every row by its content, and everything that surrounds them."""
    with connection.cursor() as cursor:

        def ask(query):
            cursor.execute(query)
            return sorted(word for (word,) in cursor.fetchall())

        tables = ask("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        rows = {table: ask(f'SELECT t::text FROM "{table}" t') for table in tables}  # noqa: S608
        around = {name: [plain(words) for words in ask(query)] for name, query in EVERYTHING.items()}
        return rows | around


def plain(words):
    """PostgreSQL writes the casts of a condition that it has read back from a dump in another way."""
    return re.sub(r"::(character varying|text)|\[\]|[()]", "", words)


def files(place):
    folder = place / "attachments"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def back_up():
    call_command("backup", stdout=io.StringIO())
    return making.backups(Path(settings.BACKUP_DIR))[-1]


def restore(file, *options, key="key"):
    said = io.StringIO()
    identity = key if os.sep in str(key) else Path(settings.BACKUP_DIR).parent / key
    call_command("restore", str(file), f"--identity={identity}", *options, stdout=said)
    return said.getvalue()


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


def test_only_the_owner_reads_a_backup_and_nothing_in_it_is_readable(portal):
    file = back_up()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert b"PDF" not in file.read_bytes()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_nothing_unencrypted_gets_a_name(portal, monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    seen = []
    fill = making._fill
    monkeypatch.setattr(making, "_fill", lambda *args: (seen.extend(folder.iterdir()), fill(*args)))
    restore(back_up(), "--check")
    assert seen == []
    assert list(folder.iterdir()) == []


def slow_programs(folder, real):
    """PostgreSQL's programs, of which pg_restore takes its time: the dump is made, the sealed file is not yet."""
    folder.mkdir()
    for name, before in {"pg_dump": "", "pg_restore": f"touch {folder}/reached; sleep 60;"}.items():
        (folder / name).write_text(f'#!/bin/sh\n{before} exec "{real}/{name}" "$@"\n')
        (folder / name).chmod(0o700)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_backup_that_is_killed_leaves_nothing(portal, database, ending):
    temporary = portal / "temporary"
    temporary.mkdir()
    slow_programs(portal / "slow", settings.PG_BIN)
    environment = os.environ | {
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl(),
        "ATTACHMENTS_DIR": str(settings.ATTACHMENTS_DIR),
        "BACKUP_DIR": settings.BACKUP_DIR,
        "BACKUP_PUBLIC_KEY": PUBLIC,
        "PG_BIN": str(portal / "slow"),
        "TMPDIR": str(temporary),
    }
    command = [sys.executable, "-W", "ignore", "manage.py", "backup"]
    running = subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while not (portal / "slow" / "reached").exists() and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert running.poll() is None
        running.send_signal(ending)
        assert running.wait(30) != 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
    assert list(temporary.iterdir()) == []
    assert making.backups(portal / "backups") == []


def test_a_full_database_is_only_replaced_when_told(portal, monkeypatch):
    file = back_up()
    ConsultationRequest.objects.update(hope="Seitdem geändert")
    before = picture()
    with pytest.raises(CommandError, match="nicht leer"):
        restore(file)
    monkeypatch.setattr("builtins.input", lambda question: "nein")
    with pytest.raises(CommandError, match="Abgebrochen"):
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


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_damaged_backup_is_known_before_anything_is_touched(portal):
    file, before = back_up(), picture()
    whole = file.read_bytes()
    half = len(whole) // 2
    flips = [flipped(whole, at) for at in (60, 300, half, len(whole) - 1)]
    cuts = [whole[:size] for size in (0, 15, 200, half, len(whole) - 1)]
    for damaged in (*flips, *cuts, whole + b"x", b"etwas anderes"):
        file.write_bytes(damaged)
        for options in (["--check"], ["--replace", "--yes"]):
            with pytest.raises(CommandError, match=r"beschädigt oder nicht vollständig|nicht für diesen Schlüssel"):
                restore(file, *options)
    assert picture() == before


def test_another_key_opens_nothing(portal):
    file = back_up()
    (portal / "other").write_text(seal.new_pair()[0])
    with pytest.raises(CommandError, match="nicht für diesen Schlüssel"):
        restore(file, "--check", key="other")
    (portal / "public").write_text(PUBLIC)
    with pytest.raises(CommandError, match="kein geheimer Schlüssel"):
        restore(file, "--check", key="public")
    with pytest.raises(CommandError, match="lässt sich nicht lesen"):
        restore(file, "--check", key="gibt-es-nicht")
    with pytest.raises(CommandError, match="gibt es nicht"):
        restore(portal / "nichts.age", "--check")


def sealed(place, members):
    """A file with these members, in our format and for our key: what only an attacker or a bug would write."""
    path = place / "forged.tar.age"
    with (
        path.open("wb") as target,
        seal.sealing(target, seal.public_key(PUBLIC)) as plain,
        tarfile.open(fileobj=plain, mode="w|") as tar,
    ):
        for name, data in members.items():
            archive.add(tar, name, io.BytesIO(data), len(data))
    return path


def opened(path):
    with archive.opened(path, seal.private_key(PRIVATE)) as members:
        return {name: content.read() for name, content in members}


def test_what_does_not_match_its_manifest_is_not_restored(portal):
    members = opened(back_up())
    name = next(name for name in members if name.startswith("attachments/"))
    others = [
        {**members, name: b"etwas anderes"},
        {other: data for other, data in members.items() if other != name},
        {other: data for other, data in members.items() if other != "manifest.json"},
        {**members, "attachments/aa/mehr": b"mehr"},
        {**members, "manifest.json": b"{}"},
    ]
    for changed in others:
        with pytest.raises(CommandError, match="beschädigt"):
            restore(sealed(portal, changed), "--replace", "--yes")
    assert len(files(portal)) == 1


def test_no_file_is_written_outside_of_its_folder(portal):
    members = opened(back_up())
    manifest = json.loads(members.pop("manifest.json"))
    members["attachments/../../../away"] = b"weg"
    manifest["members"]["attachments/../../../away"] = {
        "size": 3,
        "sha256": hashlib.sha256(b"weg").hexdigest(),
    }
    members["manifest.json"] = json.dumps(manifest).encode()
    with pytest.raises(CommandError, match="beschädigt"):
        restore(sealed(portal, members), "--replace", "--yes")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": 2}, "neuere Fassung"),
        ({"migrations": ["requests.9999_later"]}, "neueren Fassung"),
        ({"postgres": 99}, "PostgreSQL 99"),
    ],
)
def test_a_backup_from_the_future_waits_for_the_software(portal, changed, said):
    members = opened(back_up())
    members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | changed).encode()
    with pytest.raises(CommandError, match=said):
        restore(sealed(portal, members), "--replace", "--yes")


def test_a_file_whose_row_is_deleted_meanwhile_makes_the_backup_begin_anew(portal, monkeypatch):
    dumped, dumps = postgres.dumped, []

    @contextmanager
    def deleted_after_it(moment):
        with dumped(moment) as dump:
            dumps.append(dump)
            attachments.discard(Attachment.objects.all())
            yield dump

    monkeypatch.setattr(postgres, "dumped", deleted_after_it)
    members = opened(back_up())
    assert len(dumps) == 2
    assert json.loads(members["manifest.json"])["rows"]["requests_attachment"] == 0
    assert not any(name.startswith("attachments/") for name in members)


def test_a_file_that_comes_meanwhile_waits_for_the_next_backup(portal, monkeypatch):
    dumped = postgres.dumped

    @contextmanager
    def added_after_it(moment):
        with dumped(moment) as dump:
            attachments.add(factories.CaseFactory(state=State.DRAFT), SimpleUploadedFile("Neu.pdf", PDF + b"neu"))
            yield dump

    monkeypatch.setattr(postgres, "dumped", added_after_it)
    members = opened(back_up())
    assert json.loads(members["manifest.json"])["rows"]["requests_attachment"] == 1
    assert sum(name.startswith("attachments/") for name in members) == 1


def test_a_file_that_was_lost_before_is_told_and_does_not_stop_the_backup(portal):
    (name,) = files(portal)
    (portal / "attachments" / name).unlink()
    with pytest.raises(CommandError, match=f"schon vorher auf der Platte fehlten: {name}"):
        back_up()
    (file,) = making.backups(portal / "backups")
    assert name in restore(file, "--check")


def test_the_newest_stay_and_nothing_else_is_removed(portal, settings):
    settings.BACKUP_KEEP = 2
    folder = portal / "backups"
    folder.mkdir()
    long_ago = timezone.now() - timedelta(days=3)
    for name in ("miglobe-20200101T000000Z.tar.age", "miglobe-20200102T000000Z.tar.age", "fremd.tar.age"):
        (folder / name).touch()
    left = folder / ".miglobe-20200103T000000Z.tar.age.part"
    left.touch()
    os.utime(left, (long_ago.timestamp(),) * 2)
    file = back_up()
    kept = {path.name for path in folder.iterdir()}
    assert kept == {file.name, "miglobe-20200102T000000Z.tar.age", "fremd.tar.age"}


def test_a_disk_that_is_full_leaves_nothing_half_done(portal, monkeypatch):
    class Full(archive.Digesting):
        def write(self, data):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "Digesting", Full)
    with pytest.raises(CommandError, match="lässt sich nicht schreiben: No space left"):
        back_up()
    assert list((portal / "backups").iterdir()) == []


def test_what_is_written_is_read_back(portal, monkeypatch):
    monkeypatch.setattr(making.Digesting, "member", property(lambda self: archive.Member(1, "0" * 64)))
    with pytest.raises(CommandError, match="nicht, was geschrieben wurde"):
        back_up()
    assert making.backups(portal / "backups") == []


def test_the_worker_makes_one_every_night_where_it_is_set_up(portal, settings):
    tasks.nightly(timestamp=0)
    assert len(making.backups(portal / "backups")) == 1
    assert making.newest() > timezone.now() - timedelta(minutes=1)
    settings.BACKUP_PUBLIC_KEY = ""
    tasks.nightly(timestamp=0)
    assert len(making.backups(portal / "backups")) == 1


def test_who_has_not_set_it_up_is_told_how(settings):
    settings.BACKUP_DIR = settings.BACKUP_PUBLIC_KEY = ""
    with pytest.raises(CommandError, match=r"BACKUP_DIR .* und BACKUP_PUBLIC_KEY"):
        call_command("backup")
    settings.BACKUP_DIR, settings.BACKUP_PUBLIC_KEY = "/nirgends", "age1falsch"
    with pytest.raises(CommandError, match="kein öffentlicher Schlüssel"):
        call_command("backup")


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


def test_missing_and_outdated_programs_are_named(portal, settings, tmp_path):
    settings.PG_BIN = str(tmp_path)
    with pytest.raises(CommandError, match="pg_dump fehlt"):
        call_command("backup")
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho 'pg_dump: error: aborting because of server version mismatch' >&2\nexit 1\n")
    program.chmod(0o700)
    with pytest.raises(CommandError, match="älter als der Datenbankserver"):
        call_command("backup")
    assert not (portal / "backups").exists()


def test_a_key_pair_is_shown_and_not_kept(capsys):
    call_command("backup_key")
    shown = capsys.readouterr()
    private = seal.private_key(shown.out)
    assert f"BACKUP_PUBLIC_KEY={private.to_public()}" in shown.err
