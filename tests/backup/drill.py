"""What the tests of backups do again and again."""

import io
import os
import re
import tarfile
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from miglobe.backup import archive, making, seal

PRIVATE, PUBLIC = seal.new_pair()
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

EVERYTHING = {
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    " AND prokind = 'f'",
    "constraints": "SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "sequences": "SELECT sequencename || coalesce(last_value, 0) FROM pg_sequences",
}


def leave():
    connections.close_all()
    connection.close_pool()


def elsewhere(*commands):
    """Run in the maintenance database of the same server."""
    where = {**connection.settings_dict["OPTIONS"], "dbname": "postgres", "user": connection.settings_dict["USER"]}
    where.pop("pool", None)
    if connection.settings_dict["HOST"]:
        where |= {"host": connection.settings_dict["HOST"], "password": connection.settings_dict["PASSWORD"]}
    with psycopg.connect(**where, autocommit=True) as link:
        for command in commands:
            link.execute(command)


def destroy(name):
    leave()
    elsewhere(f'DROP DATABASE "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE template0')


def picture():
    """Every row by its content, and everything that surrounds them."""
    with connection.cursor() as cursor:

        def ask(query):
            cursor.execute(query)
            return sorted(word for (word,) in cursor.fetchall())

        tables = ask("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        rows = {table: ask(f'SELECT t::text FROM "{table}" t') for table in tables}  # noqa: S608
        around = {name: [plain(words) for words in ask(query)] for name, query in EVERYTHING.items()}
        return rows | around


def plain(words):
    """PostgreSQL writes the casts of a condition that it has read back from a dump in another way."""
    return re.sub(r"::(character varying|text)|\[\]|[()]", "", words)


def files(place):
    folder = place / "attachments"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def back_up():
    call_command("backup", stdout=io.StringIO())
    return making.backups(Path(settings.BACKUP_DIR))[-1]


def restore(file, *options, key="key"):
    said = io.StringIO()
    identity = key if os.sep in str(key) else Path(settings.BACKUP_DIR).parent / key
    call_command("restore", str(file), f"--identity={identity}", *options, stdout=said)
    return said.getvalue()


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def sealed(place, members):
    """A file with these members, in our format and for our key: what only an attacker or a bug would write."""
    path = place / "forged.tar.age"
    with (
        path.open("wb") as target,
        seal.sealing(target, seal.public_key(PUBLIC)) as plain,
        tarfile.open(fileobj=plain, mode="w|") as tar,
    ):
        for name, data in members.items():
            archive.add(tar, name, io.BytesIO(data), len(data))
    return path


def opened(path):
    with archive.opened(path, seal.private_key(PRIVATE)) as members:
        return {name: content.read() for name, content in members}
