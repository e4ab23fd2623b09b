from __future__ import annotations

from datetime import date
from typing import ClassVar
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator, validate_email
from django.db import models
from django.utils import timezone

from miglobe.history.tracking import tracked
from miglobe.languages import in_language


def validate_today_or_before(value: date) -> None:
    if value > timezone.localdate():
        raise ValidationError("Dieses Datum liegt in der Zukunft.")


def validate_contact(value: str) -> None:
    """A mail address or an https address."""
    try:
        (URLValidator(["https"]) if "://" in value else validate_email)(value)
    except ValidationError:
        raise ValidationError("Bitte geben Sie eine E-Mail-Adresse oder eine Adresse mit https:// an.") from None


@tracked()
class Portal(models.Model):
    """What the public pages say of themselves. There is one row; the operator fills it in."""

    class EnforcementBody(models.TextChoices):
        NONE = "", "keine"
        BUND = "bund", "Bund: Schlichtungsstelle nach § 16 BGG"
        NRW = "nrw", "Nordrhein-Westfalen: Ombudsstelle für barrierefreie Informationstechnik"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)

    operator = models.CharField("Betreiber", max_length=200, blank=True)
    address = models.TextField("Anschrift", max_length=500, blank=True, help_text="Keine Postfachadresse.")
    represented_by = models.CharField("Vertreten durch", max_length=200, blank=True)
    register_entry = models.CharField(
        "Registereintrag",
        max_length=200,
        blank=True,
        help_text="Freiwillig, zum Beispiel: Amtsgericht Bonn, HRB 12345",
    )
    vat_id = models.CharField("Umsatzsteuer-Identifikationsnummer", max_length=40, blank=True, help_text="Freiwillig.")
    responsible_for_content = models.TextField(
        "Verantwortlich für den Inhalt",
        max_length=500,
        blank=True,
        help_text="Name und Anschrift nach § 18 Absatz 2 MStV, wenn das Portal journalistische Beiträge zeigt.",
    )
    imprint = models.TextField(
        "Weitere Angaben im Impressum", blank=True, help_text="Absätze trennen Sie durch Leerzeilen."
    )

    contact_email = models.EmailField("E-Mail-Adresse für Fragen", blank=True)
    contact_phone = models.CharField("Telefon für Fragen", max_length=40, blank=True)
    security_contact = models.CharField(
        "Kontakt für Sicherheitslücken",
        max_length=200,
        blank=True,
        validators=[validate_contact],
        help_text="E-Mail-Adresse oder https-Adresse. Ohne Angabe gilt die E-Mail-Adresse für Fragen.",
    )

    privacy_officer = models.CharField("Datenschutzbeauftragte*r", max_length=200, blank=True)
    privacy_officer_contact = models.TextField(
        "Kontakt der*des Datenschutzbeauftragten", max_length=500, blank=True, help_text="Anschrift, E-Mail, Telefon."
    )
    supervisory_authority = models.TextField(
        "Aufsichtsbehörde für den Datenschutz",
        max_length=500,
        blank=True,
        help_text="Name und Anschrift der Behörde, bei der sich Personen beschweren können.",
    )

    land_de = models.CharField("Land", max_length=60, default="Nordrhein-Westfalen")
    land_en = models.CharField("Land auf Englisch", max_length=60, default="North Rhine-Westphalia")

    takes_requests = models.BooleanField("Anfragen werden angenommen", default=True)
    pause_note = models.TextField(
        "Hinweis, solange keine Anfragen angenommen werden", blank=True, default="", max_length=1000
    )
    pause_note_en = models.TextField("Dieser Hinweis auf Englisch", blank=True, default="", max_length=1000)

    accessibility_checked_on = models.DateField(
        "Zuletzt auf Barrierefreiheit geprüft am", null=True, blank=True, validators=[validate_today_or_before]
    )
    accessibility_method = models.TextField(
        "Wie geprüft wurde",
        max_length=1000,
        blank=True,
        help_text="Zum Beispiel: Selbstbewertung nach WCAG 2.1 AA, automatische Prüfung mit axe, Test mit NVDA.",
    )
    accessibility_method_en = models.TextField("Wie geprüft wurde, auf Englisch", max_length=1000, blank=True)
    accessibility_answer_days = models.PositiveSmallIntegerField(
        "Tage bis zur Antwort auf eine gemeldete Barriere",
        default=28,
        validators=[MinValueValidator(14), MaxValueValidator(42)],
        help_text="Zwischen 14 und 42 Tagen.",
    )
    enforcement_body = models.CharField(
        "Stelle bei Streit über Barrierefreiheit",
        max_length=4,
        blank=True,
        choices=EnforcementBody,
        default=EnforcementBody.NONE,
        help_text="Für Träger des Bundes die Schlichtungsstelle, für Träger des Landes die Ombudsstelle.",
    )
    sign_language_url = models.URLField(
        "Video in Gebärdensprache",
        blank=True,
        validators=[URLValidator(["https"])],
        help_text="Adresse des Videos. Das Portal verweist darauf und bindet es nicht ein.",
    )

    class Meta:
        verbose_name = "Angaben zum Portal"
        verbose_name_plural = "Angaben zum Portal"
        constraints = (models.CheckConstraint(condition=models.Q(pk=1), name="there_is_one_portal"),)

    def __str__(self) -> str:
        return "Angaben zum Portal"

    @classmethod
    def current(cls) -> Portal:
        """The one row, or its defaults where nobody has filled it in yet."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @property
    def land(self) -> str:
        return in_language(self.land_de, self.land_en)

    @property
    def pause_words(self) -> str:
        return in_language(self.pause_note, self.pause_note_en)

    @property
    def accessibility_method_words(self) -> str:
        return in_language(self.accessibility_method, self.accessibility_method_en)

    @property
    def security_contact_uri(self) -> str:
        """As security.txt wants it; empty while no contact is known."""
        contact = self.security_contact or self.contact_email
        return f"mailto:{contact}" if contact and not urlsplit(contact).scheme else contact


class Page(models.Model):
    """A public text in one language. Its slug is fixed in code; `editing` is the only writer."""

    class Slug(models.TextChoices):
        START = "start", "Startseite"
        PROCESS = "ablauf", "So läuft es ab"
        FAQ = "fragen", "Fragen und Antworten"
        ABOUT = "ueber-uns", "Über uns"
        FOR_ADVISORS = "fuer-beratende", "Für Berater*innen"
        IMPRINT = "impressum", "Impressum"
        PRIVACY = "datenschutz", "Datenschutz"
        ACCESSIBILITY = "barrierefreiheit", "Erklärung zur Barrierefreiheit"
        EASY_LANGUAGE = "leichte-sprache", "Leichte Sprache"
        SIGN_LANGUAGE = "gebaerdensprache", "Gebärdensprache"

    slug = models.CharField("Seite", max_length=40, choices=Slug)
    language = models.CharField("Sprache", max_length=2, choices=settings.LANGUAGES)
    title = models.CharField("Überschrift", max_length=120)
    description = models.CharField(
        "Beschreibung",
        max_length=200,
        blank=True,
        help_text="Ein Satz für Suchmaschinen, höchstens 200 Zeichen. Auf der Seite selbst steht er nicht.",
    )
    body = models.TextField("Text", max_length=60_000, blank=True)

    class Meta:
        verbose_name = "Seite"
        verbose_name_plural = "Seiten"
        ordering = ("slug", "language")
        constraints = (models.UniqueConstraint(fields=("slug", "language"), name="one_page_per_slug_and_language"),)

    def __str__(self) -> str:
        return f"{self.get_slug_display()} ({self.get_language_display()})"


class PageVersion(models.Model):
    """A page as it was saved once. Rows are only ever added."""

    page = models.ForeignKey(Page, verbose_name="Seite", on_delete=models.CASCADE, related_name="versions")
    title = models.CharField("Überschrift", max_length=120)
    description = models.CharField("Beschreibung", max_length=200, blank=True)
    body = models.TextField("Text", blank=True)
    saved_at = models.DateTimeField("Gespeichert", auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Von", on_delete=models.PROTECT, null=True, related_name="+"
    )  # None: the text that the software brings

    objects: ClassVar[models.Manager[PageVersion]] = models.Manager()

    class Meta:
        verbose_name = "Fassung"
        verbose_name_plural = "Fassungen"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"Fassung {self.pk}"


@tracked(exclude=("key", "barrier", "page", "email"))
class AccessibilityReport(models.Model):
    """A barrier that somebody has met. `reports` is the only writer."""

    reference = models.CharField("Aktenzeichen", max_length=20, unique=True)
    key = models.UUIDField(unique=True, default=uuid4, editable=False)  # whoever sends it twice has filed it once
    barrier = models.TextField("Barriere", max_length=4000)
    page = models.CharField("Seite", max_length=300, blank=True)
    email = models.EmailField("E-Mail-Adresse", blank=True)
    language = models.CharField("Sprache", max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    received_at = models.DateTimeField("Eingegangen", auto_now_add=True)
    due_at = models.DateTimeField("Antwort bis")
    answered_at = models.DateTimeField("Beantwortet", null=True, blank=True)
    answer = models.TextField("Antwort", max_length=4000, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="Beantwortet von",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = "gemeldete Barriere"
        verbose_name_plural = "gemeldete Barrieren"
        ordering = ("due_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True) | (models.Q(by__isnull=False) & ~models.Q(answer="")),
                name="an_answered_report_has_an_answer_and_a_person",
            ),
        )
        indexes = (
            models.Index(fields=("due_at",), condition=models.Q(answered_at__isnull=True), name="reports_to_answer"),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def is_overdue(self) -> bool:
        return self.answered_at is None and self.due_at < timezone.now()
