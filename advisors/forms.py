from django import forms

from miglobe.forms import TidyForm
from requests.validators import printable

from .models import DeclineReason


class DeclineForm(TidyForm):
    reason = forms.ModelChoiceField(
        DeclineReason.objects.filter(active=True),
        label="Warum passt es nicht?",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Bitte wählen Sie einen Grund. Er hilft uns, besser passende Einsätze anzubieten.",
            "invalid_choice": "Bitte wählen Sie einen Grund aus der Liste.",
        },
    )
    note = forms.CharField(
        label="Möchten Sie noch etwas dazu sagen?",
        required=False,
        max_length=1000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
