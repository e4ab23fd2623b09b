"""What a coordinator fills in about a result. The cleaned names are the arguments of the command."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from requests.validators import printable

from .models import Feedback, Report


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
