"""Choosing people of the pool by typing their names: at the desk only."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.db.models import Q
from django.template.loader import render_to_string

from ..models import Advisor


class PeopleInput(forms.Widget):
    """A field to type in for each, with one list of everybody for all of them: there may be thousands."""

    LEAST = 3
    use_fieldset = True
    names: Iterable[str] = ()

    def id_for_label(self, id_: str, index: str = "0") -> str:
        return ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        typed = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return [text.strip() for text in typed if text.strip()]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> Any:
        chosen = list(value or [])
        room = max(self.LEAST, len(chosen) + 1) - len(chosen)
        base = (attrs or {}).get("id", f"id_{name}")
        rows = [(f"{base}_{number}", text) for number, text in enumerate([*chosen, *[""] * room])]
        context = {"name": name, "rows": rows, "list": f"{base}_list", "names": self.names}
        return render_to_string("admin/advisors/people_input.html", context)


class PeopleField(forms.Field):
    """Cleans to advisors. What is shown and typed is the name, with the address where several have the same."""

    widget = PeopleInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self._names: dict[int, str] = {}

    def offer(self, *, but: int | None) -> None:
        """Everybody who has not left, or is chosen already, except the one. One query."""
        others = Q(left_at=None) & ~Q(pk=but) | Q(apart=but) if but else Q(left_at=None)
        people = Advisor.objects.filter(others).distinct()
        found = list(people.values_list("pk", "name", "email"))
        often = Counter(name for _, name, _ in found)
        self._names = {key: f"{name} ({email})" if often[name] > 1 else name for key, name, email in found}
        self.widget.names = self._names.values()

    def prepare_value(self, value: Any) -> Any:
        """Names as they were typed, or of those who are chosen."""
        return [each if isinstance(each, str) else self._name_of(each) for each in value or []]

    def _name_of(self, advisor: Advisor) -> str:
        return self._names.get(advisor.pk, advisor.name)

    def to_python(self, value: Any) -> list[Advisor]:
        keys = {name.casefold(): key for key, name in self._names.items()}
        unknown = [name for name in value or [] if name.casefold() not in keys]
        if unknown:
            raise forms.ValidationError([self._why_not(name) for name in unknown])
        return list(Advisor.objects.filter(pk__in={keys[name.casefold()] for name in value or []}))

    def _why_not(self, typed: str) -> str:
        if any(name.casefold().startswith(f"{typed.casefold()} (") for name in self._names.values()):
            return f"Mehrere Personen heißen „{typed}“. Bitte wählen Sie den Eintrag mit der E-Mail-Adresse."
        return f"Wir finden niemanden „{typed}“ im Pool. Bitte wählen Sie einen anderen Namen aus der Liste."

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(self._typed_of(initial)) != set(data or [])

    def _typed_of(self, initial: Any) -> Iterator[str]:
        return (self._name_of(advisor) for advisor in initial or [])
