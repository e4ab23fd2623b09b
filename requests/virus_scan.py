"""Asks a ClamAV daemon about a file, where the installation names one in `settings.CLAMAV`.

The protocol is the command INSTREAM as clamd(8) describes it: chunks, each after its length as four bytes in network
order, ended by a length of zero; the answer is "stream: OK" or "stream: NAME FOUND", ended by a zero byte.
"""

import logging
import socket
import struct
from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext as _

from miglobe.errors import Refused

PATIENCE = 20  # seconds without a sign of life
MOST_ANSWER = 4096  # bytes
logger = logging.getLogger(__name__)


class Infected(Refused):
    """The daemon knows the file as malware."""


class Unchecked(Refused):
    """The daemon could not be asked: the file is neither good nor bad, and not taken."""


def check(chunks: Iterable[bytes]) -> None:
    """Returns when the file is clean, or when no daemon is configured. Raises Infected or Unchecked."""
    if not settings.CLAMAV:
        return
    try:
        answer = _ask(chunks)
    except OSError:
        logger.exception("The ClamAV daemon could not be asked.")
        answer = ""
    if answer == "stream: OK":
        return
    if answer.endswith(" FOUND"):
        logger.warning("ClamAV refused an attachment: %s", answer)
        raise Infected(_("In dieser Datei hat die Prüfung Schadsoftware gefunden. Wir nehmen sie nicht an."))
    if answer:
        logger.error("ClamAV answered: %s", answer)
    raise Unchecked(
        _("Wir können Dateien gerade nicht auf Schadsoftware prüfen. Bitte versuchen Sie es später noch einmal.")
    )


def _ask(chunks: Iterable[bytes]) -> str:
    with _connect() as daemon:
        daemon.sendall(b"zINSTREAM\0")
        for chunk in chunks:
            if chunk:
                daemon.sendall(struct.pack("!L", len(chunk)) + chunk)
        daemon.sendall(struct.pack("!L", 0))
        answer = b""
        while b"\0" not in answer and len(answer) < MOST_ANSWER and (more := daemon.recv(MOST_ANSWER)):
            answer += more
    return answer.partition(b"\0")[0].decode("ascii", "replace").strip()


def _connect() -> socket.socket:
    if settings.CLAMAV.startswith("/"):
        daemon = socket.socket(socket.AF_UNIX)
        try:
            daemon.settimeout(PATIENCE)
            daemon.connect(settings.CLAMAV)
        except OSError:
            daemon.close()
            raise
        return daemon
    host, _colon, port = settings.CLAMAV.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE)
