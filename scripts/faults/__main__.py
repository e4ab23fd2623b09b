"""Is anything lost when things break? `make test-faults` breaks them and rewrites the table in docs/reliability.md.

`python -m scripts.faults [REQUESTS]`; with another number than 500 the page stays as it is. Ends with an error when a
promise is broken.
"""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from scripts.matching_page import german, rewrite

from . import audit, full_disk, scenarios
from .people import Filing
from .portal import Portal, running

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reliability.md"
REQUESTS = 500
MAIL_SECONDS = 0.1  # that the mail server takes for each
DELIVERY_SECONDS = 420  # within which all must be delivered, waits included

type Row = Sequence[str]


def main() -> None:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    number = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="miglobe-faults-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        rows, broken = measured(folder, number)
        rows.append(("Dauer des Befehls", f"{german((time.monotonic() - begin) / 60, 1)} Minuten"))
        if broken:
            keep_logs(folder)
            sys.exit("\nGebrochen:\n" + "\n".join(f"  {sentence}" for sentence in broken))
    print("\nNichts ist verloren, nichts hängt.")
    if number == REQUESTS:
        rewrite("Störungen", [("Was", "Zahl"), *rows], PAGE)


def keep_logs(folder: Path) -> None:
    kept = Path(tempfile.mkdtemp(prefix="miglobe-faults-logs-"))
    for log in folder.glob("*.log"):
        (kept / log.name).write_bytes(log.read_bytes())
    print(f"\nDie Protokolle liegen in {kept}.")


def measured(folder: Path, number: int) -> tuple[list[Row], list[str]]:
    print("Lege eine Datenbank an …")
    with running(folder, mail_seconds=MAIL_SECONDS) as portal:
        portal.manage("migrate", "--verbosity=0")
        portal.manage("load_data")
        portal.start_web()
        seen = scenarios.Seen()
        filed, filings = filing(portal, number, seen)
        delivered = delivering(portal, number, seen)
        print("Vergleiche, was zugesagt wurde, mit dem, was da ist …")
        stood, broken = compared(portal, filings)
        full, unexplained = filling_the_disk(portal)
        return [*filed, *delivered, *stood, *full], broken + unexplained


def filing(portal: Portal, number: int, seen: scenarios.Seen) -> tuple[list[Row], list[Filing]]:
    kills, outages = max(1, number // 25), max(1, number // 125)
    print(f"{number} Anfragen; dabei werden Webprozesse getötet, und die Datenbank fällt {outages}-mal aus …")
    begin = time.monotonic()
    filings = scenarios.file_many(portal, scenarios.mailboxes(number), seen, web_kills=kills, outages=outages)
    failures = Counter(failure for one in filings for failure in one.failures)
    unavailable = failures.pop("503", 0)
    rows: list[Row] = [
        (
            "Anfragen, die mit einer Eingangsbestätigung beantwortet wurden",
            str(sum(bool(one.reference) for one in filings)),
        ),
        ("getötete Webprozesse (SIGKILL)", str(seen.web_kills)),
        ("harte Ausfälle der Datenbank dabei", str(seen.outages)),
        ("abgebrochene Verbindungen, nach denen Menschen es noch einmal versuchten", str(failures.total())),
        ("Antworten „Das Portal ist gerade nicht erreichbar“ (503)", str(unavailable)),
        ("vom Start der Datenbank bis zur ersten Seite", spread(seen.back_after)),
    ]
    tell(rows, begin)
    return rows, filings


def delivering(portal: Portal, number: int, seen: scenarios.Seen) -> list[Row]:
    kills, before = max(1, number // 40), seen.outages
    print(f"{number} E-Mails; dabei werden der Worker, die Datenbank und der Mailserver getötet …")
    begin = time.monotonic()
    portal.post_office.start()
    scenarios.deliver_all(portal, seen, kills=kills, outages=2, for_long=1, without_office=1, seconds=DELIVERY_SECONDS)
    refused = audit.refused(portal)
    rows: list[Row] = [
        ("geschuldete E-Mails", str(number)),
        ("davon vom Mailserver angenommen", str(number - refused)),
        ("davon endgültig abgelehnt (550, 554): am Schreibtisch zu sehen", str(refused)),
        ("getötete Worker (SIGKILL)", str(seen.worker_kills)),
        ("harte Ausfälle der Datenbank dabei", str(seen.outages - before)),
        ("Ausfälle des Mailservers", f"{seen.office_kills} (je {german(scenarios.NO_MAIL, 0)} s)"),
        ("zusätzliche Exemplare derselben E-Mail, alle aus dem Fenster eines Absturzes", str(audit.sent_again(portal))),
        ("vom Tod des Workers bis zur Zustellung dessen, was er in der Hand hatte", spread(seen.rescued_after)),
    ]
    tell(rows, begin)
    return rows


def compared(portal: Portal, filings: list[Filing]) -> tuple[list[Row], list[str]]:
    begin = time.monotonic()
    jobs, pages = audit.jobs_are_done(portal), audit.addresses(portal, filings)
    ruined = audit.pages_are_whole(portal, pages)
    broken = [
        *audit.requests_are_there(portal, filings),
        *audit.each_request_is_owed_its_mail(portal, filings),
        *audit.mails_were_taken(portal),
        *audit.copies_are_due_to_crashes(portal),
    ]
    rows: list[Row] = [
        ("bestätigte Anfragen, die danach genau einmal da sind", str(audit.kept(portal, filings))),
        ("davon mit Anlage, Byte für Byte dieselbe", str(sum(bool(one.digest) for one in filings))),
        ("hängende oder gescheiterte Aufträge danach", str(len(jobs))),
        ("danach geöffnete Seiten, davon kaputt", f"{len(pages)}, {len(ruined)}"),
    ]
    tell(rows, begin)
    return rows, broken + jobs + ruined


def filling_the_disk(portal: Portal) -> tuple[list[Row], list[str]]:
    print("Der Datenträger für Anlagen wird voll …")
    begin = time.monotonic()
    if not full_disk.is_possible(portal.folder):
        return [("voller Datenträger", "hier nicht messbar: kein Recht, einen kleinen einzuhängen")], []
    with full_disk.full_disk(portal):
        broken = full_disk.upload_until_full(portal, *scenarios.choices(portal))
    what = "voller Datenträger: Dateien erklärt abgewiesen, nichts Halbes übrig, Anfrage trotzdem abgesendet"
    rows: list[Row] = [(what, "nein" if broken else "ja")]
    tell(rows, begin)
    return rows, broken


def spread(seconds: list[float]) -> str:
    if not seconds:
        return "–"
    return f"{german(median(seconds), 1)} s (Median), höchstens {german(max(seconds), 1)} s"


def tell(rows: list[Row], begin: float) -> None:
    for what, figure in rows:
        print(f"  {what}: {figure}")
    print(f"  ({german(time.monotonic() - begin, 0)} s)")


if __name__ == "__main__":
    os.umask(0o022)
    main()
