"""What the public profiles can be searched by."""

from typing import TypedDict
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from miglobe.forms import TidyForm
from requests.models import Language, Topic

NOT_LISTED = {"invalid_choice": _("Bitte wählen Sie nur Einträge aus der Liste.")}


class Chosen(TypedDict):
    topic: Topic | None
    language: Language | None


class ProfileFilter(TidyForm):
    thema = forms.ModelChoiceField(
        Topic.objects.filter(active=True),
        label=_("Thema"),
        required=False,
        empty_label=_("alle Themen"),
        error_messages=NOT_LISTED,
    )
    arbeitssprache = forms.ModelChoiceField(
        Language.objects.filter(active=True),
        label=_("Sprache"),
        required=False,
        empty_label=_("alle Sprachen"),
        error_messages=NOT_LISTED,
    )

    def chosen(self) -> Chosen:
        return {"topic": self.cleaned_data.get("thema"), "language": self.cleaned_data.get("arbeitssprache")}

    def as_query(self) -> str:
        """For the links to other pages of the list."""
        return urlencode({name: term.pk for name, term in self.cleaned_data.items() if term})
