"""The portal to look around in, with invented people: `make demo`. All it keeps lies in .demo/.

`python -m scripts.demo` starts it, `--reset` throws the data away before. Ctrl-C ends everything.
"""

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import TextIO

import psycopg

from scripts import embedded_postgres, healthcheck

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".demo"
OWN_DATABASE = "DATABASE_URL" in os.environ
FIRST_PORT = 8000
START_SECONDS = 60
STOP_SECONDS = 15
WEB = ("-m", "gunicorn", "miglobe.wsgi", "--workers=2", "--threads=4", "--no-control-socket")
QUIET = ("--log-level=warning", "--graceful-timeout=5")  # and no access log: paths hold the tokens of links
WORKER = ("-m", "scripts.worker")


class GivesUp(Exception):
    """Carries a sentence for people."""


def main() -> None:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # what we say comes at once, also into a file
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, interrupt)
    try:
        demo(reset="--reset" in sys.argv)
    except KeyboardInterrupt:
        kept = "in Ihrer Datenbank" if OWN_DATABASE else "in .demo/ bis `make demo-reset`"
        print(f"\nDie Vorführung ist beendet. Ihre Daten bleiben {kept}.")
    except (GivesUp, embedded_postgres.CannotStart) as error:
        sys.exit(f"\n{error}")


def interrupt(number: int, frame: FrameType | None) -> None:
    """Stop once: who presses Ctrl-C again while all is being stopped need not see it fail."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt


def demo(*, reset: bool) -> None:
    with ExitStack() as stack:
        stack.enter_context(only_one())
        if reset:
            throw_away()
        port = free_port()
        environment = os.environ | settings(port, stack.enter_context(database()))
        print("Die Vorführung startet. Beim ersten Mal werden erfundene Daten angelegt; das dauert etwa eine Minute.")
        python(environment, "-m", "scripts.prepare")
        web = stack.enter_context(child(environment, *WEB, *QUIET, f"--bind=127.0.0.1:{port}"))
        worker = stack.enter_context(child(environment, *WORKER))
        wait_for_answer(web, port)
        welcome(environment["BASE_URL"])
        watch({"Der Webserver": web, "Der Arbeiter für E-Mails und Fristen": worker})


@contextmanager
def only_one() -> Iterator[None]:
    """Hold a lock that ends with this process, even with kill -9."""
    KEPT.mkdir(mode=0o700, exist_ok=True)
    with (KEPT / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GivesUp(f"Die Vorführung läuft schon (Prozess {whose(lock)}); dort endet sie mit Strg-C.") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def whose(lock: TextIO) -> str:
    lock.seek(0)
    return lock.read() or "unbekannt"


def throw_away() -> None:
    if OWN_DATABASE:
        raise GivesUp("DATABASE_URL nennt eine fremde Datenbank; sie wird nicht gelöscht, alles bleibt, wie es ist.")
    embedded_postgres.stop_survivor(KEPT / "postgres")
    for path in KEPT.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def free_port() -> int:
    wanted = os.environ.get("PORT", "")
    if wanted:
        if not wanted.isdecimal() or not is_free(int(wanted)):
            raise GivesUp(f"Der Port {wanted} (aus PORT) ist nicht frei; bitte einen anderen nennen, etwa PORT=8080.")
        return int(wanted)
    for port in range(FIRST_PORT, FIRST_PORT + 50):
        if is_free(port):
            return port
    raise GivesUp(f"Ab Port {FIRST_PORT} ist keiner frei; bitte einen nennen, etwa PORT=9000.")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


@contextmanager
def database() -> Iterator[str]:
    """A DATABASE_URL: the one of the environment, else that of an embedded server while it runs."""
    if url := os.environ.get("DATABASE_URL"):
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.Error as error:
            raise GivesUp(f"Die Datenbank aus DATABASE_URL antwortet nicht: {error}") from None
        yield url
    else:
        with embedded_postgres.running(KEPT / "postgres") as url:
            yield url


def settings(port: int, database_url: str) -> dict[str, str]:
    return {
        "DEMO": "1",
        "BASE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "SECRET_KEY": secret_key(),
        "DATABASE_URL": database_url,
        "ATTACHMENTS_DIR": str(KEPT / "attachments"),
        **({} if OWN_DATABASE else {"PG_BIN": str(Path(embedded_postgres.program("pg_dump")).parent)}),
    }


def secret_key() -> str:
    """Kept, so that links in mails and logins outlive a restart."""
    path = KEPT / "secret_key"
    if not path.exists() or not path.read_text():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def python(environment: dict[str, str], *arguments: str) -> None:
    with child(environment, *arguments) as process:
        if process.wait():
            raise GivesUp(f"Die Vorführung startet nicht: `{' '.join(arguments)}` ist gescheitert (siehe oben).")


@contextmanager
def child(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python with these arguments; end it when the block ends."""
    process = subprocess.Popen(
        [*dies_with_us(), sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # the terminal's Ctrl-C is for us: we end our children in order
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def dies_with_us() -> list[str]:
    """After kill -9 nobody is left to end the children; Linux does it then (setpriv is part of util-linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def wait_for_answer(web: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while web.poll() is None and time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
        try:
            connection.request("GET", healthcheck.PATH)
            if connection.getresponse().status == HTTPStatus.OK:
                return
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise GivesUp("Der Webserver antwortet nicht, wie er soll (siehe oben).")


def welcome(address: str) -> None:
    anew = "" if OWN_DATABASE else ", `make demo-reset` beginnt mit frischen Daten"
    print(f"""
Die Vorführung läuft:
  {address}/anfrage/      eine Anfrage stellen, wie eine Kommune es tut
  {address}/admin/        der Schreibtisch der Koordination
  {address}/postausgang/  alle E-Mails; wirklich verschickt wird keine
Strg-C beendet sie, `make demo` setzt sie fort{anew}.
""")


def watch(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Return never: a child that ends ends the demo, and so does the end of make."""
    parent = os.getppid() if "MAKELEVEL" in os.environ else None
    while parent in (None, os.getppid()):
        for name, process in children.items():
            if process.poll() is not None:
                raise GivesUp(f"{name} ist unerwartet zu Ende gegangen (siehe oben); die Vorführung endet mit.")
        time.sleep(0.3)
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
