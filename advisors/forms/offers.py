"""What an advisor says to an offer, and why an assignment is given up."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from miglobe.forms import TidyForm
from requests.validators import printable

from ..models import DeclineReason

MOST = 1000  # characters


class ReplyForm(TidyForm):
    """One form for both answers, so that nothing typed is lost; `accepts`: no reason is asked for."""

    note = forms.CharField(
        label=_("Möchten Sie der Koordination etwas dazu sagen?"),
        required=False,
        max_length=MOST,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
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

    def __init__(self, *args: Any, accepts: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = not accepts


class GiveUpForm(TidyForm):
    note = forms.CharField(
        label=_("Warum können Sie den Einsatz nicht fortsetzen?"),
        max_length=MOST,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Das liest nur die Koordination."),
        error_messages={"required": _("Bitte nennen Sie kurz den Grund.")},
    )
