"""What those who want to join fill in, beside the profile; and the consents, wherever they are asked for."""

from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from miglobe.forms import OpenForm, TidyForm
from requests.validators import one_line, printable, telephone

from .. import consents
from ..models import ConsentText, Purpose


class ApplicationForm(OpenForm):
    """Who somebody is and what they bring along. Nothing asks for origin."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    name = forms.CharField(
        label=_("Vor- und Nachname"),
        max_length=120,
        validators=[one_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Bitte nennen Sie uns Ihren Namen.")},
    )
    email = forms.EmailField(
        label=_("E-Mail-Adresse"),
        help_text=_("An diese Adresse schicken wir einen Link, mit dem Sie die Bewerbung bestätigen."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Bitte geben Sie eine E-Mail-Adresse an.")},
    )
    phone = forms.CharField(
        label=_("Telefon"),
        required=False,
        max_length=40,
        validators=[telephone],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    about = forms.CharField(
        label=_("Was bringen Sie mit?"),
        help_text=_(
            "Einige Sätze genügen: zu welchen Themen Sie beraten möchten und woher Sie sie kennen, zum Beispiel aus "
            "Beruf, Studium oder Ehrenamt. Über Ihre Herkunft brauchen Sie nichts zu schreiben."
        ),
        max_length=2000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Bitte schreiben Sie in einigen Sätzen, was Sie mitbringen.")},
    )
    agreed = forms.BooleanField(
        label=_(
            "Ich willige ein, dass die Koordination von MiGlobe meine Angaben liest, um über meine Aufnahme zu "
            "entscheiden. Mir ist bewusst, dass schon die Bewerbung etwas über eine Migrationsgeschichte aussagen kann."
        ),
        help_text=_("Sie können die Einwilligung jederzeit zurücknehmen."),
        error_messages={"required": _("Ohne Ihre Einwilligung können wir Ihre Bewerbung nicht lesen.")},
    )


class ConsentsForm(TidyForm):
    """The three, each with a box of its own, and which words stood beside it. None is chosen beforehand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = consents.asked()
        for each in self.asked:
            self.fields[each.purpose] = forms.BooleanField(
                label=_("Ich willige ein: %(purpose)s") % {"purpose": each.purpose.label}, required=False
            )
            self.fields[f"{each.purpose}_text"] = forms.IntegerField(
                required=False, widget=forms.HiddenInput, initial=each.text.pk
            )

    def boxes(self) -> list[tuple[consents.Asked, forms.BoundField, forms.BoundField]]:
        return [(each, self[each.purpose], self[f"{each.purpose}_text"]) for each in self.asked]

    def clean(self) -> dict[str, Any]:
        """What was ticked beside words that have changed since is not agreed to: the new words are shown."""
        cleaned = super().clean() or self.cleaned_data
        ticked = [each for each in self.asked if cleaned[each.purpose]]
        stale = [each for each in ticked if cleaned.get(f"{each.purpose}_text") != each.text.pk]
        for each in stale:
            self.add_error(
                each.purpose, _("Der Wortlaut hat sich inzwischen geändert. Bitte lesen Sie ihn noch einmal.")
            )
        if stale:
            self._untick(stale)
        return cleaned

    def _untick(self, stale: Iterable[consents.Asked]) -> None:
        shown = cast(QueryDict, self.data).copy()
        for each in stale:
            shown.pop(each.purpose, None)
            shown[f"{each.purpose}_text"] = str(each.text.pk)
        self.data = shown

    def agreed(self) -> Mapping[Purpose, ConsentText]:
        return {each.purpose: each.text for each in self.asked if self.cleaned_data[each.purpose]}
