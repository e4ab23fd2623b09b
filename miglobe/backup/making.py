"""A backup: the dump of one moment first, then exactly the files that rows of that moment name.

A file is written before its row and removed after it. So a file of the dump can only be missing when its row was
deleted while we copied; then the backup begins anew, and no row in it is without its file. A file that is missing
although its row still stands was lost before: the backup is made all the same, and says so.
"""

import hashlib
import logging
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.conf import settings
from django.core.files.storage import storages
from django.utils import timezone

from miglobe.errors import Refused
from miglobe.private_files import sync

from . import archive, postgres, seal
from .archive import Digesting, Manifest

ATTEMPTS = 3
OURS = re.compile(r"miglobe-(\d{8}T\d{6}Z)\.tar\.age")
UNFINISHED = re.compile(r"\.miglobe-\d{8}T\d{6}Z\.tar\.age\.part")
logger = logging.getLogger(__name__)


class Vanished(Exception):
    """A file and its row were deleted since the dump."""


@dataclass(frozen=True)
class Backup:
    path: Path
    size: int
    sha256: str
    """Of the sealed file."""
    manifest: Manifest
    removed: list[str]
    """Older backups that went for it."""


def is_set_up() -> bool:
    return bool(settings.BACKUP_DIR and settings.BACKUP_PUBLIC_KEY)


def back_up() -> Backup:
    """Makes one, checks it, removes the oldest beyond BACKUP_KEEP. Raises a Refused; then none is left half done."""
    if not is_set_up():
        raise Refused(
            "Für eine Sicherung müssen BACKUP_DIR (ihr Ordner) und BACKUP_PUBLIC_KEY (age1…, aus "
            "`manage.py backup_key`) gesetzt sein."
        )
    folder, key = Path(settings.BACKUP_DIR), seal.public_key(settings.BACKUP_PUBLIC_KEY)
    for _ in range(ATTEMPTS):
        try:
            path, member, manifest = _write(folder, key)
        except Vanished:
            continue
        except OSError as error:
            raise Refused(f"Die Sicherung lässt sich nicht schreiben: {error.strerror or error}.") from error
        return Backup(path, member.size, member.sha256, manifest, _remove_outdated(folder))
    raise Refused("Während der Sicherung wurden immer wieder Anlagen gelöscht. Bitte später noch einmal versuchen.")


def newest() -> datetime | None:
    """When the newest backup was made that can be one: an empty file is none, and none comes from the future.

    Else a night in which the clock was wrong would look like a fresh backup for as long as it was ahead.
    """
    if not settings.BACKUP_DIR:
        return None
    found = (made_at(path) for path in backups(Path(settings.BACKUP_DIR)) if path.stat().st_size)
    return max((moment for moment in found if moment <= timezone.now()), default=None)


def backups(folder: Path) -> list[Path]:
    """Oldest first."""
    found = folder.iterdir() if folder.is_dir() else []
    return sorted(path for path in found if OURS.fullmatch(path.name))


def made_at(path: Path) -> datetime:
    word = OURS.fullmatch(path.name)
    assert word
    return datetime.strptime(word[1], "%Y%m%dT%H%M%S%z")


def _write(folder: Path, key: Any) -> tuple[Path, archive.Member, Manifest]:
    with ExitStack() as stack:
        with postgres.snapshot() as moment:
            manifest = Manifest(
                made_at=timezone.now().astimezone(UTC).isoformat(timespec="seconds"),
                portal=archive.version_of_the_portal(),
                postgres=moment.version(),
                migrations=moment.migrations(),
                rows=moment.rows(),
            )
            names, dump = moment.files(), stack.enter_context(postgres.dumped(moment))
        if postgres.tables_in(dump) != manifest.rows.keys():
            raise Refused("pg_restore findet in der Sicherung der Datenbank nicht alle Tabellen.")
        file, path = stack.enter_context(_finished_or_gone(folder, manifest.moment))
        written = Digesting(file)
        with seal.sealing(written, key) as plain:
            _fill(plain, dump, names, manifest)
        file.flush()
        os.fsync(file.fileno())
        _read_back(file, written.member.sha256)
    return path, written.member, manifest


def _fill(plain: BinaryIO, dump: IO[bytes], names: set[str], manifest: Manifest) -> None:
    """The manifest comes last: then the digests are known, and an archive without one is not whole."""
    with tarfile.open(fileobj=plain, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        size = dump.seek(0, os.SEEK_END)
        dump.seek(0)
        manifest.members[archive.DUMP] = archive.add(tar, archive.DUMP, dump, size)
        for name in sorted(names):
            if member := _add_file(tar, name):
                manifest.members[archive.FILES + name] = member
            else:
                manifest.missing.append(name)
        text = manifest.text()
        info = tarfile.TarInfo(archive.MANIFEST)
        info.size, info.mode = len(text), 0o600
        tar.addfile(info, BytesIO(text))


def _add_file(tar: tarfile.TarFile, name: str) -> archive.Member | None:
    storage = storages["attachments"]
    try:
        with open(storage.path(name), "rb") as file:
            return archive.add(tar, archive.FILES + name, file, os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        if not postgres.is_named(name):
            raise Vanished from None
        logger.error("An attachment's file is missing.")
        return None


@contextmanager
def _finished_or_gone(folder: Path, now: datetime) -> Iterator[tuple[IO[bytes], Path]]:
    """A file under another name, which gets its own at the end of the block and is removed when that fails."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"miglobe-{now:%Y%m%dT%H%M%SZ}.tar.age"
    unfinished = folder / f".{path.name}.part"
    if path.exists():
        raise Refused("In dieser Sekunde ist schon eine Sicherung entstanden.")
    try:
        handle = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused("Eine andere Sicherung läuft gerade.") from None
    try:
        with open(handle, "w+b") as file:
            yield file, path
        unfinished.rename(path)
        sync(folder)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _read_back(file: IO[bytes], sha256: str) -> None:
    """From the disk where the system lets us say so, not from its memory."""
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED) if hasattr(os, "posix_fadvise") else None
    file.seek(0)
    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:  # type: ignore[arg-type]
        raise Refused("Was auf der Platte steht, ist nicht, was geschrieben wurde. Bitte den Datenträger prüfen.")


def _remove_outdated(folder: Path) -> list[str]:
    """Nobody else's files. What a killed run has left unfinished goes too."""
    outdated = backups(folder)[: -settings.BACKUP_KEEP]
    unfinished = [path for path in folder.iterdir() if UNFINISHED.fullmatch(path.name) and _is_old(path)]
    for path in [*outdated, *unfinished]:
        path.unlink(missing_ok=True)
    return [path.name for path in outdated]


def _is_old(path: Path) -> bool:
    return path.stat().st_mtime < timezone.now().timestamp() - 24 * 60 * 60
