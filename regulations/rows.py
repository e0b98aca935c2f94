"""Rows of a table as people have it: pasted from Word or a spreadsheet, CSV, a sheet of XLSX. What paper tore is joined again."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

CATEGORY, SUBCATEGORY, ANSWERS = "Категория", "Подкатегория", "Ответственные"
COLUMNS = (CATEGORY, SUBCATEGORY, ANSWERS)
FACTS = "Факты"
"""A further column, if the head of the table has it beside the others: lists, by semicolons or one a line."""
MOST_ROWS = 2000
_MOST_COLUMNS = 12
_MOST_SHEETS = 20
_MOST_BYTES = 20 << 20
"""Unpacked, of a whole workbook: a table of an order has thousandths of it."""
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""Characters that nobody sees, and that make two words of one."""
_LINE_END = "\x1f"
"""Between lines of one cell of a pasted text, where a line end would end the row; a blank like that to whoever splits words."""
_CELL_OF_LINES = re.compile(r'(^|\t)"((?:[^"\t\n]|"")*\n(?:[^"\t]|"")*)"(?=\t|\n|$)', re.MULTILINE)
"""How a spreadsheet copies a cell of several lines. The line end asked for is the first one: were it any, each would be tried."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the table, where, and what to do about it."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class GridError(ValueError):
    """The table cannot be taken as it is: all that is wrong with it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


@dataclass(slots=True)
class Row:
    """Cells of one line as they were on paper, and the number of the first of its lines in the source.

    `alone`: nothing but its first cell is filled though it has the others: a heading over the lines below.
    `facts`: its cell of that column, with semicolons between them; None: the table has none.
    """

    number: int
    cells: list[str]
    alone: bool = False
    facts: str | None = None


def plain(text: str) -> str:
    """Without what two writings of the same words may differ in: case, spaces, kinds of quotes and dashes, «ё»."""
    whole = " ".join(text.translate(_INVISIBLE).split()).casefold()
    whole = whole.replace("ё", "е").replace("–", "-").replace("—", "-")
    return re.sub('[«»„“”"]', '"', whole)


def pasted_rows(text: str) -> list[Row]:
    """Of a text with tabs between its cells, or commas or semicolons as in CSV."""
    return _rows(cells_of_text(text, _is_head))


def workbook_rows(content: bytes) -> tuple[str, list[Row]]:
    """The name of the visible sheet that has the table, else of the first, and its rows. Raises GridError."""
    title, rows = cells_of_workbook(content, _is_head)
    return title, _rows(rows)


Cells = tuple[int, list[str]]
"""What a line of the source has, with its number."""
IsHead = Callable[[Sequence[str]], bool]


def tidy(cell: str) -> str:
    """The words of a cell alone."""
    return " ".join(cell.translate(_INVISIBLE).split())


def cells_of_text(text: str, is_head: IsHead) -> list[Cells]:
    """Line by line, of a text with tabs between its cells, or of CSV with such a head."""
    lines = _CELL_OF_LINES.sub(_one_line, text.replace("\r\n", "\n"))
    rows = [(number, line.split("\t")) for number, line in enumerate(lines.splitlines(), start=1)]
    return rows if "\t" in lines else _separated(text, is_head) or rows


def cells_of_workbook(content: bytes, is_head: IsHead) -> tuple[str, list[Cells]]:
    """The name of the visible sheet that has a table with such a head, else of the first, and its lines. Raises GridError."""
    _require_small(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        sheets = [(sheet.title, _cells(sheet)) for sheet in visible[:_MOST_SHEETS]]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, TypeError) as error:
        raise _unreadable() from error
    if not sheets:
        raise _unreadable()
    found = [(title, rows) for title, rows in sheets if any(is_head(cells) for _, cells in rows)]
    if len(found) > 1:
        titles = ", ".join(f"«{title}»" for title, _ in found)
        raise GridError([Fault("файл", f"таблица есть на листах {titles}: оставьте в книге одну")])
    return found[0] if found else sheets[0]


def _one_line(found: re.Match[str]) -> str:
    return found[1] + found[2].replace('""', '"').replace("\n", _LINE_END)


def _separated(text: str, is_head: IsHead) -> list[Cells]:
    """Rows of CSV; none where no line is the head of the table."""
    for mark in ";,":
        reader = csv.reader(io.StringIO(text), delimiter=mark)
        try:
            rows = [(reader.line_num, cells) for cells in reader]
        except csv.Error:
            continue
        if any(len(cells) > 1 and is_head(cells) for _, cells in rows):
            return rows
    return []


def _rows(rows: Sequence[Cells]) -> list[Row]:
    """The table alone: what stands above its head, and columns before that of the category, such as «№ п/п», are none of it."""
    at = next((at for at, (_, cells) in enumerate(rows) if _is_head(cells)), None)
    if at is None:
        return _joined(rows, None)
    head = [plain(cell) for cell in rows[at][1]]
    before = max(head.index(plain(SUBCATEGORY)) - 1, 0)
    facts = head.index(plain(FACTS)) - before if plain(FACTS) in head else None
    facts = facts if facts in (len(COLUMNS) - 1, len(COLUMNS)) else None
    whole = before + len(COLUMNS) + (facts is not None)
    headless = any(sum(map(bool, cells)) >= len(COLUMNS) for _, cells in rows[:at])
    table = rows if headless else rows[at:]
    found = _joined([(number, cells[before:] if len(cells) >= whole else cells) for number, cells in table], facts)
    for row in found:
        if facts is not None:
            row.facts = row.cells.pop(facts) if len(row.cells) > facts else ""
    return found


def _joined(rows: Iterable[Cells], facts: int | None) -> list[Row]:
    """Lines of the table as they were before page ends and line ends tore them. `facts`: which column has these."""
    found: list[Row] = []
    width = len(COLUMNS) + (facts is not None)
    for number, whole in rows:
        raw = list(whole)
        while len(raw) > width and not raw[-1].strip():
            raw.pop()
        cells = [_in_one_line(cell, "; " if place == facts else " ") for place, cell in enumerate(raw)]
        while cells and not cells[-1]:
            cells.pop()
        if not cells or _is_head(cells):
            continue
        last = found[-1] if found else None
        if last is not None and last.alone and cells[0]:
            found.pop()
            last = None
        between = "; " if last is not None and len(last.cells) - 1 == facts else " "
        if last is not None and len(last.cells) < width and len(raw) <= width - len(last.cells) + 1:
            last.cells[-1] = f"{last.cells[-1]}{between}{cells[0]}".strip()
            last.cells += cells[1:]
            last.alone = False
        elif last is not None and (len(raw) == 1 or not any(cells[: width - 1])):
            last.cells[-1] = f"{last.cells[-1]}{between}{cells[-1]}"
        elif len(raw) > 1:
            found.append(Row(number, cells, len(cells) == 1 and len(raw) >= len(COLUMNS)))
    return found


def _in_one_line(cell: str, between: str) -> str:
    lines = (tidy(line) for line in re.split(f"[\n{_LINE_END}]", cell))
    return between.join(filter(None, lines))


def _is_head(cells: Sequence[str]) -> bool:
    return any(plain(cell) == plain(SUBCATEGORY) for cell in cells)


def _cells(sheet: Any) -> list[Cells]:
    rows = sheet.iter_rows(max_row=MOST_ROWS + 10, max_col=_MOST_COLUMNS, values_only=True)
    found = [["" if cell is None else str(cell) for cell in row] for row in rows]
    over = (0, 0)
    for column, first, last in sorted(_merged(sheet)):
        if (column, first) <= over:
            continue  # one over another is no sheet that a program has written
        over = column, last
        for row in found[first:last]:
            row[column - 1] = found[first - 1][column - 1] if any(row[: column - 1]) else ""
    return list(enumerate(found, start=1))


def _merged(sheet: Any) -> Iterator[tuple[int, int, int]]:
    """Column, first and last row of what is merged downwards.

    Such a value counts in each of its rows that has something before it; a row without is more of the row above. A sheet that is
    read row by row does not tell what is merged, and one read as a whole takes the memory of every cell that it claims to have.
    """
    with sheet._get_source() as source:
        for _, part in iterparse(source):
            if part.tag == f"{{{SHEET_MAIN_NS}}}mergeCell":
                column, first, _, last = range_boundaries(part.get("ref", ""))
                if column and first and last and first < last and column <= _MOST_COLUMNS:
                    yield column, first, last
            part.clear()


def _require_small(content: bytes) -> None:
    """No workbook that unpacks into more than a table can be, and none with entities. Raises GridError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if sum(part.file_size for part in parts) > _MOST_BYTES or len(parts) > 500:
                raise GridError(
                    [Fault("файл", "распакованный он слишком велик: оставьте в книге одну таблицу приказа")]
                )
            if any(b"<!DOCTYPE" in packed.read(part)[:4096] for part in parts if part.filename.endswith(".xml")):
                raise _unreadable()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise _unreadable() from error


def _unreadable() -> GridError:
    return GridError([Fault("файл", "это не книга XLSX: сохраните таблицу как «Книга Excel (.xlsx)»")])
