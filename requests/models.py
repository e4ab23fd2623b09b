from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from miglobe import workdays
from miglobe.accounts.models import User
from miglobe.languages import in_language

from .validators import one_line, printable, telephone

# --- Municipalities and vocabularies: data that coordinators keep ------------------------------


class MunicipalityQuerySet(models.QuerySet["Municipality"]):
    def askable(self) -> MunicipalityQuerySet:
        return self.filter(active=True)


KINDS = (  # what the official list calls them; the desk reads them as they are
    gettext_noop("Gemeinde"),
    gettext_noop("Stadt"),
    gettext_noop("Große kreisangehörige Stadt"),
    gettext_noop("kreisfreie Stadt"),
    gettext_noop("regionsangehörige Stadt"),
)


class Municipality(models.Model):
    """A Gemeinde, Stadt or Kreis that may ask. Source: BKG VG250, see docs/data.md."""

    ags = models.CharField("Amtlicher Schlüssel", max_length=8, primary_key=True)
    name = models.CharField("Name", max_length=100)
    sort_key = models.CharField(max_length=110, editable=False)
    is_district = models.BooleanField("Kreis")
    type = models.CharField("Art", max_length=60)
    district_ags = models.CharField("Schlüssel des Kreises", max_length=5)
    district_name = models.CharField("Kreis oder kreisfreie Stadt", max_length=100)
    region = models.CharField("Regierungsbezirk", max_length=60)
    latitude = models.FloatField("Breite")
    longitude = models.FloatField("Länge")
    active = models.BooleanField("Kann anfragen", default=True)

    objects: ClassVar[models.Manager[Municipality]] = models.Manager.from_queryset(MunicipalityQuerySet)()

    class Meta:
        verbose_name = "Kommune"
        verbose_name_plural = "Kommunen"
        ordering = ("sort_key", "ags")
        indexes = (models.Index(fields=("district_ags",), name="municipality_district"),)

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Name, kind and place, unmistakable: a town and a Kreis may share a name."""
        if self.is_district:
            return self.name
        if self.name == self.district_name:
            return f"{self.name} ({gettext(self.type)})"
        kind = gettext(self.type.partition(" (")[0])  # Aachen's has a remark of its own in brackets
        return f"{self.name} ({kind}, {self.district_name})"

    @property
    def accusative(self) -> str:
        """As it stands after "für": "den Kreis Düren", "den Märkischen Kreis", "Ahlen". English needs no case."""
        return in_language(self._accusative, self.name)

    @property
    def _accusative(self) -> str:
        if not self.is_district:
            return self.name
        if self.type != "Kreis":
            return f"die {self.name}"
        return (
            f"den {self.name.removesuffix('er Kreis')}en Kreis"
            if self.name.endswith("er Kreis")
            else f"den {self.name}"
        )


class Term(models.Model):
    """An entry of a vocabulary. One that is used is switched off, not deleted."""

    name = models.CharField("Bezeichnung", max_length=120, unique=True)
    name_en = models.CharField("Bezeichnung auf Englisch", max_length=120, blank=True)
    position = models.PositiveSmallIntegerField("Reihenfolge", default=0)
    active = models.BooleanField("Zur Auswahl", default=True)

    class Meta:
        abstract = True
        ordering = ("position", "name")

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Topic(Term):
    class Meta(Term.Meta):
        verbose_name = "Thema"
        verbose_name_plural = "Themen"


class Format(Term):
    class Meta(Term.Meta):
        verbose_name = "Format"
        verbose_name_plural = "Formate"


class Language(Term):
    """A working language."""

    class Meta(Term.Meta):
        verbose_name = "Arbeitssprache"
        verbose_name_plural = "Arbeitssprachen"


class Region(Term):
    """A world region or a country as expertise, never as origin."""

    part_of = models.ForeignKey(
        "self", verbose_name="Teil von", on_delete=models.PROTECT, null=True, blank=True, related_name="countries"
    )

    class Meta(Term.Meta):
        verbose_name = "Regionalkompetenz"
        verbose_name_plural = "Regionalkompetenzen"


class Reason(Term):
    """Why a request was rejected or referred."""

    explanation = models.TextField("Satz für die E-Mail", blank=True, help_text="Freundlich und vollständig.")
    explanation_en = models.TextField("Satz für die E-Mail auf Englisch", blank=True)

    class Meta(Term.Meta):
        verbose_name = "Ablehnungsgrund"
        verbose_name_plural = "Ablehnungsgründe"

    @property
    def sentence(self) -> str:
        """What the municipality reads: the explanation, or the bare reason."""
        return in_language(self.explanation, self.explanation_en) or str(self)


# --- The request ---------------------------------------------------------------------------------


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


UNFILED = (State.DRAFT, State.UNCONFIRMED)
ENDED = (State.CLOSED, State.REJECTED, State.REFERRED, State.WITHDRAWN)


class ConsultationRequestQuerySet(models.QuerySet["ConsultationRequest"]):
    def filed(self) -> ConsultationRequestQuerySet:
        """What coordinators see: everything whose mailbox has been confirmed."""
        return self.exclude(state__in=UNFILED).exclude(state=State.WITHDRAWN, confirmed_at=None)

    def abandoned(self, now: datetime) -> ConsultationRequestQuerySet:
        """Drafts nobody returned to and requests nobody confirmed in time."""
        return self.filter(
            Q(state=State.DRAFT, updated_at__lt=now - timedelta(days=settings.DRAFT_DAYS))
            | Q(state=State.UNCONFIRMED, state_since__lt=now - timedelta(days=settings.UNCONFIRMED_DAYS))
            | Q(
                state=State.WITHDRAWN,
                confirmed_at=None,
                state_since__lt=now - timedelta(days=settings.UNCONFIRMED_DAYS),
            )
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

    created_at = models.DateTimeField("Begonnen", auto_now_add=True)
    updated_at = models.DateTimeField("Zuletzt geändert", auto_now=True)
    submitted_at = models.DateTimeField("Abgesendet", null=True, editable=False)
    confirmed_at = models.DateTimeField("Eingegangen", null=True, editable=False)
    contacted_at = models.DateTimeField("Erster Kontakt", null=True, editable=False)
    reopened_at = models.DateTimeField("Wieder aufgenommen", null=True, editable=False)
    unanswered_since = models.DateTimeField("Unbeantwortete Nachricht seit", null=True, editable=False)

    objects: ClassVar[models.Manager[ConsultationRequest]] = models.Manager.from_queryset(ConsultationRequestQuerySet)()

    class Meta:
        verbose_name = "Anfrage"
        verbose_name_plural = "Anfragen"
        ordering = ("-confirmed_at", "-pk")
        permissions = (("coordinate", "Kann Anfragen koordinieren"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(state=State.DRAFT)
                | Q(
                    municipality__isnull=False,
                    reference__isnull=False,
                    submitted_at__isnull=False,
                )
                & ~Q(contact_email="")
                & ~Q(contact_name=""),
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
            models.CheckConstraint(condition=Q(state__in=State.values), name="a_request_is_in_a_known_state"),
            models.CheckConstraint(condition=Q(team_size__range=(1, 3)), name="a_team_has_one_to_three_members"),
            models.CheckConstraint(
                condition=Q(wished_until__isnull=True)
                | Q(wished_from__isnull=True)
                | Q(wished_until__gte=models.F("wished_from")),
                name="a_wished_period_ends_after_it_begins",
            ),
        )
        indexes = (
            models.Index(fields=("-confirmed_at", "-id"), name="case_by_arrival"),
            models.Index(fields=("state", "-confirmed_at", "-id"), name="case_by_state"),
            models.Index(fields=("state", "state_since"), name="case_by_age_of_state"),
            models.Index(fields=("person", "-confirmed_at", "-id"), name="case_by_person"),
            models.Index(fields=("organisation", "-confirmed_at", "-id"), name="case_by_organisation"),
            models.Index(Upper("contact_email"), name="case_by_address"),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.municipality}" if self.reference else "Entwurf"

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

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
        """By when the present state has promised its next step; nothing is promised for the others."""
        if self.state == State.NEW and self.contacted_at is None:
            return self.first_contact_due
        days = {
            State.NEW: settings.FIRST_CONTACT_WORKDAYS,
            State.INQUIRY: settings.FIRST_CONTACT_WORKDAYS,
            State.SEARCHING: settings.OFFER_WORKDAYS,
            State.STAFFED: settings.FIRST_CONTACT_WORKDAYS,
        }.get(State(self.state))
        return workdays.due(self.state_since, days) if days else None

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


def _private_files() -> Storage:
    return storages["attachments"]


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def of_the_form(self) -> AttachmentQuerySet:
        """What the municipality has sent with its request, not with a message."""
        return self.filter(by=None, message=None)

    def unsent(self) -> AttachmentQuerySet:
        """What has arrived from the municipality and may still go with a message."""
        return self.filter(by=None, message=None)


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
    file = models.FileField("Datei", storage=_private_files)
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

    def __str__(self) -> str:
        return f"{self.get_source_display()} → {self.get_target_display()}"


THEIRS = ("answer", "write")  # moves by which the municipality speaks


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
