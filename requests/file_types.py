"""What a file is, told from its content alone: neither its name nor the browser's word counts.

Office documents are zip archives. We look at their table of contents, and at no more of what is inside than we need.
"""

import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

import puremagic
from django.utils.translation import gettext as _

from miglobe.errors import Refused

MB = 1024 * 1024
HEAD = 4096  # bytes: every signature lies within
MOST_DIRECTORY = MB // 2  # bytes of a zip's table of contents, some thousand entries
MOST_UNPACKED = 200 * MB
MOST_RATIO = 200  # unpacked to packed; texts and tables reach 50
MOST_PEEK = MB  # bytes that are ever unpacked of one entry


@dataclass(frozen=True)
class FileType:
    content_type: str
    extension: str


class WrongType(Refused):
    """The content is not of a type that we take."""


_BY_SIGNATURE = {
    kind.content_type: kind
    for kind in (
        FileType("application/pdf", ".pdf"),
        FileType("image/jpeg", ".jpg"),
        FileType("image/png", ".png"),
        FileType("image/gif", ".gif"),
        FileType("image/webp", ".webp"),
    )
}
_OOXML = "application/vnd.openxmlformats-officedocument."
_BY_MAIN_PART = {
    f"{_OOXML}{main}.main+xml".encode(): FileType(f"{_OOXML}{main}", extension)
    for main, extension in (
        ("wordprocessingml.document", ".docx"),
        ("spreadsheetml.sheet", ".xlsx"),
        ("presentationml.presentation", ".pptx"),
    )
}
_ODF = "application/vnd.oasis.opendocument."
_BY_MIMETYPE = {
    f"{_ODF}{kind}".encode(): FileType(f"{_ODF}{kind}", extension)
    for kind, extension in (("text", ".odt"), ("spreadsheet", ".ods"), ("presentation", ".odp"))
}

TYPES = (*_BY_SIGNATURE.values(), *_BY_MAIN_PART.values(), *_BY_MIMETYPE.values())
ACCEPT = ",".join((*(kind.extension for kind in TYPES), ".jpeg"))
"""For the `accept` of a file input: a comfort, not a check."""


def sniff(file: IO[bytes]) -> FileType:
    """The type of the content. Raises WrongType with a sentence that says what to do instead."""
    file.seek(0)
    head = file.read(HEAD)
    if head.startswith(b"PK\x03\x04"):
        return _look_into(file)
    guesses = puremagic.magic_string(head)
    best = next((guess for guess in guesses if guess.byte_match and head.startswith(guess.byte_match)), None)
    if best and best.mime_type in _BY_SIGNATURE:
        return _BY_SIGNATURE[best.mime_type]
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):  # OLE: Office before 2007, or any with a password
        raise WrongType(
            _(
                "Das ist ein Dokument in einem alten Format oder mit einem Kennwort. Bitte speichern Sie es ohne "
                "Kennwort als PDF oder in einem neueren Format (DOCX, XLSX, PPTX) und laden Sie es dann hoch."
            )
        )
    raise _unknown()


def _unknown() -> WrongType:
    return WrongType(
        _(
            "Diese Art von Datei nehmen wir nicht an. Möglich sind PDF, Bilder (JPG, PNG, GIF, WebP) und "
            "Office-Dokumente (DOCX, XLSX, PPTX, ODT, ODS, ODP)."
        )
    )


def _look_into(file: IO[bytes]) -> FileType:
    try:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            _check_entries(archive, file)
            return _office_type(archive)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError) as error:
        raise WrongType(
            _("Diese Datei ist beschädigt. Bitte speichern Sie das Dokument neu, am besten als PDF.")
        ) from error


def _check_directory(file: IO[bytes]) -> None:
    """Refuses a table of contents that would itself be a burden to read. Source: PKWARE's APPNOTE.TXT, 4.3.16."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))  # the record of 22 bytes and the longest comment
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or b"PK\x06\x07" in tail[max(0, end - 20) : end]:  # zip64 is for archives that are larger than we take
        raise zipfile.BadZipFile
    (length,) = struct.unpack_from("<L", tail, end + 12)
    if length > MOST_DIRECTORY:
        raise _unknown()


def _check_entries(archive: zipfile.ZipFile, file: IO[bytes]) -> None:
    """Nothing that blows up, nothing with a password, nothing packed in ways that office programs do not use."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = file.seek(0, 2)
    if unpacked > MOST_UNPACKED or (unpacked > MB and unpacked > MOST_RATIO * packed):
        raise WrongType(_("Der Inhalt dieser Datei ist zu groß. Bitte speichern Sie das Dokument als PDF."))
    if any(entry.flag_bits & 1 for entry in entries):
        raise _locked()
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise _unknown()


def _office_type(archive: zipfile.ZipFile) -> FileType:
    names = {entry.filename for entry in archive.infolist()}
    if "[Content_Types].xml" in names:
        content_types = _peek(archive, "[Content_Types].xml")
        kinds = [kind for main, kind in _BY_MAIN_PART.items() if main in content_types]
        has_macros = b"macroenabled" in content_types.lower() or any("vbaproject" in name.lower() for name in names)
    elif "mimetype" in names:
        kind = _BY_MIMETYPE.get(_peek(archive, "mimetype").strip())
        kinds = [kind] if kind else []
        has_macros = any(name.startswith(("Basic/", "Scripts/")) and not name.endswith("/") for name in names)
        if "META-INF/manifest.xml" in names and b"encryption-data" in _peek(archive, "META-INF/manifest.xml"):
            raise _locked()
    else:
        raise _unknown()
    if has_macros:
        raise WrongType(
            _(
                "Dieses Dokument enthält Makros; solche Dateien nehmen wir nicht an. Bitte speichern Sie es ohne "
                "Makros oder als PDF und laden Sie es dann hoch."
            )
        )
    if len(kinds) != 1:
        raise _unknown()
    return kinds[0]


def _peek(archive: zipfile.ZipFile, name: str) -> bytes:
    """The beginning of an entry, never more than MOST_PEEK of it."""
    with archive.open(name) as entry:
        return entry.read(MOST_PEEK)


def _locked() -> WrongType:
    return WrongType(_("Diese Datei ist mit einem Kennwort geschützt. Bitte speichern Sie sie ohne Kennwort."))
