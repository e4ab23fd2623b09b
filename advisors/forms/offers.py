from django import forms
from django.utils.translation import gettext_lazy as _

from miglobe.forms import TidyForm
from requests.validators import printable

from ..models import DeclineReason


class DeclineForm(TidyForm):
    reason = forms.ModelChoiceField(
        DeclineReason.objects.filter(active=True),
        label=_("Warum passt es nicht?"),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Bitte wählen Sie einen Grund. Er hilft uns, besser passende Einsätze anzubieten."),
            "invalid_choice": _("Bitte wählen Sie einen Grund aus der Liste."),
        },
    )
    note = forms.CharField(
        label=_("Möchten Sie noch etwas dazu sagen?"),
        required=False,
        max_length=1000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
