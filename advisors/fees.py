"""Days and fees for the accounting of the operator: one row per person and report that has been handed in.

Only a record: nothing is paid here. What a day is paid is known once the report has been accepted.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Round

from requests import exports
from requests.exports import Cell, Column

from .models import Report, WorkRecord

BY_DESK = "Team, am Schreibtisch festgehalten"
STATES = {value: str(label) for value, label in Report.State.choices}


def _columns(report: str, *, own: bool) -> list[Column]:
    """`report`: the way from the row to the report; `own`: whether the row is one person's."""
    case, none = f"{report}consultation__", Value(None, output_field=CharField())
    handed_in = Coalesce(F(f"{report}sent_at"), F(f"{report}recorded_at"))
    return [
        Column("Aktenzeichen", f"{case}reference"),
        Column("Kommune", f"{case}municipality__name", width=28),
        Column("Berater*in", "offer__advisor__name" if own else Value(BY_DESK), personal=True, width=28),
        Column("Bericht vom", handed_in, exports.as_day, width=12),
        Column("Tage", "days", width=8),
        Column("Kilometer", "travel_km" if own else none, width=10),
        Column("Fahrtkosten (Euro)", "travel_cost" if own else none),
        Column("Daten der Belege", "receipts" if own else none, personal=True, width=40),
        Column("Satz je Tag (Euro)", "rate" if own else none),
        Column("Honorar (Euro)", Round(F("days") * F("rate"), precision=2) if own else none),
        Column("Stand des Berichts", f"{report}state", lambda state: STATES[state], width=26),
    ]


COLUMNS = _columns("report__", own=True)


def rows(start: datetime, end: datetime) -> Iterator[list[Cell]]:
    """The heads, then one row per person and report; one of which only the days of all are known is one row."""
    on_paper = exports.rows(_on_paper(start, end), _columns("", own=False))
    next(on_paper)  # the same heads
    return chain(exports.rows(_work(start, end), COLUMNS), on_paper)


def count(start: datetime, end: datetime) -> int:
    return _work(start, end).count() + _on_paper(start, end).count()


def _work(start: datetime, end: datetime) -> QuerySet[WorkRecord]:
    found = WorkRecord.objects.filter(report__in=_reports(start, end)).exclude(days=None)
    return found.order_by("report__consultation__reference", "pk")


def _on_paper(start: datetime, end: datetime) -> QuerySet[Report]:
    return _reports(start, end).exclude(work__days__isnull=False).order_by("consultation__reference")


def _reports(start: datetime, end: datetime) -> QuerySet[Report]:
    sent = Q(sent_at__gte=start, sent_at__lt=end)
    return Report.objects.handed_in().filter(sent | Q(sent_at=None, recorded_at__gte=start, recorded_at__lt=end))
