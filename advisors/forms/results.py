"""What team and municipality write of a consultation. The cleaned names are the arguments of the commands."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from miglobe.forms import TidyForm
from requests.validators import printable

from ..models import Feedback, FollowUp

TEXTS = ("agreed", "options", "recommendations")


class AmountField(forms.DecimalField):
    """A number with a comma or a point, whatever the language of the page. Of both, the last is the decimal one."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        super().__init__(localize=True, **options)
        self.widget.attrs |= {"inputmode": "decimal", "size": 6}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and "," in value:
            groups, _, cents = value.strip().rpartition(",")
            value = value.replace(",", "") if "." in cents else f"{groups.replace('.', '')}.{cents}"
        return super().to_python(value)


class DaysField(AmountField):
    """In half days. Not by `step_size`: Django looks at it even when the number is far too large, and fails."""

    default_error_messages = {
        "min_value": _("Bitte tragen Sie mindestens einen halben Tag ein: 0,5."),
        "max_value": _("Mehr als 200 Tage können es nicht sein."),
        "halves": _("Bitte rechnen Sie in halben Tagen: zum Beispiel 2 oder 2,5."),
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": Decimal("0.5"), "max_value": Decimal(200), "decimal_places": 1} | options)
        for name in ("min_value", "max_value"):  # django.forms gives validators words of their own
            for validator in self.validators:
                if getattr(validator, "code", "") == name:
                    validator.message = self.error_messages[name]  # type: ignore[attr-defined]

    def clean(self, value: Any) -> Decimal | None:
        days: Decimal | None = super().clean(value)
        if days and days % Decimal("0.5"):
            raise ValidationError(self.error_messages["halves"], code="halves")
        return days


def _text(label: Any, *, rows: int = 6, most: int = 4000, help_text: Any = "", required: Any = "") -> forms.CharField:
    """`required`: what is said when nothing is written."""
    return forms.CharField(
        label=label,
        required=bool(required),
        max_length=most,
        validators=[printable],
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
        error_messages={"required": required},
    )


class WorkForm(TidyForm):
    """What one has worked and travelled oneself. `final`: it is signed by that, so nothing needed may be missing."""

    needed: tuple[str, ...] = ("days",)

    days = DaysField(
        label=_("Ihre Tage"),
        min_value=Decimal(0),
        help_text=_("Nur Ihre eigenen, in halben Tagen: zum Beispiel 2,5."),
        error_messages={
            "required": _("Bitte tragen Sie ein, wie viele Tage Sie gearbeitet haben. Auch 0 ist möglich."),
            "min_value": _("Weniger als 0 Tage können es nicht sein."),
        },
    )
    travel_km = forms.IntegerField(
        label=_("Gefahrene Kilometer"),
        required=False,
        min_value=0,
        max_value=100_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "size": 6}),
    )
    travel_cost = AmountField(
        label=_("Fahrtkosten in Euro"),
        required=False,
        min_value=0,
        max_value=Decimal("99999.99"),
        decimal_places=2,
    )
    receipts = _text(
        _("Daten der Belege"),
        rows=3,
        most=1000,
        help_text=_("Zum Beispiel: 03.09.2026 Bahn 48,20 Euro. Die Belege selbst schicken Sie mit der Abrechnung."),
    )

    def __init__(self, *args: Any, final: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.final = final

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for name in self.needed:
            if not self.final and self.has_error(name, "required"):
                del self.errors[name]
                given[name] = self.fields[name].to_python("")
        return given

    @property
    def work(self) -> dict[str, Any]:
        """What is right of it."""
        return {name: self.cleaned_data[name] for name in WorkForm.base_fields if name in self.cleaned_data}


def _seen() -> forms.CharField:
    return forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)


class ReportForm(WorkForm):
    """The team's text and one's own work. The hidden fields tell what the text was when the page was opened."""

    needed = ("agreed", "days")
    agreed = _text(
        _("Was wurde verabredet?"),
        help_text=_("Was die Kommune vorhat und was vereinbart ist."),
        required=_("Bitte schreiben Sie, was verabredet wurde."),
    )
    options = _text(_("Handlungsoptionen"), help_text=_("Welche Wege der Kommune offenstehen."))
    recommendations = _text(_("Empfehlungen"), help_text=_("Wozu Sie der Kommune raten."))
    seen_agreed = _seen()
    seen_options = _seen()
    seen_recommendations = _seen()
    field_order = (*TEXTS, "days", "travel_km", "travel_cost", "receipts")

    @property
    def texts(self) -> dict[str, str]:
        """What is right of them."""
        return {name: self.cleaned_data[name] for name in TEXTS if name in self.cleaned_data}

    @property
    def seen(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(f"seen_{name}", "") for name in TEXTS}


class FeedbackForm(TidyForm):
    satisfaction = forms.TypedChoiceField(
        label=_("Wie zufrieden sind Sie mit der Beratung?"),
        coerce=int,
        choices=Feedback.Satisfaction.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Bitte wählen Sie eine der Antworten."),
            "invalid_choice": _("Bitte wählen Sie eine der Antworten."),
        },
    )
    helped = _text(_("Was hat Ihnen geholfen?"), rows=4)
    missing = _text(_("Was hat gefehlt?"), rows=4)


class FollowUpForm(TidyForm):
    extent = forms.TypedChoiceField(
        label=_("Was konnten Sie umsetzen?"),
        coerce=int,
        choices=FollowUp.Extent.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Bitte wählen Sie eine der Antworten."),
            "invalid_choice": _("Bitte wählen Sie eine der Antworten."),
        },
    )
    done = _text(_("Was haben Sie umgesetzt?"), rows=4)
    hindered = _text(_("Was hat Sie gehindert?"), rows=4)
