"""What is offered to whom, and the answers."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from miglobe.history.tracking import tracked
from requests.models import ConsultationRequest, State, Term

from .pool import Advisor


@tracked()
class DeclineReason(Term):
    class Concern(models.TextChoices):
        TIME = "time", "Pause oder weniger Anfragen"
        DISTANCE = "distance", "Anreise"
        TOPICS = "topics", "Themen"
        BIAS = "bias", "Befangenheit"

    concerns = models.CharField(
        "Führt zu dieser Stelle des Profils",
        max_length=8,
        choices=Concern,
        blank=True,
        help_text="Wer aus diesem Grund absagt, wird gefragt, ob das Profil dort noch stimmt.",
    )

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

    def standing_by(self) -> OfferQuerySet:
        """Substitutes, the one to be asked first first."""
        return self.filter(state=Offer.State.RESERVE).order_by("rank", "pk")

    def orphaned(self) -> OfferQuerySet:
        """Without an answer to wait for, or without work to do, because the request went another way."""
        waiting = Q(state__in=Offer.UNANSWERED) & ~Q(consultation__state=State.SEARCHING)
        standing_by = Q(state=Offer.State.RESERVE) & ~Q(consultation__state__in=Offer.WORKING)
        idle = Q(state=Offer.State.ACCEPTED) & Q(
            consultation__state__in=(State.NEW, State.REJECTED, State.REFERRED, State.WITHDRAWN, State.MERGED)
        )
        return self.filter(waiting | standing_by | idle | Q(state__in=Offer.LIVE) & VOID)


@tracked(exclude=("key",), indexes=[models.Index(fields=("consultation",), name="past_offers_of_a_case")])
class Offer(models.Model):
    """A case offered to an advisor. The accepted offer is the assignment. Only `advisors.offers` writes it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "vorgemerkt"
        RESERVE = "reserve", "Ersatz"
        SENT = "sent", "angefragt"
        ACCEPTED = "accepted", "zugesagt"
        DECLINED = "declined", "abgesagt"
        EXPIRED = "expired", "ohne Antwort abgelaufen"
        WITHDRAWN = "withdrawn", "zurückgenommen"
        CANCELLED = "cancelled", "nach Zusage ausgestiegen"

    LIVE = (State.PROPOSED, State.RESERVE, State.SENT, State.ACCEPTED)
    UNANSWERED = (State.PROPOSED, State.SENT)  # void as soon as the team is complete; a substitute is not
    UNSENT = (State.PROPOSED, State.RESERVE)
    WORKING: ClassVar = ("searching", "staffed", "running")  # states of a request in which its team is busy

    key = models.UUIDField("Schlüssel", default=uuid.uuid4, unique=True, editable=False)
    consultation = models.ForeignKey(
        ConsultationRequest, verbose_name="Anfrage", on_delete=models.PROTECT, related_name="offers"
    )
    advisor = models.ForeignKey(Advisor, verbose_name="Berater*in", on_delete=models.PROTECT, related_name="offers")
    state = models.CharField("Stand", max_length=10, choices=State, default=State.PROPOSED)
    created_at = models.DateTimeField("Vorgemerkt", auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="Zuletzt durch", on_delete=models.PROTECT, null=True)
    """Who at the desk; nobody where the advisor answered by the link."""
    rank = models.PositiveIntegerField("Reihenfolge der Ersatzpersonen", default=0)
    """Substitutes are asked in this order; of no meaning in any other state."""
    sent_at = models.DateTimeField("Angefragt", null=True)
    due_at = models.DateTimeField("Antwort bis", null=True)
    reminded_at = models.DateTimeField("Erinnert", null=True)
    answered_at = models.DateTimeField("Beantwortet", null=True)
    reason = models.ForeignKey(DeclineReason, verbose_name="Grund", on_delete=models.PROTECT, null=True)
    note = models.TextField("Notiz", blank=True)
    profile_changed_at = models.DateTimeField("Profil daraufhin geändert", null=True, editable=False)
    """When the refusal has led the person to say something else in their profile."""
    scores = models.JSONField("Bewertung bei der Auswahl", null=True)
    """{criterion: score in [0, 1]} as it was when the person was noted: what the weights are judged by."""

    objects: ClassVar[models.Manager[Offer]] = models.Manager.from_queryset(OfferQuerySet)()

    class Meta:
        verbose_name = "Angebot"
        verbose_name_plural = "Angebote"
        ordering = ("created_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("consultation", "advisor"),
                condition=Q(state__in=("proposed", "reserve", "sent", "accepted")),
                name="one_live_offer_per_advisor_and_case",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("proposed", "reserve", "withdrawn"))
                | Q(sent_at__isnull=False, due_at__isnull=False),
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
