"""What every public form has in common."""

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


class TidyForm(forms.Form):
    use_required_attribute = False  # our own messages are kinder than the browser's

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = tidy()

    @classmethod
    def as_typed(cls, data: QueryDict, **kwargs: Any) -> Self:
        """An unbound form that shows what was typed, unchecked: for a page that changes its language."""
        return cls(initial={field.name: field.value() for field in cls(data, **kwargs)}, **kwargs)
