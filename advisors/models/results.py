"""What is agreed on, what it has brought, and what became of it."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Mod
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from miglobe.history.tracking import tracked
from requests.models import ConsultationRequest
from requests.validators import printable

from .offers import Offer

HALVES = Q(Exact(Mod(F("days"), Value(Decimal("0.5"))), Value(Decimal(0))))


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


@tracked(indexes=[models.Index(fields=("consultation",), name="past_agreements_of_a_case")])
class Agreement(Result):
    """What a Beratung of several months is to reach, agreed on when it begins."""

    consultation = models.OneToOneField(ConsultationRequest, on_delete=models.PROTECT, related_name="agreement")
    goals = models.TextField(_("Ziele"), max_length=4000, validators=[printable])
    days = models.DecimalField(_("Vereinbarte Tage"), max_digits=4, decimal_places=1)
    starts_on = models.DateField(_("Von"))
    ends_on = models.DateField(_("Bis"))

    class Meta:
        verbose_name = "Vereinbarung"
        verbose_name_plural = "Vereinbarungen"
        constraints = (
            models.CheckConstraint(condition=Q(days__gt=0) & HALVES, name="an_agreement_counts_half_days"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="an_agreement_ends_after_it_begins"),
        )

    def __str__(self) -> str:
        return f"Vereinbarung zu {self.consultation.reference}"


class ReportQuerySet(models.QuerySet["Report"]):
    def handed_in(self) -> ReportQuerySet:
        """With the desk, whether or not it has been accepted: what counts in figures."""
        return self.filter(state__in=(Report.State.SIGNED, Report.State.ACCEPTED))


@tracked(indexes=[models.Index(fields=("consultation",), name="past_reports_of_a_case")])
class Report(Result):
    """What the team reports of its work: begun by one of them, signed by all, accepted by the desk."""

    class State(models.TextChoices):
        DRAFT = "draft", "in Arbeit"
        SENT = "sent", "wartet auf Mitzeichnung"
        SIGNED = "signed", "liegt der Koordination vor"
        RETURNED = "returned", "zurückgegeben"
        ACCEPTED = "accepted", "angenommen"

    EDITABLE = (State.DRAFT, State.RETURNED)

    consultation = models.OneToOneField(ConsultationRequest, on_delete=models.PROTECT, related_name="report")
    state = models.CharField("Stand", max_length=8, choices=State, default=State.ACCEPTED)
    agreed = models.TextField(_("Was verabredet wurde"), max_length=4000, blank=True, validators=[printable])
    options = models.TextField(_("Handlungsoptionen"), max_length=4000, blank=True, validators=[printable])
    recommendations = models.TextField(_("Empfehlungen"), max_length=4000, blank=True, validators=[printable])
    days = models.DecimalField(_("Geleistete Tage"), max_digits=4, decimal_places=1, null=True)
    """All of the team together: the sum of its `WorkRecord`s where it has written them itself."""
    sent_at = models.DateTimeField("Abgeschickt", null=True)
    question = models.TextField("Rückfrage der Koordination", max_length=2000, blank=True, validators=[printable])

    objects: ClassVar[models.Manager[Report]] = models.Manager.from_queryset(ReportQuerySet)()

    class Meta:
        verbose_name = "Bericht"
        verbose_name_plural = "Berichte"
        constraints = (
            models.CheckConstraint(condition=Q(days__gt=0), name="a_report_counts_days"),
            models.CheckConstraint(condition=HALVES, name="days_come_in_halves"),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "returned")) | ~Q(agreed="") & Q(days__isnull=False),
                name="a_sent_report_is_complete",
            ),
        )

    def __str__(self) -> str:
        return f"Bericht zu {self.consultation.reference}"


@tracked(indexes=[models.Index(fields=("report",), name="past_work_of_a_report")])
class WorkRecord(models.Model):
    """What one of the team has worked and travelled: the base of the fee, which is paid elsewhere."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="work")
    offer = models.ForeignKey(Offer, verbose_name="Berater*in", on_delete=models.PROTECT, related_name="work")
    days = models.DecimalField(_("Geleistete Tage"), max_digits=4, decimal_places=1, null=True, blank=True)
    travel_km = models.PositiveIntegerField(_("Gefahrene Kilometer"), null=True, blank=True)
    travel_cost = models.DecimalField(_("Fahrtkosten in Euro"), max_digits=7, decimal_places=2, null=True, blank=True)
    receipts = models.TextField(_("Daten der Belege"), max_length=1000, blank=True, validators=[printable])
    signed_at = models.DateTimeField("Gezeichnet", null=True)
    rate = models.DecimalField("Honorar je Tag in Euro", max_digits=7, decimal_places=2, null=True)
    """As it was when the report was accepted; None where the operator keeps no rate here."""

    class Meta:
        verbose_name = "Leistungsnachweis"
        verbose_name_plural = "Leistungsnachweise"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("report", "offer"), name="one_work_record_per_person"),
            models.CheckConstraint(condition=Q(days__gte=0) & HALVES, name="work_comes_in_half_days"),
        )

    def __str__(self) -> str:
        return f"{self.offer.advisor}: {self.report}"


@tracked(indexes=[models.Index(fields=("consultation",), name="past_feedback_of_a_case")])
class Feedback(Result):
    """What the municipality says of the consultation."""

    class Satisfaction(models.IntegerChoices):
        VERY = 5, _("sehr zufrieden")
        RATHER = 4, _("eher zufrieden")
        PARTLY = 3, _("teils, teils")
        LITTLE = 2, _("eher nicht zufrieden")
        NOT = 1, _("gar nicht zufrieden")

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


@tracked(indexes=[models.Index(fields=("consultation",), name="past_follow_up_of_a_case")])
class FollowUp(models.Model):
    """What the municipality has put into practice, asked once some months after the end."""

    class Extent(models.IntegerChoices):
        ALL = 4, _("alles, was wir vorhatten")
        MUCH = 3, _("das meiste")
        SOME = 2, _("einiges")
        NOTHING = 1, _("noch nichts")

    consultation = models.OneToOneField(ConsultationRequest, on_delete=models.PROTECT, related_name="follow_up")
    asked_at = models.DateTimeField("Gefragt", default=timezone.now)
    answered_at = models.DateTimeField("Beantwortet", null=True)
    extent = models.PositiveSmallIntegerField(_("Umgesetzt"), choices=Extent, null=True)
    done = models.TextField(_("Was umgesetzt wurde"), max_length=4000, blank=True, validators=[printable])
    hindered = models.TextField(_("Was gehindert hat"), max_length=4000, blank=True, validators=[printable])
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Zuletzt durch", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = "Nachfrage"
        verbose_name_plural = "Nachfragen"
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, extent__isnull=True)
                | Q(answered_at__isnull=False, extent__range=(1, 4)),
                name="an_answered_follow_up_says_how_much",
            ),
        )

    def __str__(self) -> str:
        return f"Nachfrage zu {self.consultation.reference}"


class KeptCount(models.Model):
    """What a case that was deleted has left for the figures: see `advisors.counts`, which alone writes it."""

    day = models.DateField("Tag")
    kind = models.CharField("Art", max_length=20)
    value = models.CharField("Wert", max_length=200, blank=True)
    number = models.PositiveIntegerField("Anzahl")

    class Meta:
        verbose_name = "Aufgehobene Zahl"
        verbose_name_plural = "Aufgehobene Zahlen"
        indexes = (models.Index(fields=("day",), name="kept_count_by_day"),)

    def __str__(self) -> str:
        return f"{self.day}: {self.kind} {self.value}"
