"""The page with the figures, and the same as a file. Neither shows a case or a person."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from miglobe.forms import DayInput
from requests.exports import as_csv

from . import figures
from .figures import Period

PERMISSION = "requests.view_figures"
QUARTERS = {number: f"{number}. Quartal" for number in (1, 2, 3, 4)}


class YearForm(forms.Form):
    """A year or a quarter."""

    zeitraum = forms.ChoiceField(label="Jahr oder Quartal")

    def __init__(self, *args: Any, first: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = range(timezone.localdate().year, first - 1, -1)
        self.fields["zeitraum"].choices = [  # type: ignore[attr-defined]
            (
                str(year),
                [
                    (str(year), f"{year}, ganzes Jahr"),
                    *((f"{year}-{number}", f"{year}, {name}") for number, name in QUARTERS.items()),
                ],
            )
            for year in years
        ]

    @property
    def period(self) -> Period:
        year, _, quarter = self.cleaned_data["zeitraum"].partition("-")
        return figures.quarter(int(quarter), int(year)) if quarter else figures.year(int(year))


def _day(label: str) -> forms.DateField:
    """Of the years that a time zone can bear."""
    limits = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2199, 12, 31))]
    return forms.DateField(label=label, widget=DayInput, validators=limits)


class DaysForm(forms.Form):
    """From one day to another."""

    von = _day("Von")
    bis = _day("Bis")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("von") and given.get("bis") and given["bis"] < given["von"]:
            self.add_error("bis", "Das Ende liegt vor dem Beginn. Bitte prüfen Sie beide Daten.")
        return given

    @property
    def period(self) -> Period:
        return Period(self.cleaned_data["von"], self.cleaned_data["bis"])


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    by_year, by_days, period = chosen(request)
    context = {
        **site.each_context(request),
        "title": "Auswertung",
        "by_year": by_year,
        "by_days": by_days,
        "errors": period is None,
        "figures": period and figures.of(period),
        "smallest": figures.SMALLEST,
    }
    return TemplateResponse(request, "admin/figures.html", context, status=200 if period else 422)


def csv(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    _, _, period = chosen(request)
    if period is None:
        return HttpResponse("Diesen Zeitraum gibt es nicht.", content_type="text/plain; charset=utf-8", status=422)
    response = StreamingHttpResponse(as_csv(figures.rows(figures.of(period))), content_type="text/csv; charset=utf-8")
    name = f"auswertung-{period.first}-{period.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def chosen(request: HttpRequest, permission: str = PERMISSION) -> tuple[YearForm, DaysForm, Period | None]:
    """Both forms and the period of the one that was sent; at first the present year. Raises PermissionDenied."""
    if not request.user.has_perm(permission):
        raise PermissionDenied
    years = {"first": figures.first_year()}
    if "von" in request.GET or "bis" in request.GET:
        by_days = DaysForm(request.GET)
        return YearForm(**years), by_days, by_days.period if by_days.is_valid() else None
    by_year = YearForm({"zeitraum": request.GET.get("zeitraum") or str(timezone.localdate().year)}, **years)
    if not by_year.is_valid():
        return by_year, DaysForm(), None
    period = by_year.period
    return by_year, DaysForm(initial={"von": period.first, "bis": period.last}), period
