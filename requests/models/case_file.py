"""What a request collects: its files, its history, what was written to and fro."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from miglobe.history.tracking import tracked

from ..validators import printable
from .consultation import CONFIRMED, ConsultationRequest, State

OF_A_CASE = CONFIRMED % "consultation_id"


def private_files() -> Storage:
    return storages["attachments"]


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def of_the_form(self) -> AttachmentQuerySet:
        """What the municipality has sent with its request, not with a message."""
        sent = models.F("consultation__submitted_at")
        return self.filter(Q(consultation__submitted_at=None) | Q(uploaded_at__lte=sent), by=None, message=None)

    def unsent(self) -> AttachmentQuerySet:
        """What has arrived from the municipality since it sent its request, and may still go with a message."""
        return self.filter(by=None, message=None, uploaded_at__gt=models.F("consultation__submitted_at"))


@tracked(
    exclude=("key", "file"),
    within=OF_A_CASE,
    indexes=[models.Index(fields=("consultation",), name="past_files_of_a_case")],
)
class Attachment(models.Model):
    """A file that belongs to a request. Only `requests.attachments` writes it; the workflow adds its message."""

    NAME_LENGTH = 120

    key = models.UUIDField("Schlüssel", default=uuid.uuid4, unique=True, editable=False)
    consultation = models.ForeignKey(ConsultationRequest, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(
        "Message", verbose_name="Nachricht", on_delete=models.SET_NULL, null=True, related_name="attachments"
    )
    """What it came with; nothing while the message is not sent, and for the files of the form."""
    name = models.CharField("Name", max_length=NAME_LENGTH)
    content_type = models.CharField("Art", max_length=100)
    size = models.PositiveIntegerField("Größe in Byte")
    sha256 = models.CharField("Prüfsumme", max_length=64)
    file = models.FileField("Datei", storage=private_files)
    uploaded_at = models.DateTimeField("Hochgeladen", default=timezone.now)
    by = models.ForeignKey(  # nobody: the municipality
        settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects: ClassVar[models.Manager[Attachment]] = models.Manager.from_queryset(AttachmentQuerySet)()

    class Meta:
        verbose_name = "Anlage"
        verbose_name_plural = "Anlagen"
        ordering = ("uploaded_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=("consultation", "sha256"), name="a_request_keeps_a_file_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="an_attachment_is_not_empty"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return f"{self.name} ({filesizeformat(self.size)})"


@tracked(within=OF_A_CASE, indexes=[models.Index(fields=("consultation",), name="past_moves_of_a_case")])
class Transition(models.Model):
    """One line of a request's history. Only `requests.workflow` writes it."""

    consultation = models.ForeignKey(ConsultationRequest, on_delete=models.CASCADE, related_name="transitions")
    move = models.CharField("Schritt", max_length=20)
    source = models.CharField("Von", max_length=12, choices=State)
    target = models.CharField("Nach", max_length=12, choices=State)
    at = models.DateTimeField("Zeitpunkt", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, null=True)
    note = models.TextField("Notiz", blank=True)

    class Meta:
        verbose_name = "Schritt"
        verbose_name_plural = "Verlauf"
        ordering = ("at", "pk")
        indexes = (models.Index(fields=("move", "at"), name="transitions_by_move"),)

    def __str__(self) -> str:
        return f"{self.get_source_display()} → {self.get_target_display()}"


THEIRS = ("answer", "write")  # moves by which the municipality speaks


@tracked(within=OF_A_CASE, indexes=[models.Index(fields=("consultation",), name="past_messages_of_a_case")])
class Message(models.Model):
    """What the municipality and the desk have written to each other. Only `requests.workflow` writes it."""

    consultation = models.ForeignKey(ConsultationRequest, on_delete=models.CASCADE, related_name="messages")
    move = models.CharField("Schritt", max_length=20)
    text = models.TextField("Text", max_length=4000, validators=[printable])
    at = models.DateTimeField("Zeitpunkt", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Geschrieben von", on_delete=models.PROTECT, null=True
    )
    """Who typed it; nobody of ours when the municipality did."""

    class Meta:
        verbose_name = "Nachricht"
        verbose_name_plural = "Nachrichten"
        ordering = ("at", "pk")
        indexes = (models.Index(fields=("consultation", "at", "id"), name="thread_of_a_case"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(move__in=("ask", "answer", "write", "reply")), name="a_message_belongs_to_a_known_move"
            ),
            models.CheckConstraint(
                condition=Q(move__in=THEIRS) | Q(by__isnull=False), name="somebody_at_the_desk_wrote_what_we_say"
            ),
        )

    def __str__(self) -> str:
        return f"{self.consultation_id}: {self.move}"

    @property
    def is_theirs(self) -> bool:
        """The municipality's words, typed by itself or noted by a coordinator."""
        return self.move in THEIRS


@tracked(within=OF_A_CASE, indexes=[models.Index(fields=("consultation",), name="past_notes_of_a_case")])
class Note(models.Model):
    """What coordinators tell each other about a case. Only `requests.notes` writes it; nobody else reads it.

    A note is never edited: who erred takes it back, and says it anew.
    """

    consultation = models.ForeignKey(ConsultationRequest, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField("Notiz", max_length=4000, validators=[printable])
    at = models.DateTimeField("Zeitpunkt", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Geschrieben von", on_delete=models.PROTECT, related_name="+"
    )
    mentioned = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name="Benachrichtigt", blank=True, related_name="+"
    )
    taken_back_at = models.DateTimeField("Zurückgezogen", null=True)

    class Meta:
        verbose_name = "Interne Notiz"
        verbose_name_plural = "Interne Notizen"
        ordering = ("at", "pk")
        indexes = (models.Index(fields=("consultation", "at", "id"), name="notes_of_a_case"),)
        constraints = (models.CheckConstraint(condition=~Q(text=""), name="a_note_says_something"),)

    def __str__(self) -> str:
        return f"{self.consultation_id}: {self.by}"


class Look(models.Model):
    """Who has a case open. Only `requests.looks` writes it, and forgets what is older than a quarter of an hour."""

    consultation = models.ForeignKey(ConsultationRequest, on_delete=models.CASCADE, related_name="looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField("Geöffnet seit", default=timezone.now)
    at = models.DateTimeField("Zuletzt gesehen", default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "Blick auf eine Anfrage"
        verbose_name_plural = "Blicke auf Anfragen"
        constraints = (models.UniqueConstraint(fields=("consultation", "by"), name="one_look_per_person_and_case"),)

    def __str__(self) -> str:
        return f"{self.consultation_id}: {self.by}"
