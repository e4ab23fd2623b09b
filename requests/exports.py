"""Cases as a table for other programs: CSV and XLSX, row by row, so that memory does not grow with the list."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.db.models import QuerySet
from django.utils import timezone

from miglobe.accounts.models import User

from .models import BulkRun, ConsultationRequest

CHUNK = 2_000  # rows read at a time
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")  # how a formula begins; https://owasp.org, "CSV Injection"

type Cell = str | int | date | None


@dataclass(frozen=True)
class Column:
    title: str
    value: Callable[[ConsultationRequest], Any]
    personal: bool = False  # about people, or free text that may name them
    width: int = 18  # in a spreadsheet, in characters


def _names(attribute: str) -> Callable[[ConsultationRequest], str]:
    return lambda consultation: "; ".join(str(one) for one in getattr(consultation, attribute).all())


def _of_place(attribute: str) -> Callable[[ConsultationRequest], Any]:
    return lambda consultation: getattr(consultation.municipality, attribute, "")


def _day(attribute: str) -> Callable[[ConsultationRequest], date | None]:
    def local_day(consultation: ConsultationRequest) -> date | None:
        moment: datetime | None = getattr(consultation, attribute)
        return moment and timezone.localtime(moment).date()

    return local_day


COLUMNS: Sequence[Column] = (
    Column("Aktenzeichen", lambda c: c.reference),
    Column("Stand", lambda c: c.get_state_display()),
    Column("Stand seit", _day("state_since"), width=12),
    Column("Eingegangen", _day("confirmed_at"), width=12),
    Column("Weg", lambda c: c.get_channel_display()),
    Column("Fällig", _day("due_at"), width=12),
    Column("Kommune", _of_place("name"), width=28),
    Column("Gemeindeschlüssel", _of_place("ags")),
    Column("Art der Kommune", _of_place("type"), width=26),
    Column("Kreis", _of_place("district_name"), width=26),
    Column("Regierungsbezirk", _of_place("region")),
    Column("Weitere Kommunen", _names("co_municipalities"), width=28),
    Column("Themen", _names("topics"), width=40),
    Column("Formate", _names("formats"), width=28),
    Column("Ort", lambda c: c.get_place_display()),
    Column("Gewünscht ab", lambda c: c.wished_from, width=12),
    Column("Gewünscht bis", lambda c: c.wished_until, width=12),
    Column("Arbeitssprachen", _names("languages")),
    Column("Regionaler Schwerpunkt", _names("regions")),
    Column("Größe des Teams", lambda c: c.team_size),
    Column("Organisation", lambda c: c.organisation and c.organisation.short_name),
    Column("Zuständige Person", lambda c: c.person and str(c.person), width=24),
    Column("Erster Kontakt", _day("contacted_at"), width=12),
    Column("Grund", lambda c: c.reason and c.reason.name),
    Column("Ergebnis", lambda c: c.get_outcome_display()),
    Column("Ansprechperson", lambda c: c.contact_name, personal=True, width=24),
    Column("Amt", lambda c: c.contact_office, personal=True, width=24),
    Column("E-Mail-Adresse", lambda c: c.contact_email, personal=True, width=30),
    Column("Telefon", lambda c: c.contact_phone, personal=True),
    Column("Anliegen", lambda c: c.concern, personal=True, width=60),
    Column("Erhofftes Ergebnis", lambda c: c.hope, personal=True, width=60),
)


def columns(*, personal: bool) -> list[Column]:
    return [column for column in COLUMNS if personal or not column.personal]


def rows(cases: QuerySet[ConsultationRequest], wanted: Sequence[Column]) -> Iterator[list[Cell]]:
    """The heads, then one row per case, in the order of `cases`. Six queries for every 2,000 rows."""
    yield [column.title for column in wanted]
    whole = (
        cases.select_related("municipality", "organisation", "person", "reason")
        .prefetch_related(None)
        .prefetch_related("co_municipalities", "topics", "formats", "languages", "regions")
    )
    for consultation in whole.iterator(chunk_size=CHUNK):
        yield [column.value(consultation) for column in wanted]


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
    text = str(cell)
    return f"'{text}" if text.lstrip(" \N{NO-BREAK SPACE}").startswith(DANGEROUS) else text


def as_xlsx(table: Iterable[Sequence[Cell]], wanted: Sequence[Column]) -> IO[bytes]:
    """A temporary file, at its beginning; it vanishes when it is closed. Text is written as text."""
    file = TemporaryFile()  # noqa: SIM115 (whoever sends it closes it)
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": "dd.mm.yyyy"})
    sheet = book.add_worksheet("Anfragen")
    head, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd.mm.yyyy"})
    sheet.freeze_panes(1, 1)
    for number, column in enumerate(wanted):
        sheet.set_column(number, number, column.width)
    for line, row in enumerate(table):
        for number, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(line, number, cell, day)
            elif isinstance(cell, int):
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
