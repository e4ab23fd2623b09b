"""A portal of their own, in which these tests may destroy everything."""

import os
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from miglobe.outbox.models import Mail
from requests import attachments, workflow
from requests.models import Attachment, State
from scripts import embedded_postgres
from tests import factories
from tests.backup.drill import PDF, PRIVATE, PUBLIC, elsewhere, leave


@pytest.fixture(scope="module")
def database(django_db_setup, django_db_blocker):
    """One of their own, in which these tests may destroy everything; it begins as a copy of that of the tests."""
    original = connection.settings_dict["NAME"]
    name, empty = f"drill_{os.getpid()}", os.environ.get("TEST_TEMPLATE", original)
    with django_db_blocker.unblock():
        leave()
        elsewhere(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{empty}"')
        connection.settings_dict["NAME"] = name
        factories.CoordinatorFactory()
        factories.AdvisorFactory()
        workflow.confirm(factories.CaseFactory(state=State.UNCONFIRMED, hope="Partnerschaft mit „Çelik“ 🌍\t\\N"))
        assert Mail.objects.exists()
        yield name
        leave()
        connection.settings_dict["NAME"] = original
        elsewhere(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def place(settings, tmp_path):
    """Where backups go, with a key and the programs of the embedded server."""
    settings.BACKUP_DIR, settings.BACKUP_PUBLIC_KEY = str(tmp_path / "backups"), PUBLIC
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    settings.PG_BIN = os.environ.get("PG_BIN", str(Path(embedded_postgres.program("psql")).parent))
    (tmp_path / "key").write_text(f"# public key: {PUBLIC}\n{PRIVATE}\n")
    return tmp_path


@pytest.fixture
def portal(database, place):
    """A portal with cases, mails, what has happened to them, and one file."""
    Attachment.objects.all().delete()
    concept = SimpleUploadedFile("Konzept.pdf", PDF + os.urandom(600_000))
    attachments.add(factories.CaseFactory(state=State.DRAFT), concept)
    return place
