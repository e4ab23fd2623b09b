from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Value
from django.db.models.functions import Coalesce, Lower, Mod
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from miglobe.history.tracking import tracked, tracked_links
from requests.models import (
    ConsultationRequest,
    Format,
    Language,
    Municipality,
    Region,
    State,
    Term,
    Topic,
)
from requests.validators import one_line, printable, telephone


class AdvisorQuerySet(models.QuerySet["Advisor"]):
    def with_load(self) -> AdvisorQuerySet:
        """Adds `load`: accepted offers whose case is at work."""
        at_work = Offer.objects.filter(
            advisor=models.OuterRef("pk"), state=Offer.State.ACCEPTED, consultation__state__in=Offer.WORKING
        )
        counted = at_work.order_by().values("advisor").annotate(count=Count("pk")).values("count")
        return self.annotate(load=Coalesce(models.Subquery(counted), 0))


@tracked(exclude=("key",))
class Advisor(models.Model):
    """A person of the pool. Being in it reveals a migration history: the whole record is Art. 9 GDPR data.

    What counts is expertise. Origin is never asked and has no field.
    """

    key = models.UUIDField("Schlüssel", default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("Name", max_length=120, validators=[one_line])
    email = models.EmailField("E-Mail-Adresse")
    phone = models.CharField("Telefon", max_length=40, blank=True, validators=[telephone])
    active = models.BooleanField("Aktiv", default=True)
    home = models.ForeignKey(
        Municipality,
        verbose_name="Wohnort",
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Nur für die Entfernung; Kommunen sehen ihn nicht.",
    )
    travel_km = models.PositiveSmallIntegerField(
        "Anreise bis (km)", default=60, help_text="Luftlinie zwischen den Mittelpunkten der Kommunen."
    )
    online = models.BooleanField("Berät auch online", default=True)
    capacity = models.PositiveSmallIntegerField("Einsätze zur gleichen Zeit", default=2)
    topics = models.ManyToManyField(Topic, verbose_name="Themen", blank=True)
    regions = models.ManyToManyField(Region, verbose_name="Regionalkompetenz", blank=True)
    languages = models.ManyToManyField(Language, verbose_name="Arbeitssprachen", blank=True)
    formats = models.ManyToManyField(Format, verbose_name="Formate", blank=True)
    biased_for = models.ManyToManyField(
        Municipality,
        verbose_name="Befangen bei",
        blank=True,
        related_name="+",
        help_text="Kommunen, mit denen die Person zum Beispiel durch Arbeit oder Amt verbunden ist.",
    )
    consents_to_matching_at = models.DateTimeField(
        "Einwilligung in die Vermittlung", null=True, blank=True, help_text="Ohne sie wird niemand vorgeschlagen."
    )
    consents_to_be_shown_at = models.DateTimeField(
        "Einwilligung, Kommunen genannt zu werden",
        null=True,
        blank=True,
        help_text="Ohne sie erfährt die Kommune den Namen nicht über das Portal.",
    )

    objects: ClassVar[models.Manager[Advisor]] = models.Manager.from_queryset(AdvisorQuerySet)()

    class Meta:
        verbose_name = "Berater*in"
        verbose_name_plural = "Berater*innen"
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                name="one_advisor_per_address",
                violation_error_message="Unter dieser E-Mail-Adresse ist schon jemand im Pool.",
            ),
        )

    def __str__(self) -> str:
        return self.name


for links in ("topics", "regions", "languages", "formats", "biased_for"):
    tracked_links(getattr(Advisor, links).through)


@tracked()
class DeclineReason(Term):
    class Meta(Term.Meta):
        verbose_name = "Absagegrund"
        verbose_name_plural = "Absagegründe"


VOID = Q(created_at__lt=F("consultation__reopened_at"))
"""The request has been reopened since: whatever was offered before belongs to another search."""


class OfferQuerySet(models.QuerySet["Offer"]):
    def of(self, consultation: ConsultationRequest) -> OfferQuerySet:
        """The offers of the present search for a team."""
        return self.filter(consultation=consultation).exclude(VOID)

    def accepted(self) -> OfferQuerySet:
        return self.filter(state=Offer.State.ACCEPTED)

    def waiting(self) -> OfferQuerySet:
        """Sent and unanswered, while the request still looks for its team."""
        return self.filter(state=Offer.State.SENT, consultation__state=State.SEARCHING).exclude(VOID)

    def open(self, now: datetime | None = None) -> OfferQuerySet:
        """Can still be answered."""
        return self.waiting().filter(due_at__gt=now or timezone.now())

    def to_remind(self, now: datetime, before: datetime) -> OfferQuerySet:
        return self.open(now).filter(due_at__lte=before, reminded_at=None)

    def overdue(self, now: datetime) -> OfferQuerySet:
        return self.waiting().filter(due_at__lte=now)

    def at_work(self) -> OfferQuerySet:
        """Accepted, and the case has not ended: the advisor needs the contact."""
        return self.accepted().filter(consultation__state__in=Offer.WORKING).exclude(VOID)

    def orphaned(self) -> OfferQuerySet:
        """Without an answer to wait for, or without work to do, because the request went another way."""
        waiting = Q(state__in=(Offer.State.PROPOSED, Offer.State.SENT)) & ~Q(consultation__state=State.SEARCHING)
        idle = Q(state=Offer.State.ACCEPTED) & Q(
            consultation__state__in=(State.NEW, State.REJECTED, State.REFERRED, State.WITHDRAWN, State.MERGED)
        )
        return self.filter(waiting | idle | Q(state__in=Offer.LIVE) & VOID)


@tracked(exclude=("key",), indexes=[models.Index(fields=("consultation",), name="past_offers_of_a_case")])
class Offer(models.Model):
    """A case offered to an advisor. The accepted offer is the assignment. Only `advisors.offers` writes it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "vorgemerkt"
        SENT = "sent", "angefragt"
        ACCEPTED = "accepted", "zugesagt"
        DECLINED = "declined", "abgesagt"
        EXPIRED = "expired", "ohne Antwort abgelaufen"
        WITHDRAWN = "withdrawn", "zurückgenommen"
        CANCELLED = "cancelled", "nach Zusage ausgestiegen"

    LIVE = (State.PROPOSED, State.SENT, State.ACCEPTED)
    WORKING: ClassVar = ("searching", "staffed", "running")  # states of a request in which its team is busy

    key = models.UUIDField("Schlüssel", default=uuid.uuid4, unique=True, editable=False)
    consultation = models.ForeignKey(
        ConsultationRequest, verbose_name="Anfrage", on_delete=models.PROTECT, related_name="offers"
    )
    advisor = models.ForeignKey(Advisor, verbose_name="Berater*in", on_delete=models.PROTECT, related_name="offers")
    state = models.CharField("Stand", max_length=10, choices=State, default=State.PROPOSED)
    created_at = models.DateTimeField("Vorgemerkt", auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="Zuletzt durch", on_delete=models.PROTECT)
    sent_at = models.DateTimeField("Angefragt", null=True)
    due_at = models.DateTimeField("Antwort bis", null=True)
    reminded_at = models.DateTimeField("Erinnert", null=True)
    answered_at = models.DateTimeField("Beantwortet", null=True)
    reason = models.ForeignKey(DeclineReason, verbose_name="Grund", on_delete=models.PROTECT, null=True)
    note = models.TextField("Notiz", blank=True)

    objects: ClassVar[models.Manager[Offer]] = models.Manager.from_queryset(OfferQuerySet)()

    class Meta:
        verbose_name = "Angebot"
        verbose_name_plural = "Angebote"
        ordering = ("created_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("consultation", "advisor"),
                condition=Q(state__in=("proposed", "sent", "accepted")),
                name="one_live_offer_per_advisor_and_case",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(state="withdrawn") | Q(sent_at__isnull=False, due_at__isnull=False),
                name="a_sent_offer_has_a_due_date",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("accepted", "declined", "cancelled")) | Q(answered_at__isnull=False),
                name="an_answered_offer_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | Q(reason__isnull=False), name="a_declined_offer_has_a_reason"
            ),
        )
        indexes = (
            models.Index(fields=("due_at",), condition=Q(state="sent"), name="offer_due"),
            models.Index(fields=("advisor", "state"), name="offer_by_advisor"),
            models.Index(
                fields=("consultation",), condition=Q(state__in=("proposed", "sent")), name="offer_unanswered"
            ),
        )

    def __str__(self) -> str:
        return f"Angebot zu {self.consultation.reference}"


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def standing(self) -> AppointmentQuerySet:
        """What was arranged and not called off, whether it has been or is to come."""
        return self.exclude(state=Appointment.State.CANCELLED)

    def unrecorded(self, now: datetime) -> AppointmentQuerySet:
        """Over, and nobody has said how it went."""
        return self.filter(state=Appointment.State.ARRANGED, ends_at__lt=now)


@tracked(exclude=("key",), indexes=[models.Index(fields=("consultation",), name="past_appointments_of_a_case")])
class Appointment(models.Model):
    """When municipality and team meet. Only `advisors.appointments` writes it."""

    class Kind(models.TextChoices):
        DIALOGUE = "dialogue", _("Dialogforum")
        CONSULTATION = "consultation", _("Beratungsgespräch")
        WORKSHOP = "workshop", _("Workshop")
        EVENT = "event", _("Veranstaltung")

    class State(models.TextChoices):
        ARRANGED = "arranged", "vereinbart"
        HELD = "held", "hat stattgefunden"
        CANCELLED = "cancelled", "abgesagt"

    key = models.UUIDField("Schlüssel", default=uuid.uuid4, unique=True, editable=False)
    consultation = models.ForeignKey(ConsultationRequest, on_delete=models.PROTECT, related_name="appointments")
    kind = models.CharField("Art", max_length=12, choices=Kind)
    state = models.CharField("Stand", max_length=9, choices=State, default=State.ARRANGED)
    starts_at = models.DateTimeField("Beginn")
    ends_at = models.DateTimeField("Ende")
    place = models.CharField("Ort oder Zugang", max_length=300, validators=[one_line])
    participants = models.PositiveIntegerField("Teilnehmende", null=True)
    minutes = models.TextField("Ergebnis", max_length=4000, blank=True, validators=[printable])
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Zuletzt durch", on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar[models.Manager[Appointment]] = models.Manager.from_queryset(AppointmentQuerySet)()

    class Meta:
        verbose_name = "Termin"
        verbose_name_plural = "Termine"
        ordering = ("starts_at", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="an_appointment_ends_after_it_begins"),
        )
        indexes = (
            models.Index(fields=("consultation", "starts_at"), name="appointment_of_a_case"),
            models.Index(fields=("ends_at",), condition=Q(state="arranged"), name="appointment_unrecorded"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {timezone.localtime(self.starts_at):%d.%m.%Y %H:%M}"

    @property
    def is_over(self) -> bool:
        """Has begun: what it brought can be said."""
        return self.starts_at <= timezone.now()


class Result(models.Model):
    """What is asked for when a consultation has ended; one of each kind per case. Only `advisors.results` writes it."""

    consultation: models.OneToOneField[ConsultationRequest, ConsultationRequest]
    recorded_at = models.DateTimeField("Festgehalten", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Zuletzt durch", on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Nobody at the desk where those who are asked have written it themselves."""

    class Meta:
        abstract = True


@tracked(indexes=[models.Index(fields=("consultation",), name="past_reports_of_a_case")])
class Report(Result):
    """What the team reports of its work."""

    consultation = models.OneToOneField(ConsultationRequest, on_delete=models.PROTECT, related_name="report")
    agreed = models.TextField("Was verabredet wurde", max_length=4000, validators=[printable])
    options = models.TextField("Handlungsoptionen", max_length=4000, blank=True, validators=[printable])
    recommendations = models.TextField("Empfehlungen", max_length=4000, blank=True, validators=[printable])
    days = models.DecimalField("Geleistete Tage", max_digits=4, decimal_places=1)

    class Meta:
        verbose_name = "Bericht"
        verbose_name_plural = "Berichte"
        constraints = (
            models.CheckConstraint(condition=Q(days__gt=0), name="a_report_counts_days"),
            models.CheckConstraint(
                condition=Exact(Mod(F("days"), Value(Decimal("0.5"))), Value(Decimal(0))), name="days_come_in_halves"
            ),
        )

    def __str__(self) -> str:
        return f"Bericht zu {self.consultation.reference}"


@tracked(indexes=[models.Index(fields=("consultation",), name="past_feedback_of_a_case")])
class Feedback(Result):
    """What the municipality says of the consultation."""

    class Satisfaction(models.IntegerChoices):
        VERY = 5, "sehr zufrieden"
        RATHER = 4, "eher zufrieden"
        PARTLY = 3, "teils, teils"
        LITTLE = 2, "eher nicht zufrieden"
        NOT = 1, "gar nicht zufrieden"

    consultation = models.OneToOneField(ConsultationRequest, on_delete=models.PROTECT, related_name="feedback")
    satisfaction = models.PositiveSmallIntegerField("Zufriedenheit", choices=Satisfaction)
    helped = models.TextField("Was geholfen hat", max_length=4000, blank=True, validators=[printable])
    missing = models.TextField("Was gefehlt hat", max_length=4000, blank=True, validators=[printable])

    class Meta:
        verbose_name = "Rückmeldung"
        verbose_name_plural = "Rückmeldungen"
        constraints = (
            models.CheckConstraint(condition=Q(satisfaction__range=(1, 5)), name="satisfaction_is_one_to_five"),
        )

    def __str__(self) -> str:
        return f"Rückmeldung zu {self.consultation.reference}"


class AdvisorAccess(models.Model):
    """Somebody at the desk has read an advisor's record, or a list of them. Only `advisors.reading` writes it.

    Rows are never changed, and deleted only when their time is over: the database refuses anything else.
    """

    class Page(models.TextChoices):
        RECORD = "record", "Profil"
        HISTORY = "history", "Verlauf des Profils"
        LIST = "list", "Liste der Berater*innen"
        SUGGESTIONS = "suggestions", "Vorschläge für ein Team"
        EXPORT = "export", "Ausfuhr"

    at = models.DateTimeField("Zeitpunkt", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, related_name="+")
    page = models.CharField("Gelesen", max_length=11, choices=Page)
    advisor = models.ForeignKey(
        Advisor, verbose_name="Berater*in", on_delete=models.PROTECT, null=True, related_name="accesses"
    )
    count = models.PositiveIntegerField("Personen", default=1)

    class Meta:
        verbose_name = "Einsicht in Profile"
        verbose_name_plural = "Einsichten in Profile"
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(page__in=("record", "history"), advisor__isnull=False, count=1)
                | Q(page__in=("list", "suggestions", "export"), advisor__isnull=True),
                name="who_read_one_record_is_known_to_have_read_it",
            ),
        )
        indexes = (
            models.Index(fields=("-at", "-id"), name="access_by_time"),
            models.Index(fields=("advisor", "-at", "-id"), name="access_by_advisor"),
            models.Index(fields=("by", "-at", "-id"), name="access_by_reader"),
        )
        triggers = (pgtrigger.Protect(name="only_added", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.get_page_display()}, {timezone.localtime(self.at):%d.%m.%Y %H:%M}"
