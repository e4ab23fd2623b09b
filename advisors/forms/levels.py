"""Fields of our own making: a level for each of several terms, several places, many boxes to tick in groups."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.db.models import IntegerChoices
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from requests.models import Municipality, Term

type Rows = Iterator[dict[str, Any]]


class RowsInput(forms.Widget):
    """Several selects under one legend, each with its own label; their ids are counted as those of checkboxes.

    templates/kern/field.html writes `subwidgets`; the desk uses `render`.
    """

    use_fieldset = True

    def id_for_label(self, id_: str, index: str = "0") -> str:
        return ""

    def rows(self, name: str, value: Any) -> Rows:
        """name, label, value and options of each."""
        raise NotImplementedError

    def subwidgets(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Rows:
        base = (attrs or {}).get("id", f"id_{name}")
        for number, row in enumerate(self.rows(name, value)):
            yield {"type": "row", **row, "attrs": {"id": f"{base}_{number}", **row.get("attrs", {})}}

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> Any:
        return render_to_string("advisors/rows_input.html", {"rows": list(self.subwidgets(name, value, attrs))})


class LevelsInput(RowsInput):
    """One select per term. The value: levels by the term's key; terms without a level are left out or blank."""

    terms: Iterable[Term] = ()
    levels: type[IntegerChoices]

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, Any]:
        return {str(term.pk): data.get(f"{name}_{term.pk}", "") for term in self.terms}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(f"{name}_{term.pk}" in data for term in self.terms)

    def rows(self, name: str, value: Any) -> Rows:
        chosen = {str(key): str(level) for key, level in (value or {}).items()}
        options = [("", "–"), *((str(each.value), each.label) for each in self.levels)]
        for term in self.terms:
            level = chosen.get(str(term.pk), "")
            yield {"name": f"{name}_{term.pk}", "label": str(term), "value": level, "options": options}


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


class PlacesInput(RowsInput, forms.SelectMultiple):
    """A select for each place, and room for more: choosing several in one long list is easily undone by a slip."""

    LEAST = 5

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [value for value in super().value_from_datadict(data, files, name) or [] if value]

    def rows(self, name: str, value: Any) -> Rows:
        chosen = [str(place) for place in value or []]
        options = [("", gettext("Bitte wählen")), *((str(key), label) for key, label in self.choices)]
        known = dict(options)
        for number in range(max(self.LEAST, len(chosen) + 1)):
            place = chosen[number] if number < len(chosen) else ""
            typed = {} if place in known else {"data-typed": place}
            label = gettext("%(number)d. Kommune") % {"number": number + 1}
            attrs = {"data-autocomplete": True, **typed}
            yield {"name": name, "label": label, "value": place, "options": options, "attrs": attrs}


class PlacesField(forms.ModelMultipleChoiceField):
    widget = PlacesInput
    default_error_messages = {
        "invalid_choice": _("Wir finden keine Kommune „%(value)s“. Bitte wählen Sie eine aus der Liste.")
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Municipality.objects.askable(), required=False, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class GroupedBoxes(forms.CheckboxSelectMultiple):
    """Boxes to tick under a heading each. templates/kern/field.html writes the groups."""

    is_grouped = True


class DigitsInput(forms.TextInput):
    """What is no number stays to be read: a field of the type number would throw it away."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", **(attrs or {})})
