"""People who file a request in a browser, and press again when it fails."""

import hashlib
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

from .portal import HOST, PATIENCE

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
REFERENCE = re.compile(r'class="portal-reference">([^<]+)<')
PAUSE = 0.4  # seconds before somebody tries again
TIMEOUT = 30  # seconds after which a browser's user gives up on a page
BOUNDARY = "----miglobe-faults"

type Form = Mapping[str, str]
type File = tuple[str, bytes]


@dataclass(frozen=True)
class Page:
    status: int
    location: str
    text: str

    @property
    def token(self) -> str:
        found = TOKEN.search(self.text)
        assert found, f"no form on a page with status {self.status}"
        return found[1]


class Visitor:
    """A browser without scripts behind the proxy that speaks TLS."""

    def __init__(self, port: int, address: str = "192.0.2.1") -> None:
        self.port, self.address = port, address
        self.cookies: dict[str, str] = {}
        self.failures: list[str] = []  # what was in the way, by its status or exception

    def ask(self, method: str, path: str, form: Form | None = None, file: File | None = None) -> Page:
        """Raises OSError or HTTPException when nothing comes back."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        headers = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": self.address,
            "Origin": f"https://{HOST}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        body, kind = encode(form or {}, file)
        if method == "POST":
            headers["Content-Type"] = kind
        try:
            connection.request(method, path, body if method == "POST" else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Page(answer.status, answer.headers.get("Location", ""), text)

    def insist(self, method: str, path: str, form: Form | None = None, file: File | None = None) -> Page:
        """The same again until the portal answers. Raises TimeoutError when it never does."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                page = self.ask(method, path, form, file)
            except (OSError, HTTPException) as error:
                self.failures.append(type(error).__name__)
            else:
                if page.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    return page
                self.failures.append(str(page.status))
            time.sleep(PAUSE)
        raise TimeoutError(f"{method} {path}: {self.failures[-3:]}")


@dataclass
class Filing:
    """What somebody has been told about their request."""

    email: str
    key: str = ""
    reference: str = ""
    digest: str = ""  # of the file that was sent with it
    failures: list[str] = field(default_factory=list)


def encode(form: Form, file: File | None) -> tuple[bytes, str]:
    if file is None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in form.items()]
    name, content = file
    parts.append(f'Content-Disposition: form-data; name="uploads"; filename="{name}"\r\n\r\n'.encode() + content)
    body = b"".join(f"--{BOUNDARY}\r\n".encode() + part + b"\r\n" for part in parts)
    return body + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"


def a_pdf(size: int) -> bytes:
    """Some bytes that are taken for a PDF, different each time."""
    return b"%PDF-1.7\n" + secrets.token_bytes(size)


def steps(email: str, municipality: str, topic: int) -> Iterator[tuple[str, Form]]:
    """The answers, in the order of the form."""
    yield "kommune", {"municipality": municipality}
    yield "anliegen", {"topics": str(topic), "concern": f"Wir suchen Rat ({email})."}
    yield "unterlagen", {}
    yield "rahmen", {"place": "online"}
    yield "kontakt", {"contact_name": "Petra Beispiel", "contact_email": email}


def file_request(visitor: Visitor, filing: Filing, *, municipality: str, topic: int, file: File | None = None) -> None:
    """From the first page to the receipt, as often as it takes."""
    page = visitor.insist("GET", "/anfrage/")
    page = visitor.insist("POST", "/anfrage/", {"csrfmiddlewaretoken": page.token})
    filing.key = page.location.split("/")[2]
    filing.failures = visitor.failures
    for name, answers in steps(filing.email, municipality, topic):
        path = f"/anfrage/{filing.key}/{name}/"
        form = {"csrfmiddlewaretoken": visitor.insist("GET", path).token, **answers}
        page = visitor.insist("POST", path, form, file if name == "unterlagen" else None)
        assert page.status == HTTPStatus.FOUND, (name, page.status)
    path = f"/anfrage/{filing.key}/pruefen/"
    page = visitor.insist("POST", path, {"csrfmiddlewaretoken": visitor.insist("GET", path).token})
    assert page.location == f"/anfrage/{filing.key}/eingang/", page
    receipt = visitor.insist("GET", page.location)
    found = REFERENCE.search(receipt.text)
    assert found, receipt.status
    filing.reference = found[1]
    filing.digest = hashlib.sha256(file[1]).hexdigest() if file else ""
