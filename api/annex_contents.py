"""The new body of a draft, out of what is given: lines, the order's table, a workbook or TOML."""

from __future__ import annotations

import tomllib
from typing import Any

import sqlalchemy as sa

import regulations
from api.annex_shapes import AnnexContent, LineShown
from domain.annexes import Responsible
from domain.structure import Structure
from regulations import structure_grids
from regulations.bodies import Codes, categories_body, lines_of
from regulations.grids import FactLine, Line, pasted, workbook
from regulations.rows import Fault, GridError
from regulations.structures import faults, structure_annex, structure_body
from storage import annex_codes, structures
from storage.annex_kinds import CATEGORIES, ROLES, STRUCTURE
from storage.annex_reading import today

_PARTS = {ROLES: ("roles",), CATEGORIES: ("answerers", "categories"), STRUCTURE: ("organisations", "units")}


def body_of(content: AnnexContent, connection: sa.Connection, row: Any) -> dict[str, Any]:
    """The body that the draft of the row is to have. Raises GridError and RegulationError."""
    if row.kind == STRUCTURE:
        return _structure(content, connection, row)
    if content.toml is not None:
        return _toml(content.toml, row.kind)
    if row.kind != CATEGORIES:
        raise GridError([Fault("содержание", "таблицей вставляют перечень категорий; здесь нужен TOML")])
    return _categories(content, row, annex_codes.known_codes(connection, row))


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
        units = [one for one in content.places or () if one.unit]
        organisations = [one for one in content.places or () if not one.unit]
        given = Structure(
            {one.id: one.parent for one in organisations},
            {one.id: one.order_code for one in organisations},
            {one.id: one.order_code for one in units},
        )
    made = given.over(draft)
    if found := faults(made, ground, places):
        raise GridError(found)
    return structure_body(made)


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
