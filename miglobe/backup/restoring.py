"""The way back. First everything is opened and compared with the manifest; until that is done nothing is touched.

Then the files, then the database in one transaction that counts its rows before it commits: a file is there before its
row, as ever. When the database refuses, the files that came are taken away again.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, Any, BinaryIO

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import storages
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from miglobe.errors import Refused

from . import archive, postgres, seal
from .archive import Digesting, Manifest


@dataclass(frozen=True)
class Opened:
    manifest: Manifest
    dump: IO[bytes]


@contextmanager
def checked(path: Path, key: Any) -> Iterator[Opened]:
    """Reads the whole file and compares it with its manifest. Touches nothing. Raises CannotOpen or a Refused."""
    found, manifest = {}, None
    with TemporaryFile() as dump:
        with archive.opened(path, key) as members:
            for name, content in members:
                if name == archive.MANIFEST:
                    manifest = Manifest.read(content.read())
                else:
                    found[name] = _digest(content, dump if name == archive.DUMP else None)
        if manifest is None or found != manifest.members or postgres.tables_in(dump) != manifest.rows.keys():
            raise seal.CannotOpen(seal.DAMAGED)
        for name in _files(found):
            _place_of(name)
        yield Opened(manifest, dump)


def restore(opened: Opened, path: Path, key: Any, *, replace: bool) -> None:
    """Puts back what `checked` has opened. With `replace` everything goes that the database holds. Raises a Refused."""
    _refuse_what_does_not_fit(opened.manifest)
    if not replace and not postgres.is_empty():
        raise Refused(
            "Die Datenbank ist nicht leer; es hat sich nichts geändert. Mit --replace wird ersetzt, was sie enthält."
        )
    written: list[Path] = []
    try:
        _put_files(path, key, written)
        postgres.replay(opened.dump, opened.manifest.rows, replace=replace)
    except BaseException as error:
        for file in written:
            file.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise Refused(f"Die Anlagen lassen sich nicht schreiben: {error.strerror or error}.") from error
        raise
    connections.close_all()  # what they have prepared belongs to tables that are gone


def _refuse_what_does_not_fit(manifest: Manifest) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).graph.nodes}
    unknown = {name for name in manifest.migrations if name not in known and name.partition(".")[0] in _apps(known)}
    if unknown:
        raise Refused(
            f"Diese Sicherung stammt von einer neueren Fassung des Portals ({manifest.portal}). "
            "Bitte zuerst diese einspielen."
        )
    if manifest.postgres > postgres.version():
        raise Refused(f"Diese Sicherung braucht PostgreSQL {manifest.postgres}; der Server ist älter.")


def _apps(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def _digest(content: BinaryIO, copy: IO[bytes] | None) -> archive.Member:
    digesting = Digesting(content)
    while chunk := digesting.read(seal.CHUNK):
        if copy:
            copy.write(chunk)
    return digesting.member


def _files(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(archive.FILES)]


def _place_of(name: str) -> Path:
    try:
        return Path(storages["attachments"].path(name.removeprefix(archive.FILES)))
    except SuspiciousFileOperation:  # leads out of its folder
        raise seal.CannotOpen(seal.DAMAGED) from None


def _put_files(path: Path, key: Any, written: list[Path]) -> None:
    """Appends to `written` what was not there before."""
    with archive.opened(path, key) as members:
        for name, content in members:
            if _files([name]):
                place = _place_of(name)
                is_new = not place.exists()
                _put(place, content)
                if is_new:
                    written.append(place)


def _put(target: Path, content: BinaryIO) -> None:
    """Whole or not at all, readable for nobody else."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=target.parent, delete=False) as file:
        try:
            shutil.copyfileobj(content, file, seal.CHUNK)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).rename(target)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(file.name)
            raise
