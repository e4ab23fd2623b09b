from __future__ import annotations

import re
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from miglobe.history.tracking import tracked

from . import reasons


class Audience(models.TextChoices):
    MUNICIPALITY = "municipality", "Kommune"
    ADVISOR = "advisor", "Berater*in"
    DESK = "desk", "Koordination"
    REPORTER = "reporter", "Person, die eine Barriere gemeldet hat"
    PERSON = "person", "Person, die nach ihren Daten fragt"


class MailQuerySet(models.QuerySet["Mail"]):
    def of_case(self, reference: str) -> MailQuerySet:
        return self.filter(reference=reference)

    def failed(self) -> MailQuerySet:
        """Came back for good, and nobody has seen to it yet."""
        return self.filter(state=Mail.State.FAILED)

    def held(self) -> MailQuerySet:
        return self.filter(state=Mail.State.HELD)


@tracked(
    exclude=("text", "links", "calendar", "language", "audience", "attempts"),
    indexes=[models.Index(fields=("reference",), name="past_mails_of_a_case")],
)
class Mail(models.Model):
    """An e-mail we owe: written in the transaction of its cause, delivered by the worker.

    `text` holds `[[name|label]]` where a link or a code belongs; `links` says which row each name leads to. The link
    or code itself is made at delivery and never stored. Only `outbox.outbox` writes it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "wartet auf Versand"
        HELD = "held", "zurückgehalten"
        SENT = "sent", "versandt"
        FAILED = "failed", "nicht zustellbar"
        DISCARDED = "discarded", "verworfen"

    state = models.CharField("Zustand", max_length=10, choices=State, default=State.QUEUED)
    template = models.CharField("Anlass", max_length=60)
    audience = models.CharField("Geht an", max_length=12, choices=Audience, default=Audience.DESK)
    language = models.CharField("Sprache", max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    reference = models.CharField("Vorgang", max_length=20, blank=True, db_index=True)
    to = models.EmailField("An")
    reply_to = models.EmailField("Antwort an", blank=True)
    subject = models.CharField("Betreff", max_length=200)
    text = models.TextField("Text")
    links = models.JSONField("Links", default=dict, blank=True)
    calendar = models.TextField("Kalendereintrag", blank=True)
    """An iCalendar object (RFC 5545) that goes with it."""
    created_at = models.DateTimeField("Erstellt", auto_now_add=True, db_index=True)
    sent_at = models.DateTimeField("Versandt", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("Versuche", default=0)
    error = models.TextField("Letzter Fehler", blank=True)

    objects: ClassVar[models.Manager[Mail]] = models.Manager.from_queryset(MailQuerySet)()

    class Meta:
        verbose_name = "E-Mail"
        verbose_name_plural = "E-Mails"
        ordering = ("-created_at", "-pk")
        permissions = (("resend_mail", "Kann E-Mails zurückhalten, bearbeiten, verwerfen und erneut senden"),)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state="sent") | models.Q(sent_at__isnull=False), name="a_sent_mail_has_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("queued", "held", "sent", "failed", "discarded")),
                name="a_mail_is_in_a_known_state",
            ),
        )
        indexes = (
            models.Index(Upper("to"), "created_at", name="outbox_by_address"),
            models.Index(fields=("created_at",), condition=models.Q(state="failed"), name="outbox_failed"),
            models.Index(fields=("state", "-created_at", "-id"), name="outbox_by_state"),
            models.Index(fields=("audience", "-created_at", "-id"), name="outbox_by_audience"),
            models.Index(fields=("-created_at", "-id"), name="outbox_newest_first"),
        )

    def __str__(self) -> str:
        return self.subject

    @property
    def trouble(self) -> str:
        """What the mail server's words mean, in plain German; empty without an error."""
        return reasons.in_german(self.error)


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


class MailStep(models.Model):
    """What a person at the desk has done with a mail. Only `outbox.outbox` writes it."""

    class What(models.TextChoices):
        HELD = "held", "zurückgehalten"
        EDITED = "edited", "bearbeitet"
        DISCARDED = "discarded", "verworfen"
        RELEASED = "released", "zum Versand freigegeben"
        RESENT = "resent", "erneut gesendet"
        REDIRECTED = "redirected", "an die berichtigte Adresse gesendet"

    mail = models.ForeignKey(Mail, verbose_name="E-Mail", on_delete=models.CASCADE, related_name="steps")
    what = models.CharField("Schritt", max_length=10, choices=What)
    at = models.DateTimeField("Zeitpunkt", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, null=True, related_name="+"
    )
    note = models.TextField("Notiz", blank=True)

    class Meta:
        verbose_name = "Schritt einer E-Mail"
        verbose_name_plural = "Schritte einer E-Mail"
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(condition=~Q(what="discarded") | ~Q(note=""), name="a_discarded_mail_has_a_reason"),
        )

    def __str__(self) -> str:
        return self.get_what_display()


class MailText(models.Model):
    """A version of a mail's words as the desk has written them; the newest of its template and language counts.

    `shipped`: from here on the words that come with the software count again. Only `outbox.texts` writes it.
    """

    template = models.CharField("Anlass", max_length=60)
    language = models.CharField("Sprache", max_length=2, choices=settings.LANGUAGES)
    subject = models.CharField("Betreff", max_length=200, blank=True)
    body = models.TextField("Text", blank=True)
    shipped = models.BooleanField("Mitgelieferter Text", default=False)
    at = models.DateTimeField("Gespeichert", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = "E-Mail-Text"
        verbose_name_plural = "E-Mail-Texte"
        ordering = ("-pk",)
        indexes = (models.Index(fields=("template", "language", "-id"), name="mail_text_newest"),)

    def __str__(self) -> str:
        return f"{self.template} ({self.language})"


class Suppression(models.Model):
    """A mailbox whose owner said "that was not me": nothing goes there that anybody can set off. See `suppression`.

    The address stands nowhere; its hash is enough to compare.
    """

    digest = models.CharField("Prüfsumme", max_length=64, primary_key=True)
    created_at = models.DateTimeField("Gesagt", auto_now_add=True)
    until = models.DateTimeField("Gilt bis", db_index=True)

    objects: ClassVar[models.Manager[Suppression]]

    class Meta:
        verbose_name = "Gesperrtes Postfach"
        verbose_name_plural = "Gesperrte Postfächer"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"Postfach {self.digest[:8]}"
