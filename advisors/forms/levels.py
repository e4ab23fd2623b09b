"""Fields of our own making: a level for each of several terms, and many boxes to tick in groups."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.db.models import IntegerChoices
from django.utils.translation import gettext_lazy as _

from requests.models import Term


class LevelsInput(forms.Widget):
    """One select per term. The value: levels by the term's key; terms without a level are left out or blank."""

    use_fieldset = True
    terms: Iterable[Term] = ()
    levels: type[IntegerChoices]

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, Any]:
        return {str(term.pk): data.get(f"{name}_{term.pk}", "") for term in self.terms}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(f"{name}_{term.pk}" in data for term in self.terms)

    def id_for_label(self, id_: str) -> str:
        return ""  # each select has a label of its own

    def subwidgets(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """What templates/kern/field.html writes: the ids are counted as those of checkboxes."""
        chosen = {str(key): str(level) for key, level in (value or {}).items()}
        for number, term in enumerate(self.terms):
            level = chosen.get(str(term.pk), "")
            options = [("", "–"), *((str(each.value), each.label) for each in self.levels)]
            if level not in dict(options):
                level = ""
            yield {
                "type": "level",
                "name": f"{name}_{term.pk}",
                "label": str(term),
                "value": level,
                "options": options,
                "attrs": {"id": f"{(attrs or {}).get('id', f'id_{name}')}_{number}"},
            }


class LevelsField(forms.Field):
    """Cleans to levels by the term's key, without those that have none."""

    widget = LevelsInput
    default_error_messages = {"invalid_choice": _("Bitte wählen Sie eine Stufe aus der Liste.")}

    def __init__(self, levels: type[IntegerChoices], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.levels = levels
        self.widget.levels = levels

    def offer(self, terms: Iterable[Term]) -> None:
        self.widget.terms = list(terms)

    def to_python(self, value: Mapping[str, Any] | None) -> dict[int, int]:
        known = {str(level.value): level.value for level in self.levels}
        typed = {int(key): str(level) for key, level in (value or {}).items() if level}
        if not known.keys() >= set(typed.values()):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return {key: known[level] for key, level in typed.items()}

    def has_changed(self, initial: Any, data: Any) -> bool:
        return {str(key): str(level) for key, level in (initial or {}).items()} != {
            key: level for key, level in (data or {}).items() if level
        }


class GroupedBoxes(forms.CheckboxSelectMultiple):
    """Boxes to tick under a heading each. templates/kern/field.html writes the groups."""

    is_grouped = True
