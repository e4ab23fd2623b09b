from django import forms
from django.utils.translation import gettext_lazy as _

from miglobe import references
from miglobe.forms import OpenForm, TidyForm

from . import codes

MOST_LETTERS = 60  # with all the spaces and brackets that people copy


class AskForm(OpenForm):
    reference = forms.CharField(
        label=_("Aktenzeichen"),
        help_text=_("Es steht in jeder unserer E-Mails, zum Beispiel MG-2026-K7P4X."),
        max_length=MOST_LETTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Bitte geben Sie das Aktenzeichen an.")},
    )
    email = forms.EmailField(
        label=_("Ihre E-Mail-Adresse"),
        help_text=_("Die Adresse, an die wir Ihnen bisher geschrieben haben."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Bitte geben Sie Ihre E-Mail-Adresse an.")},
    )

    def clean_reference(self) -> str:
        reference = references.find(self.cleaned_data["reference"])
        if not reference:
            raise forms.ValidationError(
                _("Bitte geben Sie das Aktenzeichen so ein, wie es in unserer E-Mail steht: MG, Jahr, fünf Zeichen.")
            )
        return reference


class CodeForm(TidyForm):
    code = forms.CharField(
        label=_("Code aus der E-Mail"),
        help_text=_("Sechs Zeichen. Groß oder klein ist gleich; 0, O, 1 und I kommen nicht vor."),
        max_length=MOST_LETTERS,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "inputmode": "text",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("Bitte geben Sie den Code aus der E-Mail ein.")},
    )

    def clean_code(self) -> str:
        """What cannot be a code costs no try."""
        code = references.plain(self.cleaned_data["code"])
        if len(code) != codes.LENGTH or not set(code) <= set(references.ALPHABET):
            raise forms.ValidationError(
                _("Der Code hat sechs Zeichen, ohne 0, O, 1 und I. Bitte prüfen Sie Ihre Eingabe.")
            )
        return code
