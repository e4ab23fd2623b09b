"""What desk and team fill in about appointments. The cleaned names are the arguments of the command."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from miglobe.forms import ClockInput, DayInput, TidyForm
from miglobe.templatetags.language import weekday
from requests.validators import one_line, printable

from ..models import Appointment, DateOption, DateProposal
from ..proposals import MOST_OPTIONS

ENDS_TOO_EARLY = _("Das Ende liegt nicht nach dem Beginn.")


def _place() -> forms.CharField:
    return forms.CharField(
        label=_("Ort oder Zugang"),
        max_length=300,
        validators=[one_line],
        help_text=_("Anschrift und Raum, oder die Adresse der Videokonferenz. Steht so in den E-Mails."),
    )


def _moments(day: date, begins: time, ends: time) -> tuple[datetime, datetime]:
    """Where the portal is at home."""
    first, last = (timezone.make_aware(datetime.combine(day, clock)) for clock in (begins, ends))
    return first, last


def _is_after(end: datetime, begin: datetime) -> bool:
    """In time, not by the clock: in the night that puts it forward, two o'clock and three are one moment."""
    return end.timestamp() > begin.timestamp()


class MoveForm(TidyForm):
    day = forms.DateField(label=_("Tag"), widget=DayInput)
    begins = forms.TimeField(label=_("Beginn"), widget=ClockInput)
    ends = forms.TimeField(label=_("Ende"), widget=ClockInput)
    place = _place()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not {"day", "begins", "ends"} <= given.keys():
            return given
        day, begins, ends = given.pop("day"), given.pop("begins"), given.pop("ends")
        given["starts_at"], given["ends_at"] = _moments(day, begins, ends)
        if not _is_after(given["ends_at"], given["starts_at"]):
            raise ValidationError({"ends": ENDS_TOO_EARLY})
        return given


class ArrangeForm(MoveForm):
    kind = forms.ChoiceField(label=_("Art"), choices=Appointment.Kind.choices)
    field_order = ("kind",)


class CancelForm(TidyForm):
    note = forms.CharField(
        label=_("Warum fällt der Termin aus, und wie geht es weiter?"),
        max_length=1000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Steht so in der E-Mail an die Kommune und das Team."),
    )


class RecordForm(TidyForm):
    participants = forms.IntegerField(label=_("Wie viele haben teilgenommen?"), min_value=1, max_value=100_000)
    minutes = forms.CharField(
        label=_("Ergebnis"),
        required=False,
        max_length=4000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Was besprochen und verabredet wurde. Das lesen nur das Team und die Koordination."),
    )


class DatesForm(TidyForm):
    """Up to MOST_OPTIONS dates. The first row is needed; of the others those in which something stands."""

    kind = forms.ChoiceField(label=_("Art"), choices=Appointment.Kind.choices)
    place = _place()
    word = forms.CharField(
        label=_("Möchten Sie etwas dazu schreiben?"),
        required=False,
        max_length=1000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Steht so in der E-Mail an die Kommune."),
    )
    PARTS = ("day", "begins", "ends")
    numbers = range(1, MOST_OPTIONS + 1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in self.numbers:
            needed = number == 1 or not self.is_bound or any(self.data.get(f"{name}_{number}") for name in self.PARTS)
            for name, label, field, widget in (
                ("day", _("Tag"), forms.DateField, DayInput),
                ("begins", _("Beginn"), forms.TimeField, ClockInput),
                ("ends", _("Ende"), forms.TimeField, ClockInput),
            ):
                numbered = format_lazy("{number}. {label}", number=number, label=label)
                self.fields[f"{name}_{number}"] = field(label=numbered, required=needed, widget=widget)
        self.order_fields(["kind", *(name for number in self.numbers for name in self._names(number)), "place", "word"])

    def _names(self, number: int) -> list[str]:
        return [f"{name}_{number}" for name in self.PARTS]

    def rows(self) -> Iterator[tuple[int, list[BoundField]]]:
        for number in self.numbers:
            yield number, [self[name] for name in self._names(number)]

    @property
    def has_more_rows(self) -> bool:
        """Whether something stands behind the line to open."""
        return any(field.value() or field.errors for number, row in self.rows() if number > 3 for field in row)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        options: list[tuple[datetime, datetime]] = []
        for number in self.numbers:
            day, begins, ends = (given.pop(name, None) for name in self._names(number))
            if day is None or begins is None or ends is None:
                continue  # nothing was typed, or its error stands beside it
            option = _moments(day, begins, ends)
            if not _is_after(option[1], option[0]):
                self.add_error(f"ends_{number}", ENDS_TOO_EARLY)
            elif option[0] <= timezone.now():
                self.add_error(f"day_{number}", gettext("Dieser Termin liegt in der Vergangenheit."))
            elif option in options:
                self.add_error(f"day_{number}", gettext("Dieser Termin steht schon weiter oben."))
            options.append(option)
        return given | {"options": options}


class AnswerForm(TidyForm):
    """One of the dates that are still to come or, not `picking`, what is to be said about them."""

    option = forms.ModelChoiceField(
        DateOption.objects.none(),
        label=_("Welcher Termin passt Ihnen?"),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Bitte wählen Sie einen Termin."),
            "invalid_choice": _("Dieser Termin steht nicht mehr zur Wahl. Bitte wählen Sie einen anderen."),
        },
    )
    answer = forms.CharField(
        label=_("Wann würde es Ihnen passen?"),
        required=False,
        max_length=1000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Zum Beispiel: dienstags ab 14 Uhr, oder erst nach den Ferien."),
    )

    def __init__(self, *args: Any, proposal: DateProposal, picking: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        option = cast(forms.ModelChoiceField, self.fields["option"])
        option.queryset = proposal.options.filter(starts_at__gt=timezone.now())
        option.label_from_instance = in_words  # type: ignore[assignment,method-assign]
        option.required = picking


def in_words(option: DateOption) -> str:
    """Mittwoch, 2. Dezember 2026, 10:00 bis 12:00 Uhr"""
    begins, ends = timezone.localtime(option.starts_at), timezone.localtime(option.ends_at)
    return gettext("%(day)s, %(begins)s bis %(ends)s Uhr") % {
        "day": weekday(begins),
        "begins": f"{begins:%H:%M}",
        "ends": f"{ends:%H:%M}",
    }


def initial_of(appointment: Appointment) -> dict[str, Any]:
    """What the forms begin with."""
    begins, ends = timezone.localtime(appointment.starts_at), timezone.localtime(appointment.ends_at)
    return {
        "day": begins.date(),
        "begins": begins.time(),
        "ends": ends.time(),
        "place": appointment.place,
        "participants": appointment.participants,
        "minutes": appointment.minutes,
    }
