"""The annex on subordination out of a table: pasted, as CSV, or a sheet of XLSX. Every fault is told with its place.

A row says where one organisation stands and how the order calls it, or how it calls a unit; what no row names stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.structure import Structure
from regulations.grids import MOST_TOLD, codes_of, unknown_answerer
from regulations.rows import MOST_ROWS, Cells, Fault, GridError, cells_of_text, cells_of_workbook, plain, tidy
from regulations.structures import Ground

TITLE, CODE, ABOVE, CALLED = "Организация или подразделение", "Код", "Вышестоящая организация", "Как названа в приказе"
COLUMNS = (TITLE, CODE, ABOVE, CALLED)

_Places = dict[str, str]


def pasted(text: str, draft: Structure, ground: Ground) -> tuple[Structure, _Places]:
    """What the rows of a table pasted as text say, and where each stands. Raises GridError."""
    return _read("таблица", cells_of_text(text, _is_head), draft, ground)


def workbook(content: bytes, draft: Structure, ground: Ground) -> tuple[Structure, _Places]:
    """The same of the sheet that has the table, else of the first. Raises GridError."""
    sheet, rows = cells_of_workbook(content, _is_head)
    return _read(f"лист «{sheet}»", rows, draft, ground)


@dataclass
class _Reading:
    """What has been read so far of a table, and what is wrong with it."""

    draft: Structure
    ground: Ground
    above: dict[str, str | None] = field(default_factory=dict)
    organisations: dict[str, str | None] = field(default_factory=dict)
    units: dict[str, str | None] = field(default_factory=dict)
    places: _Places = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def take(self, here: str, cells: Mapping[str, str]) -> None:
        """One row."""
        found = list(self._named(cells.get(TITLE, ""), cells.get(CODE, "")))
        if len(found) != 1:
            self._fault(here, CODE if cells.get(CODE) else TITLE, _not_one(cells, found))
            return
        [(one, is_unit)] = found
        if one in self.places:
            self._fault(here, CODE, f"«{one}» уже есть ({self.places[one]}): оставьте одну строку")
            return
        self.places[one] = here
        if is_unit:
            self._require_home(here, cells, one)
            self.units[one] = self._code(here, cells, self.draft.units.get(one))
        else:
            self.above[one] = self._superior(here, cells, one)
            self.organisations[one] = self._code(here, cells, self.draft.organisations.get(one))

    def _named(self, title: str, code: str) -> Iterator[tuple[str, bool]]:
        """Organisations and units that the row may mean: by code where it has one, else by title. The second: whether a unit."""
        for titles, is_unit in ((self.ground.names.organisations, False), (self.ground.names.units, True)):
            for one, known in titles.items():
                same = not title or plain(title) == plain(known)
                if same and (one == code if code else bool(title)):
                    yield one, is_unit

    def _superior(self, here: str, cells: Mapping[str, str], one: str) -> str | None:
        if ABOVE not in cells:
            return self.draft.above.get(one)
        words = cells[ABOVE]
        titles = self.ground.names.organisations
        found = [words] if words in titles else [id_ for id_, known in titles.items() if plain(known) == plain(words)]
        if words and len(found) != 1:
            told = "таких организаций несколько: укажите код" if found else "такой организации нет: проверьте название"
            self._fault(here, ABOVE, f"«{words[:MOST_TOLD]}»: {told}")
            return self.draft.above.get(one)
        return found[0] if words else None

    def _require_home(self, here: str, cells: Mapping[str, str], unit: str) -> None:
        home, words = self.ground.homes[unit], cells.get(ABOVE, "")
        title = self.ground.names.organisations[home]
        if words and words != home and plain(words) != plain(title):
            self._fault(here, ABOVE, f"подразделение остаётся в своей организации: «{title}»")

    def _code(self, here: str, cells: Mapping[str, str], was: str | None) -> str | None:
        if CALLED not in cells:
            return was
        words = cells[CALLED]
        if was is not None and plain(words) in (was, plain(self.ground.names.answerers.get(was, was))):
            return was  # who answers no more is still called so here
        codes, unknown = codes_of(words, self.ground.answerers)
        if unknown:
            self._fault(here, CALLED, unknown_answerer(unknown, self.ground.answerers))
        elif len(codes) > 1:
            self._fault(here, CALLED, "названо несколько: оставьте одного")
        return codes[0] if codes else None

    def _fault(self, here: str, column: str, text: str) -> None:
        self.faults.append(Fault(f"{here}, столбец «{column}»", text))


def _read(place: str, rows: Sequence[Cells], draft: Structure, ground: Ground) -> tuple[Structure, _Places]:
    columns: tuple[str, ...] = COLUMNS
    reading = _Reading(draft, ground)
    filled = _from_head([(number, [tidy(cell) for cell in cells]) for number, cells in rows])
    if len(filled) > MOST_ROWS:
        raise GridError([Fault(place, f"строк больше {MOST_ROWS}: это не таблица приказа")])
    for number, cells in filled:
        if _is_head(cells):
            columns = tuple(_column(cell) for cell in cells)
        else:
            reading.take(f"{place}, строка {number}", dict(zip(columns, cells + [""] * len(columns), strict=False)))
    if not (reading.places or reading.faults):
        told = ", ".join(f"«{column}»" for column in COLUMNS)
        raise GridError([Fault(place, f"строк не нашлось: нужны столбцы {told}")])
    if reading.faults:
        raise GridError(reading.faults)
    return Structure(reading.above, reading.organisations, reading.units), reading.places


def _from_head(rows: Sequence[Cells]) -> list[Cells]:
    """Rows with words in them; what stands above the head of the table is none of it."""
    first = next((at for at, (_, cells) in enumerate(rows) if _is_head(cells)), 0)
    return [(number, cells) for number, cells in rows[first:] if any(cells)]


def _is_head(cells: Sequence[str]) -> bool:
    known = {plain(cell) for cell in cells}
    return plain(ABOVE) in known or plain(CALLED) in known


def _column(cell: str) -> str:
    return next((column for column in COLUMNS if plain(column) == plain(cell)), cell)


def _not_one(cells: Mapping[str, str], found: Sequence[object]) -> str:
    title, code = cells.get(TITLE, ""), cells.get(CODE, "")
    if not (title or code):
        return "пусто: напишите код или название"
    told = " с кодом ".join(f"«{words[:MOST_TOLD]}»" for words in (title, code) if words)
    return f"{told}: таких несколько, укажите код" if found else f"{told}: такой организации или подразделения нет"
