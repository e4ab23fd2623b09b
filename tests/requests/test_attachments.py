"""Files of a request: what is taken, where it lies, who gets it, when it goes."""

import io
import os
import re
import socket
import stat
import struct
import threading
import zipfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from advisors import links as offer_links
from advisors.models import Offer
from miglobe.errors import Refused
from requests import attachments, drafts, file_types, links, virus_scan, workflow
from requests.models import Attachment, ConsultationRequest, State
from tests.factories import (
    CaseFactory,
    CoordinatorFactory,
    DraftFactory,
    MunicipalityFactory,
    OfferFactory,
    TopicFactory,
    UserFactory,
)
from tests.periods import follow

PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
EXIF = b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*"
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00"
OOXML = "application/vnd.openxmlformats-officedocument."


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "files"
    return tmp_path / "files"


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def zipped(entries, compression=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def office(main="wordprocessingml.document", **more) -> bytes:
    types = f'<Types><Override PartName="/main.xml" ContentType="{OOXML}{main}.main+xml"/></Types>'
    return zipped({"[Content_Types].xml": types, "main.xml": "<w/>", **more})


def odf(kind="text", **more) -> bytes:
    return zipped({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": "<x/>", **more})


def upload(content=PDF, name="Konzept.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")  # what the browser says never counts


# --- What a file is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "content_type", "extension"),
    [
        (PDF, "application/pdf", ".pdf"),
        (b"%PDF-1.4\n%\xe2\xe3", "application/pdf", ".pdf"),
        (b"%PDF-2.0\n", "application/pdf", ".pdf"),
        (PNG, "image/png", ".png"),
        (JPEG, "image/jpeg", ".jpg"),
        (EXIF, "image/jpeg", ".jpg"),
        (GIF, "image/gif", ".gif"),
        (WEBP, "image/webp", ".webp"),
        (office(), f"{OOXML}wordprocessingml.document", ".docx"),
        (office("spreadsheetml.sheet"), f"{OOXML}spreadsheetml.sheet", ".xlsx"),
        (office("presentationml.presentation"), f"{OOXML}presentationml.presentation", ".pptx"),
        (odf("text"), "application/vnd.oasis.opendocument.text", ".odt"),
        (odf("spreadsheet"), "application/vnd.oasis.opendocument.spreadsheet", ".ods"),
        (odf("presentation"), "application/vnd.oasis.opendocument.presentation", ".odp"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith(".") else "",
)
def test_these_types_are_known_by_their_content(content, content_type, extension):
    assert file_types.sniff(io.BytesIO(content)) == file_types.FileType(content_type, extension)


def encrypted() -> bytes:
    """The flag that says "with a password", in both headers of the entry."""
    content = bytearray(office())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), bytes(content)):
            content[found.start() + offset] |= 1
    return bytes(content)


def declared(size: int) -> bytes:
    """A zip whose entry of one megabyte says that it is so large."""
    content = office(**{"bomb.xml": os.urandom(file_types.MB)})
    return content.replace(struct.pack("<L", file_types.MB), struct.pack("<L", size))


def many_entries() -> bytes:
    return zipped({"[Content_Types].xml": "x"} | {f"{number:0100}": "" for number in range(4000)})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><script>alert(1)</script></html>", "nehmen wir nicht an"),
        (b"  \n<!doctype html><p>%PDF-1.7", "nehmen wir nicht an"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "nehmen wir nicht an"),
        (b"MZ\x90\x00" + b"\0" * 200, "nehmen wir nicht an"),
        (b"#!/bin/sh\nrm", "nehmen wir nicht an"),
        (b"Nur Text.", "nehmen wir nicht an"),
        (b"x", "nehmen wir nicht an"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "nehmen wir nicht an"),
        (zipped({"brief.pdf": PDF}), "nehmen wir nicht an"),
        (zipped({"mimetype": "application/epub+zip"}), "nehmen wir nicht an"),
        (zipped({"[Content_Types].xml": "<Types/>"}), "nehmen wir nicht an"),
        (many_entries(), "nehmen wir nicht an"),
        (zipped({"[Content_Types].xml": "x"}, zipfile.ZIP_BZIP2), "nehmen wir nicht an"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "alten Format"),
        (office(**{"word/vbaProject.bin": b"x"}), "Makros"),
        (office(**{"word/VBAPROJECT.BIN": b"x"}), "Makros"),
        (zipped({"[Content_Types].xml": "application/vnd.ms-word.document.macroEnabled.main+xml"}), "Makros"),
        (odf(**{"Basic/Standard/Module1.xml": "x"}), "Makros"),
        (encrypted(), "Kennwort"),
        (odf(**{"META-INF/manifest.xml": "<manifest:encryption-data/>"}), "Kennwort"),
        (declared(900 * file_types.MB), "zu groß"),
        (office(**{"bomb.xml": b"\0" * (3 * file_types.MB)}), "zu groß"),
        (office()[:-30], "beschädigt"),
        (b"PK\x03\x04" + b"\0" * 100, "beschädigt"),
        (office().replace(b"PK\x01\x02", b"PK\x01\x03"), "beschädigt"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_everything_else_is_refused_with_what_to_do(content, words):
    with pytest.raises(file_types.WrongType, match=words):
        file_types.sniff(io.BytesIO(content))


def test_a_zip_that_lies_about_its_content_is_never_unpacked_beyond_the_first_megabyte(monkeypatch):
    content = office(**{"bomb.xml": b"\0" * (3 * file_types.MB)})
    lying = content.replace(struct.pack("<L", 3 * file_types.MB), struct.pack("<L", 100))
    assert file_types.sniff(io.BytesIO(lying)).extension == ".docx"  # nobody has opened the entry

    read = []
    monkeypatch.setattr(
        zipfile.ZipExtFile,
        "read",
        lambda entry, most=-1, read_on=zipfile.ZipExtFile.read: read.append(most) or read_on(entry, most),
    )
    file_types.sniff(io.BytesIO(office()))
    assert read == [file_types.MOST_PEEK]


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("Konzept.pdf", "Konzept.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\petra\\Konzept 2026.pdf", "Konzept 2026.pdf"),
        ("rechnung.exe", "rechnung.pdf"),
        ("bild.PDF", "bild.pdf"),
        ("Konzept v1.2", "Konzept v1.2.pdf"),
        ("Übersicht Städte.pdf", "Übersicht Städte.pdf"),
        ("U\u0308bersicht.pdf", "Übersicht.pdf"),
        ("日本語.pdf", "日本語.pdf"),
        ("a\r\nSet-Cookie: x\t.pdf", "a Set-Cookie: x.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.pdf"),
        ("null\x00byte.pdf", "nullbyte.pdf"),
        ("...", "Datei.pdf"),
        (".pdf", "pdf.pdf"),
        ("", "Datei.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_the_name_is_one_short_line_and_ends_as_its_content_says(name, tidy):
    assert attachments.tidy_name(name, ".pdf") == tidy
    assert len(tidy) <= 120


# --- Keeping -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_file_lies_under_a_random_name_that_only_we_can_read(folder):
    draft = DraftFactory()
    kept = attachments.add(draft, upload(name="../Konzept.exe"))
    (path,) = stored(folder)
    assert (kept.name, kept.content_type, kept.size, kept.by) == ("Konzept.pdf", "application/pdf", len(PDF), None)
    assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{32}", str(path.relative_to(folder)))
    assert path.read_bytes() == PDF
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(place.stat().st_mode) for place in (folder, path.parent)} == {0o700}
    with pytest.raises(ValueError, match="no address"):
        _ = kept.file.url


@pytest.mark.django_db
def test_a_large_upload_comes_from_its_temporary_file(folder):
    large = TemporaryUploadedFile("Plan.pdf", "application/pdf", 3 * file_types.MB, None)
    large.write(PDF.ljust(3 * file_types.MB, b"\0"))
    large.seek(0)
    kept = attachments.add(DraftFactory(), large)
    (path,) = stored(folder)
    assert path.stat().st_size == kept.size == 3 * file_types.MB
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.django_db
def test_the_same_content_twice_is_one_attachment(folder):
    draft = DraftFactory()
    first = attachments.add(draft, upload())
    assert attachments.add(draft, upload(name="noch einmal.pdf")) == first
    assert len(stored(folder)) == 1
    assert attachments.add(DraftFactory(), upload()) != first


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "leer"), (PDF.ljust(attachments.MOST_BYTES + 1, b"\0"), "größer als 10 MB"), (b"<html>", "nicht an")],
)
def test_a_refused_file_leaves_nothing(folder, content, words):
    draft = DraftFactory()
    with pytest.raises(Refused, match=words):
        attachments.add(draft, upload(content))
    assert not draft.attachments.exists() and not stored(folder)


@pytest.mark.django_db
def test_a_municipality_may_send_ten_files_and_the_desk_more(folder):
    draft = CaseFactory(state=State.NEW)
    for number in range(attachments.MOST_FILES):
        attachments.add(draft, upload(PDF + b"%d" % number))
    with pytest.raises(attachments.NotTaken, match="höchstens 10"):
        attachments.add(draft, upload(PDF + b"one more"))
    attachments.add(draft, upload(PDF + b"1"))  # an old one again
    attachments.add(draft, upload(PDF + b"ours"), by=CoordinatorFactory())
    assert draft.attachments.count() == len(stored(folder)) == 11


@pytest.mark.django_db
@pytest.mark.parametrize("state", State)
def test_files_are_taken_while_the_request_is_being_written_or_worked_on(state):
    case = DraftFactory() if state == State.DRAFT else CaseFactory(state=state)
    if state not in (State.DRAFT, *workflow.AT_WORK):
        with pytest.raises(attachments.NotTaken, match="keine Dateien mehr"):
            attachments.add(case, upload())
    else:
        attachments.add(case, upload())


@pytest.mark.django_db
def test_a_full_disk_is_said_and_leaves_nothing(folder, monkeypatch):
    def fail(name, content):
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storages["attachments"], "_save", fail)
    draft = DraftFactory()
    with pytest.raises(attachments.NotStored, match="gerade nicht speichern"):
        attachments.add(draft, upload())
    assert not draft.attachments.exists() and not stored(folder)


@pytest.mark.django_db
def test_a_row_that_fails_takes_its_file_with_it(folder, monkeypatch):
    draft = DraftFactory()
    monkeypatch.setattr(Attachment.objects, "create", lambda **fields: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        attachments.add(draft, upload())
    assert not stored(folder)


@contextmanager
def given_up():
    """A transaction that is rolled back in the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- Removing -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_removing_deletes_the_file_once_it_holds(folder):
    draft = DraftFactory()
    kept = attachments.add(draft, upload())
    with given_up():
        attachments.remove(kept)
    assert stored(folder) and draft.attachments.exists()
    attachments.remove(kept)
    attachments.remove(kept)
    assert not stored(folder) and not draft.attachments.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_a_file_that_is_swept_a_day_later(folder):
    draft = DraftFactory()
    kept = attachments.add(draft, upload())
    with given_up():
        attachments.add(draft, upload(PDF + b"2"))
    assert (draft.attachments.count(), len(stored(folder))) == (1, 2)
    assert attachments.sweep(timezone.now()) == 0
    assert attachments.sweep(timezone.now() + timedelta(days=2)) == 1
    assert stored(folder) == [Path(kept.file.path)]


@pytest.mark.django_db
def test_sweeping_an_empty_house_is_no_error():
    assert attachments.sweep(timezone.now()) == 0


@pytest.mark.django_db
def test_what_was_sent_stays():
    case = CaseFactory(state=State.NEW)
    kept = attachments.add(case, upload())
    with pytest.raises(attachments.NotTaken, match="schon abgesendet"):
        attachments.remove(kept)
    assert case.attachments.exists()


@pytest.mark.django_db(transaction=True)
def test_a_forgotten_draft_takes_its_files_with_it(folder):
    old, new = DraftFactory(), DraftFactory()
    attachments.add(old, upload())
    attachments.add(new, upload())
    ConsultationRequest.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(days=30))
    assert follow("requests.drafts") == 1
    assert len(stored(folder)) == 1 == Attachment.objects.count()


# --- Malware -------------------------------------------------------------------------------------------


class Daemon:
    """Speaks as much of clamd as we need."""

    def __init__(self, listener, answer):
        self.listener, self.answer, self.content, self.command = listener, answer, b"", b""

    def serve(self):
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as asked:
            self.command = asked.read(10)
            while length := struct.unpack("!L", asked.read(4))[0]:
                self.content += asked.read(length)
            connection.sendall(self.answer)


@contextmanager
def clamd(settings, answer, family=socket.AF_INET, address=("127.0.0.1", 0)):
    with socket.socket(family) as listener:
        listener.bind(address)
        listener.listen()
        name = listener.getsockname()
        settings.CLAMAV = name if isinstance(name, str) else f"{name[0]}:{name[1]}"
        daemon = Daemon(listener, answer)
        thread = threading.Thread(target=daemon.serve)
        thread.start()
        yield daemon
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.django_db
def test_a_clean_file_is_shown_to_the_daemon_as_a_whole(settings):
    content = PDF.ljust(200_000, b"\0")
    with clamd(settings, b"stream: OK\0") as daemon:
        attachments.add(DraftFactory(), upload(content))
    assert (daemon.command, daemon.content) == (b"zINSTREAM\0", content)


@pytest.mark.django_db
def test_the_daemon_may_listen_on_a_socket(settings, tmp_path):
    with clamd(settings, b"stream: OK\0", socket.AF_UNIX, str(tmp_path / "clamd")):
        attachments.add(DraftFactory(), upload())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"stream: Eicar-Test-Signature FOUND\0", virus_scan.Infected),
        (b"INSTREAM size limit exceeded. ERROR\0", virus_scan.Unchecked),
        (b"stream: OK but not quite\0", virus_scan.Unchecked),
        (b"", virus_scan.Unchecked),
    ],
)
def test_what_the_daemon_does_not_call_clean_is_refused(settings, folder, answer, error):
    draft = DraftFactory()
    with clamd(settings, answer), pytest.raises(error):
        attachments.add(draft, upload())
    assert not draft.attachments.exists() and not stored(folder)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.ctl"])
def test_without_an_answer_no_file_is_taken(settings, address):
    settings.CLAMAV = address
    with pytest.raises(virus_scan.Unchecked, match="gerade nicht"):
        attachments.add(DraftFactory(), upload())


# --- In the form ----------------------------------------------------------------------------------------


def step(draft, language="") -> str:
    return f"{language}/anfrage/{draft.key}/unterlagen/"


def png(name="Plan.png", more=b""):
    return upload(PNG + more, name)


@pytest.mark.django_db
def test_the_step_may_stay_empty(client):
    draft = DraftFactory()
    assert "enctype=" in client.get(step(draft)).content.decode()
    assert client.post(step(draft))["Location"] == f"/anfrage/{draft.key}/rahmen/"
    assert client.post(step(draft), {"zurueck": "1"})["Location"] == f"/anfrage/{draft.key}/anliegen/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("button", "target"),
    [
        ({}, "rahmen"),
        ({"hochladen": "1"}, "unterlagen"),
        ({"zurueck": "1"}, "anliegen"),
        ({"sprache": "en"}, "unterlagen"),
    ],
)
def test_every_button_keeps_what_was_chosen(client, button, target):
    draft = DraftFactory()
    response = client.post(step(draft), {"uploads": [upload(), png()], **button})
    assert response["Location"] == f"/anfrage/{draft.key}/{target}/"
    assert [file.name for file in draft.attachments.all()] == ["Konzept.pdf", "Plan.png"]
    page = client.get(step(draft, "/en")).content.decode()
    assert "Konzept.pdf" in page and "Plan.png" in page


@pytest.mark.django_db
def test_what_is_refused_is_said_by_name_beside_the_field_and_the_others_stay(client):
    draft = DraftFactory()
    chosen = [upload(), upload(b"<html>", "seite.html"), upload(b"", "leer.pdf")]
    for button in ({}, {"zurueck": "1"}, {"sprache": "en"}, {"hochladen": "1"}):
        response = client.post(step(draft), {"uploads": chosen, **button})
        page = response.content.decode()
        assert response.status_code == 422
        assert page.count("seite.html: Diese Art von Datei nehmen wir nicht an.") == 2  # summary and field
        assert "leer.pdf: Diese Datei ist leer." in page
        assert 'aria-invalid="true"' in page and "Fehler: " in page.partition("</title>")[0]
        for file in chosen:
            file.seek(0)
    assert draft.attachments.get().name == "Konzept.pdf"


@pytest.mark.django_db
def test_a_file_is_taken_back_by_its_button(client):
    draft, other = DraftFactory(), DraftFactory()
    kept, unwanted = attachments.add(draft, upload()), attachments.add(draft, png())
    foreign = attachments.add(other, upload())
    for key in (unwanted.key, unwanted.key, foreign.key, "kein Schlüssel"):
        response = client.post(step(draft) + "?aendern", {"entfernen": key})
        assert response["Location"] == step(draft) + "?aendern"
    assert list(Attachment.objects.order_by("pk")) == [kept, foreign]


@pytest.mark.django_db
def test_a_name_with_markup_is_shown_as_text(client):
    draft = DraftFactory()
    client.post(step(draft), {"uploads": [upload(name="<b>x</b>&.pdf")]})
    client.post(step(draft), {"uploads": [upload(b"no", "<i>y</i>")]})
    page = client.get(step(draft)).content.decode()
    assert "<b>" not in page and "<i>" not in page


def filled(draft):
    """A draft that only waits to be sent."""
    answers = {
        "kommune": f"municipality={MunicipalityFactory().pk}",
        "anliegen": f"topics={TopicFactory().pk}&concern=Rat",
        "rahmen": "place=online",
        "kontakt": "contact_name=Petra&contact_email=petra@stadt.example",
    }
    for name, typed in answers.items():
        drafts.store(draft, name, QueryDict(typed))
    return draft


@pytest.mark.django_db
def test_the_files_go_with_the_request_and_every_page_leads_to_them(client):
    draft = filled(DraftFactory())
    kept = attachments.add(draft, upload())
    by_key = f"/anfrage/{draft.key}/anlage/{kept.key}/"
    assert by_key in client.get(f"/anfrage/{draft.key}/pruefen/").content.decode()
    assert gives(client, by_key) == PDF

    case = drafts.submit(draft)
    assert client.get(by_key).status_code == 404
    to_confirm = f"/anfrage/bestaetigen/{links.token(links.CONFIRM, case)}/"
    assert gives(client, link_to(kept, client.get(to_confirm))) == PDF

    client.post(to_confirm)
    assert client.get(f"{to_confirm}anlage/{kept.key}/").status_code == 302
    status = client.get(f"/anfrage/stand/{links.token(links.STATUS, case)}/")
    assert gives(client, link_to(kept, status)) == PDF


# --- Serving ----------------------------------------------------------------------------------------------


def gives(client, address) -> bytes:
    response = client.get(address)
    assert response.status_code == 200, address
    return b"".join(response.streaming_content)


def link_to(kept, response) -> str:
    return re.search(rf'href="([^"]*/anlage/{kept.key}/)"', response.content.decode())[1]


@pytest.mark.django_db
def test_a_file_is_saved_and_never_shown_as_a_page_of_ours(client):
    draft = DraftFactory()
    kept = attachments.add(draft, upload(name='Übersicht "neu"; x=1.pdf'))
    response = client.get(f"/anfrage/{draft.key}/anlage/{kept.key}/")
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%C3%9Cbersicht")
    assert response["Content-Length"] == str(len(PDF))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "strict-origin"
    assert "noindex" in response["X-Robots-Tag"]


@pytest.mark.django_db
def test_nobody_gets_the_file_of_another(client):
    mine, theirs = CaseFactory(), CaseFactory()
    draft, other_draft = DraftFactory(), DraftFactory()
    foreign, foreign_of_draft = attachments.add(theirs, upload()), attachments.add(other_draft, upload())
    for address in (
        f"/anfrage/stand/{links.token(links.STATUS, mine)}/anlage/{foreign.key}/",
        f"/anfrage/stand/{links.token(links.CONFIRM, theirs)}/anlage/{foreign.key}/",
        f"/anfrage/bestaetigen/{links.token(links.STATUS, theirs)}/anlage/{foreign.key}/",
        f"/anfrage/stand/kein-link/anlage/{foreign.key}/",
        f"/anfrage/{draft.key}/anlage/{foreign_of_draft.key}/",
        f"/anfrage/{draft.key}/anlage/{uuid4()}/",
        f"/anfrage/{theirs.key}/anlage/{foreign.key}/",
        f"/anfrage/{uuid4()}/anlage/{foreign.key}/",
    ):
        assert client.get(address).status_code == 404, address
    file = f"/anfrage/{other_draft.key}/anlage/{foreign_of_draft.key}/"
    assert client.post(file).status_code == 405


@pytest.mark.django_db
def test_a_file_that_is_gone_is_a_page_that_helps(client, folder):
    case = CaseFactory()
    kept = attachments.add(case, upload())
    stored(folder)[0].unlink()
    response = client.get(f"/anfrage/stand/{links.token(links.STATUS, case)}/anlage/{kept.key}/")
    assert response.status_code == 404
    assert "Konzept.pdf" in response.content.decode()


def at_the_desk(case, kept) -> str:
    return f"/admin/requests/consultationrequest/{case.pk}/file/{kept.key}/"


@pytest.mark.django_db
def test_the_desk_sees_who_sent_which_file_and_gets_it(client):
    kim = CoordinatorFactory()
    case, other = CaseFactory(), CaseFactory()
    kept = attachments.add(case, upload())
    ours = attachments.add(case, png(), by=kim)
    assert client.get(at_the_desk(case, kept)).status_code == 302  # to the login
    client.force_login(kim)
    page = client.get(f"/admin/requests/consultationrequest/{case.pk}/change/").content.decode()
    assert at_the_desk(case, kept) in page and at_the_desk(case, ours) in page
    assert gives(client, at_the_desk(case, kept)) == PDF
    assert client.get(at_the_desk(other, kept)).status_code == 404
    client.force_login(UserFactory())  # works here, but not with cases
    assert client.get(at_the_desk(case, kept)).status_code == 403
    draft = DraftFactory()
    client.force_login(kim)
    assert client.get(at_the_desk(draft, attachments.add(draft, upload()))).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("state", Offer.State)
def test_only_advisors_at_work_get_the_files(client, state):
    offer = OfferFactory(state=state)
    kept = attachments.add(offer.consultation, upload())
    Attachment.objects.update(uploaded_at=offer.consultation.submitted_at)  # with the form
    link = f"/angebot/{offer_links.token(offer)}/"
    address = f"{link}anlage/{kept.key}/"
    if state == Offer.State.ACCEPTED:
        assert gives(client, link_to(kept, client.get(link))) == PDF
        foreign = attachments.add(CaseFactory(), upload())
        assert client.get(f"{link}anlage/{foreign.key}/").status_code == 404
    else:
        response = client.get(address)
        assert response.status_code == 404 if state in Offer.UNSENT else response["Location"] == link
        assert str(kept.key) not in client.get(link).content.decode()


@pytest.mark.django_db
def test_pages_ask_the_database_as_often_for_three_files_as_for_one(client):
    case = CaseFactory()
    client.force_login(CoordinatorFactory())
    draft = filled(DraftFactory())
    status = f"/anfrage/stand/{links.token(links.STATUS, case)}/"
    pages = (
        status,
        step(draft),
        f"/anfrage/{draft.key}/pruefen/",
        f"/admin/requests/consultationrequest/{case.pk}/change/",
    )
    for page in pages:  # the first look at a case is written down
        client.get(page)
    asked = []
    for numbers in ([1], [2, 3]):
        for number in numbers:
            attachments.add(case, upload(PDF + b"%d" % number))
            attachments.add(case, upload(PNG + b"%d" % number), by=CoordinatorFactory())
            attachments.add(draft, upload(PDF + b"%d" % number))
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            asked.append(len(queries))
    assert asked[:4] == asked[4:]


# --- Floods -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_more_than_ten_files_can_be_is_not_even_read(client, settings):
    draft = DraftFactory()
    response = client.post(step(draft), {"uploads": [upload()]}, CONTENT_LENGTH=str(settings.MOST_BODY + 1))
    assert response.status_code == 413
    assert not draft.attachments.exists()
    assert settings.MOST_BODY > attachments.MOST_FILES * attachments.MOST_BYTES
    assert settings.DATA_UPLOAD_MAX_NUMBER_FILES > attachments.MOST_FILES
