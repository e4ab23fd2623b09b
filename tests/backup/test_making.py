"""How a backup is made: whole or not at all, readable for nobody, and not more of them than agreed."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from miglobe.backup import archive, making, postgres, seal, tasks
from requests import attachments
from requests.models import Attachment, State
from tests import factories
from tests.backup.drill import PDF, PUBLIC, back_up, files, opened, restore


def test_only_the_owner_reads_a_backup_and_nothing_in_it_is_readable(portal):
    file = back_up()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert PDF not in file.read_bytes()  # three letters alone come about by chance
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
