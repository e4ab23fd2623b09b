"""The portal as it runs in production, made of processes that can be killed and started again."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psycopg

from scripts import demo, embedded_postgres

HOST = "portal.example.org"
PATIENCE = 60.0  # seconds
RESTART_SECONDS = 0.1  # as the container engine does at first
SEVERE = ("--log-level=error", "--graceful-timeout=5")  # killed workers are no news here


class Process:
    """A child of ours. Only the main thread starts it: it ends with the thread that has."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.command, self.environment, self.log = command, environment, log
        self.popen: subprocess.Popen[bytes] | None = None
        self.starts = 0

    @property
    def pid(self) -> int:
        assert self.popen
        return self.popen.pid

    @property
    def is_running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def start(self) -> None:
        assert not self.is_running
        self.starts += 1
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [*demo.dies_with_us(), *self.command],
                cwd=demo.ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        assert self.popen
        self.popen.kill()
        self.popen.wait()

    def stop(self) -> None:
        """In order; by force when it takes too long."""
        if not self.popen or not self.is_running:
            return
        self.popen.terminate()
        try:
            self.popen.wait(demo.STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()


class Database:
    """A PostgreSQL that keeps what it has confirmed: unlike that of the other tests it writes to the disk."""

    def __init__(self, data: Path, sockets: str, name: str) -> None:
        self.data, self.sockets, self.name = data.resolve(), sockets, name
        self.server: subprocess.Popen[bytes] | None = None
        embedded_postgres.create(self.data)

    @property
    def url(self) -> str:
        return f"postgres://postgres@/{self.name}?host={self.sockets}"

    def start(self) -> None:
        self.server = embedded_postgres.start(self.data, self.sockets, ())
        embedded_postgres.wait_until_ready(self.server, self.sockets, embedded_postgres.log_of(self.data))

    def stop_hard(self) -> None:
        """Without a checkpoint and without a word to anybody: what was not confirmed is gone."""
        self._stop(signal.SIGQUIT)  # "immediate"

    def stop(self) -> None:
        if self.server and self.server.poll() is None:
            self._stop(signal.SIGINT)

    def _stop(self, how: signal.Signals) -> None:
        assert self.server
        self.server.send_signal(how)
        self.server.wait(embedded_postgres.STOP_SECONDS)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, connect_timeout=5) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []


class Portal:
    """Everything together, in a folder of its own. Nothing but the database runs before somebody starts it."""

    def __init__(self, folder: Path, database: Database, *, mail_seconds: float) -> None:
        self.folder, self.database = folder, database
        self.port, smtp_port = free_port(), free_port()
        self.journal, self.attachments = folder / "journal", folder / "attachments"
        self.kills: list[float] = []  # moments at which the worker was killed
        self.office_kills: list[float] = []  # and the mail server
        python = partial(Process, environment=self._environment(smtp_port))
        web = (sys.executable, *demo.WEB, *SEVERE, f"--bind=127.0.0.1:{self.port}")
        self.web = python(web, log=folder / "web.log")
        worker = (sys.executable, "manage.py", "procrastinate", "worker")  # as in compose.yaml
        self.worker = python(worker, log=folder / "worker.log")
        office = (sys.executable, "-m", "scripts.faults.post_office", str(smtp_port), str(self.journal))
        self.post_office = python((*office, str(mail_seconds)), log=folder / "post_office.log")

    def _environment(self, smtp_port: int) -> dict[str, str]:
        return os.environ | {
            "DEMO": "0",
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "BASE_URL": f"https://{HOST}",
            "ALLOWED_HOSTS": HOST,
            "TRUSTED_PROXIES": "1",
            "DATABASE_URL": self.database.url,
            "ATTACHMENTS_DIR": str(self.attachments),
            "MAIL_FROM": f"portal@{HOST}",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(smtp_port),
            "SMTP_STARTTLS": "0",
            "FORM_SECONDS": "0",  # our people are machines, and may be as fast
        }

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, "-W", "ignore", "manage.py", *arguments]
        subprocess.run(command, cwd=demo.ROOT, env=self.worker.environment, check=True, stdin=subprocess.DEVNULL)

    def start_web(self) -> None:
        self.web.start()
        until(self.answers, "Das Portal antwortet nicht.")

    def answers(self) -> bool:
        """Whether a page that needs the database comes."""
        from .people import Visitor

        with suppress(OSError):
            return Visitor(self.port).ask("GET", "/anfrage/").status == HTTPStatus.OK
        return False

    def kill_web_worker(self, choose: Callable[[list[int]], int]) -> None:
        """One of the processes that answer, in the middle of whatever it is doing."""
        if workers := children(self.web.pid):
            with suppress(ProcessLookupError):
                os.kill(choose(workers), signal.SIGKILL)

    def kill_worker(self) -> None:
        self.kills.append(time.time())
        self.worker.kill()

    def kill_post_office(self) -> None:
        self.office_kills.append(time.time())
        self.post_office.kill()

    def keep_worker(self) -> None:
        """Start the worker again when it has ended, as the container engine does."""
        if not self.worker.is_running:
            time.sleep(RESTART_SECONDS)
            self.worker.start()

    def close(self) -> None:
        for process in (self.worker, self.web, self.post_office):
            process.stop()
        self.database.stop()


@contextmanager
def running(folder: Path, *, mail_seconds: float, database: str = "postgres") -> Iterator[Portal]:
    """A portal that keeps everything in `folder`, with what is there already."""
    with tempfile.TemporaryDirectory(prefix="miglobe-", dir="/tmp") as sockets:
        server = Database(folder / "postgres", sockets, database)
        server.start()
        portal = Portal(folder, server, mail_seconds=mail_seconds)
        try:
            yield portal
        finally:
            portal.close()


def children(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(status.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(status.parent.name))
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], bool], complaint: str, *, seconds: float = PATIENCE) -> float:
    """Waits for it and returns how long that took. Raises TimeoutError with the complaint."""
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > seconds:
            raise TimeoutError(complaint)
        time.sleep(0.05)
    return time.monotonic() - begin
