"""The new body of a draft, out of what is given: lines, the order's table, a workbook or TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

import regulations
from api.annex_shapes import AnnexContent, LineShown, PlaceShown
from domain.annexes import Responsible
from domain.structure import Structure
from regulations import structure_grids
from regulations.bodies import Codes, categories_body, lines_of
from regulations.grids import FactLine, Line, pasted, workbook
from regulations.rows import Fault, GridError
from regulations.structures import Ground, faults, structure_annex, structure_body
from storage import annex_codes, structures
from storage.annex_kinds import CATEGORIES, ROLES, STRUCTURE
from storage.annex_reading import today

_PARTS = {ROLES: ("roles",), CATEGORIES: ("answerers", "categories"), STRUCTURE: ("organisations", "units")}
_TOML = ("toml",)
_TAKES = {
    CATEGORIES: ("lines", "answerers", "table", "workbook", "toml"),
    STRUCTURE: ("places", "table", "workbook", "toml"),
}
"""In what forms the content of a kind may be given; of others as TOML alone."""


def body_of(content: AnnexContent, connection: sa.Connection, row: Any) -> dict[str, Any]:
    """The body that the draft of the row is to have. Raises GridError and RegulationError."""
    require_own(content, row.kind)
    if row.kind == STRUCTURE:
        return _structure(content, connection, row)
    if content.toml is not None:
        return _toml(content.toml, row.kind)
    return _categories(content, row, annex_codes.known_codes(connection, row))


def require_own(content: AnnexContent, kind: str) -> None:
    """Raises GridError for what no annex of the kind consists of, or what TOML says already: it would be lost without a word."""
    taken = _TAKES.get(kind, _TOML)
    said = [name for name in AnnexContent.model_fields if name != "version" and getattr(content, name) is not None]
    strange = [name for name in said if name not in (_TOML if content.toml is not None else taken)]
    if strange:
        raise GridError([Fault("содержание", f"{strange[0]} здесь не бывает: дайте {' или '.join(taken)}")])


def _structure(content: AnnexContent, connection: sa.Connection, row: Any) -> dict[str, Any]:
    """What is given goes over the draft: an order names whom it moves, and of all others says nothing."""
    draft = structures.laid(connection, row.body)
    ground = structures.ground(connection, today(connection), row.id)
    places: dict[str, str] = {}
    if content.toml is not None:
        given = structure_annex(_toml(content.toml, row.kind), row.act)
    elif content.table is not None:
        given, places = structure_grids.pasted(content.table, draft, ground)
    elif content.workbook is not None:
        given, places = structure_grids.workbook(content.workbook, draft, ground)
    else:
        given = placed(content.places or (), draft, ground)
    made = given.over(draft)
    if found := faults(made, ground, places):
        raise GridError(found)
    return structure_body(made)


def placed(places: Iterable[PlaceShown], draft: Structure, ground: Ground) -> Structure:
    """What the places say; what one leaves out is as the draft has it. Raises GridError."""
    above: dict[str, str | None] = {}
    organisations: dict[str, str | None] = {}
    units: dict[str, str | None] = {}
    found: list[Fault] = []
    for one in places:
        codes, before = (units, draft.units) if one.unit else (organisations, draft.organisations)
        if one.id in codes:
            found.append(Fault(one.id, "код назван дважды: оставьте одну строку"))
        home = ground.homes.get(one.id) if one.unit else None
        if home is not None and one.parent not in (None, home):
            told = ground.names.organisations[home]
            found.append(Fault(one.id, f"подразделение остаётся в своей организации: «{told}»"))
        codes[one.id] = one.order_code if "order_code" in one.model_fields_set else before.get(one.id)
        if not one.unit:
            above[one.id] = one.parent if "parent" in one.model_fields_set else draft.above.get(one.id)
    if found:
        raise GridError(found)
    return Structure(above, organisations, units)


def _categories(content: AnnexContent, row: Any, codes: Codes) -> dict[str, Any]:
    given = row.body["answerers"] if content.answerers is None else [one.model_dump() for one in content.answerers]
    known = {one["code"]: Responsible(**one) for one in given}
    if content.table is not None:
        lines = pasted(content.table, known)
    elif content.workbook is not None:
        lines = workbook(content.workbook, known)
    elif content.lines is not None:
        lines = [_line(one) for one in content.lines]
    else:
        lines = lines_of(regulations.categories_annex(row.body))
    return categories_body(lines, known.values(), codes, row.body)


def _line(one: LineShown) -> Line:
    facts = None if one.facts is None else tuple(FactLine(fact.title, fact.formerly) for fact in one.facts)
    return Line(one.category, one.title, tuple(one.responsible), one.formerly, one.category_formerly, facts)


def _toml(text: str, kind: str) -> dict[str, Any]:
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise GridError([Fault("TOML", f"не прочитан: {error}")]) from None
    parts = _PARTS.get(kind)
    return {name: body[name] for name in parts if name in body} if parts else body
