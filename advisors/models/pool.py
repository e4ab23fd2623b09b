"""Who is in the pool, and who wants to be."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from miglobe.history.tracking import tracked, tracked_links
from requests.models import Format, Language, Municipality, Region, Topic
from requests.validators import one_line, printable, telephone

if TYPE_CHECKING:
    from .consents import Purpose


class AdvisorQuerySet(models.QuerySet["Advisor"]):
    def with_load(self) -> AdvisorQuerySet:
        """Adds `load`: accepted offers whose case is at work."""
        from .offers import Offer  # offers know their advisors

        at_work = Offer.objects.filter(
            advisor=OuterRef("pk"), state=Offer.State.ACCEPTED, consultation__state__in=Offer.WORKING
        )
        counted = at_work.order_by().values("advisor").annotate(count=Count("pk")).values("count")
        return self.annotate(load=Coalesce(models.Subquery(counted), 0))

    def consenting(self, purpose: Purpose) -> AdvisorQuerySet:
        """Has agreed to it and not withdrawn."""
        from .consents import Consent

        standing = Consent.objects.standing().filter(advisor=OuterRef("pk"), purpose=purpose)
        return self.filter(Exists(standing))


@tracked(exclude=("key", "feed_key"))
class Advisor(models.Model):
    """A person of the pool. Being in it reveals a migration history: the whole record is Art. 9 GDPR data.

    What counts is expertise. Origin is never asked and has no field.
    """

    key = models.UUIDField("Schlüssel", default=uuid.uuid4, unique=True, editable=False)
    feed_key = models.UUIDField("Schlüssel des Kalenders", null=True, unique=True, editable=False)
    """Opens the personal calendar feed; None until the person wants one, another one when they renew it."""
    name = models.CharField(_("Name"), max_length=120, validators=[one_line])
    email = models.EmailField(_("E-Mail-Adresse"))
    phone = models.CharField(_("Telefon"), max_length=40, blank=True, validators=[telephone])
    active = models.BooleanField("Aktiv", default=True)
    left_at = models.DateTimeField("Hat den Pool verlassen", null=True, editable=False)
    anonymised_at = models.DateTimeField("Angaben gelöscht", null=True, editable=False)
    """Nobody can be told from the row; it stays with the work: see `advisors.forgetting`."""
    home = models.ForeignKey(
        Municipality,
        verbose_name=_("Wohnort"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text=_("Nur für die Entfernung; Kommunen sehen ihn nicht."),
    )
    travel_km = models.PositiveSmallIntegerField(
        _("Anreise bis (km)"), default=60, help_text=_("Luftlinie zwischen den Mittelpunkten der Kommunen.")
    )
    online = models.BooleanField(_("Berät auch online"), default=True)
    capacity = models.PositiveSmallIntegerField(_("Einsätze zur gleichen Zeit"), default=2)
    topics = models.ManyToManyField(Topic, verbose_name=_("Themen"), through="TopicSkill")
    regions = models.ManyToManyField(Region, verbose_name=_("Regionalkompetenz"), blank=True)
    languages = models.ManyToManyField(Language, verbose_name=_("Arbeitssprachen"), through="LanguageSkill")
    formats = models.ManyToManyField(Format, verbose_name=_("Formate"), blank=True)
    biased_for = models.ManyToManyField(
        Municipality,
        verbose_name=_("Befangen bei"),
        blank=True,
        related_name="+",
        help_text=_("Kommunen, mit denen die Person zum Beispiel durch Arbeit oder Amt verbunden ist."),
    )
    about = models.TextField(
        _("Über mich"),
        max_length=1000,
        blank=True,
        validators=[printable],
        help_text=_("Steht im öffentlichen Profil, wenn es eines gibt."),
    )
    wants_fewer = models.BooleanField(
        _("Möchte seltener angefragt werden"), default=False, help_text=_("Höchstens eine Anfrage in drei Monaten.")
    )
    only_topics = models.ManyToManyField(
        Topic,
        verbose_name=_("Nur zu diesen Themen"),
        blank=True,
        related_name="+",
        help_text=_("Ohne Auswahl zu allen Themen."),
    )

    apart = models.ManyToManyField(
        "self",
        verbose_name="Nicht gemeinsam mit",
        blank=True,
        help_text="Personen, die nicht zusammen in einem Team arbeiten wollen. Gilt für beide Seiten.",
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
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(active=False), name="who_has_left_is_not_active"
            ),
            models.CheckConstraint(
                condition=Q(home__isnull=False) | Q(anonymised_at__isnull=False), name="only_the_forgotten_live_nowhere"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def consents_to(self, purpose: Purpose) -> bool:
        """Whether it holds now. Lists prefetch `consents`: then it costs no query."""
        return any(consent.purpose == purpose for consent in self.consents.all() if consent.withdrawn_at is None)


for links in ("regions", "formats", "biased_for", "only_topics", "apart"):
    tracked_links(getattr(Advisor, links).through)


@tracked(indexes=[models.Index(fields=("advisor",), name="past_topic_skills")])
class TopicSkill(models.Model):
    class Level(models.IntegerChoices):
        BASIC = 1, _("Grundkenntnisse")
        PRACTICE = 2, _("praktische Erfahrung")
        FOCUS = 3, _("Schwerpunkt meiner Arbeit")

    advisor = models.ForeignKey(Advisor, on_delete=models.CASCADE, related_name="topic_skills")
    topic = models.ForeignKey(Topic, verbose_name=_("Thema"), on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(_("Kenntnisse"), choices=Level, default=Level.PRACTICE)

    class Meta:
        verbose_name = "Thema"
        verbose_name_plural = "Themen"
        ordering = ("topic__position", "topic__name")
        constraints = (models.UniqueConstraint(fields=("advisor", "topic"), name="one_level_per_topic"),)

    def __str__(self) -> str:
        return f"{self.topic}: {self.get_level_display()}"


@tracked(indexes=[models.Index(fields=("advisor",), name="past_language_skills")])
class LanguageSkill(models.Model):
    """A working language. Whether it is a first language is nobody's business."""

    class Level(models.IntegerChoices):
        GOOD = 1, _("gut (B2)")
        FLUENT = 2, _("fließend (C1)")
        EXCELLENT = 3, _("verhandlungssicher (C2)")

    advisor = models.ForeignKey(Advisor, on_delete=models.CASCADE, related_name="language_skills")
    language = models.ForeignKey(Language, verbose_name=_("Sprache"), on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(_("Kenntnisse"), choices=Level, default=Level.FLUENT)

    class Meta:
        verbose_name = "Arbeitssprache"
        verbose_name_plural = "Arbeitssprachen"
        ordering = ("language__position", "language__name")
        constraints = (models.UniqueConstraint(fields=("advisor", "language"), name="one_level_per_language"),)

    def __str__(self) -> str:
        return f"{self.language}: {self.get_level_display()}"


class PauseQuerySet(models.QuerySet["Pause"]):
    def on(self, day: date) -> PauseQuerySet:
        return self.filter(Q(ends_on__gte=day) | Q(ends_on=None), starts_on__lte=day)


@tracked(indexes=[models.Index(fields=("advisor",), name="past_pauses")])
class Pause(models.Model):
    """Days on which somebody is not asked, the last one included; without an end until further notice."""

    advisor = models.ForeignKey(Advisor, on_delete=models.CASCADE, related_name="pauses")
    starts_on = models.DateField(_("Von"))
    ends_on = models.DateField(_("Bis"), null=True, blank=True)

    objects: ClassVar[models.Manager[Pause]] = models.Manager.from_queryset(PauseQuerySet)()

    class Meta:
        verbose_name = "Pause"
        verbose_name_plural = "Pausen"
        ordering = ("starts_on", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="a_pause_ends_after_it_begins"
            ),
        )

    def __str__(self) -> str:
        return f"{self.starts_on:%d.%m.%Y} bis {f'{self.ends_on:%d.%m.%Y}' if self.ends_on else 'auf Weiteres'}"


class CandidacyQuerySet(models.QuerySet["Candidacy"]):
    def waiting(self) -> CandidacyQuerySet:
        """Applications that nobody at the desk has decided on."""
        return self.filter(state=Candidacy.State.APPLIED)

    def open(self) -> CandidacyQuerySet:
        """Invited, and may fill in the profile."""
        return self.filter(state=Candidacy.State.INVITED)


@tracked(exclude=("key",))
class Candidacy(models.Model):
    """Somebody on the way into the pool: applied on the public page, or invited at the desk."""

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed", "unbestätigt"
        APPLIED = "applied", "beworben"
        INVITED = "invited", "eingeladen"
        JOINED = "joined", "im Pool"
        DECLINED = "declined", "abgelehnt"
        ENDED = "ended", "hat verzichtet"

    LIVE = (State.APPLIED, State.INVITED)

    key = models.UUIDField("Schlüssel", default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField("Stand", max_length=11, choices=State, default=State.UNCONFIRMED)
    name = models.CharField(_("Name"), max_length=120, validators=[one_line])
    email = models.EmailField(_("E-Mail-Adresse"))
    phone = models.CharField(_("Telefon"), max_length=40, blank=True, validators=[telephone])
    about = models.TextField(_("Was bringen Sie mit?"), max_length=2000, blank=True, validators=[printable])
    note = models.TextField("Notiz", max_length=1000, blank=True, validators=[printable])
    created_at = models.DateTimeField("Angelegt", default=timezone.now)
    state_since = models.DateTimeField("Stand seit", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Zuletzt durch", on_delete=models.PROTECT, null=True, related_name="+"
    )
    advisor = models.OneToOneField(
        Advisor, verbose_name="Profil", on_delete=models.PROTECT, null=True, related_name="candidacy"
    )

    objects: ClassVar[models.Manager[Candidacy]] = models.Manager.from_queryset(CandidacyQuerySet)()

    class Meta:
        verbose_name = "Bewerbung"
        verbose_name_plural = "Bewerbungen und Einladungen"
        ordering = ("-state_since", "-pk")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(state__in=("applied", "invited")),
                name="one_live_candidacy_per_address",
                violation_error_message="Unter dieser E-Mail-Adresse läuft schon eine Bewerbung oder Einladung.",
            ),
            models.CheckConstraint(
                condition=~Q(state="joined") | Q(advisor__isnull=False), name="who_has_joined_has_a_profile"
            ),
        )
        indexes = (models.Index(fields=("state", "-state_since"), name="candidacy_by_state"),)

    def __str__(self) -> str:
        return self.name

    @property
    def kept_until(self) -> datetime:
        """When it is forgotten, unless something happens until then."""
        if self.state == self.State.UNCONFIRMED:
            return self.created_at + timedelta(days=settings.UNCONFIRMED_DAYS)
        return self.state_since + timedelta(days=settings.CANDIDACY_DAYS)
