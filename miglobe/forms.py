"""What every public form has in common."""

import re
from datetime import date
from typing import Any, Self

from crispy_forms.helper import FormHelper
from django import forms
from django.http import QueryDict


def tidy() -> FormHelper:
    """Forms write their own <form>, token and buttons."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    return helper


class DayInput(forms.DateInput):
    """The browser's calendar. What is no day stays to be read: a field of the type date would throw it away."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        context["widget"]["type"] = "date" if not shown or _is_iso(shown) else "text"
        return context


def _is_iso(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class ClockInput(forms.TimeInput):
    """The browser's choice of a time; what is none stays to be read, as above."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        context["widget"]["type"] = "time" if not shown or re.fullmatch(r"\d\d:\d\d(:\d\d)?", shown) else "text"
        return context


class TidyForm(forms.Form):
    use_required_attribute = False  # our own messages are kinder than the browser's

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = tidy()

    @classmethod
    def as_typed(cls, data: QueryDict, **kwargs: Any) -> Self:
        """An unbound form that shows what was typed, unchecked: for a page that changes its language."""
        return cls(initial={field.name: field.value() for field in cls(data, **kwargs)}, **kwargs)
