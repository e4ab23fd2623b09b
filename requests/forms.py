"""The steps of the public form, and the short forms of the pages behind secret links."""

from datetime import timedelta
from typing import Any, ClassVar, Self

from django import forms
from django.db.models import QuerySet
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from miglobe.forms import DayInput, OpenForm, TidyForm, tidy

from . import attachments, file_types
from .models import ConsultationRequest, Format, Language, Municipality, Region, Topic
from .validators import printable

CO_MUNICIPALITIES = 3
A_MONTH, TEN_YEARS = timedelta(days=31), timedelta(days=3653)


class Step(forms.ModelForm):
    """One step of the form. It validates; `requests.drafts` decides when its values are stored."""

    title: ClassVar[str | Promise]
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = tidy()

    def unchecked(self) -> Self:
        """Shows what was typed and says nothing about it: for a page that changes its language."""
        self._errors = ErrorDict()
        return self

    def only_active(self, *names: str) -> None:
        """Offers what is switched on of these vocabularies."""
        models: dict[str, QuerySet[Any]] = {
            "topics": Topic.objects.all(),
            "formats": Format.objects.all(),
            "languages": Language.objects.all(),
            "regions": Region.objects.all(),
        }
        for name in names:
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)
            field.queryset = models[name].filter(active=True)
            field.error_messages["invalid_choice"] = field.error_messages["invalid_pk_value"] = _(
                "Bitte wählen Sie nur Einträge aus der Liste."
            )

    def require(self, name: str, message: str | Promise) -> None:
        self.fields[name].required = True
        self.fields[name].error_messages["required"] = str(message)


class MunicipalityChoice(forms.ModelChoiceField):
    """All municipalities in one list; typing finds them where scripts run."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Municipality.objects.askable(),
            empty_label=_("Bitte wählen"),
            widget=forms.Select(attrs={"data-autocomplete": ""}),
            error_messages={
                "invalid_choice": _("Wir finden keine Kommune „%(value)s“. Bitte wählen Sie eine aus der Liste.")
            },
            **kwargs,
        )

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class MunicipalityStep(Step):
    title = _("Ihre Kommune")
    municipality = MunicipalityChoice(
        label=_("Für welche Kommune fragen Sie an?"),
        help_text=_("Stadt, Gemeinde oder Kreis in Nordrhein-Westfalen. Tippen Sie die ersten Buchstaben des Namens."),
    )

    class Meta:
        model = ConsultationRequest
        fields = ("municipality",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.require("municipality", _("Bitte wählen Sie Ihre Kommune aus der Liste."))
        shared: Any = list(iter(MunicipalityChoice().widget.choices))  # one query for all; list() alone would count
        field = self.fields["municipality"]
        assert isinstance(field, forms.ModelChoiceField)
        field.choices = shared
        for number in range(1, CO_MUNICIPALITIES + 1):
            label = gettext("%(number)d. weitere Kommune, die mit Ihnen anfragt") % {"number": number}
            choice = MunicipalityChoice(label=label, required=False)
            choice.choices = shared
            self.fields[f"co_{number}"] = choice

    def partners(self) -> list[forms.BoundField]:
        return [self[f"co_{number}"] for number in range(1, CO_MUNICIPALITIES + 1)]

    def has_partners(self) -> bool:
        return any(field.value() for field in self.partners())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        partners = [cleaned.pop(f"co_{number}", None) for number in range(1, CO_MUNICIPALITIES + 1)]
        own = cleaned.get("municipality")
        cleaned["co_municipalities"] = [place for place in dict.fromkeys(filter(None, partners)) if place != own]
        return cleaned

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]
        self.instance.co_municipalities.set(self.cleaned_data["co_municipalities"])


class ConcernStep(Step):
    title = _("Ihr Anliegen")

    class Meta:
        model = ConsultationRequest
        fields = ("topics", "concern", "hope")
        labels: ClassVar = {
            "topics": _("Um welche Themen geht es?"),
            "concern": _("Worum geht es Ihnen?"),
            "hope": _("Was erhoffen Sie sich von der Beratung?"),
        }
        help_texts: ClassVar = {
            "topics": _("Sie können mehrere Themen auswählen."),
            "concern": _("Einige Sätze genügen: Was gibt es schon, was fehlt, was haben Sie vor?"),
        }
        widgets: ClassVar = {
            "topics": forms.CheckboxSelectMultiple,
            "concern": forms.Textarea(attrs={"rows": 6}),
            "hope": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.only_active("topics")
        self.require("topics", _("Bitte wählen Sie mindestens ein Thema."))
        self.require("concern", _("Bitte beschreiben Sie Ihr Anliegen in wenigen Sätzen."))


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


def files_field(label: Any) -> forms.FileField:
    return forms.FileField(
        label=label,
        required=False,
        widget=FilesInput(
            attrs={
                "accept": file_types.ACCEPT,
                "multiple": True,
                "data-most-bytes": attachments.MOST_BYTES,
            }
        ),
    )


class FilesStep(Step):
    """Files are kept as soon as they arrive (`requests.attachments`): nothing of this step is left to be stored."""

    title = _("Unterlagen")
    uploads = files_field(_("Dateien auswählen"))

    class Meta:
        model = ConsultationRequest
        fields = ()

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__({} if data is None else data, **kwargs)  # nobody needs to have been here
        limits = {"size": attachments.MOST_BYTES // file_types.MB, "number": attachments.MOST_FILES}
        field = self.fields["uploads"]
        field.help_text = (
            gettext(
                "Zum Beispiel ein Konzept oder ein Ratsbeschluss. PDF, Bilder (JPG, PNG, GIF, WebP) und "
                "Office-Dokumente (DOCX, XLSX, PPTX, ODT, ODS, ODP), je Datei bis %(size)d MB, "
                "zusammen bis zu %(number)d Dateien."
            )
            % limits
        )
        field.widget.attrs["data-too-large"] = gettext("Größer als %(size)d MB und deshalb nicht ausgewählt:") % limits

    def clean(self) -> dict[str, Any]:
        return {"attachments": self.instance.attachments.of_the_form()}

    def refuse(self, sentences: list[str]) -> None:
        """Says beside the field which of the files that were just sent could not be kept, and why."""
        self.is_valid()
        self.add_error("uploads", sentences)


class FrameStep(Step):
    title = _("Der Rahmen")

    class Meta:
        model = ConsultationRequest
        fields = ("formats", "place", "wished_from", "wished_until", "languages", "regions")
        labels: ClassVar = {
            "formats": _("Welche Formate wünschen Sie sich?"),
            "place": _("Wo soll die Beratung stattfinden?"),
            "wished_from": _("Ab wann wünschen Sie sich die Beratung?"),
            "wished_until": _("Bis wann soll sie abgeschlossen sein?"),
            "languages": _("In welchen Sprachen kann die Beratung stattfinden?"),
            "regions": _("Gibt es einen regionalen Schwerpunkt?"),
        }
        help_texts: ClassVar = {
            "formats": _("Wenn Sie noch unsicher sind, lassen Sie die Auswahl frei. Wir beraten Sie gern."),
            "languages": _("Wählen Sie alle Sprachen, die infrage kommen."),
            "regions": _("Zum Beispiel, weil Sie eine Partnerschaft haben oder planen."),
        }
        widgets: ClassVar = {
            "formats": forms.CheckboxSelectMultiple,
            "place": forms.RadioSelect,
            "wished_from": DayInput(),
            "wished_until": DayInput(),
            "languages": forms.CheckboxSelectMultiple,
            "regions": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.only_active("formats", "languages", "regions")
        self.initial["languages"] = Language.objects.filter(active=True)[:1]  # the usual one, chosen beforehand
        regions = self.fields["regions"]
        assert isinstance(regions, forms.ModelMultipleChoiceField)
        regions.queryset = regions.queryset.filter(part_of=None)  # type: ignore[union-attr]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        begin, end = cleaned.get("wished_from"), cleaned.get("wished_until")
        today = timezone.localdate()
        for name, day in (("wished_from", begin), ("wished_until", end)):
            if day and day < today - A_MONTH:
                self.add_error(name, _("Dieses Datum liegt in der Vergangenheit."))
            elif day and day > today + TEN_YEARS:
                self.add_error(name, _("Bitte wählen Sie ein Datum in den nächsten zehn Jahren."))
        return cleaned


class ContactStep(Step):
    title = _("Kontakt")

    class Meta:
        model = ConsultationRequest
        fields = ("contact_name", "contact_office", "contact_email", "contact_phone")
        labels: ClassVar = {
            "contact_name": _("Vor- und Nachname der Ansprechperson"),
            "contact_office": _("Amt oder Fachbereich"),
            "contact_email": _("Dienstliche E-Mail-Adresse"),
            "contact_phone": _("Telefon"),
        }
        help_texts: ClassVar = {
            "contact_email": _("An diese Adresse schicken wir einen Link, mit dem Sie die Anfrage bestätigen."),
        }
        widgets: ClassVar = {
            "contact_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "contact_office": forms.TextInput(attrs={"autocomplete": "organization"}),
            "contact_email": forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
            "contact_phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.require("contact_name", _("Bitte nennen Sie eine Ansprechperson."))
        self.require("contact_email", _("Bitte geben Sie eine E-Mail-Adresse an."))


STEPS: dict[str, type[Step]] = {
    "kommune": MunicipalityStep,
    "anliegen": ConcernStep,
    "unterlagen": FilesStep,
    "rahmen": FrameStep,
    "kontakt": ContactStep,
}


# --- Behind secret links ---------------------------------------------------------------------------


class MessageForm(TidyForm):
    """A message or an answer. Its files are kept as soon as they arrive, as in `FilesStep`."""

    text = forms.CharField(
        label=_("Nachricht an die Koordination"),
        max_length=4000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Bitte schreiben Sie Ihre Nachricht in das Feld.")},
    )

    uploads = files_field(_("Dateien dazu"))

    def __init__(self, *args: Any, answering: bool = False, takes_files: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uploads"].help_text = gettext(
            "PDF, Bilder und Office-Dokumente, je Datei bis %(size)d MB, zur ganzen Anfrage bis zu %(number)d Dateien."
        ) % {"size": attachments.MOST_BYTES // file_types.MB, "number": attachments.MOST_FILES}
        if not takes_files:
            del self.fields["uploads"]
        if answering:
            self.fields["text"].label = _("Ihre Antwort")
            self.fields["text"].error_messages["required"] = _("Bitte schreiben Sie Ihre Antwort in das Feld.")

    def refuse(self, sentences: list[str]) -> None:
        """Says which of the files that were just sent could not be kept, and why."""
        self.is_valid()
        if sentences:
            self.add_error("uploads" if "uploads" in self.fields else None, sentences)


class WithdrawForm(TidyForm):
    note = forms.CharField(
        label=_("Möchten Sie uns einen Grund nennen?"),
        required=False,
        max_length=1000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PauseForm(OpenForm):
    email = forms.EmailField(
        label=_("An welche E-Mail-Adresse dürfen wir den Link schicken?"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Bitte geben Sie eine E-Mail-Adresse an.")},
    )


class LostLinkForm(OpenForm):
    email = forms.EmailField(
        label=_("Ihre E-Mail-Adresse"),
        help_text=_("Die Adresse, an die wir Ihnen bisher geschrieben haben."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Bitte geben Sie Ihre E-Mail-Adresse an.")},
    )
