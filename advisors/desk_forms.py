"""What a coordinator fills in about an appointment or a result. The cleaned names are the arguments of the command."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from miglobe.forms import DayInput
from requests.validators import one_line, printable

from .models import Appointment, Feedback, Report


class MoveForm(forms.Form):
    day = forms.DateField(label="Tag", widget=DayInput)
    begins = forms.TimeField(label="Beginn", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label="Ende", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    place = forms.CharField(
        label="Ort oder Zugang",
        max_length=300,
        validators=[one_line],
        help_text="Anschrift und Raum, oder die Adresse der Videokonferenz. Steht so in den E-Mails.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not {"day", "begins", "ends"} <= given.keys():
            return given
        day, begins, ends = given.pop("day"), given.pop("begins"), given.pop("ends")
        if ends <= begins:
            raise ValidationError({"ends": "Das Ende liegt nicht nach dem Beginn."})
        given["starts_at"] = timezone.make_aware(datetime.combine(day, begins))
        given["ends_at"] = timezone.make_aware(datetime.combine(day, ends))
        return given


class ArrangeForm(MoveForm):
    kind = forms.ChoiceField(label="Art", choices=Appointment.Kind.choices)
    field_order = ("kind",)


class CancelForm(forms.Form):
    note = forms.CharField(
        label="Warum fällt der Termin aus, und wie geht es weiter?",
        max_length=1000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Steht so in der E-Mail an die Kommune und das Team.",
    )


class RecordForm(forms.Form):
    participants = forms.IntegerField(label="Wie viele haben teilgenommen?", min_value=1, max_value=100_000)
    minutes = forms.CharField(
        label="Ergebnis (freiwillig)",
        required=False,
        max_length=4000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Was besprochen und verabredet wurde. Nur intern.",
    )


def _text(label: str, *, required: bool = False, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label if required else f"{label} (freiwillig)",
        required=required,
        max_length=4000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=help_text,
    )


class ReportForm(forms.Form):
    agreed = _text("Was wurde verabredet?", required=True)
    options = _text("Handlungsoptionen", help_text="Welche Wege der Kommune offenstehen.")
    recommendations = _text("Empfehlungen", help_text="Wozu das Team rät.")
    days = forms.DecimalField(
        label="Geleistete Tage",
        min_value=Decimal("0.5"),
        max_value=Decimal(200),
        decimal_places=1,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 6}),
        help_text="Alle Mitglieder des Teams zusammen, in halben Tagen: zum Beispiel 2,5.",
        error_messages={
            "min_value": "Bitte tragen Sie mindestens einen halben Tag ein: 0,5.",
            "max_value": "Mehr als 200 Tage können es nicht sein.",
        },
    )

    def clean_days(self) -> Decimal:
        """Not by `step_size`: Django looks at it even when the number is far too large, and fails."""
        days: Decimal = self.cleaned_data["days"]
        if days % Decimal("0.5"):
            raise ValidationError("Bitte rechnen Sie in halben Tagen: zum Beispiel 2 oder 2,5.")
        return days


class FeedbackForm(forms.Form):
    satisfaction = forms.TypedChoiceField(
        label="Wie zufrieden ist die Kommune?",
        coerce=int,
        choices=Feedback.Satisfaction.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Bitte wählen Sie eine der Antworten."},
    )
    helped = _text("Was hat geholfen?")
    missing = _text("Was hat gefehlt?")


def initial_of_result(form: type[forms.Form], result: Report | Feedback | None) -> dict[str, Any]:
    """What has been recorded, to be corrected."""
    return {name: getattr(result, name) for name in form.base_fields} if result else {}


def initial_of(appointment: Appointment) -> dict[str, Any]:
    """What the forms begin with."""
    begins, ends = timezone.localtime(appointment.starts_at), timezone.localtime(appointment.ends_at)
    return {
        "day": begins.date(),
        "begins": begins.time(),
        "ends": ends.time(),
        "place": appointment.place,
        "participants": appointment.participants,
        "minutes": appointment.minutes,
    }
