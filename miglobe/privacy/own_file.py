"""Everything that we hold of an address, and as the file that the person gets: never stored, made as it is sent."""

import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from miglobe import links, pdf

from . import registry
from .parts import Entry, File, Part, readable

CHUNK = 64 * 1024


@dataclass(frozen=True)
class Section:
    """What one app holds."""

    title: str
    parts: list[Part]


def everything(email: str) -> list[Section]:
    """In the active language. Empty where we hold nothing."""
    found = [Section(_(each.name), each.parts(email)) for each in registry.contributors()]
    return [section for section in found if section.parts]


def response(sections: list[Section]) -> StreamingHttpResponse:
    """A file of our own words: nothing of the person stands in its name."""
    headers = {"Content-Disposition": f'attachment; filename="{_("MiGlobe-Daten")}.zip"', "Cache-Control": "no-store"}
    documents = {f"{_('daten')}.json": as_json(sections), f"{_('daten')}.pdf": as_pdf(sections)}
    return StreamingHttpResponse(_zipped(documents, _files(sections)), content_type="application/zip", headers=headers)


def as_json(sections: list[Section]) -> bytes:
    """What the parts hold, by their titles (Art. 20 GDPR)."""
    words: dict[str, Any] = {_("Stand"): timezone.now(), _("Hinweise"): notes()}
    words |= {section.title: _by_title(section.parts) for section in sections}
    return json.dumps(words, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2).encode()


def _by_title(parts: Iterable[Part]) -> dict[str, list[Entry]]:
    """Two parts may have one title: what names somebody as an advisor, and as the contact of a request."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for part in parts:
        found[part.title] += part.entries
    return found


def as_pdf(sections: list[Section]) -> bytes:
    return pdf.make(
        "own_data",
        {
            "title": _("Ihre Daten bei MiGlobe"),
            "lang": get_language(),
            "author": "MiGlobe",
            "made": _("Stand: %(moment)s") % {"moment": readable(timezone.now())},
            "notes_title": _("Hinweise"),
            "notes": notes(),
            "page": _("Seite"),
            "sections": [
                {"title": section.title, "parts": [_readable(part) for part in section.parts]} for section in sections
            ],
        },
    )


def _readable(part: Part) -> dict[str, Any]:
    entries = [[[label, readable(value)] for label, value in entry.items()] for entry in part.entries]
    return {"title": part.title, "note": part.note, "entries": entries}


def notes() -> list[str]:
    """What Art. 15 (1) GDPR wants said beside the data, and what cannot be looked up by an address."""
    privacy = links.absolute("pages:privacy", language=get_language() or "de")
    return [
        _("Wozu wir diese Angaben brauchen, wer sie bekommt und wann wir sie löschen: %(address)s")
        % {"address": privacy},
        _(
            "Sie können Angaben berichtigen oder löschen lassen, ihre Verarbeitung einschränken lassen, ihr "
            "widersprechen und sich bei einer Datenschutz-Aufsichtsbehörde beschweren."
        ),
        _("Entscheidungen, die allein ein Computer trifft, gibt es bei uns nicht."),
        _(
            "Namen anderer Menschen in Notizen haben wir durch ihre Rolle ersetzt: Sie gehören zu deren Rechten. "
            "Der technische Verlauf hält fest, wer wann was geändert hat; hier stehen daraus Ihre früheren Angaben."
        ),
        _(
            "Gegen Missbrauch zählen wir Versuche je Postfach und Netz als Prüfsummen, die niemand lesen kann; sie "
            "gehen nach spätestens einem Tag. Auch diese Frage nach Ihren Daten und die E-Mails dazu löschen wir nach "
            "kurzer Zeit."
        ),
    ]


# --- The ZIP -------------------------------------------------------------------------------------------


def _files(sections: Iterable[Section]) -> list[tuple[str, File]]:
    found = [file for section in sections for part in section.parts for file in part.files]
    folder = _("dateien")
    return [(f"{folder}/{number}-{get_valid_filename(file.name)}", file) for number, file in enumerate(found, 1)]


class _Sink:
    """What the ZIP has written since somebody last took it. It cannot go back: the ZIP writes sizes behind."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def _zipped(documents: dict[str, bytes], files: list[tuple[str, File]]) -> Iterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(cast(Any, sink), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in documents.items():
            archive.writestr(name, content)
            yield sink.take()
        for name, file in files:
            for _written in _pack(archive, name, file):
                yield sink.take()
    yield sink.take()


def _pack(archive: zipfile.ZipFile, name: str, file: File) -> Iterator[None]:
    """A file whose bytes are gone is named in its part all the same."""
    try:
        content = file.open()
    except OSError:
        return
    with content, archive.open(name, "w") as target:
        while chunk := content.read(CHUNK):
            target.write(chunk)
            yield
