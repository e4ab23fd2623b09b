"""The form in which coordinators correct what a municipality has sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from django import forms
from django.forms import Field, ModelMultipleChoiceField, model_to_dict
from django.forms.models import ModelChoiceIterator
from django.http import QueryDict

from miglobe.history.reading import Line

from .. import summary, workflow
from ..models import ConsultationRequest


@dataclass(frozen=True)
class Conflict:
    """A field that two people have corrected: what stands there now, and what this person has typed."""

    label: str
    theirs: str
    mine: str
    who: str = ""
    at: datetime | None = None


class CorrectionForm(forms.ModelForm):
    """Every field knows what it held when the page was opened. Only what was changed since is written.

    A field that somebody else has corrected meanwhile is refused once: both texts stay on the page, and whoever saves
    again does so knowingly. What somebody else has corrected to the same is left alone.
    """

    conflicts: dict[str, Conflict]

    class Meta:
        model = ConsultationRequest
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if {"municipality", "co_municipalities"} <= self.fields.keys():
            _read_places_once(self.fields["municipality"], self.fields["co_municipalities"])

    def clean(self) -> dict[str, Any]:
        """Under the lock of the case, so that what is compared here is what will be overwritten."""
        cleaned = super().clean() or self.cleaned_data
        stored = model_to_dict(workflow.lock(self.instance), fields=list(self.fields))
        opened_anew = cast(QueryDict, self.data).copy()
        self.conflicts, mine = {}, []
        for name, field in self.fields.items():
            before, theirs = self._before(name, field), stored[name]
            if name not in self.changed_data:
                _put(opened_anew, self[name], field, theirs, typed=True)
            elif not field.has_changed(_plain(theirs), _plain(self[name].data)):
                _put(opened_anew, self[name], field, theirs)
            else:
                mine.append(name)
                if before is not None and field.has_changed(_plain(theirs), _plain(before)):
                    self.conflicts[name] = _conflict(name, theirs=theirs, mine=cleaned.get(name), typed=self[name].data)
                    _put(opened_anew, self[name], field, theirs)
        self.__dict__["changed_data"] = mine
        for name in self.conflicts:
            self.add_error(name, "Das hat inzwischen jemand anders berichtigt. Ihre Angabe ist nicht gespeichert.")
        if self.conflicts:
            self.data = opened_anew
        return cleaned

    def _before(self, name: str, field: Field) -> Any:
        """What the field held when the page was opened; None where the browser did not say."""
        if isinstance(field, ModelMultipleChoiceField):
            return cast(QueryDict, self.data).getlist(self[name].html_initial_name)
        return self.data.get(self[name].html_initial_name)


def _read_places_once(one: Any, several: Any) -> None:
    """Two fields, one list of all municipalities."""
    places = cache(lambda: list(iter(ModelChoiceIterator(several))))  # its length would be asked for as well
    several.choices = places
    one.choices = lambda: [("", one.empty_label), *places()]


def _plain(value: Any) -> Any:
    """Browsers send line breaks their own way."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _put(data: QueryDict, bound: Any, field: Field, value: Any, *, typed: bool = False) -> None:
    """Lets the form begin with the stored value; with `typed` it also stands in the field."""
    words = _as_sent(field.prepare_value(value))
    data.setlist(bound.html_initial_name, words)
    if typed:
        data.setlist(bound.html_name, words)


def _as_sent(value: Any) -> list[str]:
    if isinstance(value, list | tuple | set):
        return [str(item) for item in value]
    if isinstance(value, date):
        return [f"{value:%d.%m.%Y}"]
    return ["" if value is None else str(value)]


def _conflict(name: str, *, theirs: Any, mine: Any, typed: Any) -> Conflict:
    field = ConsultationRequest._meta.get_field(name)
    if field.is_relation and not field.many_to_many and theirs is not None:
        theirs = field.related_model._default_manager.get(pk=theirs)  # type: ignore[union-attr]
    (now,) = summary.rows([name], {name: theirs})
    (own,) = summary.rows([name], {name: mine})
    return Conflict(now.label, now.value, own.value or ("" if mine is not None else str(typed or "")))


def told(conflicts: dict[str, Conflict], lines: Iterable[Line]) -> list[Conflict]:
    """The conflicts with who caused them and when; `lines` is the history, the newest first."""
    found = []
    for name, conflict in conflicts.items():
        line = next((line for line in lines if any(change.name == name for change in line.changes)), None)
        found.append(Conflict(conflict.label, conflict.theirs, conflict.mine, line.who, line.at) if line else conflict)
    return found
