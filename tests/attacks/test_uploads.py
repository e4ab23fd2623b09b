"""Files that are no files: bombs, chimeras, what leads out of its folder; and bodies that are no forms."""

import io
import time
import tracemalloc
import zipfile
import zlib
from itertools import product

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from requests import attachments
from requests.models import Attachment, ConsultationRequest
from tests import factories
from tests.attacks import world

pytestmark = pytest.mark.django_db

OOXML = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = f'<Types><Override PartName="/word/document.xml" ContentType="{OOXML}.main+xml"/></Types>'
MB = 1024 * 1024


def zipped(entries: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def nested(levels: int) -> bytes:
    content = b"\0" * (2 * MB)
    for level in range(levels):
        content = zipped({f"{level}.zip": content} | ({"[Content_Types].xml": TYPES} if level == levels - 1 else {}))
    return content


def laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><Types>&l9;</Types>'


def overlapping() -> bytes:
    """Many entries of a table of contents that share one packed stream: David Fifield's "better zip bomb"."""
    content = bytearray(zipped({"[Content_Types].xml": TYPES, "word/document.xml": b"\0" * MB}))
    begin = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry = bytes(content[content.index(b"PK\x01\x02", begin + 4) : end])
    many = b"".join(entry.replace(b"document.xml", b"docum%03d.xml" % n) for n in range(300))
    directory = bytes(content[begin:end]) + many
    tail = bytearray(content[end:])
    tail[8:10] = tail[10:12] = (302).to_bytes(2, "little")
    tail[12:16] = len(directory).to_bytes(4, "little")
    return bytes(content[:begin]) + directory + bytes(tail)


BOMBS = {
    "a large ratio": zipped({"[Content_Types].xml": TYPES, "word/document.xml": b"\0" * (3 * MB)}),
    "a large table of types": zipped({"[Content_Types].xml": TYPES + " " * (3 * MB)}),
    "a zip in a zip in a zip": nested(4),
    "entries that overlap": overlapping(),
    "billion laughs": zipped({"[Content_Types].xml": laughs()}),
    "a deep document": zipped({"[Content_Types].xml": "<a>" * 200_000}),
    "a manifest that never ends": zipped(
        {"mimetype": "application/vnd.oasis.opendocument.text", "META-INF/manifest.xml": b" " * (3 * MB)}
    ),
    "a mimetype that never ends": zipped({"mimetype": b"x" * (3 * MB)}),
    "only the end of a zip": b"PK\x03\x04" + b"PK\x05\x06" + b"\xff" * 18,
    "a comment as long as can be": zipped({"[Content_Types].xml": TYPES})[:-2] + b"\xff\xff" + b"x" * 65_535,
}
HARMLESS = {  # kept as they are: nobody of ours opens them, and browsers are told to save them
    "a PDF that unpacks to gigabytes": b"%PDF-1.7\n1 0 obj<</Filter[/FlateDecode/FlateDecode]>>stream\n"
    + zlib.compress(zlib.compress(b"\0" * (8 * MB))),
    "a PDF with a script": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
    "a picture that is a page as well": b"GIF89a/*<script>alert(1)</script>*/=1;",
    "a picture larger than any screen": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\x7f\xff\xff\xff" * 2 + b"\x08\x06\0\0\0",
    "a PDF that is a zip as well": b"%PDF-1.7\n" + zipped({"x.html": "<script>"}),
}


NEVER_OPENED = {  # not large as they lie there, and we look no deeper
    *("a zip in a zip in a zip", "entries that overlap", "billion laughs", "a deep document"),
    "a comment as long as can be",
}


@pytest.mark.parametrize("kind", BOMBS | HARMLESS)
def test_no_file_is_unpacked_further_than_it_takes_to_know_it(kind):
    """In a moment and a few megabytes, whether it is taken or not."""
    content = (BOMBS | HARMLESS)[kind]
    draft, begin = factories.DraftFactory(), time.process_time()
    tracemalloc.start()
    refused = attachments.add_all(draft, [SimpleUploadedFile("Konzept.docx", content)])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 12 * MB, most
    assert time.process_time() - begin < 5
    taken = kind in HARMLESS or kind in NEVER_OPENED
    assert bool(refused) or taken
    assert Attachment.objects.count() == (0 if refused else 1)


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_is_two_things_at_once_is_handed_out_as_one(client, kind):
    draft = factories.DraftFactory()
    kept = attachments.add(draft, SimpleUploadedFile("x.html", HARMLESS[kind]))
    path = reverse("requests:draft_file", kwargs={"key": draft.key, "file": kept.key})
    response = client.get(path)
    assert world.body(response)
    assert response["Content-Type"] in ("application/pdf", "image/gif", "image/png")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Security-Policy"].startswith("sandbox")


# --- Paths -------------------------------------------------------------------------------------------------


OUT = (
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "..\\",
    "..%5c",
    "....//",
    "%252e%252e%252f",
    "..%c0%af",
    "..;/",
    "./../",
)


def test_no_path_leads_out_of_the_static_files(client):
    for step, base in product(OUT, ("/static/", "/static/css/", "/")):
        response = client.generic("GET", f"{base}{step * 6}etc/passwd")
        assert "root:" not in world.body(response)
        assert response.status_code in (301, 302, 400, 404), (step, base)
        for up in range(1, 5):
            response = client.generic("GET", f"{base}{step * up}pyproject.toml")
            assert "[project]" not in world.body(response)


ODD = ("%00", "%0d%0aX:y", "%ff%fe", "%u0041", "\u2028", "a" * 20_000, "%", "%zz", "'", ";x=1", "[]")


def test_no_odd_path_is_an_error_of_ours(client):
    for odd, base in product(ODD, ("/anfrage/", "/anfrage/stand/", "/admin/", "/static/", "/en/")):
        for path in (f"{base}{odd}/", f"{base}?{odd}={odd}"):
            response = client.generic("GET", path)
            world.body(response)
            assert response.status_code < 500, path


# --- Bodies ------------------------------------------------------------------------------------------------


BOUNDARY = "multipart/form-data; boundary=x"
PART = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
BODIES = {
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "another boundary": (BOUNDARY, PART.format("text", "", "Hallo").replace("--x", "--y").encode()),
    "a boundary as long as can be": (f"multipart/form-data; boundary={'b' * 5_000}", b"--"),
    "a boundary that is not ASCII": ("multipart/form-data; boundary=ä", b"--"),
    "cut off": (BOUNDARY, PART.format("text", "", "Hallo").encode()[:40]),
    "never closed": (BOUNDARY, PART.format("text", "", "Hallo").encode()),
    "a part without a name": (BOUNDARY, b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"),
    "headers without end": (BOUNDARY, b"--x\r\n" + b"X: y\r\n" * 20_000),
    "base64 that is none": (
        BOUNDARY,
        b'--x\r\nContent-Disposition: form-data; name="text"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        b"\xff\xfe=\r\n--x--\r\n",
    ),
    "a file where text belongs": (BOUNDARY, (PART.format("text", '; filename="a.txt"', "x") + "--x--\r\n").encode()),
    "ten thousand fields": ("application/x-www-form-urlencoded", b"&".join(b"f%d=x" % n for n in range(10_000))),
    "ten thousand times one field": ("application/x-www-form-urlencoded", b"&".join([b"text=x"] * 10_000)),
    "ten thousand parts": (BOUNDARY, (PART.format("a", "", "x") * 10_000 + "--x--\r\n").encode()),
    "a thousand files": (
        BOUNDARY,
        (PART.format("uploads", '; filename="a.pdf"', "%PDF-1.7") * 1_000 + "--x--\r\n").encode(),
    ),
    "a megabyte of text": ("application/x-www-form-urlencoded", b"text=" + b"x" * MB),
    "nothing but equals signs": ("application/x-www-form-urlencoded", b"=&" * 300),
    "invalid UTF-8": ("application/x-www-form-urlencoded", b"text=%ff%fe&agreed=\xff"),
    "another character set": ("application/x-www-form-urlencoded; charset=utf-7", b"text=+ADw-script+AD4-"),
    "no character set": ("application/x-www-form-urlencoded; charset=nix", b"text=x"),
    "UTF-16": ("application/x-www-form-urlencoded; charset=utf-16", "text=x".encode("utf-16")),
    "deep JSON": ("application/json", b"[" * 100_000),
    "JSON": ("application/json", b'{"text": {"$ne": ""}, "do": "send"}'),
    "XML": ("application/xml", laughs().encode()),
    "no type": ("", b"text=x"),
    "NUL": ("application/x-www-form-urlencoded", b"text=%00&note=%00&agreed=%00&email=%00&code=%00"),
}


def test_no_odd_body_is_an_error_of_ours_and_none_is_written_half(parties, everywhere_posts):
    """On every address that takes a form from the public."""
    client, before = Client(raise_request_exception=False), ConsultationRequest.objects.count()
    for number, path in enumerate(everywhere_posts):
        for turn, (kind, (content_type, body)) in enumerate(BODIES.items()):
            if (turn + number) % 12:  # each kind on some of the addresses
                continue
            response = client.generic("POST", path, body, content_type)
            world.body(response)
            assert response.status_code < 500, (path, kind)
    assert ConsultationRequest.objects.count() >= before


@pytest.fixture
def everywhere_posts(parties, settings):
    settings.LIMITS = {act: dict.fromkeys(kinds, "999999/m") for act, kinds in settings.LIMITS.items()}
    ours, _ = parties
    paths = [ours.path(name, pattern) for name, pattern in world.by_token()]
    paths += [
        reverse("requests:step", kwargs={"key": ours.rows["draft"].key, "name": name})
        for name in ("anliegen", "kontakt", "unterlagen")
    ]
    paths += [reverse(name) for name in ("requests:lost_link", "advisors:apply", "codes:ask", "pages:report_barrier")]
    return [*paths, "/anmelden/", "/passwort/vergessen/", "/anfrage/"]


@pytest.mark.parametrize("length", ["-1", "0", "99999999999999999999", "abc", "1e3", "", "٣", "5, 5", " 7"])
def test_no_lie_about_the_length_is_an_error_of_ours(client, length):
    for path in ("/anfrage/link/", "/anmelden/"):
        body, kind = b"email=x", "application/x-www-form-urlencoded"
        response = client.generic("POST", path, body, kind, CONTENT_LENGTH=length)
        assert response.status_code in (200, 302, 400, 413, 422), length


def test_no_odd_json_is_an_error_at_the_addresses_that_answer_with_json(client, parties):
    ours, _ = parties
    path = ours.path("advisors:save_report", dict(world.routes())["advisors:save_report"])
    for kind, body in BODIES.values():
        response = client.generic("POST", path, body, kind)
        assert response.status_code < 500
        if response["Content-Type"] == "application/json":
            assert set(response.json()) <= {"says", "conflict", "texts", "refusal"}
