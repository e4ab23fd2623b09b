"""Cases as a table for other programs: CSV and XLSX, row by row, so that memory does not grow with the list."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.db.models import Expression, F, OuterRef, QuerySet, StringAgg, Subquery, TextChoices, Value
from django.db.models.functions import Concat
from django.utils import timezone

from miglobe.accounts.models import User
from miglobe.errors import Refused

from .models import BulkRun, ConsultationRequest, State

CHUNK = 2_000  # rows read at a time
MOST = 50_000  # rows of one file: as many as a spreadsheet takes seconds for
# How a formula begins, also in full width; https://owasp.org, "CSV Injection".
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")

TYPES = {
    "csv": ("CSV", "text/csv; charset=utf-8"),
    "xlsx": ("Excel (XLSX)", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}

type Cell = str | int | Decimal | date | None


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Column:
    title: str
    source: str | Expression | Subquery  # what the database is asked for
    words: Callable[[Any], Cell] = _as_it_is
    personal: bool = False  # about people, or free text that may name them
    width: int = 18  # in a spreadsheet, in characters


def _label_of(choices: type[TextChoices]) -> Callable[[Any], Cell]:
    labels = {value: str(label) for value, label in choices.choices}
    return lambda value: labels.get(value, "")


def as_day(moment: datetime | None) -> date | None:
    return moment and timezone.localtime(moment).date()


def _names(relation: str) -> Subquery:
    """The names at the other end, in their own order. A query of its own per relation, so that rows do not multiply."""
    field = ConsultationRequest._meta.get_field(relation)
    through, target = field.remote_field.through, field.m2m_reverse_field_name()  # type: ignore[union-attr]
    linked = through._default_manager.filter(consultationrequest=OuterRef("pk")).order_by()
    names = StringAgg(f"{target}__name", delimiter=Value("; "), order_by=f"{target}__name")
    return Subquery(linked.values("consultationrequest").annotate(names=names).values("names"))


_PERSON = Concat("person__first_name", Value(" "), "person__last_name")

COLUMNS: Sequence[Column] = (
    Column("Aktenzeichen", "reference"),
    Column("Stand", "state", _label_of(State)),
    Column("Stand seit", "state_since", as_day, width=12),
    Column("Eingegangen", "confirmed_at", as_day, width=12),
    Column("Weg", "channel", _label_of(ConsultationRequest.Channel)),
    Column("Fällig", "due_at", as_day, width=12),
    Column("Kommune", "municipality__name", width=28),
    Column("Gemeindeschlüssel", "municipality__ags"),
    Column("Art der Kommune", "municipality__type", width=26),
    Column("Kreis", "municipality__district_name", width=26),
    Column("Regierungsbezirk", "municipality__region"),
    Column("Weitere Kommunen", _names("co_municipalities"), width=28),
    Column("Themen", _names("topics"), width=40),
    Column("Formate", _names("formats"), width=28),
    Column("Ort", "place", _label_of(ConsultationRequest.Place)),
    Column("Gewünscht ab", "wished_from", width=12),
    Column("Gewünscht bis", "wished_until", width=12),
    Column("Arbeitssprachen", _names("languages")),
    Column("Regionaler Schwerpunkt", _names("regions")),
    Column("Größe des Teams", "team_size"),
    Column("Organisation", "organisation__short_name"),
    Column("Zuständige Person", _PERSON, lambda name: name and name.strip(), width=24),
    Column("Erster Kontakt", "contacted_at", as_day, width=12),
    Column("Grund", "reason__name"),
    Column("Ergebnis", "outcome", _label_of(ConsultationRequest.Outcome)),
    Column("Ansprechperson", "contact_name", personal=True, width=24),
    Column("Amt", "contact_office", personal=True, width=24),
    Column("E-Mail-Adresse", "contact_email", personal=True, width=30),
    Column("Telefon", "contact_phone", personal=True),
    Column("Anliegen", "concern", personal=True, width=60),
    Column("Erhofftes Ergebnis", "hope", personal=True, width=60),
)


def columns(*, personal: bool) -> list[Column]:
    return [column for column in COLUMNS if personal or not column.personal]


def rows(cases: QuerySet[Any], wanted: Sequence[Column]) -> Iterator[list[Cell]]:
    """The heads, then one row per case (or what else is asked for), in the order given. One query, read bit by bit."""
    yield [column.title for column in wanted]
    sources = {
        f"column_{number}": F(column.source) if isinstance(column.source, str) else column.source
        for number, column in enumerate(wanted)
    }
    plain = cases.prefetch_related(None).select_related(None)
    for values in plain.annotate(**sources).values_list(*sources).iterator(chunk_size=CHUNK):
        yield [column.words(value) for column, value in zip(wanted, values, strict=True)]


def count(cases: QuerySet[ConsultationRequest]) -> int:
    """How many rows there will be. Raises Refused when one file would hold too many."""
    number = cases.order_by()[: MOST + 1].count()
    if number > MOST:
        most = f"{MOST:,}".replace(",", ".")
        raise Refused(f"Die Liste hat mehr als {most} Anfragen. Bitte grenzen Sie sie ein, etwa nach Zeitraum.")
    return number


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def as_csv(table: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """For German spreadsheet programs: semicolons and a byte order mark. No cell is a formula."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\N{BYTE ORDER MARK}".encode()
    for row in table:
        line: str = writer.writerow([_plain(cell) for cell in row])
        yield line.encode()


def _plain(cell: Cell) -> str:
    """What a spreadsheet program takes for text. A date stays one it can read."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",")
    text = str(cell)
    return f"'{text}" if text.lstrip(" \N{NO-BREAK SPACE}").startswith(DANGEROUS) else text


def as_xlsx(table: Iterable[Sequence[Cell]], wanted: Sequence[Column], *, name: str = "Anfragen") -> IO[bytes]:
    """A temporary file, at its beginning; it vanishes when it is closed. Text is written as text."""
    file = TemporaryFile()  # noqa: SIM115 (whoever sends it closes it)
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": "dd.mm.yyyy"})
    sheet = book.add_worksheet(name)
    head, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd.mm.yyyy"})
    sheet.freeze_panes(1, 1)
    for number, column in enumerate(wanted):
        sheet.set_column(number, number, column.width)
    for line, row in enumerate(table):
        for number, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(line, number, cell, day)
            elif isinstance(cell, int | Decimal):
                sheet.write_number(line, number, cell)
            elif cell:
                sheet.write_string(line, number, str(cell), head if line == 0 else None)
    book.close()
    file.seek(0)
    return file


def note(run: BulkRun | None, *, given: dict[str, Any], count: int, by: User) -> None:
    """Keeps who has taken how much, of what, and whether with personal data."""
    now = timezone.now()
    run = run or BulkRun(move=BulkRun.EXPORT, by=by)
    run.given, run.count, run.begun_at, run.finished_at = given, count, run.begun_at or now, now
    run.save()
