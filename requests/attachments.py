"""The files of a request: what we take, where it lies, when it goes.

A file is written before its row and removed after it. So whatever fails, no row is ever without its file; a file
that is left without a row is swept away a day later.
"""

import hashlib
import logging
import mimetypes
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from miglobe.accounts.models import User
from miglobe.errors import Refused
from miglobe.limits import limits

from . import file_types, virus_scan, workflow
from .models import Attachment, ConsultationRequest, State

MOST_BYTES = 10 * file_types.MB
MOST_FILES = 10  # of the municipality, over the whole life of a request
SWEPT_AFTER = timedelta(days=1)
_SPACES = re.compile(r"\s+")
logger = logging.getLogger(__name__)


class NotTaken(Refused):
    """Too large, empty, one too many, or too late."""


class NotStored(Refused):
    """The disk is full or away."""


def add(
    consultation: ConsultationRequest, upload: UploadedFile, *, by: User | None = None, network: str = ""
) -> Attachment:
    """Checks and keeps a file; without `by` it is the municipality's. The same content again is the same attachment.

    Raises a Refused (NotTaken, NotStored, WrongType, Infected, Unchecked, TooOften); then nothing of it is kept.
    `network`: whose bytes of this day it counts among, where somebody without a link brings it.
    """
    _check_size(upload)
    _require_room(upload)
    limits.spend("upload", network=network, cost=upload.size or 0)
    kind = file_types.sniff(upload)
    virus_scan.check(upload.chunks())
    digest = _digest(upload)
    with transaction.atomic():
        consultation = workflow.lock(consultation)
        if consultation.state != State.DRAFT and consultation.state not in workflow.AT_WORK:
            raise NotTaken(_("Zu dieser Anfrage können keine Dateien mehr hinzukommen."))
        same = consultation.attachments.filter(sha256=digest).first()
        if same:
            return same
        if by is None and consultation.attachments.filter(by=None).count() >= MOST_FILES:
            raise NotTaken(_("Es sind höchstens %(most)d Dateien möglich.") % {"most": MOST_FILES})
        stored = _write(upload)
        try:
            with transaction.atomic():
                return Attachment.objects.create(
                    consultation=consultation,
                    name=tidy_name(upload.name or "", kind.extension),
                    content_type=kind.content_type,
                    size=upload.size or 0,
                    sha256=digest,
                    file=stored,
                    by=by,
                )
        except BaseException:
            storages["attachments"].delete(stored)
            raise


@transaction.atomic
def remove(attachment: Attachment) -> None:
    """Takes a file back before the request is sent. Removing it again changes nothing. Raises NotTaken."""
    consultation = workflow.lock(attachment.consultation)
    if consultation.state != State.DRAFT:
        raise NotTaken(_("Die Anfrage ist schon abgesendet; ihre Dateien bleiben dabei."))
    discard(consultation.attachments.filter(pk=attachment.pk))


def discard(attachments: QuerySet[Attachment]) -> None:
    """Deletes rows, and their files once the deletion holds. The caller's transaction has locked the request."""
    for stored in attachments.values_list("file", flat=True):
        transaction.on_commit(partial(storages["attachments"].delete, stored), robust=True)
    attachments.delete()


def sweep(now: datetime) -> int:
    """Deletes files that have no row, once nobody can be about to write it. Returns how many."""
    storage, swept = storages["attachments"], 0
    if not storage.exists(""):
        return 0
    for folder in storage.listdir("")[0]:
        names = [f"{folder}/{name}" for name in storage.listdir(folder)[1]]
        kept = set(Attachment.objects.filter(file__in=names).values_list("file", flat=True))
        for name in names:
            if name not in kept and storage.get_modified_time(name) < now - SWEPT_AFTER:
                storage.delete(name)
                swept += 1
    return swept


def tidy_name(name: str, extension: str) -> str:
    """The name that people read: one line, at most 120 characters, no folders, and the extension of what it is."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C" or letter in "\t\n\r")
    name = _SPACES.sub(" ", name)
    stem, ending = os.path.splitext(name)
    if not mimetypes.guess_type(f"x{ending}")[0]:
        stem = name  # not an extension: "Konzept v1.2"
    stem = stem.strip(" .")[: Attachment.NAME_LENGTH - len(extension)].strip(" .")
    return (stem or _("Datei")) + extension


def _check_size(upload: UploadedFile) -> None:
    if not upload.size:
        raise NotTaken(_("Diese Datei ist leer."))
    if upload.size > MOST_BYTES:
        raise NotTaken(_("Diese Datei ist größer als %(most)d MB.") % {"most": MOST_BYTES // file_types.MB})


def _require_room(upload: UploadedFile) -> None:
    """Who fills the disk with files leaves none for the database: it goes on, and files wait."""
    folder = Path(settings.ATTACHMENTS_DIR).resolve()
    present = next(place for place in (folder, *folder.parents) if place.exists())
    if shutil.disk_usage(present).free - (upload.size or 0) < settings.ATTACHMENTS_MIN_FREE_MB * file_types.MB:
        logger.error("Attachments are refused: less than ATTACHMENTS_MIN_FREE_MB is free.")
        raise NotStored(_not_stored())


def _digest(upload: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _write(upload: UploadedFile) -> str:
    """Stores the content under a random name. Leaves nothing half-written behind."""
    word, storage = secrets.token_hex(16), storages["attachments"]
    name = f"{word[:2]}/{word}"
    upload.seek(0)
    try:
        return storage.save(name, upload)
    except OSError as error:
        logger.exception("An attachment could not be stored.")
        try:
            storage.delete(name)
        except OSError:
            logger.exception("What was written of it could not be removed.")
        raise NotStored(_not_stored()) from error


def _not_stored() -> str:
    return _("Wir konnten die Datei gerade nicht speichern. Bitte versuchen Sie es später noch einmal.")


def add_all(
    consultation: ConsultationRequest, uploads: Iterable[UploadedFile], *, by: User | None = None, network: str = ""
) -> list[tuple[str, Refused]]:
    """Keeps each file that may be kept. Returns the names of the others, each with what is wrong."""
    refused = []
    for upload in uploads:
        try:
            add(consultation, upload, by=by, network=network)
        except Refused as refusal:
            refused.append((upload.name or "", refusal))
    return refused
