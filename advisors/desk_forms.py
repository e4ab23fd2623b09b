"""What a coordinator fills in about a result. The cleaned names are the arguments of the command."""

from typing import Any

from django import forms
from django.db.models import Model

from miglobe.forms import DayInput
from requests.validators import printable

from .forms import DaysField
from .models import Feedback, FollowUp


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
    days = DaysField(
        label="Geleistete Tage",
        help_text="Alle Mitglieder des Teams zusammen, in halben Tagen: zum Beispiel 2,5.",
    )


class AgreementForm(forms.Form):
    """What municipality and team have agreed on."""

    goals = _text("Ziele der Beratung", required=True, help_text="Steht für Kommune und Team auf ihren Seiten.")
    days = DaysField(label="Vereinbarte Tage", help_text="Alle Mitglieder des Teams zusammen, in halben Tagen.")
    starts_on = forms.DateField(label="Von", widget=DayInput)
    ends_on = forms.DateField(label="Bis", widget=DayInput)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("starts_on") and given.get("ends_on") and given["ends_on"] < given["starts_on"]:
            self.add_error("ends_on", "Das Ende liegt vor dem Beginn. Bitte prüfen Sie beide Daten.")
        return given


class QuestionForm(forms.Form):
    question = forms.CharField(
        label="Was fehlt noch?",
        max_length=2000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Steht so in der E-Mail an das Team.",
    )


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


class FollowUpForm(forms.Form):
    extent = forms.TypedChoiceField(
        label="Was konnte die Kommune umsetzen?",
        coerce=int,
        choices=FollowUp.Extent.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Bitte wählen Sie eine der Antworten."},
    )
    done = _text("Was wurde umgesetzt?")
    hindered = _text("Was hat gehindert?")


def initial_of_result(form: type[forms.Form], result: Model | None) -> dict[str, Any]:
    """What has been recorded, to be corrected."""
    return {name: getattr(result, name) for name in form.base_fields} if result else {}
