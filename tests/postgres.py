"""pytest plugin: an environment and a PostgreSQL for the tests, before Django reads its settings.

Loaded by `-p tests.postgres` in pyproject.toml, so start the tests with `python -m pytest`
in the project's folder. A DATABASE_URL in the environment is used instead.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from scripts import embedded_postgres

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "tests"
MIGRATED = "migrated"
"""A database in which every migration has run: those of the tests are copies of it."""

ENVIRONMENT = {
    "DEMO": "1",  # mails are kept, not sent
    "BASE_URL": "http://localhost:8000",
    "SECRET_KEY": "only-for-tests-" * 4,
}


@pytest.hookimpl(wrapper=True)  # a wrapper comes before pytest-django, which reads the settings here
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if "DATABASE_URL" not in os.environ:
        try:
            os.environ["DATABASE_URL"] = start_postgres(early_config)
        except embedded_postgres.CannotStart as error:
            raise pytest.UsageError(str(error)) from error
    return (yield)


def start_postgres(config: pytest.Config) -> str:
    """In a folder of its own, so that several runs at a time do not meet. pytest stops it, whatever happens."""
    stack = ExitStack()
    config.add_cleanup(stack.close)
    data = Path(stack.enter_context(TemporaryDirectory(prefix="miglobe-tests-"))) / "postgres"
    copy(migrated(), data)
    os.environ["TEST_TEMPLATE"] = MIGRATED
    return stack.enter_context(embedded_postgres.running(data, *embedded_postgres.FASTER_BUT_FORGETFUL))


def migrated() -> Path:
    """The data of a server that holds the migrated database, kept until a migration or the pinned packages change."""
    kept = KEPT / f"postgres-{fingerprint()}"
    if kept.exists():
        return kept
    KEPT.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="making-", dir=KEPT) as folder:
        data = Path(folder) / "postgres"
        migrate(data)
        for outdated in KEPT.glob("postgres-*"):
            shutil.rmtree(outdated, ignore_errors=True)
        with suppress(OSError):  # another run was faster
            data.rename(kept)
    return kept


def migrate(data: Path) -> None:
    with embedded_postgres.running(data, *embedded_postgres.FASTER_BUT_FORGETFUL) as url:
        embedded_postgres.run("createdb", "-h", url.partition("host=")[2], "-U", "postgres", MIGRATED)
        environment = {**ENVIRONMENT, **os.environ, "DATABASE_URL": url.replace("/postgres?", f"/{MIGRATED}?")}
        command = [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity=0"]
        made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        if made.returncode:
            raise embedded_postgres.CannotStart(f"Die Migrationen laufen nicht durch:\n{made.stderr}")


def fingerprint() -> str:
    files = [*sorted(ROOT.glob("*/migrations/*.py")), *sorted(ROOT.glob("miglobe/*/migrations/*.py"))]
    files.append(ROOT / "requirements" / "dev.txt")
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def copy(source: Path, target: Path) -> None:
    """With its owner: the server accepts no folder of somebody else's."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
