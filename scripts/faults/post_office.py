"""A mail server in a process of its own: `python -m scripts.faults.post_office PORT JOURNAL SECONDS`.

It writes a line into the journal, safe on the disk, before it says that it has taken a mail; it takes SECONDS for
each, half of them before that line and half after it. How it treats a mail stands in the recipient's address, before
the first hyphen: see TREATMENTS.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

HANGS = 45  # seconds: longer than the portal waits
TREATMENTS = {
    "spaeter": "zweimal „451“ für die Adresse",
    "voll": "einmal „452“ nach dem Inhalt",
    "haengt": "einmal keine Antwort auf den Inhalt",
    "bricht": "einmal die Verbindung nach dem Inhalt abgebrochen",
    "nie": "„550“ für die Adresse",
    "abgelehnt": "„554“ nach dem Inhalt",
}
FOR_GOOD = ("nie-", "abgelehnt-")


@dataclass(frozen=True)
class Taken:
    """A mail that the server has accepted."""

    at: float
    message_id: str
    to: str
    text: str


class Clerk:
    def __init__(self, journal: Path, seconds: float) -> None:
        self.journal = journal.open("a", encoding="utf-8")
        self.seconds = seconds
        self.seen: Counter[str] = Counter()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        how = self._treatment(address)
        if how == "nie":
            return "550 5.1.1 unknown user"
        if how == "spaeter" and self.seen[address] <= 2:
            return "451 4.2.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def _treatment(self, address: str) -> str:
        self.seen[address] += 1
        return address.partition("-")[0]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        (address,) = envelope.rcpt_tos
        how, is_first = address.partition("-")[0], self.seen[address] == 1
        if how == "abgelehnt":
            return "554 5.7.1 rejected"
        if how == "voll" and is_first:
            return "452 4.3.1 insufficient storage"
        if how == "haengt" and is_first:
            await asyncio.sleep(HANGS)
            return "421 4.4.2 too late"
        if how == "bricht" and is_first:
            server.transport.abort()
            return "421 4.4.2 gone"
        await asyncio.sleep(self.seconds / 2)
        self._take(address, envelope.content)
        await asyncio.sleep(self.seconds / 2)
        return "250 OK"

    def _take(self, address: str, content: bytes) -> None:
        message = message_from_bytes(content, policy=default)
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        row = {"at": time.time(), "message_id": message["Message-ID"], "to": address, "text": text}
        print(json.dumps(row), file=self.journal, flush=True)
        os.fsync(self.journal.fileno())


def read(journal: Path) -> list[Taken]:
    """A line that is being written does not count yet."""
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True) if journal.exists() else []
    return [Taken(**json.loads(line)) for line in lines if line.endswith("\n")]


def main() -> None:
    port, journal, seconds = sys.argv[1:]
    controller = Controller(Clerk(Path(journal), float(seconds)), hostname="127.0.0.1", port=int(port))
    controller.start()
    controller._thread.join()  # type: ignore[union-attr]  # until somebody ends this process


if __name__ == "__main__":
    main()
