"""A disk that really is full: small file systems in memory that only this web server sees.

Needs Linux and the right to mount in a namespace of its own, which the administrator may have withdrawn.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from scripts import demo

from .people import Filing, Visitor, a_pdf, file_request
from .portal import SEVERE, Portal, Process, until

MB = 1024 * 1024
KEPT = 1 * MB  # bytes for the attachments
ARRIVING = 4 * MB  # bytes for what is just being uploaded
TWO_MOUNTS = """
mount -t tmpfs -o size="$1" none "$2" && mount -t tmpfs -o size="$3" none "$4" || exit 1
shift 4
exec "$@"
"""


def is_possible(folder: Path) -> bool:
    if not shutil.which("unshare"):
        return False
    probe = folder / "probe"
    probe.mkdir(exist_ok=True)
    return subprocess.run([*in_namespace(probe, probe), "true"], capture_output=True).returncode == 0


def in_namespace(kept: Path, arriving: Path) -> list[str]:
    user = ["--map-root-user"] if os.geteuid() else []
    mounts = [str(KEPT), str(kept), str(ARRIVING), str(arriving)]
    return ["unshare", "--mount", *user, "sh", "-c", TWO_MOUNTS, "sh", *mounts]


@contextmanager
def full_disk(portal: Portal) -> Iterator[None]:
    """Inside, the portal's web server has the small disks. Its own stands still meanwhile."""
    arriving = portal.folder / "arriving"
    for folder in (arriving, portal.attachments):
        folder.mkdir(exist_ok=True)
    portal.web.stop()
    command = (sys.executable, *demo.WEB, *SEVERE, f"--bind=127.0.0.1:{portal.port}", "--worker-tmp-dir=/dev/shm")
    # The portal refuses files before a disk is full; here it must learn it from the disk itself.
    environment = {**portal.web.environment, "TMPDIR": str(arriving), "ATTACHMENTS_MIN_FREE_MB": "-1000"}
    web = Process([*in_namespace(portal.attachments, arriving), *command], environment, portal.web.log)
    web.start()
    try:
        until(portal.answers, "Das Portal antwortet nicht.")
        yield
    finally:
        web.stop()
        portal.start_web()


def upload_until_full(portal: Portal, municipality: str, topic: int) -> list[str]:
    """What somebody meets whose files find no place. Returns what they should not have met."""
    visitor, filing = Visitor(portal.port, "2001:db8:ffff::1"), Filing("amt-voll@stadtvoll.example")
    begun = visitor.ask("POST", "/anfrage/", {"csrfmiddlewaretoken": visitor.ask("GET", "/anfrage/").token})
    filing.key = begun.location.split("/")[2]
    path = f"/anfrage/{filing.key}/unterlagen/"

    def upload(size: int) -> tuple[int, str]:
        token = visitor.ask("GET", path).token
        page = visitor.ask("POST", path, {"csrfmiddlewaretoken": token}, ("Konzept.pdf", a_pdf(size)))
        return page.status, page.text

    broken = []
    first, second, third = upload(KEPT * 6 // 10), upload(KEPT * 6 // 10), upload(2 * ARRIVING)
    if first[0] != HTTPStatus.FOUND:
        broken.append(f"Eine Datei, für die noch Platz ist, wird nicht angenommen: {first[0]}")
    if second[0] != HTTPStatus.UNPROCESSABLE_ENTITY or "gerade nicht speichern" not in second[1]:
        broken.append(f"Ein voller Datenträger wird nicht erklärt: {second[0]}")
    if third[0] != HTTPStatus.SERVICE_UNAVAILABLE or "gerade nicht erreichbar" not in third[1]:
        broken.append(f"Ein voller Zwischenspeicher wird nicht erklärt: {third[0]}")
    shown = visitor.ask("GET", path).text.count(f"/anfrage/{filing.key}/anlage/")
    ((rows,),) = portal.database.rows(
        "SELECT count(*) FROM requests_attachment a JOIN requests_consultationrequest c"
        " ON c.id = a.consultation_id WHERE c.key = %s",
        filing.key,
    )
    if (shown, rows) != (1, 1):
        broken.append(f"Von drei Dateien sollte eine da sein: {rows}, gezeigt {shown}")
    file_request(visitor, filing, municipality=municipality, topic=topic)
    return broken
