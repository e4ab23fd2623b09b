"""When municipality and team meet, and the dates they choose from."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from miglobe.history.tracking import tracked
from requests.models import ConsultationRequest
from requests.models import State as CaseState
from requests.validators import one_line, printable

from .offers import VOID, Offer


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def standing(self) -> AppointmentQuerySet:
        """What was arranged and not called off, whether it has been or is to come."""
        return self.exclude(state=Appointment.State.CANCELLED)

    def to_remind(self, now: datetime, before: datetime) -> AppointmentQuerySet:
        """To come, beginning earlier than `before`, and nobody has been reminded of it."""
        return self.filter(state=Appointment.State.ARRANGED, reminded_at=None, starts_at__gt=now, starts_at__lt=before)

    def unrecorded(self, now: datetime) -> AppointmentQuerySet:
        """Over, and nobody has said how it went."""
        return self.filter(state=Appointment.State.ARRANGED, ends_at__lt=now)


@tracked(
    exclude=("key", "changed_at"),
    indexes=[models.Index(fields=("consultation",), name="past_appointments_of_a_case")],
)
class Appointment(models.Model):
    """When municipality and team meet. Only `advisors.appointments` writes it, but that `offers` raises its sequence
    when one of the team leaves, and takes it along when cases are merged."""

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
    changed_at = models.DateTimeField("Geändert", auto_now=True)
    sequence = models.PositiveIntegerField("Fassung für Kalender", default=0, editable=False)
    reminded_at = models.DateTimeField("Erinnert", null=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Zuletzt durch", on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Nobody at the desk where team and municipality arranged it themselves."""

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
            models.Index(
                fields=("starts_at",),
                condition=Q(state="arranged", reminded_at__isnull=True),
                name="appointment_to_remind",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {timezone.localtime(self.starts_at):%d.%m.%Y %H:%M}"

    @property
    def is_over(self) -> bool:
        """Has begun: what it brought can be said."""
        return self.starts_at <= timezone.now()


class DateProposalQuerySet(models.QuerySet["DateProposal"]):
    def open(self) -> DateProposalQuerySet:
        """Can be answered: of a team at work, or of the desk, and the request has not been reopened since."""
        of_desk_or_team = Q(of_team=None) | Q(of_team__state=Offer.State.ACCEPTED)
        at_work = self.filter(of_desk_or_team, consultation__state__in=(CaseState.STAFFED, CaseState.RUNNING))
        return at_work.filter(state=DateProposal.State.OPEN).exclude(VOID)


@tracked(exclude=("key",), indexes=[models.Index(fields=("consultation",), name="past_proposals_of_a_case")])
class DateProposal(models.Model):
    """Dates from which the municipality picks one. Only `advisors.proposals` writes it."""

    class State(models.TextChoices):
        OPEN = "open", "offen"
        PICKED = "picked", "gewählt"
        NONE_FITS = "none_fits", "keiner passt"
        WITHDRAWN = "withdrawn", "zurückgenommen"

    key = models.UUIDField("Schlüssel", default=uuid.uuid4, unique=True, editable=False)
    consultation = models.ForeignKey(ConsultationRequest, on_delete=models.PROTECT, related_name="date_proposals")
    kind = models.CharField("Art", max_length=12, choices=Appointment.Kind)
    state = models.CharField("Stand", max_length=9, choices=State, default=State.OPEN)
    place = models.CharField("Ort oder Zugang", max_length=300, validators=[one_line])
    word = models.TextField("Dazu geschrieben", max_length=1000, blank=True, validators=[printable])
    created_at = models.DateTimeField("Vorgeschlagen", auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Durch", on_delete=models.PROTECT, null=True, related_name="+"
    )
    of_team = models.ForeignKey(Offer, verbose_name="Aus dem Team", on_delete=models.PROTECT, null=True)
    answered_at = models.DateTimeField("Beantwortet", null=True)
    answer = models.TextField("Antwort der Kommune", max_length=1000, blank=True, validators=[printable])
    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, null=True, related_name="proposal")

    objects: ClassVar[models.Manager[DateProposal]] = models.Manager.from_queryset(DateProposalQuerySet)()

    class Meta:
        verbose_name = "Terminvorschlag"
        verbose_name_plural = "Terminvorschläge"
        ordering = ("created_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("consultation", "kind"), condition=Q(state="open"), name="one_open_proposal_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(by__isnull=False, of_team__isnull=True) | Q(by__isnull=True, of_team__isnull=False),
                name="a_proposal_comes_from_desk_or_team",
            ),
            models.CheckConstraint(
                condition=~Q(state="picked") | Q(appointment__isnull=False), name="a_picked_proposal_has_an_appointment"
            ),
        )
        indexes = (models.Index(fields=("consultation", "state"), name="proposal_of_a_case"),)

    def __str__(self) -> str:
        return f"Vorschlag: {self.get_kind_display()}"


class DateOption(models.Model):
    """One of the dates. Written with its proposal and never changed: the proposal's history says the rest."""

    proposal = models.ForeignKey(DateProposal, on_delete=models.CASCADE, related_name="options")
    starts_at = models.DateTimeField("Beginn")
    ends_at = models.DateTimeField("Ende")

    class Meta:
        verbose_name = "Termin zur Wahl"
        verbose_name_plural = "Termine zur Wahl"
        ordering = ("starts_at", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="an_option_ends_after_it_begins"),
            models.UniqueConstraint(fields=("proposal", "starts_at", "ends_at"), name="one_option_per_date"),
        )

    def __str__(self) -> str:
        return f"{timezone.localtime(self.starts_at):%d.%m.%Y %H:%M}"
