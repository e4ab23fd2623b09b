from __future__ import annotations

import re
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Upper

from miglobe.history.tracking import tracked


class MailQuerySet(models.QuerySet["Mail"]):
    def of_case(self, reference: str) -> MailQuerySet:
        return self.filter(reference=reference)


@tracked(
    exclude=("text", "links", "language", "attempts"),
    indexes=[models.Index(fields=("reference",), name="past_mails_of_a_case")],
)
class Mail(models.Model):
    """An e-mail we owe: written in the transaction of its cause, delivered by the worker.

    `text` holds `[[name|label]]` where a link or a code belongs; `links` says which row each name leads to. The link
    or code itself is made at delivery and never stored.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "wartet auf Versand"
        SENT = "sent", "versandt"
        FAILED = "failed", "nicht zustellbar"

    state = models.CharField("Zustand", max_length=10, choices=State, default=State.QUEUED)
    template = models.CharField("Anlass", max_length=60)
    language = models.CharField("Sprache", max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    reference = models.CharField("Vorgang", max_length=20, blank=True, db_index=True)
    to = models.EmailField("An")
    reply_to = models.EmailField("Antwort an", blank=True)
    subject = models.CharField("Betreff", max_length=200)
    text = models.TextField("Text")
    links = models.JSONField("Links", default=dict, blank=True)
    created_at = models.DateTimeField("Erstellt", auto_now_add=True, db_index=True)
    sent_at = models.DateTimeField("Versandt", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("Versuche", default=0)
    error = models.TextField("Letzter Fehler", blank=True)

    objects: ClassVar[models.Manager[Mail]] = models.Manager.from_queryset(MailQuerySet)()

    class Meta:
        verbose_name = "E-Mail"
        verbose_name_plural = "E-Mails"
        ordering = ("-created_at", "-pk")
        permissions = (("resend_mail", "Kann nicht zustellbare E-Mails erneut senden"),)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state="sent") | models.Q(sent_at__isnull=False), name="a_sent_mail_has_a_time"
            ),
        )
        indexes = (
            models.Index(Upper("to"), "created_at", name="outbox_by_address"),
            models.Index(fields=("created_at",), condition=models.Q(state="failed"), name="outbox_failed"),
        )

    def __str__(self) -> str:
        return self.subject


CONFIDENTIAL = "vertraulich"


class Delivery(Mail):
    """The same row for those who keep the portal running: whether it arrived, not what it says and to whom."""

    class Meta:
        proxy = True
        verbose_name = "Zustellung"
        verbose_name_plural = "Zustellungen"
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"E-Mail {self.pk}"

    @property
    def recipient(self) -> str:
        """The mail server of a municipality or of ours. Where an advisor's mail goes is that person's data."""
        is_known = self.template.startswith("requests/") or self.template.endswith("_desk")
        return f"…@{self.to.partition('@')[2]}" if is_known else CONFIDENTIAL

    @property
    def server_words(self) -> str:
        """What the mail server said, without the name or address of anybody."""
        if self.recipient == CONFIDENTIAL:
            code = re.match(r"\[Errno -?\d+\][\w ]*|[245]\d\d( [245]\.\d+\.\d+)?", self.error)
            return code[0] if code else CONFIDENTIAL if self.error else ""
        local = self.to.partition("@")[0]
        without = re.sub(r"\S+@\S+", "(Adresse)", self.error)
        return re.sub(re.escape(local), "(Adresse)", without, flags=re.IGNORECASE) if local else without
