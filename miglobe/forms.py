"""What every public form has in common."""

import re
from datetime import date
from typing import Any, Self

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy


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


# --- What programs fill in -----------------------------------------------------------------------------

TRAP = "homepage"  # people do not meet this field; see components/trap.html
_BEGUN = TimestampSigner(salt="miglobe.forms.begun")


def trapped() -> str:
    """Nothing is lost: what filled the field may have been the browser."""
    return gettext(
        "Noch nicht abgesendet: Ein Feld, das leer bleiben soll, war ausgefüllt, vielleicht von Ihrem Browser. Wir "
        "haben es geleert. Bitte senden Sie noch einmal ab."
    )


def too_fast() -> str:
    return gettext(
        "Noch nicht abgesendet: Das ging sehr schnell. Bitte sehen Sie noch einmal hin und senden Sie dann ab."
    )


class OpenForm(TidyForm):
    """For pages that anybody finds: a field that only programs fill in, and a least time between page and answer.

    Both say what to do and keep what was typed; pressing again is enough for a person.
    """

    homepage = forms.CharField(required=False, label=gettext_lazy("Bitte leer lassen"))
    begun = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name not in (TRAP, "begun")])
        if not self.initial.get("begun"):
            self.initial["begun"] = _BEGUN.sign("")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        filled, begun = cleaned.pop(TRAP, ""), cleaned.pop("begun", "")
        if not self.errors and filled:
            self._put(TRAP, "")
            self.add_error(None, trapped())
        elif not self.errors and settings.FORM_SECONDS and self._is_too_fast(begun):
            self.add_error(None, too_fast())
        return cleaned

    def _is_too_fast(self, begun: str) -> bool:
        """A page without the moment gets one: the next answer counts from there."""
        try:
            _BEGUN.unsign(begun, max_age=settings.FORM_SECONDS)
        except SignatureExpired:
            return False
        except BadSignature:
            self._put("begun", _BEGUN.sign(""))
        return True

    def _put(self, name: str, value: str) -> None:
        data = QueryDict(mutable=True)
        data.update(self.data)
        data[self.add_prefix(name)] = value
        self.data = data
