"""Encryption with age (https://age-encryption.org), in this process and as streams.

age reads from one file and writes to another until it is done; who writes or reads an archive wants a file of their
own. So a pipe lies between, and age works in a thread.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from miglobe.errors import Refused

CHUNK = 256 * 1024  # bytes
DAMAGED = "Die Sicherung ist beschädigt oder nicht vollständig."


class CannotOpen(Refused):
    """Not ours, not for this key, damaged or cut short."""


def public_key(words: str) -> Any:
    try:
        return pyrage.x25519.Recipient.from_str(words.strip())
    except pyrage.RecipientError:
        raise Refused("BACKUP_PUBLIC_KEY ist kein öffentlicher Schlüssel von age: Er beginnt mit age1.") from None


def private_key(text: str) -> Any:
    """From the text of an identity file, as `manage.py backup_key` and age-keygen write it."""
    lines = [line.strip() for line in text.splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    try:
        (key,) = keys
        return pyrage.x25519.Identity.from_str(key)
    except (ValueError, pyrage.IdentityError):
        raise Refused(
            "Das ist kein geheimer Schlüssel von age: Erwartet wird eine Zeile, die mit AGE-SECRET-KEY- beginnt."
        ) from None


def new_pair() -> tuple[str, str]:
    """Private and public."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


@contextmanager
def sealing(target: Any, key: Any) -> Iterator[BinaryIO]:
    """What is written to the yielded file arrives in `target` encrypted, completely so at the end of the block."""
    read_end, write_end = os.pipe()
    with ThreadPoolExecutor(1) as beside:
        done = beside.submit(_seal, read_end, target, key)
        try:
            with open(write_end, "wb") as plain:
                yield plain
        except BrokenPipeError:
            done.result()  # tells why nobody reads any more
            raise
        done.result()


def _seal(read_end: int, target: Any, key: Any) -> None:
    with open(read_end, "rb") as plain:
        try:
            pyrage.encrypt_io(plain, target, [key])
        except pyrage.EncryptError as error:  # what the target has said, in words
            raise OSError(str(error).rpartition("] ")[2]) from None


@contextmanager
def opening(path: Path, key: Any) -> Iterator[BinaryIO]:
    """What the sealed file holds. Raises CannotOpen, at the latest at the end of the block."""
    read_end, write_end = os.pipe()
    with ThreadPoolExecutor(1) as beside:
        done = beside.submit(_open, path, write_end, key)
        try:
            with open(read_end, "rb") as plain:
                yield plain
                while plain.read(CHUNK):
                    pass  # to the last byte: only then is it known to be whole
        except Exception:
            _explain(done)  # the cause, where what the block met was its consequence
            raise
        _explain(done)


def _open(path: Path, write_end: int, key: Any) -> None:
    # What is still on its way when the reader leaves is of no use to anybody.
    with suppress(BrokenPipeError), open(write_end, "wb") as plain, path.open("rb") as sealed:
        pyrage.decrypt_io(sealed, _Until(plain), [key])


class _Until:
    """Takes everything, but passes it on only until nobody reads any more."""

    def __init__(self, pipe: BinaryIO) -> None:
        self.pipe, self.is_read = pipe, True

    def write(self, data: bytes) -> int:
        if self.is_read:
            try:
                self.pipe.write(data)
            except BrokenPipeError:
                self.is_read = False
        return len(data)

    def flush(self) -> None:
        pass


def _explain(done: Future[None]) -> None:
    problem = done.exception()
    if isinstance(problem, pyrage.DecryptError) and "matching" in str(problem):
        raise CannotOpen("Diese Sicherung ist nicht für diesen Schlüssel verschlossen.") from None
    if isinstance(problem, FileNotFoundError):
        raise CannotOpen("Diese Datei gibt es nicht.") from None
    if isinstance(problem, PermissionError | IsADirectoryError):
        raise CannotOpen("Diese Datei lässt sich nicht lesen.") from None
    if isinstance(problem, pyrage.DecryptError | OSError):
        raise CannotOpen(DAMAGED) from None
