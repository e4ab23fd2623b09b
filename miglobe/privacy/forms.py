from django import forms
from django.utils.translation import gettext_lazy as _

from miglobe.forms import OpenForm


class AddressForm(OpenForm):
    email = forms.EmailField(
        label=_("Ihre E-Mail-Adresse"),
        help_text=_("Die Adresse, unter der Sie mit uns zu tun hatten."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Bitte geben Sie Ihre E-Mail-Adresse an.")},
    )
