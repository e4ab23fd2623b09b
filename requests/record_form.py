"""What a coordinator writes down of a request that came by telephone or the like: one page, little is required."""

from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from miglobe.forms import DayInput

from .forms import CO_MUNICIPALITIES, FrameStep, MunicipalityStep, files_field
from .models import ConsultationRequest
from .validators import printable

Channel = ConsultationRequest.Channel
CHANNELS = [(channel.value, channel.label) for channel in Channel if channel != Channel.WEB]
LONGEST_AGO = timedelta(days=366)


class RecordForm(MunicipalityStep, FrameStep):
    """Everything that the public form asks in steps. What is not known yet, the municipality adds later."""

    channel = forms.ChoiceField(
        label="Wie kam die Anfrage?",
        choices=CHANNELS,
        widget=forms.RadioSelect,
        error_messages={"required": "Bitte wählen Sie, auf welchem Weg die Anfrage kam."},
    )
    came_in_on = forms.DateField(
        label="Wann?",
        initial=timezone.localdate,
        help_text="Von diesem Tag an laufen die Fristen.",
        widget=DayInput,
        error_messages={"required": "Bitte nennen Sie den Tag, an dem die Anfrage kam."},
    )
    language = forms.ChoiceField(
        label="Sprache der E-Mails und der Statusseite",
        choices=[("de", "Deutsch"), ("en", "Englisch")],
        initial="de",
        widget=forms.RadioSelect,
    )
    responsible = forms.BooleanField(
        label="Ich bin für die Anfrage zuständig",
        initial=True,
        required=False,
        help_text="Sonst liegt sie für alle bereit, und die Organisationen erfahren davon.",
    )
    note = forms.CharField(
        label="Interne Notiz",
        required=False,
        max_length=4000,
        validators=[printable],
        help_text="Liest nur die Koordination.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    uploads = files_field("Unterlagen, die Sie bekommen haben")

    class Meta:
        model = ConsultationRequest
        fields = (
            *("municipality", "contact_name", "contact_office", "contact_email", "contact_phone"),
            *("topics", "concern", "hope"),
            *("formats", "place", "wished_from", "wished_until", "languages", "regions"),
        )
        labels: ClassVar = {
            "contact_name": "Vor- und Nachname",
            "contact_office": "Amt oder Fachbereich",
            "contact_phone": "Telefon",
            "topics": "Themen",
            "concern": "Worum geht es?",
            "hope": "Erhofftes Ergebnis",
            "formats": "Formate",
            "place": "Ort der Beratung",
            "wished_from": "Gewünscht ab",
            "wished_until": "Gewünscht bis",
            "languages": "Arbeitssprachen",
            "regions": "Regionaler Schwerpunkt",
        }
        help_texts: ClassVar = {
            "contact_email": (
                "An sie gehen die Bestätigung und alle Nachrichten; ohne sie geht es nicht. Hat die Person keine "
                "eigene, erfragen Sie die Adresse des Amts oder der Poststelle."
            ),
            "concern": "Ein Satz genügt. Die Kommune liest ihn in der Bestätigung und kann ihn ergänzen.",
        }
        widgets: ClassVar = {
            **FrameStep.Meta.widgets,
            "topics": forms.CheckboxSelectMultiple,
            "concern": forms.Textarea(attrs={"rows": 5}),
            "hope": forms.Textarea(attrs={"rows": 3}),
            "contact_email": forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            "contact_phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.only_active("topics")
        self.fields["topics"].required = False
        municipality = self.fields["municipality"]
        municipality.label, municipality.help_text = "Welche Kommune?", "Tippen Sie die ersten Buchstaben des Namens."
        self.require("municipality", "Bitte wählen Sie die Kommune aus der Liste.")
        self.require("contact_name", "Bitte nennen Sie die Person, mit der Sie gesprochen haben.")
        self.require("contact_email", "Bitte geben Sie eine E-Mail-Adresse an.")
        self.require("concern", "Bitte schreiben Sie in einem Satz, worum es geht.")
        for number in range(1, CO_MUNICIPALITIES + 1):
            self.fields[f"co_{number}"].label = f"{number}. weitere Kommune"
        for field in self.fields.values():
            if not field.required and not isinstance(field, forms.BooleanField):
                field.label = f"{field.label} (freiwillig)"

    def clean_came_in_on(self) -> Any:
        day, today = self.cleaned_data["came_in_on"], timezone.localdate()
        if day > today:
            raise forms.ValidationError("Dieser Tag liegt in der Zukunft.")
        if day < today - LONGEST_AGO:
            raise forms.ValidationError("Dieser Tag liegt mehr als ein Jahr zurück. Bitte prüfen Sie das Datum.")
        return day

    def came_in_at(self) -> datetime:
        """The moment from which deadlines are counted: now, or noon of an earlier day."""
        day = self.cleaned_data["came_in_on"]
        if day == timezone.localdate():
            return timezone.now()
        return timezone.make_aware(datetime.combine(day, time(12)))

    def refuse(self, sentences: list[str]) -> None:
        """Says which of the files that were just sent could not be kept, and why."""
        self.is_valid()
        if sentences:
            self.add_error("uploads", sentences)
