"""What a coordinator fills in about a result. The cleaned names are the arguments of the command."""

from collections.abc import Iterable
from copy import copy
from typing import Any, ClassVar

from django import forms
from django.db.models import Model

from miglobe.forms import DayInput
from requests.validators import printable

from .forms import DaysField, WorkForm
from .models import Feedback, FollowUp, Offer, Report


def _text(label: str, *, required: bool = False, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label if required else f"{label} (freiwillig)",
        required=required,
        max_length=4000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=help_text,
    )


class ReportForm(forms.Form):
    agreed = _text("Was wurde verabredet?", required=True)
    options = _text("Handlungsoptionen", help_text="Welche Wege der Kommune offenstehen.")
    recommendations = _text("Empfehlungen", help_text="Wozu das Team rät.")
    days = DaysField(
        label="Geleistete Tage",
        help_text="Alle Mitglieder des Teams zusammen, in halben Tagen: zum Beispiel 2,5.",
    )


class WorkedReportForm(ReportForm):
    """With the work of each who was there, in place of days of all together."""

    people: ClassVar[dict[int, str]]
    days = None  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        work = {key: {name: given.pop(f"{name}_{key}", None) for name in WORK} for key in self.people}
        if not self.errors and not any(one["days"] for one in work.values()):
            self.add_error(f"days_{next(iter(self.people))}", "Zusammen muss es mindestens ein halber Tag sein.")
        return given | {"work": work}

    @property
    def plain(self) -> list[forms.BoundField]:
        return [self[name] for name in ReportForm.base_fields if name != "days"]

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(name, [self[f"{field}_{key}"] for field in WORK]) for key, name in self.people.items()]


WORK = {
    "days": "Geleistete Tage",
    "travel_km": "Kilometer (freiwillig)",
    "travel_cost": "Fahrtkosten in Euro (freiwillig)",
    "receipts": "Daten der Belege (freiwillig)",
}


def report_form(worked: Iterable[Offer]) -> type[forms.Form]:
    """The form for those who may have worked; who has left the team need not have."""
    people, fields = {}, dict[str, Any]()
    for offer in worked:
        has_left = offer.state != Offer.State.ACCEPTED
        people[offer.pk] = f"{offer.advisor}{' (nicht mehr im Team)' if has_left else ''}"
        for name, label in WORK.items():
            fields[f"{name}_{offer.pk}"] = field = copy(WorkForm.base_fields[name])
            field.label, field.help_text = label, HELP.get(name, "")
        fields[f"days_{offer.pk}"].required = not has_left
    return type("WorkedReportForm", (WorkedReportForm,), fields | {"people": people}) if people else ReportForm


HELP = {
    "days": "In halben Tagen, zum Beispiel 2,5. Auch 0 ist möglich.",
    "receipts": "Zum Beispiel: 03.09.2026 Bahn 48,20 Euro.",
}


def initial_of_report(report: Report | None) -> dict[str, Any]:
    """What has been recorded, of each who has worked too."""
    initial = initial_of_result(ReportForm, report)
    for record in report.work.all() if report else ():
        initial |= {f"{name}_{record.offer_id}": getattr(record, name) for name in WORK}
    return initial


class AgreementForm(forms.Form):
    """What municipality and team have agreed on."""

    goals = _text("Ziele der Beratung", required=True, help_text="Steht für Kommune und Team auf ihren Seiten.")
    days = DaysField(label="Vereinbarte Tage", help_text="Alle Mitglieder des Teams zusammen, in halben Tagen.")
    starts_on = forms.DateField(label="Von", widget=DayInput)
    ends_on = forms.DateField(label="Bis", widget=DayInput)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("starts_on") and given.get("ends_on") and given["ends_on"] < given["starts_on"]:
            self.add_error("ends_on", "Das Ende liegt vor dem Beginn. Bitte prüfen Sie beide Daten.")
        return given


class QuestionForm(forms.Form):
    question = forms.CharField(
        label="Was fehlt noch?",
        max_length=2000,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Steht so in der E-Mail an das Team.",
    )


class FeedbackForm(forms.Form):
    satisfaction = forms.TypedChoiceField(
        label="Wie zufrieden ist die Kommune?",
        coerce=int,
        choices=Feedback.Satisfaction.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Bitte wählen Sie eine der Antworten."},
    )
    helped = _text("Was hat geholfen?")
    missing = _text("Was hat gefehlt?")


class FollowUpForm(forms.Form):
    extent = forms.TypedChoiceField(
        label="Was konnte die Kommune umsetzen?",
        coerce=int,
        choices=FollowUp.Extent.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Bitte wählen Sie eine der Antworten."},
    )
    done = _text("Was wurde umgesetzt?")
    hindered = _text("Was hat gehindert?")


def initial_of_result(form: type[forms.Form], result: Model | None) -> dict[str, Any]:
    """What has been recorded, to be corrected."""
    return {name: getattr(result, name) for name in form.base_fields} if result else {}
