"""The request and its whole life."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from miglobe import workdays
from miglobe.accounts.models import User
from miglobe.history.tracking import tracked, tracked_links

from ..validators import one_line, printable, telephone
from .vocabulary import Format, Language, Municipality, Reason, Region, Topic


class State(models.TextChoices):
    DRAFT = "draft", _("Entwurf")
    UNCONFIRMED = "unconfirmed", _("unbestätigt")
    NEW = "new", _("neu")
    INQUIRY = "inquiry", _("Rückfrage")
    SEARCHING = "searching", _("Teamsuche")
    STAFFED = "staffed", _("Team vollständig")
    RUNNING = "running", _("Beratung läuft")
    CLOSED = "closed", _("abgeschlossen")
    REJECTED = "rejected", _("abgelehnt")
    REFERRED = "referred", _("verwiesen")
    WITHDRAWN = "withdrawn", _("zurückgezogen")
    MERGED = "merged", _("zusammengeführt")


UNFILED = (State.DRAFT, State.UNCONFIRMED)
ENDED = (State.CLOSED, State.REJECTED, State.REFERRED, State.WITHDRAWN, State.MERGED)


class ConsultationRequestQuerySet(models.QuerySet["ConsultationRequest"]):
    def filed(self) -> ConsultationRequestQuerySet:
        """What coordinators see and count: whose mailbox has been confirmed, and of duplicates the one that stays."""
        return self.exclude(state__in=(*UNFILED, State.MERGED)).exclude(state=State.WITHDRAWN, confirmed_at=None)

    def one_with(self, keys: Iterable[int]) -> ConsultationRequestQuerySet:
        """These, and what was merged with them, whichever way round."""
        keys = list(keys)
        survivors = self.filter(pk__in=keys).exclude(merged_into=None).values("merged_into")
        return self.filter(Q(pk__in=keys) | Q(merged_into__in=keys) | Q(pk__in=survivors))

    def owing_an_answer(self, asked_before: datetime) -> ConsultationRequestQuerySet:
        """Asked before that moment, silent since, and not reminded of it yet."""
        return self.filter(state=State.INQUIRY, state_since__lt=asked_before, inquiry_reminded_at=None)

    def due_without_reminder(self, *, before: datetime) -> ConsultationRequestQuerySet:
        return self.filter(due_at__lt=before, due_reminded_at=None)


@tracked(
    exclude=("key", "draft"),
    only='{row}."confirmed_at" IS NOT NULL',
    indexes=[models.Index(Upper("contact_email"), name="past_case_by_address")],
)
class ConsultationRequest(models.Model):
    """A municipality's request and its whole life. Only `requests.workflow` writes `state`."""

    class Channel(models.TextChoices):
        WEB = "web", _("Online-Formular")
        PHONE = "phone", _("Telefon")
        EMAIL = "email", _("E-Mail")
        EVENT = "event", _("Veranstaltung")
        ADVISOR = "advisor", _("über Berater*in")

    class Place(models.TextChoices):
        ON_SITE = "on_site", _("vor Ort in der Kommune")
        ONLINE = "online", _("online")
        EITHER = "either", _("beides ist möglich")

    class Outcome(models.TextChoices):
        DIALOGUE = "dialogue", _("Dialogforum ohne weitere Beratung")
        CONSULTED = "consulted", _("Beratung abgeschlossen")
        ABANDONED = "abandoned", _("abgebrochen")

    key = models.UUIDField("Schlüssel", default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(_("Aktenzeichen"), max_length=20, unique=True, null=True, editable=False)  # noqa: DJ001
    state = models.CharField(_("Stand"), max_length=12, choices=State, default=State.DRAFT, editable=False)
    state_since = models.DateTimeField("Stand seit", default=timezone.now, editable=False)
    channel = models.CharField("Weg der Anfrage", max_length=10, choices=Channel, default=Channel.WEB, editable=False)
    draft = models.JSONField("Eingaben des Entwurfs", default=dict, blank=True, editable=False)
    language = models.CharField(
        "Sprache", max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE, editable=False
    )

    municipality = models.ForeignKey(
        Municipality, verbose_name=_("Kommune"), on_delete=models.PROTECT, null=True, related_name="consultations"
    )
    co_municipalities = models.ManyToManyField(
        Municipality, verbose_name=_("Weitere Kommunen"), blank=True, related_name="joint_consultations"
    )
    topics = models.ManyToManyField(Topic, verbose_name=_("Themen"))
    concern = models.TextField(_("Anliegen"), max_length=4000, validators=[printable])
    hope = models.TextField(_("Erhofftes Ergebnis"), max_length=4000, blank=True, validators=[printable])
    formats = models.ManyToManyField(Format, verbose_name=_("Formate"), blank=True)
    place = models.CharField(_("Ort"), max_length=10, choices=Place, default=Place.EITHER)
    wished_from = models.DateField(_("Gewünscht ab"), null=True, blank=True)
    wished_until = models.DateField(_("Gewünscht bis"), null=True, blank=True)
    languages = models.ManyToManyField(Language, verbose_name=_("Arbeitssprachen"), blank=True)
    regions = models.ManyToManyField(Region, verbose_name=_("Regionaler Schwerpunkt"), blank=True)
    contact_name = models.CharField(_("Ansprechperson"), max_length=120, validators=[one_line])
    contact_office = models.CharField(_("Amt oder Fachbereich"), max_length=160, blank=True, validators=[one_line])
    contact_email = models.EmailField(_("E-Mail-Adresse"))
    contact_phone = models.CharField(_("Telefon"), max_length=40, blank=True, validators=[telephone])

    team_size = models.PositiveSmallIntegerField("Größe des Teams", default=2, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation",
        verbose_name="Zuständige Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="Zuständige Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
    )
    reason = models.ForeignKey(
        Reason, verbose_name="Grund", on_delete=models.PROTECT, null=True, blank=True, editable=False
    )
    outcome = models.CharField("Ergebnis", max_length=10, choices=Outcome, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        verbose_name="Zusammengeführt mit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="absorbed",
    )
    """The case that goes on in its place; never one that was merged itself."""

    created_at = models.DateTimeField("Begonnen", auto_now_add=True)
    anonymised_at = models.DateTimeField("Personen gelöscht", null=True, editable=False)
    """The contact and whatever else tells who anybody was are gone: see `requests.forgetting`."""
    updated_at = models.DateTimeField("Zuletzt geändert", auto_now=True)
    submitted_at = models.DateTimeField("Abgesendet", null=True, editable=False)
    confirmed_at = models.DateTimeField("Eingegangen", null=True, editable=False)
    contacted_at = models.DateTimeField("Erster Kontakt", null=True, editable=False)
    reopened_at = models.DateTimeField("Wieder aufgenommen", null=True, editable=False)
    unanswered_since = models.DateTimeField("Unbeantwortete Nachricht seit", null=True, editable=False)
    answered_at = models.DateTimeField("Rückfrage beantwortet", null=True, editable=False)
    """Until somebody has got back to the municipality."""
    last_contact_at = models.DateTimeField("Letzter Kontakt", null=True, editable=False)
    """Whoever of the two sides spoke."""

    due_at = models.DateTimeField("Nächster Schritt bis", null=True, editable=False)
    """Nothing when nothing is due. Written with every move, see `requests.deadlines`."""
    workdays_left = models.PositiveSmallIntegerField("Arbeitstage nach der Antwort", null=True, editable=False)
    """What the decision has left when the municipality answers; the clock stands still until then."""
    due_reminded_at = models.DateTimeField("An die Frist erinnert", null=True, editable=False)
    inquiry_reminded_at = models.DateTimeField("An die Rückfrage erinnert", null=True, editable=False)

    objects: ClassVar[models.Manager[ConsultationRequest]] = models.Manager.from_queryset(ConsultationRequestQuerySet)()

    class Meta:
        verbose_name = "Anfrage"
        verbose_name_plural = "Anfragen"
        ordering = ("-confirmed_at", "-pk")
        permissions = (
            ("coordinate", "Kann Anfragen der eigenen Organisation koordinieren"),
            ("lead", "Kann Anfragen aller Organisationen koordinieren und übergeben"),
            ("view_figures", "Kann die Auswertung sehen"),
            ("export_cases", "Kann Anfragen exportieren"),
            ("export_personal_data", "Kann Kontaktdaten und Anliegen exportieren"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state=State.DRAFT)
                | Q(
                    municipality__isnull=False,
                    reference__isnull=False,
                    submitted_at__isnull=False,
                )
                & (Q(anonymised_at__isnull=False) | ~Q(contact_email="") & ~Q(contact_name="")),
                name="a_sent_request_has_a_municipality_and_a_contact",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(*UNFILED, State.WITHDRAWN)) | Q(confirmed_at__isnull=False),
                name="a_filed_request_is_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(State.REJECTED, State.REFERRED)) | Q(reason__isnull=False),
                name="a_refused_request_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.CLOSED) | ~Q(outcome=""), name="a_closed_request_has_an_outcome"
            ),
            models.CheckConstraint(
                condition=Q(state=State.MERGED, merged_into__isnull=False)
                | ~Q(state=State.MERGED) & Q(merged_into__isnull=True),
                name="a_merged_request_leads_to_another",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="a_request_is_in_a_known_state"),
            models.CheckConstraint(condition=Q(team_size__range=(1, 3)), name="a_team_has_one_to_three_members"),
            models.CheckConstraint(
                condition=Q(wished_until__isnull=True)
                | Q(wished_from__isnull=True)
                | Q(wished_until__gte=F("wished_from")),
                name="a_wished_period_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(state__in=(State.NEW, State.SEARCHING, State.STAFFED)),
                name="nothing_is_due_while_others_are_to_act",
            ),
            models.CheckConstraint(
                condition=Q(workdays_left__isnull=True) | Q(state=State.INQUIRY), name="only_an_inquiry_stops_the_clock"
            ),
        )
        indexes = (
            models.Index(fields=("-confirmed_at", "-id"), name="case_by_arrival"),
            models.Index(fields=("state", "-confirmed_at", "-id"), name="case_by_state"),
            models.Index(fields=("state", "state_since"), name="case_by_age_of_state"),
            models.Index(fields=("person", "-confirmed_at", "-id"), name="case_by_person"),
            models.Index(fields=("organisation", "-confirmed_at", "-id"), name="case_by_organisation"),
            models.Index(Upper("contact_email"), name="case_by_address"),
            models.Index(fields=("due_at", "-id"), name="case_by_due_date"),
            models.Index(F("due_at").desc(nulls_last=True), F("id").desc(), name="case_by_latest_due_date"),
            models.Index(fields=("state_since", "-id"), name="case_by_age"),
            models.Index(
                fields=("channel", "-confirmed_at", "-id"), condition=~Q(channel="web"), name="case_by_other_channel"
            ),
            models.Index(
                fields=("due_at",), condition=Q(due_at__isnull=False, due_reminded_at=None), name="case_to_remind_of"
            ),
            models.Index(
                fields=("state_since",),
                condition=Q(state=State.INQUIRY, inquiry_reminded_at=None),
                name="case_owing_an_answer",
            ),
            models.Index(
                fields=("unanswered_since",), condition=Q(unanswered_since__isnull=False), name="case_unanswered"
            ),
            models.Index(fields=("municipality", "-confirmed_at", "-id"), name="case_by_municipality"),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.municipality}" if self.reference else "Entwurf"

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    def has_mailbox_of(self, other: ConsultationRequest) -> bool:
        """Whether both have the same contact: then either link may open either case."""
        return self.contact_email.lower() == other.contact_email.lower()

    @property
    def kept_until(self) -> datetime:
        """Until when a draft is kept if nobody touches it."""
        return self.updated_at + timedelta(days=settings.DRAFT_DAYS)

    @property
    def confirm_by(self) -> datetime:
        """Until when an unconfirmed request is kept."""
        return self.state_since + timedelta(days=settings.UNCONFIRMED_DAYS)

    @property
    def first_contact_due(self) -> datetime | None:
        """Until when the municipality was promised a first contact."""
        return self.confirmed_at and workdays.due(self.confirmed_at, settings.FIRST_CONTACT_WORKDAYS)

    @property
    def next_step_due(self) -> datetime | None:
        """What the municipality was told: by when we act or, where we have asked, by when we would like its answer."""
        if self.state == State.INQUIRY:
            return workdays.due(self.state_since, settings.INQUIRY_REMINDER_WORKDAYS)
        return self.due_at

    @property
    def next_step_overdue(self) -> bool:
        due = self.next_step_due
        return due is not None and due < timezone.now()

    def clean(self) -> None:
        super().clean()
        if self.wished_from and self.wished_until and self.wished_until < self.wished_from:
            raise ValidationError({"wished_until": _("Das Ende liegt vor dem Beginn. Bitte prüfen Sie beide Daten.")})

    @property
    def contact_person(self) -> User | None:
        """The responsible person, as long as she or he works at the desk."""
        return self.person if self.person and self.person.is_active else None


CONFIRMED = (
    """EXISTS (SELECT 1 FROM "requests_consultationrequest" WHERE "id" = {row}."%s" AND "confirmed_at" IS NOT NULL)"""
)
"""Of what nobody has confirmed no trace is kept: it is forgotten within days."""

for links in ("co_municipalities", "topics", "formats", "languages", "regions"):
    tracked_links(getattr(ConsultationRequest, links).through, within=CONFIRMED % "consultationrequest_id")
