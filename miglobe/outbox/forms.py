"""What people at the desk fill in about mails and their texts."""

from typing import Any

from django import forms
from django.utils.html import format_html

from . import outbox, texts
from .models import Mail
from .texts import Words


class PlainForm(forms.Form):
    """Labels without a colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": ""} | kwargs)


class EditForm(PlainForm):
    """The words of a mail that is held."""

    subject = forms.CharField(label="Betreff", max_length=200)
    text = forms.CharField(
        label="Text",
        max_length=20_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 20}),
    )

    def __init__(self, mail: Mail, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mail = mail
        written = ", ".join(outbox.labels(mail).values())
        if written:  # a help text is taken for HTML, and people can type what looks like the place of a link
            self.fields["text"].help_text = format_html(
                "Bitte lassen Sie {} stehen: Daraus wird beim Versand der Link.", written
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"subject", "text"} <= cleaned.keys():
            for field, sentence in outbox.problems(self.mail, **cleaned).items():
                self.add_error(field, sentence)
        return cleaned


class DiscardForm(PlainForm):
    reason = forms.CharField(
        label="Warum soll die E-Mail nicht hinausgehen?",
        help_text="Steht am Schreibtisch bei der E-Mail und beim Fall, nur intern.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AddressForm(PlainForm):
    to = forms.EmailField(label="Richtige E-Mail-Adresse", widget=forms.EmailInput(attrs={"autocomplete": "off"}))


class TextForm(PlainForm):
    """The words of a kind of mail, checked against what may stand in them."""

    subject = forms.CharField(label="Betreff", required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2}))
    body = forms.CharField(
        label="Text", required=False, max_length=20_000, strip=False, widget=forms.Textarea(attrs={"rows": 20})
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, template: str, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.template, self.language = template, language
        if texts.part(template):
            del self.fields["subject"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            for field, sentences in texts.problems(self.template, self.language, self.words).items():
                for sentence in sentences:
                    self.add_error(field, sentence)
        return cleaned

    @property
    def words(self) -> Words:
        return texts.tidy(Words(self.cleaned_data.get("subject", ""), self.cleaned_data.get("body", "")))
