"""What lies in a sealed file: a tar archive of the dump, the files, and at its end a manifest of both."""

import hashlib
import json
import tarfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import IO, Any, BinaryIO, Self

from django.conf import settings

from . import seal

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
FILES = "attachments/"


@dataclass(frozen=True)
class Member:
    size: int
    sha256: str


@dataclass
class Manifest:
    made_at: str
    portal: str
    """Its version."""
    postgres: int
    """Major version of the server."""
    migrations: list[str]
    rows: dict[str, int]
    members: dict[str, Member] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    """Files that a row names and that were not there."""
    format: int = FORMAT

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Raises CannotOpen."""
        try:
            said = json.loads(text)
            if said["format"] > FORMAT:
                raise seal.CannotOpen("Diese Sicherung hat eine neuere Fassung des Portals geschrieben.")
            said["members"] = {name: Member(**member) for name, member in said["members"].items()}
            return cls(**said)
        except (ValueError, KeyError, TypeError):
            raise seal.CannotOpen(seal.DAMAGED) from None

    def text(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @property
    def number_of_files(self) -> int:
        return len(self.members) - 1  # the dump

    @property
    def number_of_rows(self) -> int:
        return sum(self.rows.values())

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.made_at)


class Digesting:
    """Passes on what is read or written, and knows its size and SHA-256."""

    def __init__(self, file: Any) -> None:
        self.file, self.hash, self.size = file, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.file.read(size)
        self._count(data)
        return data

    def write(self, data: bytes) -> int:
        self._count(data)
        return self.file.write(data)  # type: ignore[no-any-return]

    def flush(self) -> None:
        self.file.flush()

    def _count(self, data: bytes) -> None:
        self.hash.update(data)
        self.size += len(data)

    @property
    def member(self) -> Member:
        return Member(self.size, self.hash.hexdigest())


def add(tar: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> Member:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    digesting = Digesting(file)
    tar.addfile(info, digesting)
    return digesting.member


@contextmanager
def opened(path: Path, key: Any) -> Iterator[Iterator[tuple[str, BinaryIO]]]:
    """Name and content of each member, one after the other. Raises CannotOpen, at the latest at the block's end."""
    try:
        with seal.opening(path, key) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
            yield _members(tar)
    except tarfile.TarError:
        raise seal.CannotOpen(seal.DAMAGED) from None


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, BinaryIO]]:
    for info in tar:
        content = tar.extractfile(info)
        if content is None:
            raise seal.CannotOpen(seal.DAMAGED)
        yield info.name, content  # type: ignore[misc]


@cache
def version_of_the_portal() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(project["project"]["version"])
