"""The public form for barriers, and the desk's forms."""

from typing import Any, cast
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.html import escape
from django.utils.text import normalize_newlines
from django.utils.translation import gettext_lazy as _

from miglobe.forms import OpenForm

from . import editing, markup, reports
from .models import AccessibilityReport, Page, PageVersion


class BarrierForm(OpenForm):
    """What is in the way, and where."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    barrier = forms.CharField(
        label=_("Welche Barriere haben Sie gefunden?"),
        help_text=_("Was wollten Sie tun, und was hat Sie daran gehindert?"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
        error_messages={"required": _("Bitte beschreiben Sie kurz, was Sie hindert.")},
    )
    page = forms.CharField(
        label=_("Auf welcher Seite?"),
        help_text=_("Adresse oder Überschrift der Seite. Sie können das Feld frei lassen."),
        max_length=300,
        required=False,
    )
    email = forms.EmailField(
        label=_("Ihre E-Mail-Adresse"),
        help_text=_("Nur nötig, wenn wir Ihnen antworten sollen."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class Unlabelled(forms.HiddenInput):
    """The admin writes a label for hidden fields, too; this one belongs to none."""

    def id_for_label(self, id_: str | None) -> str:
        return ""


class PageForm(forms.ModelForm):
    """A page at the desk. It refuses to save over a version that this person has not seen."""

    seen = forms.IntegerField(widget=Unlabelled, required=False)
    newer: PageVersion | None = None  # what somebody else has saved meanwhile

    class Meta:
        model = Page
        fields = ("title", "description", "body")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "seen" in self.fields:  # not where somebody may only look
            latest = self.instance.versions.first()
            self.initial["seen"] = latest and latest.pk

    def clean_body(self) -> str:
        body = str(normalize_newlines(self.cleaned_data["body"]))
        unknown = markup.unknown_placeholders(body)
        if unknown:
            names = ", ".join(f"„{name}“" for name in unknown)
            known = ", ".join(markup.PLACEHOLDERS)
            raise forms.ValidationError(f"Diesen Platzhalter gibt es nicht: {names}. Es gibt: {known}.")
        return body

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        latest = editing.lock(self.instance).versions.select_related("by").first()
        if latest and latest.pk != cleaned.get("seen"):
            self.newer = latest
            self.data = cast(QueryDict, self.data).copy()
            self.data["seen"] = str(latest.pk)
            self.add_error(None, str(editing.Conflict(latest)))
        return cleaned


class AnswerForm(forms.ModelForm):
    """The answer to a reported barrier."""

    class Meta:
        model = AccessibilityReport
        fields = ("answer",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "answer" in self.fields:
            field = self.fields["answer"]
            field.required = True
            field.help_text = (  # the admin takes it for HTML, and anybody can type an address with tags
                f"Geht sofort per E-Mail an {escape(self.instance.email)}, mit Anrede und Gruß."
                if self.instance.email
                else "Die Person hat keine Adresse genannt. Die Antwort steht nur hier."
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        fresh = reports.lock(self.instance)
        if fresh.answered_at:
            self.add_error(None, str(reports.Answered(fresh)))
        return cleaned
