"""Municipalities and vocabularies: data that coordinators keep."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext, gettext_noop

from miglobe.history.tracking import tracked
from miglobe.languages import in_language


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


@tracked(inserts=False)  # the official list is loaded, not written
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
        indexes = (
            models.Index(fields=("district_ags",), name="municipality_district"),
            models.Index(fields=("sort_key",), name="municipality_by_name"),  # lists of cases are sorted by them
            models.Index(fields=("district_name",), name="municipality_by_district"),
        )

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


@tracked()
class Topic(Term):
    class Meta(Term.Meta):
        verbose_name = "Thema"
        verbose_name_plural = "Themen"


@tracked()
class Format(Term):
    class Meta(Term.Meta):
        verbose_name = "Format"
        verbose_name_plural = "Formate"


@tracked()
class Language(Term):
    """A working language."""

    class Meta(Term.Meta):
        verbose_name = "Arbeitssprache"
        verbose_name_plural = "Arbeitssprachen"


@tracked()
class Region(Term):
    """A world region or a country as expertise, never as origin."""

    part_of = models.ForeignKey(
        "self", verbose_name="Teil von", on_delete=models.PROTECT, null=True, blank=True, related_name="countries"
    )

    class Meta(Term.Meta):
        verbose_name = "Regionalkompetenz"
        verbose_name_plural = "Regionalkompetenzen"


@tracked()
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
