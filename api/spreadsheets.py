"""Tables as spreadsheets open them, written row by row: XLSX, and CSV as Excel reads it in Russia.

No value becomes a formula, whatever it begins with: XLSX says of every text that it is one, CSV puts an apostrophe before it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

Value = str | int | datetime | date | None
"""What a cell holds. Times are local ones: a spreadsheet knows no zone."""


class Format(StrEnum):
    """What the table is written as."""

    XLSX = "xlsx"
    CSV = "csv"


MEDIA_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its heading. `width`: letters; `form`: how XLSX shows its dates."""

    title: str
    width: int
    form: str = "General"


MOMENT, DAY = "DD.MM.YYYY HH:MM", "DD.MM.YYYY"

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A field of CSV that begins so is computed where it is opened; a blank before does not help. Full-width signs count too."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML cannot hold."""


def write(kind: Format, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]], out: BinaryIO) -> None:
    """The table, into `out`."""
    if kind is Format.XLSX:
        _write_xlsx(title, columns, rows, out)
    else:
        _write_csv(columns, rows, out)


def _write_xlsx(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]], out: BinaryIO) -> None:
    """Its rows wait in a temporary file until the last one is written, so none of them is in memory twice."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    with closing(sheet):
        headings = [WriteOnlyCell(sheet, column.title) for column in columns]
        for heading in headings:
            heading.font, heading.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        sheet.append(headings)
        cells = [
            WriteOnlyCell(sheet) for _ in columns
        ]  # one a column for all its rows: a style costs more than a value
        for cell, column in zip(cells, columns, strict=True):
            cell.number_format = column.form
        for row in rows:
            sheet.append([_filled(cell, value) for cell, value in zip(cells, row, strict=True)])
    book.save(out)


def _filled(cell: WriteOnlyCell, value: Value) -> WriteOnlyCell | None:
    if value is None:
        return None
    if not isinstance(value, str):
        cell.value = value
        return cell
    cell.value = _UNPRINTABLE.sub("", value)
    cell.data_type = "s"
    return cell


def _write_csv(columns: Sequence[Column], rows: Iterable[Sequence[Value]], out: BinaryIO) -> None:
    """UTF-8 with its mark, and semicolons: what Excel with Russian settings takes for a table."""
    out.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";")
    writer.writerow([column.title for column in columns])
    for row in rows:
        writer.writerow(list(_plain(row)))
    text.detach()


def _plain(row: Iterable[Value]) -> Iterator[str]:
    for value in row:
        match value:
            case datetime():
                yield f"{value:%d.%m.%Y %H:%M}"
            case date():
                yield f"{value:%d.%m.%Y}"
            case str():
                printable = _UNPRINTABLE.sub("", value)
                yield f"'{printable}" if printable.lstrip(" \u00a0").startswith(_DANGEROUS) else printable
            case _:
                yield "" if value is None else str(value)
