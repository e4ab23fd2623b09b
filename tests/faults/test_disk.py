"""A full disk, the real error of the operating system included: /dev/full takes no byte."""

import subprocess

import pytest
from django.core.files import uploadhandler
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from miglobe import private_files
from requests.models import Attachment
from scripts.faults import full_disk
from tests.factories import DraftFactory

PDF = b"%PDF-1.7\n" + b"x" * 3_000_000  # more than is kept in memory


@pytest.fixture
def folder(settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return settings.ATTACHMENTS_DIR


def takes_nothing(data):
    with open("/dev/full", "wb", buffering=0) as full:
        full.write(data)


def upload(client, draft):
    return client.post(f"/anfrage/{draft.key}/unterlagen/", {"uploads": SimpleUploadedFile("Konzept.pdf", PDF)})


@pytest.mark.django_db
def test_a_full_disk_is_said_beside_the_field_and_the_request_goes_on(client, folder, monkeypatch):
    monkeypatch.setattr(private_files, "sync", lambda path: takes_nothing(b"x"))
    draft = DraftFactory()
    response = upload(client, draft)
    assert response.status_code == 422
    assert "gerade nicht speichern" in response.content.decode()
    assert not Attachment.objects.exists()
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert client.post(f"/anfrage/{draft.key}/unterlagen/", {}).status_code == 302


@pytest.mark.django_db
def test_where_uploads_arrive_a_full_disk_is_said_too(client, folder, monkeypatch):
    class Full(TemporaryUploadedFile):
        def write(self, data):
            self.close()
            takes_nothing(data)

    monkeypatch.setattr(uploadhandler, "TemporaryUploadedFile", Full)
    client.raise_request_exception = False
    draft = DraftFactory()
    response = upload(client, draft)
    assert response.status_code == 503
    assert "gerade nicht erreichbar" in response.content.decode()
    assert not Attachment.objects.exists()
    assert client.get(f"/anfrage/{draft.key}/unterlagen/").status_code == 200


def test_a_file_is_on_the_disk_before_its_row_counts(folder, monkeypatch):
    synced = []
    monkeypatch.setattr(private_files, "sync", synced.append)
    name = storages["attachments"].save("ab/abcdef", ContentFile(b"x"))
    assert synced == [folder / name, folder / "ab", folder]


def test_a_small_file_system_is_really_full(tmp_path):
    if not full_disk.is_possible(tmp_path):
        pytest.skip("this machine does not let us mount")
    command = [*full_disk.in_namespace(tmp_path / "probe", tmp_path / "probe"), "sh", "-c"]
    filled = subprocess.run(
        [*command, f"head -c {9 * full_disk.MB} /dev/zero > {tmp_path}/probe/x"], capture_output=True
    )
    assert b"No space left" in filled.stderr
