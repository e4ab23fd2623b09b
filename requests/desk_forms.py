"""What a coordinator fills in before a move. The names of the fields are the arguments of the command."""

from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist, ValidationError

from miglobe.accounts.models import Organisation, User

from . import colleagues, notes
from .models import ConsultationRequest, Reason
from .validators import printable


class NoQuestions(forms.Form):
    """The move asks for nothing."""


def _text(label: str, *, help_text: str = "", required: bool = True, rows: int = 5) -> forms.CharField:
    return forms.CharField(
        label=label if required else f"{label} (freiwillig)",
        help_text=help_text,
        required=required,
        max_length=4000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _reason(help_text: str = "") -> Any:
    return forms.ModelChoiceField(
        Reason.objects.filter(active=True),
        label="Grund",
        empty_label="Bitte wählen",
        help_text=help_text,
    )


class ContactForm(forms.Form):
    note = _text("Was haben Sie besprochen?", rows=4)


class AskForm(forms.Form):
    insert_into = "question"  # where a text block goes
    question = _text("Ihre Frage an die Kommune", help_text="Sie steht so in der E-Mail und auf der Statusseite.")


class ReplyForm(forms.Form):
    insert_into = "text"
    text = _text(
        "Ihre Nachricht an die Kommune",
        help_text="Sie steht so in der E-Mail und auf der Statusseite. Anrede und Gruß ergänzt die E-Mail.",
    )


class AnswerNoteForm(forms.Form):
    text = _text(
        "Antwort der Kommune",
        help_text="Aus einem Telefonat oder einer E-Mail. Die Kommune liest den Text auf ihrer Statusseite.",
    )


class AcceptForm(forms.Form):
    team_size = forms.TypedChoiceField(
        label="Größe des Teams",
        coerce=int,
        choices=[(1, "eine Person"), (2, "zwei Personen"), (3, "drei Personen")],
        initial=2,
    )


class RejectForm(forms.Form):
    insert_into = "note"
    reason = _reason("Der Satz, der zum Grund hinterlegt ist, steht in der E-Mail.")
    note = _text("Ergänzung für die Kommune", required=False, rows=4)


class ReferForm(forms.Form):
    insert_into = "note"
    reason = _reason("Nur für die Auswertung; die Kommune liest, was Sie unten schreiben.")
    note = _text("Welches Angebot passt besser, und wen spricht die Kommune dort an?")


class CloseForm(forms.Form):
    outcome = forms.ChoiceField(label="Ergebnis", choices=[("", "Bitte wählen"), *ConsultationRequest.Outcome.choices])
    note = _text("Interne Notiz", required=False, rows=4)


class HandOverForm(forms.Form):
    to = forms.ChoiceField(label="Wer wird zuständig?", choices=lambda: [("", "Bitte wählen"), *colleagues.receivers()])
    note = _text("Was sollte man dort wissen?", help_text="Steht in der E-Mail und im Verlauf, nur intern.", rows=4)

    def clean_to(self) -> User | Organisation:
        try:
            return colleagues.receiver(self.cleaned_data["to"])
        except ObjectDoesNotExist:
            raise ValidationError("Dorthin lässt sich die Anfrage nicht mehr übergeben.") from None


class WriteNoteForm(forms.Form):
    """An internal note. Whom it mentions is chosen in the list, typed with @ in the text, or both."""

    text = _text(
        "Neue Notiz", help_text="Mit @Name schicken Sie einer Person eine E-Mail mit dem Link hierher.", rows=4
    )
    mentioned = forms.ModelMultipleChoiceField(
        User.objects.none(), label="E-Mail an", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, writer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mentioned"].queryset = colleagues.everybody().exclude(pk=writer.pk)  # type: ignore[attr-defined]
        self.unknown: list[str] = []  # names behind an @ that fit nobody

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        try:
            named, self.unknown = notes.named_in(given.get("text", ""), colleagues.everybody())
        except notes.Unclear as unclear:
            self.add_error("text", str(unclear))
        else:
            given["mentioned"] = list(dict.fromkeys([*given.get("mentioned", ()), *named]))
        return given


class NoteForm(forms.Form):
    note = _text("Interne Notiz: Warum?", rows=4)


class MergeForm(forms.Form):
    note = _text("Ergänzung für die Kommune", help_text="Steht so in der E-Mail.", required=False, rows=3)
