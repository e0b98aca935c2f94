"""Annex 2 out of a table as people have it: pasted from Word, or a sheet of XLSX. Every fault is told with its place.

A table torn by page ends, cells of several lines, merged cells and repeated heads are read as what they were on paper.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from domain.annexes import Responsible

CATEGORY, SUBCATEGORY, ANSWERS = "Категория", "Подкатегория", "Ответственные"
COLUMNS = (CATEGORY, SUBCATEGORY, ANSWERS)
MOST_ROWS = 2000
_MOST_COLUMNS = 12
_MOST_BYTES = 20 << 20
"""Unpacked, of a whole workbook: a table of an order has thousandths of it."""
_LEAD = re.compile(r"(начальник(и|ам|у|а|ов)?\s*отдел(ов|а|ам|у)?(?!\w)\s*:?|начальник(и|ам|у|а|ов)?(?!\w))\s*")
_FORMERLY = re.compile(r"\s*\(\s*прежнее\s+наименование\s*:?\s*(.+)\)\s*$", re.IGNORECASE)
_QUOTED = re.compile(r"[«\"„“](.*)[»\"”“]")
_BETWEEN = " ;,.:\n\t"


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


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: category and subcategory by their titles, who answers by code; from which names they are renamed.

    `place`: sheet and row, where it came from a table.
    """

    category: str
    title: str
    responsible: tuple[str, ...]
    formerly: str = ""
    category_formerly: str = ""
    place: str = field(default="", compare=False)


@dataclass(slots=True)
class _Row:
    """Cells of one line as they were on paper, and the number of the first of its lines in the source."""

    number: int
    cells: list[str]


def pasted(text: str, known: Mapping[str, Responsible]) -> list[Line]:
    """Lines of a table pasted as text, tabs between its cells. Raises GridError."""
    rows = ((number, line.split("\t")) for number, line in enumerate(text.splitlines(), start=1))
    return _lines("таблица", _joined(rows), known)


def workbook(content: bytes, known: Mapping[str, Responsible]) -> list[Line]:
    """Lines of the sheet that has the table, else of the first. Raises GridError."""
    sheet, rows = _sheet(content)
    return _lines(f"лист «{sheet}»", _joined(rows), known)


def codes_of(cell: str, known: Mapping[str, Responsible]) -> tuple[list[str], str]:
    """Codes of those whom the cell names, in its sequence, and the words that name nobody (empty: all were understood)."""
    forms = _forms(known)
    rest = plain(cell)
    found: list[str] = []
    while rest := rest.lstrip(_BETWEEN):
        if not (form := _named(rest, forms)):
            rest = _LEAD.sub("", rest, count=1) if _LEAD.match(rest) else rest
            if not (form := _named(rest, forms)):
                return found, re.split(r"[;\n]", rest)[0].strip()
        rest = rest[len(form) :]
        if forms[form] not in found:
            found.append(forms[form])
    return found, ""


def renamed(cell: str) -> tuple[str, str]:
    """The title in a cell, and the former one that it names: «Аптеки и оптики (прежнее наименование: «Аптеки»)»."""
    found = _FORMERLY.search(cell)
    if found is None:
        return cell, ""
    formerly = found[1].strip()
    quoted = _QUOTED.fullmatch(formerly)
    return cell[: found.start()].strip(), quoted[1].strip() if quoted else formerly


def cell_of(title: str, formerly: str) -> str:
    """The same, as a table has it."""
    return f"{title} (прежнее наименование: «{formerly}»)" if formerly else title


def plain(text: str) -> str:
    """Without what two writings of the same words may differ in: case, spaces, kinds of quotes and dashes, «ё»."""
    whole = " ".join(text.split()).casefold().replace("ё", "е").replace("–", "-").replace("—", "-")
    return re.sub('[«»„“”"]', '"', whole)


def _forms(known: Mapping[str, Responsible]) -> dict[str, str]:
    """How each may be named, the longest first: a name may begin another."""
    found: dict[str, str] = {}
    for code, one in known.items():
        for words in (one.alone, one.listed, one.title, code):
            short = plain(words)
            found |= {form: code for form in (short, _LEAD.sub("", short, count=1)) if form}
    return dict(sorted(found.items(), key=lambda form: -len(form[0])))


def _named(rest: str, forms: Mapping[str, str]) -> str:
    """The name with which the rest of a cell begins, as a whole word."""
    return next((form for form in forms if re.match(re.escape(form) + r"(?!\w)", rest)), "")


def _joined(rows: Iterable[tuple[int, Sequence[str]]]) -> list[_Row]:
    """Lines of the table as they were before page ends and line ends tore them."""
    found: list[_Row] = []
    for number, raw in rows:
        cells = [" ".join(cell.split()) for cell in raw]
        while cells and not cells[-1]:
            cells.pop()
        if not cells or _is_head(cells):
            continue
        last = found[-1] if found else None
        if last is not None and len(last.cells) < len(COLUMNS) and len(raw) <= len(COLUMNS) - len(last.cells) + 1:
            last.cells[-1] = f"{last.cells[-1]} {cells[0]}".strip()
            last.cells += cells[1:]
        elif last is not None and (len(raw) == 1 or not any(cells[: len(COLUMNS) - 1])):
            last.cells[-1] = f"{last.cells[-1]} {cells[-1]}"
        elif len(raw) > 1:
            found.append(_Row(number, cells))
    return found


def _is_head(cells: Sequence[str]) -> bool:
    return any(plain(cell) == plain(SUBCATEGORY) for cell in cells)


def _lines(place: str, rows: Sequence[_Row], known: Mapping[str, Responsible]) -> list[Line]:
    """All lines, or all faults."""
    if not rows:
        raise GridError([Fault(place, "строк не нашлось: нужны столбцы «Категория», «Подкатегория», «Ответственные»")])
    if len(rows) > MOST_ROWS:
        raise GridError([Fault(place, f"строк больше {MOST_ROWS}: это не таблица приказа")])
    found: list[Line] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, str], int] = {}
    category = category_formerly = ""
    for row in rows:
        cells = row.cells + [""] * (len(COLUMNS) - len(row.cells))
        if cells[0]:
            category, category_formerly = renamed(cells[0])
        cells[1], formerly = renamed(cells[1])
        codes, unknown = codes_of(cells[2], known)
        here = f"{place}, строка {row.number}"
        faults += _faults(here, category, cells, codes, unknown, known)
        earlier = seen.setdefault((plain(category), plain(cells[1])), row.number)
        if earlier != row.number:
            faults.append(
                Fault(f"{here}, столбец «{SUBCATEGORY}»", f"«{cells[1]}» уже есть в строке {earlier}: оставьте одну")
            )
        found.append(Line(category, cells[1], tuple(codes), formerly, category_formerly, here))
    if faults:
        raise GridError(faults)
    return found


def _faults(
    here: str, category: str, cells: Sequence[str], codes: Sequence[str], unknown: str, known: Mapping[str, Responsible]
) -> Iterator[Fault]:
    for column, text in ((CATEGORY, category), (SUBCATEGORY, cells[1])):
        if not text:
            yield Fault(f"{here}, столбец «{column}»", "пусто: напишите название")
        elif len(text) > 300:
            yield Fault(f"{here}, столбец «{column}»", "длиннее 300 знаков: проверьте границы ячеек")
    if len(cells) > len(COLUMNS):
        yield Fault(here, f"ячеек {len(cells)}, а столбцов {len(COLUMNS)}: уберите лишние столбцы")
    if unknown:
        yield Fault(f"{here}, столбец «{ANSWERS}»", _unknown(unknown, known))
    elif not codes:
        yield Fault(f"{here}, столбец «{ANSWERS}»", "никто не назван: напишите, кто готовит ответы")


def _unknown(words: str, known: Mapping[str, Responsible]) -> str:
    forms = _forms(known)
    near = get_close_matches(_LEAD.sub("", words, count=1), forms, n=1, cutoff=0.6)
    if near:
        return f"«{words}» не найден; похоже на «{known[forms[near[0]]].alone}»: исправьте или внесите нового ответственного"
    return f"«{words}» не найден: исправьте или внесите его в список тех, кто отвечает"


def _sheet(content: bytes) -> tuple[str, list[tuple[int, list[str]]]]:
    _require_small(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = [(sheet.title, _rows(sheet)) for sheet in book.worksheets[:20]]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, TypeError) as error:
        raise _unreadable() from error
    if not sheets:
        raise _unreadable()
    return next(((title, rows) for title, rows in sheets if any(_is_head(cells) for _, cells in rows)), sheets[0])


def _rows(sheet: object) -> list[tuple[int, list[str]]]:
    rows = sheet.iter_rows(max_row=MOST_ROWS + 10, max_col=_MOST_COLUMNS, values_only=True)  # type: ignore[attr-defined]
    found = []
    for number, row in enumerate(rows, start=1):
        cells = ["" if cell is None else str(cell) for cell in row]
        while len(cells) > len(COLUMNS) and not cells[-1]:
            cells.pop()
        found.append((number, cells))
    return found


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
