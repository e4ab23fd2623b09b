"""PostgreSQL's own programs on our database: pg_dump, pg_restore and psql, never with a password among their arguments.

A dump passes through a file without a name: nobody else can open it, and the kernel discards it with this process,
even after kill -9.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection, models
from psycopg import sql

from miglobe.errors import Refused
from miglobe.private_files import PrivateFiles

LOCK_SECONDS = 60  # a migration that runs now may finish first
NOTHING_HAPPENED = "An der Datenbank hat sich nichts geändert."
OURS = """
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'
    )
"""  # what no extension has brought


@dataclass(frozen=True)
class Snapshot:
    """One moment of the database: all that is asked of it, and its dump, belong together."""

    link: psycopg.Connection
    name: str

    def rows(self) -> dict[str, int]:
        """How many each table has."""
        names = [name for (name,) in self._ask(f"SELECT relname {OURS} AND relkind = 'r' ORDER BY relname")]
        return {name: self._one(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))) for name in names}

    def files(self) -> set[str]:
        """The names of all private files that rows name, whichever model they belong to."""
        return {name for field in private_file_fields() for (name,) in self._ask(_names_in(field))}

    def migrations(self) -> list[str]:
        applied = self._ask("SELECT app || '.' || name FROM django_migrations ORDER BY app, name")
        return [name for (name,) in applied]

    def version(self) -> int:
        return self.link.info.server_version // 10000

    def _ask(self, query: Any) -> list[tuple[Any, ...]]:
        return self.link.execute(query).fetchall()

    def _one(self, query: Any) -> Any:
        return self._ask(query)[0][0]


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Over a connection of its own, so that it does not matter what the caller's is in the middle of."""
    arguments, password = _connection()
    with _answering(), psycopg.connect(arguments, password=password or None) as link:
        link.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        link.read_only = True
        name = link.execute("SELECT pg_export_snapshot()").fetchone()
        assert name
        yield Snapshot(link, name[0])


def private_file_fields() -> list[models.FileField]:
    return [
        field
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.FileField) and isinstance(field.storage, PrivateFiles)
    ]


def is_named(name: str) -> bool:
    """Does a row name this file now?"""
    return any(field.model._base_manager.filter(**{field.name: name}).exists() for field in private_file_fields())


def _names_in(field: models.FileField) -> sql.Composed:
    column, table = sql.Identifier(str(field.column)), sql.Identifier(field.model._meta.db_table)
    return sql.SQL("SELECT {column} FROM {table} WHERE {column} <> ''").format(column=column, table=table)


@contextmanager
def dumped(moment: Snapshot) -> Iterator[IO[bytes]]:
    """That moment in pg_dump's custom format, without owners and rights: another installation may have other names."""
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--lock-wait-timeout={LOCK_SECONDS * 1000}"]
    with TemporaryFile() as dump:
        _run("pg_dump", *options, f"--snapshot={moment.name}", database=True, stdout=dump)
        yield dump


def tables_in(dump: IO[bytes]) -> set[str]:
    """Those whose rows the dump holds, as pg_restore reads it."""
    dump.seek(0)
    listed = _run("pg_restore", "--list", stdin=dump, stdout=subprocess.PIPE).decode()
    return set(re.findall(r"^\d+; \d+ \d+ TABLE DATA \S+ (\S+) ", listed, re.MULTILINE))


def is_empty() -> bool:
    with _answering(), connection.cursor() as cursor:
        cursor.execute(f"SELECT NOT EXISTS (SELECT {OURS})")
        answer: bool = cursor.fetchone()[0]
    return answer


def version() -> int:
    with _answering():
        connection.ensure_connection()
    return int(connection.pg_version) // 10000  # type: ignore[attr-defined]


def replay(dump: IO[bytes], rows: dict[str, int], *, replace: bool) -> None:
    """All or nothing: what was there goes, the dump comes, and every table has its rows, in one transaction.

    pg_restore's own --single-transaction would leave alone what the dump does not know, such as tables of a newer
    version, and could not count before it commits. So it writes the script, and psql runs it between the two.
    """
    with TemporaryFile() as script:
        dump.seek(0)
        _run("pg_restore", "--no-owner", "--no-privileges", "--file=-", stdin=dump, stdout=script)
        script.seek(0)
        first = ["--command=DROP SCHEMA public CASCADE", f"--command={_PUBLIC}"] if replace else []
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"]
        last = f"--command={_counted(rows)}"
        _run("psql", *options, *first, "--file=-", last, database=True, stdin=script, stdout=subprocess.DEVNULL)
    _run("psql", "--no-psqlrc", "--quiet", "--command=ANALYZE", database=True, stdout=subprocess.DEVNULL)


# As initdb makes it.
_PUBLIC = "CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC"


def _counted(rows: dict[str, int]) -> str:
    checks = [
        sql.SQL("IF (SELECT count(*) FROM public.{}) <> {} THEN RAISE 'rows of % differ', {}; END IF;").format(
            sql.Identifier(table), sql.Literal(number), sql.Literal(table)
        )
        for table, number in rows.items()
    ]
    return f"DO $check$ BEGIN {sql.SQL(' ').join(checks).as_string()} END $check$"


def _run(program: str, *arguments: str, database: bool = False, **files: Any) -> bytes:
    """Returns what it writes to a PIPE. Raises a Refused with its first line about an error."""
    environment = {**os.environ, "LC_ALL": "C"}
    if database:
        where, environment["PGPASSWORD"] = _connection()
        environment["PGOPTIONS"] = f"-c lock_timeout={LOCK_SECONDS}s"
        arguments = (f"--dbname={where}", *arguments)
    command = [str(Path(settings.PG_BIN) / program), *arguments]
    try:
        done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, check=False, **files)
    except FileNotFoundError:
        raise Refused(
            f"Das Programm {program} fehlt. Es gehört zu PostgreSQL (postgresql-client); PG_BIN nennt seinen Ordner."
        ) from None
    if done.returncode:
        raise Refused(_in_german(program, done.stderr.decode(errors="replace")))
    return done.stdout or b""


def _in_german(program: str, said: str) -> str:
    if "server version mismatch" in said:
        return f"{program} ist älter als der Datenbankserver. PG_BIN muss den Ordner eines passenden nennen."
    if "lock timeout" in said:
        return "Die Datenbank ist in Benutzung. Bitte Webserver und Worker anhalten. " + NOTHING_HAPPENED
    lines = said.splitlines()
    telling = next((line for line in lines if "ERROR" in line or "error" in line), lines[0] if lines else "")
    return f"{program} ist gescheitert: {telling}"


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (psycopg.OperationalError, OperationalError):
        raise Refused("Die Datenbank antwortet nicht.") from None


def _connection() -> tuple[str, str]:
    """How to reach the database that the settings name, and the password apart: arguments are seen by everybody."""
    with _answering():
        connection.ensure_connection()
    info = connection.connection.info
    return info.dsn, info.password
