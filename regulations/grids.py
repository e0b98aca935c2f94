"""Annex 2 out of a table as people have it: pasted from Word, as CSV, or a sheet of XLSX. Every fault is told with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from openpyxl.cell.cell import ERROR_CODES

from domain.annexes import Responsible
from regulations.rows import (
    ANSWERS,
    CATEGORY,
    COLUMNS,
    FACTS,
    MOST_ROWS,
    SUBCATEGORY,
    Fault,
    GridError,
    Row,
    pasted_rows,
    plain,
    workbook_rows,
)

_LEAD = re.compile(r"(начальник(и|ам|у|а|ов)?\s*отдел(ов|а|ам|у)?(?!\w)\s*:?|начальник(и|ам|у|а|ов)?(?!\w))\s*")
_FORMERLY = re.compile(r"\s*\(\s*прежнее\s+наименование\s*:?\s*(.+)\)\s*$", re.IGNORECASE)
_QUOTED = re.compile(r"[«\"„“](.*)[»\"”“]")
_BETWEEN = " ;,.:\n\t"
_MIXED = re.compile(r"\w*(?:[а-яё][a-z]|[a-z][а-яё])\w*", re.IGNORECASE)
LONGEST_TITLE = 300
_TOO_LONG = f"длиннее {LONGEST_TITLE} знаков: проверьте границы ячеек"
MOST_TOLD = 120
"""Letters of a wrong cell that are told again."""


class FactLine(NamedTuple):
    """A fact by its title, and the name from which it is renamed."""

    title: str
    formerly: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: category and subcategory by their titles, who answers by code; from which names they are renamed.

    `facts`: None where nothing is said of them. `place`: sheet and row, where it came from a table.
    """

    category: str
    title: str
    responsible: tuple[str, ...]
    formerly: str = ""
    category_formerly: str = ""
    facts: tuple[FactLine, ...] | None = None
    place: str = field(default="", compare=False)


def pasted(text: str, known: Mapping[str, Responsible]) -> list[Line]:
    """Lines of a table pasted as text. Raises GridError."""
    return _lines("таблица", pasted_rows(text), known)


def workbook(content: bytes, known: Mapping[str, Responsible]) -> list[Line]:
    """Lines of the sheet that has the table, else of the first. Raises GridError."""
    sheet, rows = workbook_rows(content)
    return _lines(f"лист «{sheet}»", rows, known)


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


def facts_of(cell: str) -> tuple[FactLine, ...]:
    """The facts that a cell lists, by semicolons or one a line, each with the name from which it is renamed."""
    parts = (part.strip() for part in re.split(r"[;\n]", cell))
    return tuple(FactLine(*renamed(part)) for part in parts if part)


def facts_cell(facts: Iterable[FactLine]) -> str:
    """Facts, as a table has them."""
    return "; ".join(cell_of(*one) for one in facts)


def of_two_alphabets(text: str) -> str:
    """The first word with Russian and Latin letters in it, which no eye tells apart; empty: there is none."""
    found = _MIXED.search(text)
    return found[0] if found else ""


def _forms(known: Mapping[str, Responsible]) -> dict[str, str]:
    return _forms_of(tuple(known.values()))


@lru_cache(1)
def _forms_of(known: tuple[Responsible, ...]) -> dict[str, str]:
    """How each may be named, the longest first: a name may begin another. Asked for each cell of a table."""
    found: dict[str, str] = {}
    for one in known:
        for words in (one.alone, one.listed, one.title, one.code):
            short = plain(words)
            found |= {form: one.code for form in (short, _LEAD.sub("", short, count=1)) if form}
    return dict(sorted(found.items(), key=lambda form: -len(form[0])))


def _named(rest: str, forms: Mapping[str, str]) -> str:
    """The name with which the rest of a cell begins, as a whole word."""
    return next((form for form in forms if rest.startswith(form) and not re.match(r"\w", rest[len(form) :])), "")


def _lines(place: str, rows: Sequence[Row], known: Mapping[str, Responsible]) -> list[Line]:
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
        line = Line(
            category,
            cells[1],
            tuple(codes),
            formerly,
            category_formerly,
            None if row.facts is None else facts_of(row.facts),
            here,
        )
        found.append(line)
        faults += _faults(line, len(cells), unknown, known)
        earlier = seen.setdefault((plain(category), plain(cells[1])), row.number)
        if earlier != row.number:
            faults.append(
                Fault(f"{here}, столбец «{SUBCATEGORY}»", f"«{cells[1]}» уже есть в строке {earlier}: оставьте одну")
            )
    if faults:
        raise GridError(faults)
    return found


def _faults(line: Line, cells: int, unknown: str, known: Mapping[str, Responsible]) -> Iterator[Fault]:
    here = line.place
    facts = [(FACTS, one.title) for one in line.facts or ()]
    former = [(FACTS, one.formerly) for one in line.facts or ()]
    former += [(CATEGORY, line.category_formerly), (SUBCATEGORY, line.formerly)]
    for column, text in ((CATEGORY, line.category), (SUBCATEGORY, line.title), *facts):
        if told := _wrong(text):
            yield Fault(f"{here}, столбец «{column}»", told)
    for column, text in former:
        if len(text) > LONGEST_TITLE:
            yield Fault(f"{here}, столбец «{column}»", f"прежнее наименование {_TOO_LONG}")
    plain_facts = [plain(text) for _, text in facts]
    for at, (_, text) in enumerate(facts):
        if plain_facts.index(plain_facts[at]) < at:
            yield Fault(f"{here}, столбец «{FACTS}»", f"«{text}» назван дважды: оставьте один раз")
    if cells > len(COLUMNS):
        told = f"ячеек {cells}, а столбцов {len(COLUMNS)}: уберите лишние столбцы, скрытые тоже"
        yield Fault(here, f"{told}; столбцу фактов нужна шапка «{FACTS}»")
    if unknown:
        yield Fault(f"{here}, столбец «{ANSWERS}»", unknown_answerer(unknown, known))
    elif not line.responsible:
        yield Fault(f"{here}, столбец «{ANSWERS}»", "никто не назван: напишите, кто готовит ответы")


def _wrong(title: str) -> str:
    """What is wrong with a title; empty: nothing."""
    if not title:
        return "пусто: напишите название, не формулой"
    if len(title) > LONGEST_TITLE:
        return _TOO_LONG
    if title in ERROR_CODES:
        return f"в ячейке ошибка {title}: впишите название вместо формулы"
    if word := of_two_alphabets(title):
        return f"в слове «{word}» русские буквы и похожие латинские: наберите заново"
    return ""


def unknown_answerer(words: str, known: Mapping[str, Responsible]) -> str:
    """What is told of words that name nobody who answers."""
    words, forms = words[:MOST_TOLD], _forms(known)
    near = get_close_matches(_LEAD.sub("", words, count=1), forms, n=1, cutoff=0.6)
    if near:
        return f"«{words}» не найден; похоже на «{known[forms[near[0]]].alone}»: исправьте или внесите нового ответственного"
    return f"«{words}» не найден: исправьте или внесите его в список тех, кто отвечает"
